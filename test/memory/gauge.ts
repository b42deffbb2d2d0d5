const MB = 1024 * 1024;

/** The maximum growth of a process, in MB. */
export interface Growth {
	/** The resident set. */
	residentMb: number;
	/** Bytes outside the heap: buffers, blobs. */
	externalMb: number;
	heapMb: number;
}

/**
 * Measures how far this process's memory grows. `onlyHeld`: memory that is no longer referenced does not
 * count, even if it has not been collected yet.
 */
export function startGauge({ onlyHeld = false } = {}): () => Growth {
	globalThis.gc?.();
	const before = process.memoryUsage();
	const peak = { ...before };
	const look = () => {
		if (onlyHeld) globalThis.gc?.();
		const now = process.memoryUsage();
		for (const name of Object.keys(now) as Array<keyof NodeJS.MemoryUsage>) {
			peak[name] = Math.max(peak[name], now[name]);
		}
	};
	const watching = setInterval(look, onlyHeld ? 40 : 10).unref();
	const grown = (name: keyof NodeJS.MemoryUsage) =>
		Math.round((10 * (peak[name] - before[name])) / MB) / 10;
	return () => {
		look();
		clearInterval(watching);
		return {
			residentMb: grown('rss'),
			externalMb: grown('external'),
			heapMb: grown('heapUsed'),
		};
	};
}
