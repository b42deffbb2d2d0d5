import type { Clock } from './clock';

/** The time for one download, over all its sources, redirects, resumes and retries. */
export interface TimeBudget {
	/** Call it at the start of each attempt. Only the first call counts. */
	begin(): void;
	/** Milliseconds left. Not positive when the time is over or the execution was canceled. */
	leftMs(): number;
}

// A video of 8 seconds has 5 to 30 MB. 30 MB take two minutes at 256 KB/s, a slow connection.
const graceMs = 2 * 60_000;
// For downloads that wait in the queue: a host that never answers blocks a slot for a minute per attempt.
const maxGraceMs = 5 * 60_000;

/**
 * Starts the budget of a download, which may still wait in the queue. It ends two minutes after the later
 * of the node's deadline and the first attempt, at most five minutes after the later of the deadline and
 * this call. So a node that is resumed long after its deadline still downloads its files.
 */
export function startTimeBudget(clock: Clock, deadline: number): TimeBudget {
	const latestEnd = Math.max(deadline, clock.now()) + maxGraceMs;
	let endsAt: number | undefined;
	return {
		begin: () => {
			endsAt ??= Math.min(latestEnd, Math.max(deadline, clock.now()) + graceMs);
		},
		leftMs: () => (clock.isCanceled() ? 0 : (endsAt ?? latestEnd) - clock.now()),
	};
}
