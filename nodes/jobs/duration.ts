/** What is known of a job's progress. Times are milliseconds since 1970. */
export interface CheckHistory {
	/** When the job began, by the provider or else by when we first heard of it. */
	beganAt: number;
	/** The last progress told, 0 to 100, and when it was first seen. */
	percent?: number;
	movedAt?: number;
	/** The first progress above zero, when it was seen: together with the last one it tells the pace. */
	first?: { percent: number; at: number };
	/** When the provider was last asked, to tell a progress that stands still. */
	checkedAt?: number;
	/** Checks in a row without a readable answer. */
	failedChecks: number;
	/** Checks since the last readable answer that were too many for the provider, by its own word. */
	limitedChecks?: number;
	/** Checks since the last readable answer that the provider rejected, as with a wrong key. */
	refusedChecks?: number;
	/** How long the provider asked us to stay away. */
	retryAfterMs?: number;
	/** The job may be there within seconds: it is too new to be found, or its link is announced. */
	soon?: boolean;
}

/** What jobs like this one take: the median, and the standard deviation of the logarithm. */
export interface TypicalDuration {
	medianMs: number;
	spread: number;
}

/** What is believed of how long a job takes: a log-logistic spread around a median, and some doubt. */
export interface DurationEstimate {
	medianMs: number;
	/** The greater, the narrower. */
	shape: number;
}

// One job in seven takes any time: what is believed is wrong, or the provider has a bad day.
const doubt = 0.15;
const doubtSpread = 1;
// A progress tells the end about this well; less so early on, where one per cent is much.
const progressSpread = 0.03;
const paceDoubt = 0.5;
const singleDoubt = 5;
// Jobs wait in a queue first, and count their progress from its end: about a tenth of the whole.
const queuedShare = 0.1;
const leastGain = 5;
const knowingSpread = 0.2;
// What takes longer than this was not known.
const overdueShare = 1.25;
// Providers without a progress of their own tell round figures at once. They mean nothing.
const believableAfterMs = 20_000;

/** What is believed of a job's duration, from what is typical and from its own progress. */
export function estimateDuration(
	progress: CheckHistory,
	typical: TypicalDuration,
	now: number,
): DurationEstimate {
	const estimate = estimateByProgress(progress, now);
	if (estimate === undefined) {
		return { medianMs: typical.medianMs, shape: shapeOf(typical.spread) };
	}
	const priorWeight = 1 / typical.spread ** 2;
	const weight = 1 / estimate.spread ** 2;
	const median =
		(Math.log(typical.medianMs) * priorWeight + Math.log(estimate.totalMs) * weight) /
		(priorWeight + weight);
	const spread = 1 / Math.sqrt(priorWeight + weight);
	return { medianMs: Math.exp(median), shape: shapeOf(spread) };
}

/** Whether the end is known to within seconds: by its progress, or because such jobs vary little. */
export const isEndKnown = ({ shape, medianMs }: DurationEstimate, ageMs: number): boolean =>
	shape >= shapeOf(knowingSpread) && ageMs <= medianMs * overdueShare;

function estimateByProgress(
	{ percent, movedAt, checkedAt, beganAt, first }: CheckHistory,
	now: number,
): { totalMs: number; spread: number } | undefined {
	if (percent === undefined || movedAt === undefined || percent < 2 || percent >= 100)
		return undefined;
	const tellsNothing = movedAt - beganAt < believableAfterMs;
	const standsStill = (checkedAt ?? now) - movedAt > believableAfterMs;
	if (tellsNothing || standsStill) return undefined;
	const ageMs = movedAt - beganAt;
	const gained = percent - (first?.percent ?? percent);
	if (first !== undefined && gained >= leastGain) {
		const msPerPercent = (movedAt - first.at) / gained;
		return {
			totalMs: ageMs + (100 - percent) * msPerPercent,
			spread: progressSpread + paceDoubt / gained,
		};
	}
	return {
		totalMs: (ageMs / (percent + 0.5)) * 100 * (1 - queuedShare),
		spread: progressSpread + singleDoubt / percent,
	};
}

/** Takes in a progress that was told. */
export function recordProgress(
	progress: CheckHistory,
	percent: number | undefined,
	now: number,
): void {
	if (percent === undefined || percent === progress.percent) return;
	progress.percent = percent;
	progress.movedAt = now;
	if (percent > 0) progress.first ??= { percent, at: now };
}

/**
 * How long a job took whose end has just been seen, in milliseconds. Undefined where it may have ended
 * long before: nobody looked meanwhile, and the provider does not tell when.
 */
export function measureDurationMs(
	{ beganAt, checkedAt, failedChecks, limitedChecks, refusedChecks }: CheckHistory,
	completedAt: number | undefined,
	now: number,
): number | undefined {
	const hasAnswered = failedChecks === 0 && !limitedChecks && !refusedChecks;
	const wasRunningAt = hasAnswered ? checkedAt : undefined;
	if (completedAt !== undefined) {
		const endedAt = Math.min(now, Math.max(completedAt, wasRunningAt ?? beganAt));
		return endedAt > beganAt ? endedAt - beganAt : undefined;
	}
	if (wasRunningAt === undefined) return undefined;
	const durationMs = (wasRunningAt + now) / 2 - beganAt;
	const isVague = now - wasRunningAt > durationMs;
	return isVague ? undefined : durationMs;
}

/** The share of jobs that have ended by an age. */
export function shareEnded({ medianMs, shape }: DurationEstimate, ageMs: number): number {
	if (ageMs <= 0) return 0;
	const ratio = medianMs / ageMs;
	return (1 - doubt) / (1 + ratio ** shape) + doubt / (1 + ratio ** doubtShape);
}

/** The shape of the log-logistic spread whose logarithm has this standard deviation. */
const shapeOf = (spread: number) => Math.PI / (Math.sqrt(3) * spread);
const doubtShape = shapeOf(doubtSpread);
