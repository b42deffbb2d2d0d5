/*
 * When to look at a job next, and whether to hold the worker or to suspend the execution until then.
 * Pure: the same input gives the same answer. What the choice costs is measured by `npm run bench:schedule`.
 */

/** How the waiting is done: holding the worker, handing it back, or whichever is better at the time. */
export type Waiting = 'automatic' | 'hold' | 'suspend';

/** What the schedule needs to know of a job. Times are milliseconds since 1970. */
export interface Progress {
	/** When the job began, by the gateway or else by when we first heard of it. */
	beganAt: number;
	/** The last progress told, 0 to 100, and when it was first seen. */
	percent?: number;
	movedAt?: number;
	/** When the gateway was last asked, to tell a progress that stands still. */
	lookedAt?: number;
	/** Checks in a row without a readable answer. */
	failedChecks: number;
	/** How long the gateway asked us to stay away. */
	retryAfterMs?: number;
	/** The job may be there within seconds: it is too new to be found, or its link is announced. */
	soon?: boolean;
}

/** How often to look: the user's choice, and what is known of the provider. */
export interface Pace {
	waiting: Waiting;
	intervalMs: number;
	typicalMs: number;
	deadline: number;
}

/** The next look at a job. */
export interface Look {
	at: number;
	how: 'hold' | 'suspend';
}

/** n8n looks for due executions every 60 seconds, up to 70 ahead: less than this may resume a minute late. */
export const leastSuspendMs = 65_000;

const soonMs = 5_000;
const longestHoldMs = 60_000;
const longestSuspendMs = 600_000;
const longestBackOffMs = 120_000;
const jitterShare = 0.05;
// The last look comes this long before the deadline, so that its answer is there in time.
const lastLookMs = 1_000;

/**
 * The next look at a job. While its end is far away it is asked less often; a gateway that does not
 * answer is asked ever less often. `random` is 0 to 1 and spreads the jobs of many executions.
 */
export function nextLook(progress: Progress, pace: Pace, now: number, random: number): Look {
	const forced = forcedWaitMs(progress, pace);
	const planned = forced === undefined ? plan(progress, pace, now) : feasible(forced, pace.waiting);
	const jitterMs = planned.waitMs * jitterShare * random;
	const at = Math.round(now + planned.waitMs + jitterMs);
	return beforeDeadline({ at, how: planned.how }, pace, now);
}

/** The wait that the last answer dictates, if it does. */
function forcedWaitMs(progress: Progress, pace: Pace): number | undefined {
	const { failedChecks, retryAfterMs = 0, soon } = progress;
	if (failedChecks > 0) {
		const backOffMs = Math.min(pace.intervalMs * 2 ** (failedChecks - 1), longestBackOffMs);
		return Math.max(backOffMs, retryAfterMs);
	}
	return soon ? soonMs : undefined;
}

function feasible(waitMs: number, waiting: Waiting): Wait {
	if (waiting === 'suspend') return { waitMs: Math.max(waitMs, leastSuspendMs), how: 'suspend' };
	const suspends = waiting === 'automatic' && waitMs >= leastSuspendMs;
	return { waitMs, how: suspends ? 'suspend' : 'hold' };
}

function beforeDeadline(look: Look, { deadline, waiting }: Pace, now: number): Look {
	const lastLookAt = deadline - lastLookMs;
	if (look.at <= lastLookAt || now >= lastLookAt) return look;
	// Too close to the deadline to be suspended until it: n8n would resume up to a minute late.
	const tooClose = lastLookAt - now < leastSuspendMs;
	return { at: lastLookAt, how: tooClose && waiting !== 'suspend' ? 'hold' : look.how };
}

interface Wait {
	waitMs: number;
	how: Look['how'];
}

/*
 * What a wait costs, in seconds of a held worker: what it holds, how late it notices the end, and the
 * check after it. The weights are where the trade-off curve in docs/schedule.md has its knee.
 */
const costPerSecondHeld = 1;
const costPerSecondLate = 3.5;
const costPerCheck = 1.5;

const steps = 120;

/**
 * The cheapest first wait. Expected costs are summed up from the far future backwards, over all the
 * waits that may follow one another, with what is believed of the job's duration.
 */
