import type { Clock } from './clock';

/** The time for one download, over all its sources, redirects, resumes and retries. */
export interface TimeBudget {
	/** Call it at the start of each attempt. Only the first call counts. */
	begin(): void;
	/** Milliseconds left. Not positive when the time is over or the execution was cancelled. */
	leftMs(): number;
}

// Videos of 8 seconds have 5 to 30 MB: at 256 KB/s, a slow line, 30 MB take two minutes.
const graceMs = 2 * 60_000;
// Room for the files that wait for a place: a host that never answers holds one for a minute per attempt.
const maxGraceMs = 5 * 60_000;

/**
 * Starts the budget of a download that may still have to wait for a place. It ends two minutes after the
 * node's deadline, or after its first attempt began if that is later; at the latest five minutes after the
 * deadline or after this call, whichever is later. So a node that is resumed long after its deadline still
 * fetches its files.
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
