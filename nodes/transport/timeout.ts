import { sleep } from 'n8n-workflow';

/** Limits the time of one exchange. Its owner calls `end` when the exchange is over. */
export interface Timeout {
	/** Waits for a promise. Throws a `TimeoutError` after `maxMs`, or when the whole time is over. */
	waitFor<Value>(promise: Promise<Value>, maxMs?: number): Promise<Value>;
	/** Milliseconds spent in waits so far, sampled every half second. Time between waits is not counted. */
	waitedMs(): number;
	/** Adds to the whole time. */
	extend(milliseconds: number): void;
	end(): void;
}

const sliceMs = 500;

class TimeoutError extends Error {}

/** Whether a `Timeout` ended a wait. */
export const isTimeout = (error: unknown) => error instanceof TimeoutError;

/**
 * Counts the time while the process is awake: setting the system clock or a sleeping machine has no
 * effect. n8n's helper has no timeout for a body, and its timeout for the headers has no effect after a
 * protocol switch or if the headers arrive byte by byte.
 */
export function startTimeout(maxTotalMs: number): Timeout {
	let leftMs = maxTotalMs;
	let waitedMs = 0;
	let isOver = false;
	let waiting: { leftMs: number; reject(error: Error): void } | undefined;
	const count = async () => {
		while (!isOver) {
			await sleep(sliceMs);
			leftMs -= sliceMs;
			if (waiting === undefined) continue;
			waitedMs += sliceMs;
			waiting.leftMs -= sliceMs;
			if (leftMs <= 0 || waiting.leftMs <= 0) waiting.reject(new TimeoutError());
		}
	};
	void count();
	return {
		// One variable for all waits. A race with one long-lived promise would keep every chunk in memory.
		waitFor: async (promise, maxMs = Infinity) => {
			try {
				return await new Promise((resolve, reject) => {
					waiting = { leftMs: maxMs, reject };
					promise.then(resolve, reject);
				});
			} finally {
				waiting = undefined;
			}
		},
		waitedMs: () => waitedMs,
		extend: (milliseconds) => {
			leftMs += milliseconds;
		},
		end: () => {
			isOver = true;
		},
	};
}
