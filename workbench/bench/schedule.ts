/*
 * What waiting costs: many simulated jobs whose durations vary, waited for in our three modes and in the
 * ways people use today. Writes docs/schedule.md and its picture. Run it with `npm run bench:schedule`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Progress, Typical } from '../../nodes/jobs/duration';
import { noteProgress } from '../../nodes/jobs/duration';
import { typicalOf } from '../../nodes/jobs/experience';
import type { Look, Waiting, Weights } from '../../nodes/jobs/schedule';
import { defaultWeights, leastSuspendMs, nextLook } from '../../nodes/jobs/schedule';
import { randomNumbers } from './randomNumbers';
import { tradeOffPicture } from './tradeOffPicture';

const docs = path.join(__dirname, '..', '..', 'docs');
const jobs = 4_000;
const intervalSeconds = 15;
// A job waits in a queue first, as at the simulator, and its progress counts from then.
const queuedShare = 0.1;

/** How a job's duration varies, and whether its gateway tells a progress. */
export interface Situation {
	medianSeconds: number;
	spread: number;
	tellsProgress: boolean;
}

/** Average cost of one job. */
export interface Cost {
	checks: number;
	heldSeconds: number;
	lateSeconds: number;
}

type Manner = (progress: Progress, now: number, situation: Situation, random: number) => Look;

const fixed =
	(seconds: number): Manner =>
	(_progress, now) => ({ at: now + seconds * 1000, how: 'hold' });

/** The plain way to suspend: until 0.8 of the typical time, then hold for a minute, then 65 s again. */
const plain: Manner = (_progress, now, { medianSeconds }) => {
	const first = Math.max(leastSuspendMs, 0.8 * medianSeconds * 1000);
	if (now === 0) return { at: first, how: 'suspend' };
	const cycle = 60_000 + leastSuspendMs;
	const into = (now - first) % cycle;
	return into < 60_000
		? { at: now + intervalSeconds * 1000, how: 'hold' }
		: { at: now + leastSuspendMs, how: 'suspend' };
};

/** Before a job of the kind was seen, or after so many that their spread is known. */
type Knowledge = 'first job' | 'familiar';

const ours =
	(waiting: Waiting, knowledge: Knowledge, weights: Weights = defaultWeights): Manner =>
	(progress, now, { medianSeconds, spread }, random) => {
		const typical: Typical =
			knowledge === 'familiar'
				? { medianMs: medianSeconds * 1000, spread }
				: typicalOf('a kind nobody has seen');
		const pace = { waiting, intervalMs: intervalSeconds * 1000, typical, deadline: Infinity };
		return nextLook(progress, pace, now, random, weights);
	};

function measure(manner: Manner, situation: Situation): Cost {
	const { random, normal } = randomNumbers(1);
	const total: Cost = { checks: 0, heldSeconds: 0, lateSeconds: 0 };
	for (let job = 0; job < jobs; job++) {
		const duration = situation.medianSeconds * 1000 * Math.exp(situation.spread * normal());
		const progress: Progress = { beganAt: 0, failedChecks: 0 };
		for (let now = 0; ;) {
			total.checks++;
			if (now >= duration) {
				total.lateSeconds += (now - duration) / 1000;
				break;
			}
			progress.lookedAt = now;
			const share = (now / duration - queuedShare) / (1 - queuedShare);
			const percent = Math.max(0, Math.floor(share * 100));
			if (situation.tellsProgress) noteProgress(progress, percent, now);
			const look = manner(progress, now, situation, random());
			if (look.how === 'hold') total.heldSeconds += (look.at - now) / 1000;
			now = look.at;
		}
	}
	return {
		checks: total.checks / jobs,
		heldSeconds: total.heldSeconds / jobs,
		lateSeconds: total.lateSeconds / jobs,
	};
}

const manners: Record<string, Manner> = {
	'Automatic, first job': ours('automatic', 'first job'),
	'Automatic, familiar': ours('automatic', 'familiar'),
	'Hold, familiar': ours('hold', 'familiar'),
	'Suspend, familiar': ours('suspend', 'familiar'),
	'plain suspending': plain,
	'every 5 s': fixed(5),
	'every 15 s': fixed(15),
	'every 60 s': fixed(60),
};

const number = (value: number) => value.toFixed(1);

function table(tellsProgress: boolean): string {
	const rows: string[] = [];
	for (const medianSeconds of [60, 120, 300]) {
		for (const spread of [0.2, 0.35]) {
			for (const [name, manner] of Object.entries(manners)) {
				const cost = measure(manner, { medianSeconds, spread, tellsProgress });
				const { checks, heldSeconds, lateSeconds } = cost;
				const figures = [checks, heldSeconds, lateSeconds].map(number).join(' | ');
				rows.push(`| ${medianSeconds} s | ${spread} | ${name} | ${figures} |`);
			}
		}
	}
	const head =
		'| median | sigma | waiting | checks per job | seconds held | seconds until noticed |';
	return [head, '|---|---|---|---|---|---|', ...rows].join('\n');
}

/** The curve that the weight of a late second draws, from hardly any holding to nearly only holding. */
function tradeOff(situation: Situation): Cost[] {
	const costs = [1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 12, 20, 40].map((late) =>
		measure(ours('automatic', 'familiar', { ...defaultWeights, late }), situation),
	);
	// What holds longer and still notices later is no choice anyone would make.
	return costs
		.sort((a, b) => a.heldSeconds - b.heldSeconds)
		.filter(({ lateSeconds }, index, sorted) =>
			sorted.slice(0, index).every((before) => before.lateSeconds > lateSeconds),
		);
}

const situation = { medianSeconds: 120, spread: 0.35 };
const withProgress = { ...situation, tellsProgress: true };
const without = { ...situation, tellsProgress: false };

mkdirSync(path.join(docs, 'images'), { recursive: true });
writeFileSync(
	path.join(docs, 'images', 'schedule.svg'),
	tradeOffPicture({
		curves: [
			{ name: 'Automatic, progress told', points: tradeOff(withProgress) },
			{ name: 'Automatic, no progress', points: tradeOff(without) },
		],
		marks: [
			{
				name: 'default, progress told',
				point: measure(ours('automatic', 'familiar'), withProgress),
			},
			{ name: 'default, no progress', point: measure(ours('automatic', 'familiar'), without) },
			{ name: 'plain suspending', point: measure(plain, without) },
			{ name: 'Suspend', point: measure(ours('suspend', 'familiar'), without) },
		],
	}),
);
writeFileSync(
	path.join(docs, 'schedule.md'),
	`# What waiting costs

Written by \`npm run bench:schedule\`: ${jobs} simulated jobs in each row, whose durations are spread
log-normally around the median, checked at most every ${intervalSeconds} seconds while held. A held second keeps a
worker busy; a second until noticed is a finished video nobody knows of yet. n8n resumes a suspended
execution on time only after ${leastSuspendMs / 1000} seconds or more, so that no suspension is shorter.

![Seconds held against seconds until noticed](images/schedule.svg)

*Familiar*: the node knows how long such jobs take. It learns that from the jobs it waits for, for each
gateway and model, until n8n is started again; the *first job* is believed to take 1 to 6 minutes.

The curve is what **Automatic** could be set to between holding and suspending; the marks are where it is.
Whoever wants the end noticed sooner chooses **Hold**, or a shorter poll interval; whoever wants no worker
busy at all chooses **Suspend**.

## The gateway tells a progress

${table(true)}

## The gateway tells none

${table(false)}
`,
);
console.log(`Written: docs/schedule.md and docs/images/schedule.svg`);
