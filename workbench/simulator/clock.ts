/** The simulator's time, in milliseconds. The only input of a job's progress: there are no timers. */
export interface Clock {
	now(): number;
}

export type ManualClock = Clock & { advance(milliseconds: number): void };

/** The time of this process, virtual inside virtualTime.ts. */
export const processClock: Clock = { now: () => Date.now() };

export function manualClock(start = Date.UTC(2026, 0, 15, 12)): ManualClock {
	let now = start;
	return {
		now: () => now,
		advance(milliseconds) {
			now += milliseconds;
		},
	};
}

/** Waits on the timers of this process, virtual inside virtualTime.ts. */
export async function wait(milliseconds: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
