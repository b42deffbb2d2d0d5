import { markdownTable } from 'markdown-table';
import { contestantNamed, contestants } from '../contestants';
import type { Situation, WaitingRow } from '../parts/waiting';
import type { WakeRow } from '../parts/wake';
import type { Results } from '../results';
import { findRow } from '../results';

const formats = [0, 1, 2].map(
	(maximumFractionDigits) => new Intl.NumberFormat('en-GB', { maximumFractionDigits }),
);

/** Three significant digits, thousands separated; a dash for a missing figure. */
export function formatFigure(value: number | null): string {
	if (value === null) return '–';
	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	return formats[digits]?.format(value) ?? '';
}

/** A table of Markdown: text in the first columns, figures in the others. */
export const buildTable = (head: string[], rows: string[][], textColumns = 1) =>
	markdownTable([head, ...rows], {
		align: head.map((_, column) => (column < textColumns ? 'l' : 'r')),
	});

const labelFor = (contestant: string) => contestantNamed(contestant).label;

/** Every contestant, ours once for each kind of provider. */
const waitingSubjects = contestants.flatMap(({ id, label, isOurs }) =>
	isOurs
		? [true, false].map((progress) => ({
				id,
				progress,
				label: `**${label}**, ${progress ? 'progress' : 'no progress'}`,
			}))
		: { id, progress: false, label },
);

type Column = Pick<Situation, 'seconds' | 'jobs'> & {
	head: string;
	write(row: WaitingRow): string;
};

/** Each cell has the cost of a first job and, where ten earlier jobs change it, that of a later one. */
function waitingTable(results: Results, head: string, columns: readonly Column[]): string {
	const rows = waitingSubjects.map(({ id, progress, label }) => {
		const cells = columns.map(({ seconds, jobs, write }) => {
			const [first, later] = [false, true].map((familiar) => {
				const row = findRow(results, id, { progress, familiar, seconds, jobs });
				const { bought, delivered } = row;
				return write(row) + (delivered < bought ? ` (${delivered} of ${bought})` : '');
			});
			return first === later ? `${first}` : `${first} → ${later}`;
		});
		return [label, ...cells];
	});
	return buildTable([head, ...columns.map((column) => column.head)], rows);
}

const columnsByLength = (jobs: number, write: Column['write']): Column[] =>
	[20, 60, 120, 300].map((seconds) => ({ seconds, jobs, head: `${seconds} s`, write }));

function killedTable({ killed }: Results): string {
	return buildTable(
		['', 'videos', 'lost', 'executions ended', 'bought again by Retry'],
		killed.result.map((row) => [
			labelFor(row.contestant),
			`${row.delivered} of ${row.bought}`,
			`${row.bought - row.delivered}`,
			Object.entries(row.endings)
				.map(([status, count]) => `${count} ${status}`)
				.join(', '),
			`${row.boughtByRetry}`,
		]),
	);
}

function twiceTable({ twice }: Results): string {
	const faults = [...new Set(twice.result.map(({ fault }) => fault))];
	return buildTable(
		['bought / delivered / wanted', ...faults],
		contestants.map(({ id, label }) => [
			label,
			...faults.map((fault) => {
				const row = twice.result.find((each) => each.contestant === id && each.fault === fault);
				if (row === undefined) throw new Error(`${label} was not measured when ${fault}`);
				const figures = `${row.bought} / ${row.delivered} / ${row.wanted}`;
				return row.bought > row.wanted ? `**${figures}**` : figures;
			}),
		]),
	);
}

/** The longest of several in brackets. */
const spread = ({ median, max }: WakeRow['lateSeconds']) =>
	formatFigure(median) + (max > median ? ` (${formatFigure(max)})` : '');

const wakeTable = ({ wake }: Results) =>
	buildTable(
		[
			'with Wake by Callback',
			'executions',
			'noticed after, s',
			'checks',
			'worker held, s',
			'ended after, s',
		],
		[
			...wake.result.map(
				({ situation, executions, noticedSeconds, lateSeconds, checks, heldSeconds }) => [
					situation,
					`${executions}`,
					spread(noticedSeconds),
					formatFigure(checks),
					formatFigure(heldSeconds),
					spread(lateSeconds),
				],
			),
			['the limit', '', '0', '1', '0', '0'],
		],
	);

const memoryTable = ({ memory }: Results) =>
	buildTable(
		['', 'video, MB', 'memory grown by, MB'],
		memory.result.map(({ contestant, megabytes, grownMegabytes }) => [
			labelFor(contestant),
			`${megabytes}`,
			`${grownMegabytes}`,
		]),
	);

/** When and on which machine each part was measured, parts of the same run together. */
function describeRuns(results: Results): string {
	const parts = new Map<string, string[]>();
	for (const [name, { date, machine, n8n }] of Object.entries(results)) {
		const run = `on ${date} with n8n ${n8n} on ${machine}`;
		parts.set(run, [...(parts.get(run) ?? []), name]);
	}
	return [...parts].map(([run, names]) => `${names.join(', ')} ${run}`).join('; ');
}

/** Little's law: the number in a system is the arrival rate times the time each stays. */
function millionJobs(results: Results): string {
	const situation = { progress: true, familiar: true, seconds: 120, jobs: 1 };
	const perSecond = 1_000_000 / 86_400;
	const ours = findRow(results, 'automatic', situation);
	const gemini = findRow(results, 'gemini', situation);
	// Each job has a create and a download in addition to the checks.
	const requests = perSecond * (ours.checks + 2);
	return `A million jobs of two minutes a day are ${formatFigure(perSecond)} a second. With Automatic ${formatFigure(perSecond * ours.wholeSeconds)} of them are being waited for at any time, ${formatFigure(perSecond * ours.heldSeconds)} of which hold a worker (${formatFigure(perSecond * gemini.heldSeconds)} with the Gemini node), and the provider gets ${formatFigure(requests)} requests a second.`;
}

/** The blocks of docs/benchmark.md, by the name of their marks. */
export function benchmarkBlocks(results: Results): Record<string, string> {
	const two = { seconds: 120, jobs: 1 };
	return {
		provenance: `Measured by \`npm run bench\`: ${describeRuns(results)}.`,
		'two-minutes': waitingTable(results, 'one video of 120 s', [
			{ ...two, head: 'worker held, s', write: (row) => formatFigure(row.heldSeconds) },
			{ ...two, head: 'checks', write: (row) => formatFigure(row.checks) },
			{ ...two, head: 'noticed after, s', write: (row) => formatFigure(row.lateSeconds) },
			{ ...two, head: '95th percentile', write: (row) => formatFigure(row.lateP95Seconds) },
		]),
		held: waitingTable(
			results,
			'worker held, s',
			columnsByLength(1, (row) => formatFigure(row.heldSeconds)),
		),
		noticed: waitingTable(
			results,
			'noticed after, s',
			columnsByLength(1, (row) => formatFigure(row.lateSeconds)),
		),
		hundred: waitingTable(
			results,
			'100 videos in one execution, s',
			columnsByLength(100, (row) => formatFigure(row.wholeSeconds)),
		),
		wake: wakeTable(results),
		killed: killedTable(results),
		twice: twiceTable(results),
		memory: memoryTable(results),
		million: millionJobs(results),
	};
}
