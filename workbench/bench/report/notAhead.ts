import { contestants } from '../contestants';
import type { WaitingRow } from '../parts/waiting';
import { limitNotes } from './growthSection';
import { goalsOf } from './goals';
import type { Results } from './results';
import { labelOf } from './results';
import { counted, formatted, list, table } from './table';
import { twiceNotes } from './twiceSection';
import { isOurs, rowOf, situationText } from './waitingRows';

/** Something that is better when it is less. */
interface Measure {
	what: string;
	unit: string;
	valueOf(row: WaitingRow): number | null;
	/** Where it says something of its own. */
	countsFor(row: WaitingRow): boolean;
	/** What stands behind it where another is ahead. */
	why: string;
}

const measures: readonly Measure[] = [
	{
		what: 'a worker is held for longer',
		unit: ' s',
		valueOf: (row) => row.heldSecondsPerJob,
		countsFor: () => true,
		why: 'Automatic holds the last stretch to notice the end soon; who suspends all the time holds nothing.',
	},
	{
		what: 'more checks',
		unit: '',
		valueOf: (row) => row.checksPerJob,
		countsFor: () => true,
		why: 'ours looks at a job at once, to know what state it is in, and again where an early look tells the end; a long fixed interval asks less.',
	},
	{
		what: 'the end is noticed later',
		unit: ' s',
		valueOf: (row) => row.lateMeanSeconds,
		// Of a batch the whole time says it, also of those that make one video after the other.
		countsFor: (row) => row.items === 1,
		why: 'a short fixed interval notices soon, and pays with a worker and with checks. n8n resumes a suspended execution on time only after 65 s, so that a job shorter than that is noticed late by all who suspend; and how long jobs take has to be learned first.',
	},
	{
		what: 'a batch takes longer',
		unit: ' s',
		valueOf: (row) => row.wallSeconds,
		countsFor: (row) => row.items > 1,
		why: 'the same, for the last job of the batch.',
	},
];

/** A measure in which another contestant beats one of ours. */
export interface Lost {
	what: string;
	unit: string;
	why: string;
	ours: string;
	rival: string;
	/** In how many situations, out of how many. */
	times: number;
	of: number;
	/** Where it is worst. */
	worst: { situation: string; ours: number; theirs: number };
}

// Hold is chosen by who does not count what it holds.
const compared = ['automatic', 'suspend'];

/** Every measure of waiting in which somebody is ahead of ours. */
export function lostComparisons(rows: readonly WaitingRow[]): Lost[] {
	const rivals = contestants.filter(({ id }) => !isOurs(id));
	return measures.flatMap((measure) =>
		compared.flatMap((ours) => rivals.flatMap(({ id }) => lostTo(rows, measure, ours, id) ?? [])),
	);
}

function lostTo(
	rows: readonly WaitingRow[],
	{ what, unit, why, valueOf, countsFor }: Measure,
	ours: string,
	rival: string,
): Lost | undefined {
	const own = rows.filter((row) => row.contestant === ours && countsFor(row));
	const pairs = own.flatMap((row) => {
		const other = rowOf(rows, rival, row);
		const [mine, theirs] = [valueOf(row), other === undefined ? null : valueOf(other)];
		return mine === null || theirs === null ? [] : { row, other, mine, theirs };
	});
	// Who did not deliver everything is not ahead.
	const lost = pairs
		.filter(({ mine, theirs }) => formatted(theirs) !== formatted(mine) && theirs < mine)
		.filter(({ other }) => other !== undefined && other.delivered >= other.bought)
		.sort((a, b) => b.mine - b.theirs - (a.mine - a.theirs));
	const [worst] = lost;
	if (worst === undefined) return undefined;
	return {
		what,
		unit,
		why,
		ours,
		rival,
		times: lost.length,
		of: pairs.length,
		worst: { situation: situationText(worst.row), ours: worst.mine, theirs: worst.theirs },
	};
}

