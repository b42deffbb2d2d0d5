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

/** Runs the tasks of each key, at most `limit` at a time, in the order of the calls. */
export function createKeyedLimiter(
	limit: number,
): <Result>(key: string, work: () => Promise<Result>) => Promise<Result> {
	const limiters = new Map<string, ReturnType<typeof createLimiter>>();
	return async (key, work) => {
		const limiter = limiters.get(key) ?? createLimiter(limit);
		limiters.set(key, limiter);
		return await limiter(work);
	};
}
