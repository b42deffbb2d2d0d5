/** Runs work handed to it, at most `limit` at a time, the rest in the order it came. */
export function createLimiter(
	limit: number,
): <Result>(work: () => Promise<Result>) => Promise<Result> {
	let running = 0;
	const waiting: Array<() => void> = [];
	return async (work) => {
		if (running < limit) running++;
		else await new Promise<void>((resolve) => waiting.push(resolve));
		try {
			return await work();
		} finally {
			// The place goes straight to the next in line: nobody who comes meanwhile can take it as well.
			const next = waiting.shift();
			if (next === undefined) running--;
			else next();
		}
	};
}