function lostTable(lost: readonly Lost[]): string {
	return table(
		['', 'than', 'in situations', 'at most', 'there'],
		lost.map(({ what, unit, ours, rival, times, of, worst }) => [
			`${labelOf(ours)}: ${what}`,
			labelOf(rival),
			`${times} of ${of}`,
			`${formatted(worst.ours)}${unit} against ${formatted(worst.theirs)}${unit}`,
			worst.situation,
		]),
	);
}

/** A large video, and the processor: one line for each who takes less. */
function machineLines({ memory, cpu }: Pick<Results, 'memory' | 'cpu'>): string[] {
	const rivalsOf = <Row extends { contestant: string }>(
		rows: readonly Row[],
		isSame: (a: Row, b: Row) => boolean,
		valueOf: (row: Row) => number,
		written: (ours: Row, theirs: Row) => string,
	) =>
		rows
			.filter(({ contestant }) => isOurs(contestant))
			.flatMap((ours) =>
				rows
					.filter((row) => !isOurs(row.contestant) && isSame(row, ours))
					.filter((theirs) => valueOf(theirs) < valueOf(ours))
					.map((theirs) => written(ours, theirs)),
			);
	return [
		...rivalsOf(
			memory.result,
			(a, b) => a.megabytes === b.megabytes,
			(row) => row.grownMegabytes,
			(ours, theirs) =>
				`**Memory**: a video of ${ours.megabytes} MB takes ${formatted(ours.grownMegabytes)} MB with ${labelOf(ours.contestant)}, ${formatted(theirs.grownMegabytes)} MB with ${labelOf(theirs.contestant)}.`,
		),
		...rivalsOf(
			cpu.result,
			(a, b) => a.items === b.items,
			(row) => row.aboveMilliseconds,
			(ours, theirs) =>
				`**Processor**: with ${counted(ours.items, 'job')}, a check takes ${formatted(ours.aboveMilliseconds)} ms above the bare helper with ${labelOf(ours.contestant)}, ${formatted(theirs.aboveMilliseconds)} ms with ${labelOf(theirs.contestant)}.`,
		),
	];
}

function killedLines({ killed }: Pick<Results, 'killed'>): string[] {
	const rows = killed.result.killed;
	return rows
		.filter(({ contestant }) => isOurs(contestant))
		.flatMap((ours) => {
			const ahead = rows.filter((row) => !isOurs(row.contestant) && row.lost < ours.lost);
			if (ahead.length === 0) return [];
			const others = ahead.map((row) => `${labelOf(row.contestant)} ${row.lost}`).join(', ');
			return `**Killed half-way**: ${labelOf(ours.contestant)} lost ${ours.lost} of ${ours.bought}; ${others}.`;
		});
}

/** Everything in which we are not ahead, by comparing the figures, and why. */
export function notAheadSection(results: Results): string {
	const lost = lostComparisons(results.waiting.result);
	const goals = goalsOf(results).filter(({ isMet }) => !isMet);
	const short = results.twice.result.filter(
		({ contestant, delivered, wanted }) => isOurs(contestant) && delivered < wanted,
	);
	const behind = [...killedLines(results), ...machineLines(results)];
	const limit = limitNotes(results.growth.result);
	return [
		`${counted(goals.length, 'goal')} of ours ${goals.length === 1 ? 'is' : 'are'} missed (marked ✗ above).`,
		...(lost.length > 0
			? [
					'Waiting, wherever another contestant that delivered everything has the better figure:',
					lostTable(lost),
					`Why:\n\n${list([...new Set(lost.map(({ what, why }) => `_${what}_: ${why}`))])}`,
				]
			: []),
		...(behind.length > 0 ? ['Beside waiting:', list(behind)] : []),
		...(short.length > 0
			? [
					'Not delivered, because what may have been bought is never sent again by us, and somebody has to look first:',
					twiceNotes(short),
				]
			: []),
		...(limit === '' ? [] : ['At the limit of requests:', limit]),
	].join('\n\n');
}
