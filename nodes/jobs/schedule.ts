/*
 * When to look at a job next, and whether to hold the worker or to suspend the execution until then.
 * Pure: the same input gives the same answer. What the choice costs is measured by `npm run bench:schedule`.
 */

import type { DurationEstimate, CheckHistory, TypicalDuration } from './duration';
import { estimateDuration, isEndKnown, shareEnded } from './duration';

/** How the waiting is done: holding the worker, handing it back, or whichever is better at the time. */
export type Waiting = 'automatic' | 'hold' | 'suspend';

/** How often to look: the user's choice, and what is known of the provider. */
export interface Pace {
	waiting: Waiting;
	intervalMs: number;
	typical: TypicalDuration;
	deadline: number;
}

/** The next look at a job. */
export interface NextCheck {
	at: number;
	how: 'hold' | 'suspend';
}

/** n8n looks for due executions every 60 seconds, up to 70 ahead: less than this may resume a minute late. */
export const minSuspendMs = 65_000;

/** The shortest poll interval a person may choose: providers limit their requests. */
export const minIntervalMs = 5_000;
/** The longest one: some result links expire within an hour. */
export const maxIntervalMs = 3_600_000;

const soonMs = 5_000;
const minShortIntervalMs = 3_000;
const shortestIntervalShare = 1 / 5;
const maxHoldMs = 60_000;
const maxSuspendMs = 600_000;
const maxBackoffMs = 120_000;
const jitterShare = 0.05;
// The last look comes this long before the deadline, so that its answer is there in time.
const lastLookMs = 1_000;
// A job of a day is as overdue as a job of a year. Times beyond it come from a wrong clock or a wrong item.
const maxAgeMs = 86_400_000;

/**
 * The next look at a job. While its end is far away it is asked less often; a provider that does not
 * answer is asked ever less often. `random` is 0 to 1 and spreads the jobs of many executions. Whatever
 * the numbers, the cost of the decision is bounded: `steps` times the choices of `waitChoices`.
 */
export function scheduleNextCheck(
	progress: CheckHistory,
	givenPace: Pace,
	now: number,
	random: number,
	weights = defaultWeights,
): NextCheck {
	const intervalMs = Math.min(maxIntervalMs, Math.max(minIntervalMs, givenPace.intervalMs));
	const pace = { ...givenPace, intervalMs };
	const forced = forcedWaitMs(progress, pace);
	const planned =
		forced === undefined
			? findCheapestWait(progress, pace, now, weights)
			: withinMode(forced, pace.waiting);
	const jitterMs = planned.waitMs * jitterShare * random;
	const at = Math.round(now + planned.waitMs + jitterMs);
	return beforeDeadline({ at, how: planned.how }, pace, now);
}

/** The wait that the last answer dictates, if it does. */
function forcedWaitMs(progress: CheckHistory, pace: Pace): number | undefined {
	const { failedChecks, limitedChecks = 0, retryAfterMs, soon } = progress;
	// Whoever limits the requests knows best when there is room again.
	if (limitedChecks > 0 && retryAfterMs !== undefined) {
		return Math.max(pace.intervalMs, retryAfterMs);
	}
	const tries = failedChecks + limitedChecks;
	if (tries > 0) {
		const backOffMs = Math.min(pace.intervalMs * 2 ** (tries - 1), maxBackoffMs);
		return Math.max(backOffMs, retryAfterMs ?? 0);
	}
	return soon ? soonMs : undefined;
}

function withinMode(waitMs: number, waiting: Waiting): Wait {
	if (waiting === 'suspend') return { waitMs: Math.max(waitMs, minSuspendMs), how: 'suspend' };
	const suspends = waiting === 'automatic' && waitMs >= minSuspendMs;
	return { waitMs, how: suspends ? 'suspend' : 'hold' };
}

function beforeDeadline(look: NextCheck, { deadline, waiting }: Pace, now: number): NextCheck {
	const lastLookAt = deadline - lastLookMs;
	if (look.at <= lastLookAt || now >= lastLookAt) return look;
	if (lastLookAt - now >= minSuspendMs) return { at: lastLookAt, how: look.how };
	// Too close to be suspended until then: n8n would resume up to a minute late.
	return waiting === 'suspend'
		? { at: now + minSuspendMs, how: 'suspend' }
		: { at: lastLookAt, how: 'hold' };
}

interface Wait {
	waitMs: number;
	how: NextCheck['how'];
}

/** What a wait costs: each second a worker is held, each second the end goes unnoticed, each check. */
export interface Weights {
	held: number;
	late: number;
	check: number;
}

/** Where the trade-off curve in docs/schedule.md bends. */
export const defaultWeights: Weights = { held: 1, late: 4, check: 2.5 };

/** What lies ahead of a job, in equal steps: the share that has ended by each, and its running sum. */
interface Outlook {
	ageMs: number;
	belief: DurationEstimate;
	stepMs: number;
	ended: readonly number[];
	endedSum: readonly number[];
}

const steps = 120;

