import type { WaitingRow, WaitingSituation } from '../parts/waiting';
import type { Results } from './results';
import { labelOf } from './results';
import { counted, formatted, list, mark, percent, table } from './table';
import { isOurs, rowOf } from './waitingRows';

/** Something we set out to reach, and what came of it. */
export interface Goal {
	/** Who or which case. */
	subject: string;
	what: string;
	wanted: string;
	got: string;
	isMet: boolean;
}

/** What one video of two minutes may cost, beside what it costs with the Gemini node. */
interface WaitingGoal {
	contestant: string;
	tellsProgress: boolean;
	mostHeldShare: number;
	mostChecksShare: number;
	mostLateSeconds: number;
}

const automatic = { contestant: 'automatic', mostChecksShare: 0.35 };
const suspend = {
	contestant: 'suspend',
	mostHeldShare: 0.01,
	mostChecksShare: 0.35,
	mostLateSeconds: 30,
};

const waitingGoals: readonly WaitingGoal[] = [
	{ ...automatic, tellsProgress: true, mostHeldShare: 0.15, mostLateSeconds: 10 },
	{ ...automatic, tellsProgress: false, mostHeldShare: 0.3, mostLateSeconds: 15 },
	{ ...suspend, tellsProgress: true },
	{ ...suspend, tellsProgress: false },
];

const goalSeconds = 120;
const batches = [1, 10, 100];
const mostMillisecondsPerCheck = 2;
const mostBatchLateSeconds = 3;
const mostGrownMegabytes = 64;

/** Waiting for videos of two minutes, so many in an execution. */
function waitingGoalsOf(rows: readonly WaitingRow[], items: number): Goal[] {
	return waitingGoals.flatMap((goal) =>
		[false, true].flatMap((isFamiliar) => {
			const situation = { ...goal, isFamiliar, seconds: goalSeconds, items };
			const row = rowOf(rows, goal.contestant, situation);
			const gemini = rowOf(rows, 'gemini', situation);
			if (row === undefined || gemini === undefined) return [];
			const subject = `${labelOf(goal.contestant)}, ${conditionText(situation)}`;
			return [
				atMost(
					subject,
					'worker-seconds',
					row.heldSecondsPerJob / gemini.heldSecondsPerJob,
					goal.mostHeldShare,
					percent,
				),
				atMost(
					subject,
					'checks',
					row.checksPerJob / gemini.checksPerJob,
					goal.mostChecksShare,
					percent,
				),
				atMost(
					subject,
					'noticed after',
					row.lateMeanSeconds ?? Infinity,
					goal.mostLateSeconds,
					inSeconds,
				),
			];
		}),
	);
}

const conditionText = ({ tellsProgress, isFamiliar, items }: WaitingSituation) =>
	[
		tellsProgress ? 'progress told' : 'no progress',
		isFamiliar ? 'after ten jobs' : 'first jobs',
		counted(items, 'job'),
	].join(', ');

/** A hundred jobs in one node end soon after the slowest of them. */
function batchGoals(rows: readonly WaitingRow[]): Goal[] {
	return rows
		.filter(
			(row) => row.contestant === 'automatic' && row.seconds === goalSeconds && row.items === 100,
		)
		.map((row) =>
			atMost(
				`${labelOf(row.contestant)}, ${conditionText(row)}`,
				'the execution ends after the slowest of them',
				row.lateMeanSeconds ?? Infinity,
				mostBatchLateSeconds,
				inSeconds,
			),
		);
}

/** Nothing paid for is lost, and nothing is paid for twice. */
function purchaseGoals({ killed, twice }: Pick<Results, 'killed' | 'twice'>): Goal[] {
	const lost = killed.result.killed
		.filter(({ contestant }) => isOurs(contestant))
		.map(({ contestant, lost: count }) =>
			atMost(labelOf(contestant), 'jobs lost when n8n is killed half-way', count, 0, formatted),
		);
	const retried = killed.result.retried
		.filter(({ contestant }) => isOurs(contestant))
		.map(({ contestant, boughtTwice }) =>
			atMost(labelOf(contestant), 'bought twice by Retry after that', boughtTwice, 0, formatted),
		);
	const modes = [...new Set(twice.result.map(({ contestant }) => contestant))].filter(isOurs);
	const again = modes.map((contestant) => {
		const own = twice.result.filter((row) => row.contestant === contestant);
		const extra = own.map(({ bought, wanted }) => Math.max(0, bought - wanted));
		const most = Math.max(0, ...extra);
		return atMost(labelOf(contestant), 'bought twice by Retry On Fail', most, 0, formatted);
	});
	return [...lost, ...retried, ...again];
}

