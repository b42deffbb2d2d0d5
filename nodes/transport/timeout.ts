import { sleep } from 'n8n-workflow';

/** How long one exchange may take. Whoever makes one ends it. */
export interface Timeout {
	/** Waits for a promise no longer than so, nor longer than is left altogether. Throws then. */
	waitFor<Value>(promise: Promise<Value>, longestMs?: number): Promise<Value>;
	/** Milliseconds spent in waits so far, sampled every half second. Time between waits is not counted. */
	waitedMs(): number;
	end(): void;
}

const sliceMs = 500;

class TimeoutError extends Error {
	constructor() {
		super('timeout: no answer in time');
	}
}

/** Whether it is the patience that ended a wait. */
export const isTimeout = (error: unknown) => error instanceof TimeoutError;

/**
 * Counts the time that passes while it is awake, so that a clock that is set or a machine that sleeps
 * changes nothing. n8n's helper has time-outs as well, but none for a body, and none that holds where
 * a provider switches protocols or sends its headers letter by letter.
 */
export function startTimeout(longestMs: number): Timeout {
	let leftMs = longestMs;
	let waitedMs = 0;
	let isOver = false;
	let waiting: { leftMs: number; giveUp(error: Error): void } | undefined;
	const count = async () => {
		while (!isOver) {
			await sleep(sliceMs);
			leftMs -= sliceMs;
			if (waiting === undefined) continue;
			waitedMs += sliceMs;
			waiting.leftMs -= sliceMs;
			if (leftMs <= 0 || waiting.leftMs <= 0) waiting.giveUp(new TimeoutError());
		}
	};
	void count();
	return {
		// One place for all waits, and not a race with one long-lived promise, which would keep every chunk.
		waitFor: async (promise, longestWaitMs = Infinity) => {
			try {
				return await new Promise((resolve, reject) => {
					waiting = { leftMs: longestWaitMs, giveUp: reject };
					promise.then(resolve, reject);
				});
			} finally {
				waiting = undefined;
			}
		},
		waitedMs: () => waitedMs,
		end: () => {
			isOver = true;
		},
	};
}