function outlookOf(progress: CheckHistory, typical: TypicalDuration, now: number): Outlook {
	const ageMs = Math.min(maxAgeMs, Math.max(0, now - progress.beganAt));
	const { medianMs, shape } = estimateDuration(progress, typical, now);
	const belief = { medianMs: Math.min(maxAgeMs, medianMs), shape };
	const stepMs = Math.max(2_500, Math.max(belief.medianMs, ageMs) / 40);
	const ended: number[] = [];
	const endedSum: number[] = [];
	for (let step = 0; step <= steps; step++) {
		const share = shareEnded(belief, ageMs + step * stepMs);
		const before = ended[step - 1] ?? share;
		endedSum.push(step === 0 ? 0 : (endedSum[step - 1] ?? 0) + ((before + share) / 2) * stepMs);
		ended.push(share);
	}
	return { ageMs, belief, stepMs, ended, endedSum };
}

/**
 * The cheapest first wait. Expected costs are summed up from the far future backwards, over all the
 * waits that may follow one another, with what is believed of the job's duration.
 */
function findCheapestWait(progress: CheckHistory, pace: Pace, now: number, weights: Weights): Wait {
	const outlook = outlookOf(progress, pace.typical, now);
	const shortestMs = shortestHoldMs(outlook.belief, outlook.ageMs, pace);
	const choices = waitChoices(pace, shortestMs, outlook.stepMs, weights);
	const costs: number[] = [];
	for (let step = steps; step > 0; step--) {
		costs[step] = cheapest(choices, step, outlook, costs, weights).cost;
	}
	const first = checksEarly(progress, pace)
		? choices.filter(({ waitMs }) => waitMs <= minSuspendMs)
		: choices;
	return cheapest(first, 0, outlook, costs, weights).choice;
}

/** Where a progress moves, the next look tells the end: an early one is worth more than it costs. */
function checksEarly(
	{ percent, movedAt, checkedAt, beganAt }: CheckHistory,
	{ waiting }: Pace,
): boolean {
	const moves = percent !== undefined && movedAt !== undefined && movedAt === checkedAt;
	return waiting === 'automatic' && moves && movedAt - beganAt < minSuspendMs;
}

/** The wait from a step on that costs least, with all that may come after it. */
function cheapest(
	choices: readonly WaitChoice[],
	step: number,
	{ stepMs, ended, endedSum }: Outlook,
	costs: readonly number[],
	weights: Weights,
): { cost: number; choice: Wait } {
	const endedBefore = ended[step] ?? 1;
	const running = Math.max(1e-9, 1 - endedBefore);
	let least: { cost: number; choice: Wait } | undefined;
	for (const choice of choices) {
		const next = Math.min(steps, step + choice.steps);
		const sum = (endedSum[next] ?? 0) - (endedSum[step] ?? 0);
		const lateSeconds = (sum - endedBefore * (next - step) * stepMs) / 1000 / running;
		const goesOn = (1 - (ended[next] ?? 1)) / running;
		const cost = choice.cost + weights.late * lateSeconds + goesOn * (costs[next] ?? 0);
		if (least === undefined || cost < least.cost) least = { cost, choice };
	}
	return least ?? { cost: 0, choice: { waitMs: minSuspendMs, how: 'hold' } };
}

interface WaitChoice extends Wait {
	steps: number;
	cost: number;
}

function waitChoices(
	pace: Pace,
	shortestMs: number,
	stepMs: number,
	weights: Weights,
): WaitChoice[] {
	const choices: WaitChoice[] = [];
	if (pace.waiting !== 'suspend') {
		// Beyond the last step the outlook ends: a longer wait is never cheaper than the first one there.
		const longestMs = Math.min(Math.max(maxHoldMs, pace.intervalMs), shortestMs + steps * stepMs);
		for (let waitMs = shortestMs; waitMs <= longestMs; waitMs += stepMs) {
			// Whoever asked to hold does not count the seconds held.
			const held = pace.waiting === 'hold' ? 0 : (weights.held * waitMs) / 1000;
			choices.push({
				waitMs,
				how: 'hold',
				steps: stepsOf(waitMs, stepMs),
				cost: held + weights.check,
			});
		}
	}
	if (pace.waiting !== 'hold') {
		const leastMs = Math.max(minSuspendMs, pace.intervalMs);
		const longestMs = Math.max(maxSuspendMs, leastMs);
		// The longer a wait, the less it matters to the second.
		for (let waitMs = leastMs; waitMs <= longestMs; waitMs += Math.max(stepMs, waitMs / 10)) {
			choices.push({ waitMs, how: 'suspend', steps: stepsOf(waitMs, stepMs), cost: weights.check });
		}
	}
	return choices;
}

/** Where the end is known to within seconds, a look may come sooner than the interval. */
const shortestHoldMs = (belief: DurationEstimate, ageMs: number, { intervalMs }: Pace) =>
	isEndKnown(belief, ageMs)
		? Math.min(intervalMs, Math.max(minShortIntervalMs, intervalMs * shortestIntervalShare))
		: intervalMs;

const stepsOf = (waitMs: number, stepMs: number) => Math.max(1, Math.round(waitMs / stepMs));
