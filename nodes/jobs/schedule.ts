/*
 * When to check a job next, and whether to hold or to suspend until then. Pure: no clock, no n8n.
 *
 * 1. A job near its end is held for. A hold checks each time one in eight such jobs would have ended
 *    since the last check, and at least once per poll interval.
 * 2. Otherwise the node suspends until one in eight would have ended. Where that leads close to the end,
 *    it suspends until the hold should begin.
 *
 * A delayed job is checked once per poll interval, or after the shortest suspension.
 *
 * Where a provider calls at the end, the node suspends until nine in ten would have ended, in case that the
 * call is lost.
 *
 * Hold always does 1. Suspend always does 2, and sleeps until half would have ended. docs/schedule.md
 * gives the reasons and what `npm run bench:schedule` measured.
 */

import type { CheckHistory, TypicalDuration } from './duration';
import { estimateDuration, hasPace, msUntilEnded } from './duration';

/** What the user chose. Automatic does whichever fits the time that the job still needs. */
export type Waiting = 'automatic' | 'hold' | 'suspend';

export interface Pace {
	waiting: Waiting;
	/** The poll interval. In a hold, checks never come rarer. */
	intervalMs: number;
	typical: TypicalDuration;
	deadline: number;
	/** Until when Automatic may hold, where that is limited. */
	holdUntil?: number;
	/** Whether the provider calls when the job has ended, and so ends a suspension. */
	isCallExpected?: boolean;
}

export interface NextCheck {
	at: number;
	how: 'hold' | 'suspend';
	/** The check is for the case that a call is lost: it need not be on time, and no sooner than planned. */
	mayBeLate?: true;
}

/** n8n looks for due executions every 60 seconds, up to 70 ahead: less than this may resume a minute late. */
export const minSuspendMs = 65_000;
/** The shortest poll interval: providers limit their requests. */
export const minIntervalMs = 5_000;
/** The longest poll interval: some result links expire within an hour. */
export const maxIntervalMs = 3_600_000;

/** How many held seconds weigh as much as one unnoticed second. docs/schedule.md says which values do. */
export const defaultLateWeight = 2.5;
// Eight checks, spread over the time in which nearly all such jobs end.
const checkShare = 1 / 8;
const evenShare = 1 / 2;
/** Of the jobs whose provider calls. A check before the call is wasted, one after a lost call is late. */
const calledShare = 9 / 10;
// Of a job that takes longer than 19 in 20, nothing is known but that it is delayed.
const delayedShare = 0.95;
// With this spread, two in three jobs of two minutes end within 50 seconds of each other.
const evenSpread = 0.2;
const soonMs = 5_000;
// Predictions may raise the number of checks fivefold, and no user wants a result sooner than this.
const minHoldShare = 1 / 5;
const minHoldMs = 3_000;
// The end of a job of hours is noticed within ten minutes.
const maxSuspendMs = 600_000;
const maxBackoffMs = 120_000;
// Spreads the checks of executions that began at the same time.
const jitterShare = 0.05;
/** The last check begins this long before the deadline, to be answered before it. */
export const lastCheckMs = 1_000;

/** The next check of a job. `random` is 0 to 1, for the jitter. */
export function scheduleNextCheck(
	history: CheckHistory,
	given: Pace,
	now: number,
	random: number,
	lateWeight = defaultLateWeight,
): NextCheck {
	const lastCheckAt = given.deadline - lastCheckMs;
	const canSuspend = lastCheckAt - now >= minSuspendMs;
	const pace: Pace = {
		...given,
		waiting: given.waiting === 'automatic' && !canSuspend ? 'hold' : given.waiting,
		intervalMs: Math.min(maxIntervalMs, Math.max(minIntervalMs, given.intervalMs)),
	};
	const waitMs = forcedWaitMs(history, pace) ?? plannedWaitMs(history, pace, now, lateWeight);
	const mayBeLate = pace.isCallExpected === true && pace.waiting !== 'hold';
	const chosen = chooseHow(waitMs * (1 + jitterShare * random), pace, now);
	const planned: NextCheck = mayBeLate ? { ...chosen, mayBeLate } : chosen;
	if (planned.at <= lastCheckAt || now >= lastCheckAt) return planned;
	const minMs = planned.how === 'suspend' ? minSuspendMs : 0;
	return { at: Math.max(lastCheckAt, now + minMs), how: planned.how };
}

