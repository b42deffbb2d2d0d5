/** What the checks of one job have shown. All times are milliseconds of one clock, whatever its zero. */
export interface CheckHistory {
	/** When the job began: by the provider, or when we first heard of it. */
	beganAt: number;
	progress?: Progress;
	/** When the last check was answered, or failed. */
	checkedAt?: number;
	/** Checks in a row without a readable answer. */
	failedChecks: number;
	/** Rate-limited checks since the last readable answer. */
	limitedChecks?: number;
	/** Checks since the last readable answer that the provider rejected, as with a wrong key. */
	refusedChecks?: number;
	/** The provider's Retry-After. */
	retryAfterMs?: number;
	/** The job may be there within seconds: it is too new to be found, or its link is announced. */
	soon?: boolean;
}

/** The progress that a provider reports. */
export interface Progress {
	/** 0 to 100. */
	percent: number;
	/** When it was first seen. */
	movedAt: number;
	/** The first progress above zero: with the latest one it gives the pace. */
	first?: { percent: number; at: number };
}

/** How long jobs take: the median, and the standard deviation of the logarithm. */
export interface TypicalDuration {
	medianMs: number;
	spread: number;
}

// Some providers without a progress of their own report round figures from the start.
const believableAfterMs = 20_000;
// The error of a progress in percent: two reports are rounded to whole percents, and one report does not
// include the time in the queue. Jobs do not advance evenly either: a tenth of what remains.
const roundingPercent = 0.5;
const queuePercent = 10;
const unevenness = 0.1;
const minGainedPercent = 5;
// A second in thirty years: no double can compute with less, and it comes of wrong times.
const minProgressSpread = 1e-9;

/** Whether two reports are far enough apart to give the pace of the job. */
export const hasPace = ({ percent, first }: Progress): boolean =>
	first !== undefined && percent - first.percent >= minGainedPercent;

/** How long the job takes, age included: what is typical and its own progress, weighted by precision. */
export function estimateDuration(
	history: CheckHistory,
	typical: TypicalDuration,
	now: number,
): TypicalDuration {
	const own = extrapolateProgress(history, now);
	if (own === undefined) return typical;
	const weight = typical.spread ** -2;
	const ownWeight = own.spread ** -2;
	const sum = weight + ownWeight;
	const log = (Math.log(typical.medianMs) * weight + Math.log(own.medianMs) * ownWeight) / sum;
	return { medianMs: Math.exp(log), spread: sum ** -0.5 };
}

function extrapolateProgress(
	{ progress, checkedAt, beganAt }: CheckHistory,
	now: number,
): TypicalDuration | undefined {
	if (progress === undefined || progress.percent >= 100) return undefined;
	const { percent, movedAt } = progress;
	const isTooEarly = movedAt - beganAt < believableAfterMs;
	const isStuck = (checkedAt ?? now) - movedAt > believableAfterMs;
	if (isTooEarly || isStuck) return undefined;
	const start = hasPace(progress) ? progress.first : undefined;
	const { percent: from, at: since } = start ?? { percent: 0, at: beganAt };
	const errorPercent = start ? roundingPercent : queuePercent;
	const gained = percent - from;
	const msPerPercent = (movedAt - since) / gained;
	if (gained < 1 || msPerPercent <= 0) return undefined;
	const remainingMs = (100 - percent) * msPerPercent;
	const totalMs = movedAt - beganAt + remainingMs;
	const spread = (remainingMs * (unevenness + errorPercent / gained)) / totalMs;
	return spread > minProgressSpread ? { medianMs: totalMs, spread } : undefined;
}

/**
 * How long until this share of the jobs still running at this age will have ended: a conditional
 * quantile of the log-logistic distribution (https://en.wikipedia.org/wiki/Log-logistic_distribution).
 */
export function msUntilEnded(
	{ medianMs, spread }: TypicalDuration,
	ageMs: number,
	share: number,
): number {
	// The shape of the log-logistic distribution whose logarithm has this standard deviation.
	const shape = Math.PI / (Math.sqrt(3) * spread);
	const odds = (ageMs / medianMs) ** shape;
	return medianMs * ((1 + odds) / (1 - share) - 1) ** (1 / shape) - ageMs;
}

export function recordProgress(
	history: CheckHistory,
	percent: number | undefined,
	now: number,
): void {
	if (percent === undefined || percent === history.progress?.percent) return;
	const first = history.progress?.first ?? (percent > 0 ? { percent, at: now } : undefined);
	history.progress = { percent, movedAt: now, first };
}

/**
 * How long a job took whose end has just been seen. Undefined where it may have ended long before: no
 * check came shortly before, and the provider does not report the time of the end.
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
