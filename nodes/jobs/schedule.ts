/** What the schedule needs to know of a job. Times are milliseconds since 1970. */
export interface Progress {
	/** When the job began, by the gateway or else by when we first heard of it. */
	beganAt: number;
	/** The last progress told, 0 to 100, and when it was last seen to move. */
	percent?: number;
	movedAt?: number;
	/** Checks in a row without a readable answer. */
	failedChecks: number;
	/** How long the gateway asked us to stay away. */
	retryAfterMs?: number;
	/** The job may be there within seconds: it is too new to be found, or its link is announced. */
	soon?: boolean;
}

/** How often to look: the user's choice, and what is known of the provider. */
export interface Pace {
	intervalMs: number;
	typicalMs: number;
	deadline: number;
}

const soonMs = 5_000;
const longestIntervalMs = 60_000;
const longestBackOffMs = 120_000;
const jitterShare = 0.1;
// The last look comes this long before the deadline, so that its answer is there in time.
const lastLookMs = 1_000;

/**
 * When to look at a job next. While its end is far away it is asked less often; a gateway that does
 * not answer is asked ever less often. `random` is 0 to 1 and spreads the jobs of many executions.
 */
export function nextLookAt(progress: Progress, pace: Pace, now: number, random: number): number {
	const jittered = intervalMs(progress, pace, now) * (1 + jitterShare * (2 * random - 1));
	const waitMs = Math.max(jittered, progress.retryAfterMs ?? 0);
	const lastLookAt = pace.deadline - lastLookMs;
	return now + waitMs > lastLookAt && now < lastLookAt ? lastLookAt : now + waitMs;
}

function intervalMs(progress: Progress, pace: Pace, now: number): number {
	if (progress.failedChecks > 0) {
		return Math.min(pace.intervalMs * 2 ** (progress.failedChecks - 1), longestBackOffMs);
	}
	if (progress.soon) return soonMs;
	const halfWay = remainingMs(progress, pace, now) / 2;
	return Math.max(pace.intervalMs, Math.min(halfWay, longestIntervalMs));
}

/** How long a job will probably still take: by its progress where that moves, else by what is typical. */
export function remainingMs(progress: Progress, pace: Pace, now: number): number {
	const { percent, movedAt, beganAt } = progress;
	const ageMs = Math.max(0, now - beganAt);
	if (percent === undefined || movedAt === undefined || percent <= 0 || percent >= 100) {
		return Math.max(0, pace.typicalMs - ageMs);
	}
	const totalMs = ((movedAt - beganAt) / percent) * 100;
	return Math.max(0, totalMs - ageMs);
}