/** The wait that the last answer dictates, if it does. */
function forcedWaitMs(history: CheckHistory, { intervalMs }: Pace): number | undefined {
	const { failedChecks, limitedChecks = 0, retryAfterMs, soon } = history;
	if (limitedChecks > 0 && retryAfterMs !== undefined) return Math.max(intervalMs, retryAfterMs);
	const tries = failedChecks + limitedChecks;
	if (tries > 0) {
		const backoffMs = Math.min(intervalMs * 2 ** (tries - 1), maxBackoffMs);
		return Math.max(backoffMs, retryAfterMs ?? 0);
	}
	return soon ? soonMs : undefined;
}

function plannedWaitMs(history: CheckHistory, pace: Pace, now: number, lateWeight: number): number {
	const { waiting, intervalMs, typical, holdUntil = Infinity, isCallExpected } = pace;
	const duration = estimateDuration(history, typical, now);
	const ageMs = Math.max(0, now - history.beganAt);
	const minSuspensionMs = Math.max(minSuspendMs, intervalMs);
	const maxSuspensionMs = Math.max(minSuspensionMs, maxSuspendMs);
	if (isCallExpected && waiting !== 'hold') {
		const callMs = msUntilEnded(duration, ageMs, calledShare);
		return clamp(callMs, minSuspensionMs, maxSuspensionMs);
	}
	const isDelayed = ageMs > msUntilEnded(duration, 0, delayedShare);
	const untilEnded = (share: number, laterMs = 0) =>
		isDelayed ? Infinity : msUntilEnded(duration, ageMs + laterMs, share);
	// A hold of this length costs as much as what remains of the shortest suspension, unnoticed.
	const nearMs = (minSuspendMs * lateWeight) / (1 + lateWeight);
	const isNear = (laterMs: number) => untilEnded(evenShare, laterMs) <= nearMs;
	if (waiting === 'hold' || (waiting === 'automatic' && isNear(0))) {
		const freeMs = waiting === 'hold' ? Infinity : holdUntil - now;
		// Checks once more before Automatic has to suspend. The jitter must exceed neither of the two.
		const maxMs = Math.min(intervalMs, freeMs < minHoldMs ? Infinity : freeMs) / (1 + jitterShare);
		return clamp(untilEnded(checkShare), Math.max(minHoldMs, intervalMs * minHoldShare), maxMs);
	}
	const { progress, checkedAt } = history;
	// A progress that moves gives the pace by its next reports. Unless such jobs take nearly the same time,
	// that is worth more than a check costs.
	const isStarting = progress && progress.movedAt === checkedAt && !hasPace(progress);
	if (isDelayed || (isStarting && typical.spread > evenSpread)) return minSuspensionMs;
	// The newsvendor's critical fractile: https://en.wikipedia.org/wiki/Newsvendor_model
	const wakeMs = untilEnded(1 / (1 + lateWeight));
	const untilNearMs = waiting === 'suspend' ? untilEnded(evenShare) : wakeMs;
	const waitMs = isNear(wakeMs) ? untilNearMs : untilEnded(checkShare);
	return clamp(waitMs, minSuspensionMs, maxSuspensionMs);
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));

function chooseHow(
	waitMs: number,
	{ waiting, holdUntil = Infinity }: Pace,
	now: number,
): NextCheck {
	const at = Math.round(now + waitMs);
	const mayHold = waiting === 'automatic' && waitMs < minSuspendMs && at <= holdUntil;
	if (waiting === 'hold' || mayHold) return { at, how: 'hold' };
	return { at: Math.max(at, now + minSuspendMs), how: 'suspend' };
}
