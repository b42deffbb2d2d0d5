/** The simulator's time, in milliseconds. Jobs progress by it alone: there are no timers. */
export interface Clock {
	now(): number;
}

export type ManualClock = Clock & { advance(milliseconds: number): void };

/** The time of this process, which is virtual where virtualTime.ts made it so. */
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

/** Waits on the timers of this process, which are virtual where tests made them so. */
export async function wait(milliseconds: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
