/** Runs tasks, at most `limit` at a time, in the order of the calls. */
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
			// The slot passes directly to the next task, so that a new call cannot take it as well.
			const next = waiting.shift();
			if (next === undefined) running--;
			else next();
		}
	};
}
