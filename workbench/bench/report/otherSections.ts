import type { CpuRow } from '../parts/cpu';
import type { GrowthResult } from '../parts/growth';
import type { KilledResult, KilledRow } from '../parts/killed';
import type { MemoryRow } from '../parts/memory';
import type { RowsResult } from '../parts/rows';
import type { TwiceRow } from '../parts/twice';
import { labelOf } from './results';
import { table } from './table';

export function peaceTable({ peace }: KilledResult): string {
	return table(
		['in peace', 'worker-seconds per job', 'checks per job', 'noticed after, mean s', 'videos'],
		peace.map((row) => [
			labelOf(row.contestant),
			row.heldSecondsPerJob,
			row.checksPerJob,
			row.lateMeanSeconds,
			`${row.delivered} of ${row.bought}`,
		]),
	);
}

export function killedTable({ killed, retried }: KilledResult): string {
	return table(
		[
			'after the power cut',
			'videos',
			'lost',
			'executions ended',
			'still lost after Retry',
			'bought twice by Retry',
		],
		killed.map((row) => {
			const after = retried.find(({ contestant }) => contestant === row.contestant);
			return [
				labelOf(row.contestant),
				`${row.delivered} of ${row.executions}`,
				row.lost,
				endingsOf(row),
				after?.lost ?? NaN,
				after?.boughtTwice ?? NaN,
			];
		}),
	);
}

const endingsOf = ({ endings }: KilledRow) =>
	Object.entries(endings)
		.map(([status, count]) => `${count} ${status}`)
		.join(', ');

export function twiceTable(rows: readonly TwiceRow[]): string {
	const mishaps = [...new Set(rows.map(({ mishap }) => mishap))];
	const contestants = [...new Set(rows.map(({ contestant }) => contestant))];
	return table(
		['bought / delivered / wanted', ...mishaps],
		contestants.map((contestant) => [
			labelOf(contestant),
			...mishaps.map((mishap) => {
				const row = rows.find((each) => each.contestant === contestant && each.mishap === mishap);
				if (row === undefined) return '–';
				const figures = `${row.bought} / ${row.delivered} / ${row.wanted}`;
				return row.bought > row.wanted ? `**${figures}**` : figures;
			}),
		]),
	);
}

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
			'of it above the bare helper',
		],
		rows.map((row) => [
			labelOf(row.contestant),
			row.items,
			row.checks,
			row.millisecondsPerCheck,
			row.millisecondsPerCheck - row.bareMilliseconds,
		]),
	);
}

export function storedTable({ stored }: GrowthResult): string {
	return table(
		[
			'jobs in one execution',
			'stored, bytes',
			'bytes a job',
			'a round of checks and suspending again, ms',
			'ms a job',
		],
		stored.map(({ jobs, storedBytes, suspendAgainMs }) => [
			String(jobs),
			storedBytes,
			storedBytes / jobs,
			suspendAgainMs,
			suspendAgainMs / jobs,
		]),
	);
}

export function burstTable({ burst }: GrowthResult): string {
	return table(
		['executions started within a second', 'jitter', 'most checks in one second', 'spread over s'],
		burst.map((row) => [
			String(row.executions),
			row.jitter ? 'yes' : 'no',
			row.mostChecksInASecond,
			row.spreadSeconds,
		]),
	);
}

export function limitTable({ limit }: GrowthResult): string {
	return table(
		[
			'waiting',
			'executions × jobs',
			'bought',
			'delivered',
			'checks',
			'of them refused',
			'until all were over s',
			'errors',
		],
		limit.map((row) => [
			labelOf(row.waiting),
			`${row.executions} × ${row.itemsEach}`,
			row.bought,
			row.delivered,
			row.checks,
			row.refusedChecks,
			row.wallSeconds,
			Object.values(row.errors).reduce((sum, count) => sum + count, 0),
		]),
	);
}

export function rowsTable(rows: RowsResult): string {
	return table(
		['a real n8n, one worker', 'measured'],
		[
			['executions of one job', rows.executions],
			['concurrency of the worker', rows.workerConcurrency],
			['until all were suspended, s', rows.suspendSeconds],
			['submitted and suspended, executions a second', rows.executions / rows.suspendSeconds],
			['from the first resume until all had ended, s', rows.resumeSeconds],
			['resumed and ended, executions a second', rows.executions / rows.resumeSeconds],
			['most checks in one second', rows.mostChecksInASecond],
			['stored for a suspended execution, bytes', rows.storedBytes],
			['on PostgreSQL’s disk for one, bytes', rows.diskBytes],
			['ended well', rows.succeeded],
		],
	);
}
