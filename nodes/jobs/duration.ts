/** What is known of a job's progress. Times are milliseconds since 1970. */
export interface Progress {
	/** When the job began, by the gateway or else by when we first heard of it. */
	beganAt: number;
	/** The last progress told, 0 to 100, and when it was first seen. */
	percent?: number;
	movedAt?: number;
	/** The first progress above zero, when it was seen: together with the last one it tells the pace. */
	first?: { percent: number; at: number };
	/** When the gateway was last asked, to tell a progress that stands still. */
	lookedAt?: number;
	/** Checks in a row without a readable answer. */
	failedChecks: number;
	/** How long the gateway asked us to stay away. */
	retryAfterMs?: number;
	/** The job may be there within seconds: it is too new to be found, or its link is announced. */
	soon?: boolean;
}

/** What is believed of how long a job takes: a log-logistic spread around a median. */
export interface Belief {
	medianMs: number;
	/** The greater, the narrower. */
	shape: number;
}

// Jobs of one model at one gateway: two in three end within a factor of 1.4 of what is typical.
const typicalSpread = 0.35;
// A progress tells the end about this well; less so early on, where one per cent is much.
const progressSpread = 0.03;
const paceDoubt = 0.5;
const singleDoubt = 5;
// Jobs wait in a queue first, and count their progress from its end: about a tenth of the whole.
const queuedShare = 0.1;
const leastGain = 5;
// Gateways without a progress of their own tell round figures at once. They mean nothing.
const believableAfterMs = 20_000;

/** What is believed of a job's duration, from what is typical and from its own progress. */
export function durationBelief(progress: Progress, typicalMs: number, now: number): Belief {
	const estimate = estimateByProgress(progress, now);
	if (estimate === undefined) {
		return { medianMs: typicalMs, shape: shapeOf(typicalSpread) };
	}
	const priorWeight = 1 / typicalSpread ** 2;
	const weight = 1 / estimate.spread ** 2;
	const median =
		(Math.log(typicalMs) * priorWeight + Math.log(estimate.totalMs) * weight) /
		(priorWeight + weight);
	const spread = 1 / Math.sqrt(priorWeight + weight);
	return { medianMs: Math.exp(median), shape: shapeOf(spread) };
}

function estimateByProgress(
	{ percent, movedAt, lookedAt, beganAt, first }: Progress,
	now: number,
): { totalMs: number; spread: number } | undefined {
	if (percent === undefined || movedAt === undefined || percent < 2 || percent >= 100)
		return undefined;
	const tellsNothing = movedAt - beganAt < believableAfterMs;
	const standsStill = (lookedAt ?? now) - movedAt > believableAfterMs;
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
export function noteProgress(progress: Progress, percent: number | undefined, now: number): void {
	if (percent === undefined || percent === progress.percent) return;
	progress.percent = percent;
	progress.movedAt = now;
	if (percent > 0) progress.first ??= { percent, at: now };
}

/** The share of jobs that have ended by an age. */
export function shareDone({ medianMs, shape }: Belief, ageMs: number): number {
	return ageMs <= 0 ? 0 : 1 / (1 + (medianMs / ageMs) ** shape);
}

/** The shape of the log-logistic spread whose logarithm has this standard deviation. */
const shapeOf = (spread: number) => Math.PI / (Math.sqrt(3) * spread);
