import type { CpuRow } from '../parts/cpu';
import type { MemoryRow } from '../parts/memory';
import { labelOf } from './results';
import { formatted, table } from './table';

export function memoryTable(rows: readonly MemoryRow[]): string {
	return table(
		['resident set', 'video MB', 'grown by MB'],
		rows.map(({ contestant, megabytes, grownMegabytes }) => [
			labelOf(contestant),
			megabytes,
			grownMegabytes,
		]),
	);
}

export function cpuTable(rows: readonly CpuRow[]): string {
	return table(
		[
			'processor time',
			'jobs in the execution',
			'checks measured',
			'ms a check',
			'above the bare helper, median',
			'least to most',
		],
		rows.map((row) => [
			labelOf(row.contestant),
			row.items,
			row.checks,
			row.millisecondsPerCheck,
			row.aboveMilliseconds,
			`${formatted(row.aboveLeast)} to ${formatted(row.aboveMost)}`,
		]),
	);
}
