import type { WaitingRow } from '../parts/waiting';
import type { BarGroup } from './bars';
import { labelOf } from './results';
import { formatted, table } from './table';

const ours = ['automatic', 'hold', 'suspend'];

/** How a row is called where a contestant appears with and without progress. */
function nameOf({ contestant, tellsProgress }: WaitingRow): string {
	const label = labelOf(contestant);
	if (!ours.includes(contestant)) return label;
	return `**${label}**, ${tellsProgress ? 'progress told' : 'no progress'}`;
}

/** The tables of one batch size, a table for each length of job. */
export function waitingTables(rows: readonly WaitingRow[], items: number): string {
	const lengths = [...new Set(rows.map(({ seconds }) => seconds))];
	return lengths
		.map((seconds) => {
			const own = rows.filter((row) => row.seconds === seconds && row.items === items);
			const head = [
				`jobs of ${seconds} s`,
				'worker-seconds per job',
				'checks per job',
				'noticed after, mean s',
				'p95 s',
				'whole execution s',
				'videos of jobs',
			];
			const cells = own.map((row) => [
				nameOf(row),
				row.heldSecondsPerJob,
				row.checksPerJob,
				row.lateMeanSeconds ?? NaN,
				row.lateP95Seconds ?? NaN,
				row.wallSeconds,
				`${row.delivered} of ${row.bought}`,
			]);
			return table(head, cells);
		})
		.join('\n\n');
}

const find = (
	rows: readonly WaitingRow[],
	contestant: string,
	tellsProgress: boolean,
	items: number,
	seconds = 120,
) =>
	rows.find(
		(row) =>
			row.contestant === contestant &&
			row.tellsProgress === tellsProgress &&
			row.items === items &&
			row.seconds === seconds,
	);

interface Goal {
	what: string;
	contestant: string;
	tellsProgress: boolean;
	mostHeldShare: number;
	mostChecksShare: number;
	mostLateSeconds: number;
}

const goals: readonly Goal[] = [
	{
		what: 'Automatic, progress told',
		contestant: 'automatic',
		tellsProgress: true,
		mostHeldShare: 0.15,
		mostChecksShare: 0.35,
		mostLateSeconds: 10,
	},
	{
		what: 'Automatic, no progress',
		contestant: 'automatic',
		tellsProgress: false,
		mostHeldShare: 0.3,
		mostChecksShare: 0.35,
		mostLateSeconds: 15,
	},
	{
		what: 'Suspend, progress told',
		contestant: 'suspend',
		tellsProgress: true,
		mostHeldShare: 0.01,
		mostChecksShare: 0.35,
		mostLateSeconds: 30,
	},
	{
		what: 'Suspend, no progress',
		contestant: 'suspend',
		tellsProgress: false,
		mostHeldShare: 0.01,
		mostChecksShare: 0.35,
		mostLateSeconds: 30,
	},
];

/** What we set out to reach against the Gemini node at jobs of 120 seconds, and what came out. */
export function goalsTable(rows: readonly WaitingRow[]): string {
	const lines = [1, 10, 100].flatMap((items) =>
		goals.flatMap((goal) => {
			const row = find(rows, goal.contestant, goal.tellsProgress, items);
			const gemini = find(rows, 'gemini', false, items);
			if (row === undefined || gemini === undefined) return [];
			const held = row.heldSecondsPerJob / gemini.heldSecondsPerJob;
			const checks = row.checksPerJob / gemini.checksPerJob;
			return [
				[
					`${goal.what}, ${items} ${items === 1 ? 'job' : 'jobs'} an execution`,
					met(held <= goal.mostHeldShare, percent(held), percent(goal.mostHeldShare)),
					met(checks <= goal.mostChecksShare, percent(checks), percent(goal.mostChecksShare)),
					met(
						row.lateMeanSeconds <= goal.mostLateSeconds,
						`${formatted(row.lateMeanSeconds)} s`,
						`${goal.mostLateSeconds} s`,
					),
				],
			];
		}),
	);
	return table(
		['against the Gemini node, jobs of 120 s', 'worker-seconds', 'checks', 'noticed after (mean)'],
		lines,
	);
}

const percent = (share: number) => `${formatted(share * 100)} %`;
const met = (isMet: boolean, got: string, most: string) =>
	`${got} ${isMet ? '✓' : '✗'} (at most ${most})`;

/** The picture that matters: what one video of two minutes costs in a worker's time and in checks. */
export function waitingBars(rows: readonly WaitingRow[]): BarGroup[] {
	const shown = [
		['automatic', true],
		['suspend', true],
		['gemini', false],
		['openAi', false],
		['http30', false],
		['http60', false],
		['http70', false],
	] as const;
	const bars = (items: number, valueOf: (row: WaitingRow) => number) =>
		shown.flatMap(([contestant, tellsProgress]) => {
			const row = find(rows, contestant, tellsProgress, items);
			if (row === undefined) return [];
			return { label: labelOf(contestant), value: valueOf(row), isOurs: ours.includes(contestant) };
		});
	return [
		{
			title: 'A worker held, for one video of 2 minutes',
			unit: 's',
			bars: bars(1, (row) => row.heldSecondsPerJob),
		},
		{
			title: 'Status requests, for one video of 2 minutes',
			unit: '',
			bars: bars(1, (row) => row.checksPerJob),
		},
		{
			title: 'Until the end of that video is noticed',
			unit: 's',
			bars: bars(1, (row) => row.lateMeanSeconds),
		},
		{
			title: '100 videos of 2 minutes in one execution: until all are there',
			unit: 'min',
			bars: bars(100, (row) => row.wallSeconds / 60),
		},
	];
}
