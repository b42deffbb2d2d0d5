/*
 * What waiting costs: simulated jobs whose durations vary, waited for in our three modes and in the ways
 * people use today. `npm run bench:schedule` writes docs/schedule.md and its picture.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { mean } from 'simple-statistics';
import type { CheckHistory, TypicalDuration } from '../../nodes/jobs/duration';
import { recordProgress } from '../../nodes/jobs/duration';
import { readTypicalDuration } from '../../nodes/jobs/learnedDurations';
import type { NextCheck, Waiting } from '../../nodes/jobs/schedule';
import { defaultLateWeight, minSuspendMs, scheduleNextCheck } from '../../nodes/jobs/schedule';
import { randomNumbers } from './randomNumbers';
import type { Point } from './report/pictures';
import { tradeOffPicture } from './report/pictures';
import { buildTable } from './report/tables';

const jobs = 4_000;
const intervalSeconds = 15;
// A job waits in a queue first, as at the simulator, and its progress counts from there.
const queuedShare = 0.1;

/** How long jobs take, log-normally distributed, and whether their provider reports progress. */
interface Situation {
	medianSeconds: number;
	sigma: number;
	progress: boolean;
}

/** Average cost of one job. */
interface Cost {
	checks: number;
	heldSeconds: number;
	lateSeconds: number;
}

/** Decides after a check when to check next, and whether to hold or to suspend until then. */
type Strategy = (
	progress: CheckHistory,
	now: number,
	situation: Situation,
	random: number,
) => NextCheck;

const fixed =
	(seconds: number): Strategy =>
	(_progress, now) => ({ at: now + seconds * 1000, how: 'hold' });

/** Suspend for 0.8 of the median, then hold for a minute and suspend for 65 s in turn. */
const plain: Strategy = (_progress, now, { medianSeconds }) => {
	const first = Math.max(minSuspendMs, 0.8 * medianSeconds * 1000);
	if (now === 0) return { at: first, how: 'suspend' };
	return (now - first) % (60_000 + minSuspendMs) < 60_000
		? { at: now + intervalSeconds * 1000, how: 'hold' }
		: { at: now + minSuspendMs, how: 'suspend' };
};

/** Before any job of the kind was seen, or after so many that their distribution is known. */
type Knowledge = 'first job' | 'familiar';

const ours =
	(waiting: Waiting, knowledge: Knowledge, lateWeight = defaultLateWeight): Strategy =>
	(progress, now, { medianSeconds, sigma }, random) => {
		const typical: TypicalDuration =
			knowledge === 'familiar'
				? { medianMs: medianSeconds * 1000, spread: sigma }
				: readTypicalDuration('an unknown kind');
		const pace = { waiting, intervalMs: intervalSeconds * 1000, typical, deadline: Infinity };
		return scheduleNextCheck(progress, pace, now, random, lateWeight);
	};

function measure(strategy: Strategy, situation: Situation): Cost {
	const { random, normal } = randomNumbers(1);
	const costs = Array.from({ length: jobs }, (): Cost => {
		const duration = situation.medianSeconds * 1000 * Math.exp(situation.sigma * normal());
		const progress: CheckHistory = { beganAt: 0, failedChecks: 0 };
		let heldMs = 0;
		let checks = 1;
		let now = 0;
		for (; now < duration; checks++) {
			progress.checkedAt = now;
			const share = (now / duration - queuedShare) / (1 - queuedShare);
			const percent = Math.max(0, Math.floor(share * 100));
			if (situation.progress) recordProgress(progress, percent, now);
			const { at, how } = strategy(progress, now, situation, random());
			if (how === 'hold') heldMs += at - now;
			now = at;
		}
		return { checks, heldSeconds: heldMs / 1000, lateSeconds: (now - duration) / 1000 };
	});
	return {
		checks: mean(costs.map(({ checks }) => checks)),
		heldSeconds: mean(costs.map(({ heldSeconds }) => heldSeconds)),
		lateSeconds: mean(costs.map(({ lateSeconds }) => lateSeconds)),
	};
}

const strategies: Record<string, Strategy> = {
	'Automatic, first job': ours('automatic', 'first job'),
	'Automatic, familiar': ours('automatic', 'familiar'),
	'Hold, familiar': ours('hold', 'familiar'),
	'Suspend, familiar': ours('suspend', 'familiar'),
	'plain suspending': plain,
	'every 5 s': fixed(5),
	'every 15 s': fixed(15),
	'every 60 s': fixed(60),
};

const medians = [60, 120, 300];
const sigmas = [0.2, 0.35];

function costTable(): string {
	const rows = medians.flatMap((medianSeconds) =>
		sigmas.flatMap((sigma) =>
			Object.entries(strategies).map(([name, strategy]) => [
				`${medianSeconds} s, ${sigma}`,
				name,
				...[true, false].flatMap((progress) => {
					const cost = measure(strategy, { medianSeconds, sigma, progress });
					return [cost.checks, cost.heldSeconds, cost.lateSeconds].map((value) => value.toFixed(1));
				}),
			]),
		),
	);
	const head = ['checks', 'held', 'noticed'];
	return buildTable(
		['median, sigma', 'waiting', ...head, ...head.map((each) => `${each}, no progress`)],
		rows,
		2,
	);
}

const reference = { medianSeconds: 120, sigma: 0.35 };

interface Goal {
	what: string;
	max: number;
	value: number;
}

