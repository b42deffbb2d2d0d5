import type { WaitingRow } from '../parts/waiting';
import { table, formatted } from './table';
import { nameOf, rowOf } from './waitingRows';

/**
 * The tables of one batch size, one for each length of job. Where earlier jobs changed a figure, it says
 * what it was at the first jobs and what after them.
 */
export function waitingTables(rows: readonly WaitingRow[], items: number): string {
	const lengths = [...new Set(rows.map(({ seconds }) => seconds))];
	return lengths.map((seconds) => tableOf(rows, items, seconds)).join('\n\n');
}

function tableOf(rows: readonly WaitingRow[], items: number, seconds: number): string {
	const head = [
		`jobs of ${seconds} s`,
		'worker-seconds per job',
		'checks per job',
		'noticed after, mean s',
		'p95 s',
		'whole execution s',
		'videos of jobs',
	];
	const firsts = rows.filter(
		(row) => row.seconds === seconds && row.items === items && !row.isFamiliar,
	);
	const cells = firsts.map((first) => {
		const later = rowOf(rows, first.contestant, { ...first, isFamiliar: true }) ?? first;
		const both = (valueOf: (row: WaitingRow) => number | null) =>
			arrow(formatted(valueOf(first)), formatted(valueOf(later)));
		return [
			nameOf(first),
			both((row) => row.heldSecondsPerJob),
			both((row) => row.checksPerJob),
			both((row) => row.lateMeanSeconds),
			both((row) => row.lateP95Seconds),
			both((row) => row.wallSeconds),
			arrow(videosOf(first), videosOf(later)),
		];
	});
	return table(head, cells);
}

const arrow = (first: string, later: string) => (first === later ? first : `${first} → ${later}`);

const videosOf = ({ delivered, bought }: WaitingRow) => `${delivered} of ${bought}`;