function plan(progress: Progress, pace: Pace, now: number): Wait {
	const ageMs = Math.max(0, now - progress.beganAt);
	const belief = durationBelief(progress, pace.typicalMs, now);
	const stepMs = Math.max(2_500, Math.max(belief.medianMs, ageMs) / 40);
	const done = Array.from({ length: steps + 1 }, (_, step) =>
		shareDone(belief, ageMs + step * stepMs),
	);
	const area = [0];
	for (let step = 1; step <= steps; step++) {
		area.push((area[step - 1] ?? 0) + (((done[step - 1] ?? 0) + (done[step] ?? 0)) / 2) * stepMs);
	}
	const choices = waitChoices(pace, stepMs);
	// Where the gateway tells a progress, the next look will tell the end: it is worth an early one.
	const learnsSoon =
		pace.waiting === 'automatic' && progress.percent !== undefined && !belief.isInformed;
	const costs = new Array<number>(steps + 1).fill(0);
	let best: Wait | undefined;
	for (let step = steps; step >= 0; step--) {
		const doneBefore = done[step] ?? 1;
		const running = Math.max(1e-9, 1 - doneBefore);
		let least = Infinity;
		const open =
			step === 0 && learnsSoon ? choices.filter(({ waitMs }) => waitMs <= leastSuspendMs) : choices;
		for (const choice of open) {
			const next = Math.min(steps, step + choice.steps);
			const lateMs = (area[next] ?? 0) - (area[step] ?? 0) - doneBefore * (next - step) * stepMs;
			const goesOn = (1 - (done[next] ?? 1)) / running;
			const cost =
				choice.cost + (costPerSecondLate * lateMs) / 1000 / running + goesOn * (costs[next] ?? 0);
			if (cost >= least) continue;
			least = cost;
			if (step === 0) best = choice;
		}
		costs[step] = least;
	}
	return best ?? { waitMs: pace.intervalMs, how: 'hold' };
}

interface WaitChoice extends Wait {
	steps: number;
	cost: number;
}

function waitChoices(pace: Pace, stepMs: number): WaitChoice[] {
	const choices: WaitChoice[] = [];
	if (pace.waiting !== 'suspend') {
		const leastMs = Math.min(pace.intervalMs, longestHoldMs);
		for (let waitMs = leastMs; waitMs <= longestHoldMs; waitMs += stepMs) {
			// Whoever asked to hold does not count the seconds held.
			const held = pace.waiting === 'hold' ? 0 : (costPerSecondHeld * waitMs) / 1000;
			choices.push({
				waitMs,
				how: 'hold',
				steps: stepsOf(waitMs, stepMs),
				cost: held + costPerCheck,
			});
		}
	}
	if (pace.waiting !== 'hold') {
		const leastMs = Math.max(leastSuspendMs, pace.intervalMs);
		for (let waitMs = leastMs; waitMs <= longestSuspendMs; waitMs += stepMs) {
			choices.push({ waitMs, how: 'suspend', steps: stepsOf(waitMs, stepMs), cost: costPerCheck });
		}
	}
	return choices;
}

const stepsOf = (waitMs: number, stepMs: number) => Math.max(1, Math.round(waitMs / stepMs));

/** What is believed of how long a job takes: a log-logistic spread around a median. */
interface Belief {
	medianMs: number;
	/** The greater, the narrower. */
	shape: number;
	/** Whether the job's own progress is in it. */
	isInformed: boolean;
}

// Jobs of one model at one gateway: two in three end within a factor of 1.4 of what is typical.
const typicalSpread = 0.35;
// A progress tells the end about this well; less so early on, where one per cent is much.
const progressSpread = 0.06;
// Gateways without a progress of their own tell round figures at once. They mean nothing.
const believableAfterMs = 20_000;

function durationBelief(progress: Progress, typicalMs: number, now: number): Belief {
	const estimate = estimateByProgress(progress, now);
	if (estimate === undefined)
		return { medianMs: typicalMs, shape: shapeOf(typicalSpread), isInformed: false };
	const priorWeight = 1 / typicalSpread ** 2;
	const weight = 1 / estimate.spread ** 2;
	const median =
		(Math.log(typicalMs) * priorWeight + Math.log(estimate.totalMs) * weight) /
		(priorWeight + weight);
	const spread = 1 / Math.sqrt(priorWeight + weight);
	return { medianMs: Math.exp(median), shape: shapeOf(spread), isInformed: true };
}

function estimateByProgress(
	{ percent, movedAt, lookedAt, beganAt }: Progress,
	now: number,
): { totalMs: number; spread: number } | undefined {
	if (percent === undefined || movedAt === undefined || percent < 2 || percent >= 100)
		return undefined;
	const tellsNothing = movedAt - beganAt < believableAfterMs;
	const standsStill = (lookedAt ?? now) - movedAt > believableAfterMs;
	if (tellsNothing || standsStill) return undefined;
	return {
		totalMs: ((movedAt - beganAt) / (percent + 0.5)) * 100,
		spread: progressSpread + 1 / percent,
	};
}

/** The share of jobs that have ended by an age. */
function shareDone({ medianMs, shape }: Belief, ageMs: number): number {
	return ageMs <= 0 ? 0 : 1 / (1 + (medianMs / ageMs) ** shape);
}

/** The shape of the log-logistic spread whose logarithm has this standard deviation. */
const shapeOf = (spread: number) => Math.PI / (Math.sqrt(3) * spread);