function machineGoals({ memory, cpu }: Pick<Results, 'memory' | 'cpu'>): Goal[] {
	return [
		...cpu.result
			.filter(({ contestant }) => isOurs(contestant))
			.map((row) =>
				atMost(
					`${labelOf(row.contestant)}, ${counted(row.items, 'job')}`,
					'processor time a check, above the bare helper',
					row.aboveMilliseconds,
					mostMillisecondsPerCheck,
					(value) => `${formatted(value)} ms`,
				),
			),
		...memory.result
			.filter(({ contestant }) => isOurs(contestant))
			.map(({ contestant, megabytes, grownMegabytes }) => ({
				subject: labelOf(contestant),
				what: `memory grown by a video of ${megabytes} MB`,
				wanted: `< ${mostGrownMegabytes} MB`,
				got: `${formatted(grownMegabytes)} MB`,
				isMet: grownMegabytes < mostGrownMegabytes,
			})),
	];
}

const inSeconds = (value: number) => `${formatted(value)} s`;

function atMost(
	subject: string,
	what: string,
	value: number,
	most: number,
	written: (value: number) => string,
): Goal {
	const isMet = value <= most;
	return { subject, what, wanted: `≤ ${written(most)}`, got: written(value), isMet };
}

/** Everything we set out to reach. Batches count like single jobs: nothing was said of them. */
export function goalsOf(results: Results): Goal[] {
	const { waiting } = results;
	return [
		...batches.flatMap((items) => waitingGoalsOf(waiting.result, items)),
		...batchGoals(waiting.result),
		...purchaseGoals(results),
		...machineGoals(results),
	];
}

/** How much of it was reached: single jobs and everything else in full, of the batches what was missed. */
export function goalsSection(results: Results): string {
	const goals = goalsOf(results);
	const rows = results.waiting.result;
	const single = waitingGoalsOf(rows, 1);
	const batched = batches.slice(1).flatMap((items) => waitingGoalsOf(rows, items));
	const others = [...batchGoals(rows), ...purchaseGoals(results), ...machineGoals(results)];
	return `${reached(goals)} goals are reached. Shares are of what the Gemini node takes for the same jobs of ${goalSeconds} s.

${waitingGoalsTable(single)}

In executions of ${batches.slice(1).join(' and of ')} jobs, ${reached(batched)} of the same goals are reached.${missedText(batched)}

${table(
	['', 'goal', 'wanted', 'came out', 'reached'],
	others.map(({ subject, what, wanted, got, isMet }) => [subject, what, wanted, got, mark(isMet)]),
)}`;
}

const reached = (goals: readonly Goal[]) =>
	`${goals.filter(({ isMet }) => isMet).length} of ${goals.length}`;

function missedText(goals: readonly Goal[]): string {
	const missed = goals.filter(({ isMet }) => !isMet);
	if (missed.length === 0) return '';
	const items = missed.map(
		({ subject, what, got, wanted }) => `${subject}: ${what} ${got} ✗ (${wanted})`,
	);
	return ` Not:\n\n${list(items)}`;
}

function waitingGoalsTable(goals: readonly Goal[]): string {
	const subjects = [...new Set(goals.map(({ subject }) => subject))];
	const head = [...new Set(goals.map(({ what }) => what))];
	const cell = (subject: string, what: string) => {
		const goal = goals.find((each) => each.subject === subject && each.what === what);
		return goal === undefined ? null : `${goal.got} ${mark(goal.isMet)} (${goal.wanted})`;
	};
	return table(
		['against the Gemini node', ...head],
		subjects.map((subject) => [subject, ...head.map((what) => cell(subject, what))]),
	);
}