/** What Automatic may cost on average. */
function measureGoals(lateWeight = defaultLateWeight): Goal[] {
	const familiar = (progress: boolean) =>
		measure(ours('automatic', 'familiar', lateWeight), { ...reference, progress });
	const maxHeld = (progress: boolean) =>
		Math.max(
			...medians.flatMap((medianSeconds) =>
				sigmas.map((sigma) => {
					const strategy = ours('automatic', 'first job', lateWeight);
					return measure(strategy, { medianSeconds, sigma, progress }).heldSeconds;
				}),
			),
		);
	const [reported, unreported] = [familiar(true), familiar(false)];
	return [
		{ what: 'familiar, progress: seconds held', max: 18, value: reported.heldSeconds },
		{ what: 'familiar, progress: checks', max: 8, value: reported.checks },
		{ what: 'familiar, progress: seconds until noticed', max: 10, value: reported.lateSeconds },
		{ what: 'familiar, no progress: seconds held', max: 35, value: unreported.heldSeconds },
		{
			what: 'familiar, no progress: seconds until noticed',
			max: 15,
			value: unreported.lateSeconds,
		},
		{
			what: 'first job of any median and sigma, progress: seconds held',
			max: 60,
			value: maxHeld(true),
		},
		{
			what: 'first job of any median and sigma, no progress: seconds held',
			max: 60,
			value: maxHeld(false),
		},
	];
}

const isReached = ({ value, max }: Goal) => value <= max;

const goalTable = () =>
	buildTable(
		['Automatic, median 120 s, sigma 0.35', 'at most', 'measured', 'reached'],
		measureGoals().map((goal) => [
			goal.what,
			`${goal.max}`,
			goal.value.toFixed(1),
			isReached(goal) ? 'yes' : 'no',
		]),
	);

// From hardly any holding to hardly any suspending.
const lateWeights = [0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 10, 20, 40];

const weightsReachingGoals = () =>
	lateWeights.filter((lateWeight) => measureGoals(lateWeight).every(isReached)).join(', ');

const pointFor = (strategy: Strategy, progress: boolean): Point => {
	const { heldSeconds, lateSeconds } = measure(strategy, { ...reference, progress });
	return [heldSeconds, lateSeconds];
};

/** The curve along which the weight of an unnoticed second moves Automatic. */
function tradeOff(progress: boolean): Point[] {
	const points = lateWeights.map((lateWeight) =>
		pointFor(ours('automatic', 'familiar', lateWeight), progress),
	);
	// A point that holds longer and still notices later is dominated.
	return points
		.sort(([a], [b]) => a - b)
		.filter(([, late], index, sorted) =>
			sorted.slice(0, index).every(([, before]) => before > late),
		);
}

const nearSeconds = Math.round(
	(minSuspendMs / 1000) * (defaultLateWeight / (1 + defaultLateWeight)),
);
const wakePercent = Math.round(100 / (1 + defaultLateWeight));
const docs = path.join(__dirname, '..', '..', 'docs');
writeFileSync(
	path.join(docs, 'images', 'schedule.svg'),
	tradeOffPicture(
		[
			{ name: 'Automatic, progress', points: tradeOff(true) },
			{ name: 'Automatic, no progress', points: tradeOff(false) },
		],
		[
			{ name: 'Automatic', point: pointFor(ours('automatic', 'familiar'), true), label: 'top' },
			{ name: 'Automatic', point: pointFor(ours('automatic', 'familiar'), false), label: 'top' },
			{ name: 'plain suspending', point: pointFor(plain, false), label: 'top' },
			{ name: 'Suspend', point: pointFor(ours('suspend', 'familiar'), false), label: 'right' },
		],
	),
);
writeFileSync(
	path.join(docs, 'schedule.md'),
	`# What waiting costs

Written by \`npm run bench:schedule\`: ${jobs} simulated jobs in each row, with log-normal durations, checked
at least every ${intervalSeconds} seconds while held. A held second keeps a worker busy; a second until noticed is a finished
video that the workflow does not have yet. n8n resumes a suspended execution on time only after
${minSuspendMs / 1000} seconds or more, so that no suspension is shorter.

![Seconds held against seconds until noticed](images/schedule.svg)

The curves are what **Automatic** could be set to between holding and suspending; the points are where it
is. To have the end noticed sooner, choose **Hold** or a shorter poll interval; to keep all workers free,
choose **Suspend**.

## The rule

1. A job **near its end** is held for. A hold checks each time one in eight such jobs would have ended since
   the last check, and at least once per poll interval.
2. Otherwise the node suspends until one in eight would have ended. Where that leads close to the end, it
   suspends until ${wakePercent} % would have ended, and holds from there.

One second unnoticed counts as ${defaultLateWeight} seconds held. A job is therefore near its end when half of such jobs end
within ${nearSeconds} seconds: holding costs less than what would remain of the shortest suspension. The
${wakePercent} % follow from the same weight, and moving it draws the curves.

**Hold** always does the first. **Suspend** always does the second, and sleeps until half would have ended.

How long a job takes is a log-logistic distribution around what such jobs took before and what its own
progress says. While a progress moves and two reports do not give the pace yet, the shortest suspensions
follow it. Where 19 in 20 would have ended, a job is delayed: it is checked once per poll interval, or
after the shortest suspension.

## Goals

${goalTable()}

Of the weights ${lateWeights.join(', ')}, these reach all goals: ${weightsReachingGoals()}.

## All situations

Averages per job: status checks, seconds held, seconds until the end is noticed; the last three columns
where the provider reports no progress. *Familiar*: the node knows how long such jobs take. It learns that
from the jobs it waits for, per base URL and model, until n8n restarts; a *first job* is expected to take 1
to 6 minutes.

${costTable()}
`,
);
console.log('Written: docs/schedule.md and docs/images/schedule.svg');
