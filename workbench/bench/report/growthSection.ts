import type { GrowthResult } from '../parts/growth';
import type { RowsResult } from '../parts/rows';
import { labelOf } from './results';
import { formatted, list, table } from './table';

export function storedTable({ stored }: GrowthResult): string {
	return table(
		[
			'jobs in one execution',
			'stored, bytes',
			'bytes a job',
			'look at all and suspend, ms',
			'ms a job',
			'resume, look at all and end, ms',
			'ms a job',
			'to text and back, ms',
		],
		stored.map(({ jobs, storedBytes, suspendMs, resumeMs, textMs }) => [
			formatted(jobs),
			storedBytes,
			storedBytes / jobs,
			suspendMs,
			suspendMs / jobs,
			resumeMs,
			resumeMs / jobs,
			textMs,
		]),
	);
}

export function burstTable({ burst }: GrowthResult): string {
	return table(
		['executions started within a second', 'jitter', 'most resumed in one second', 'spread over s'],
		burst.map((row) => [
			formatted(row.executions),
			row.jitter ? 'yes' : 'no',
			row.mostResumesInASecond,
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
			'executions that failed',
		],
		limit.map((row) => [
			labelOf(row.waiting),
			`${row.executions} × ${row.itemsEach}`,
			row.bought,
			row.delivered,
			row.checks,
			row.refusedChecks,
			row.wallSeconds,
			row.failures,
		]),
	);
}

/** Where the limit cost a delivery, and what the node said. */
export function limitNotes({ limit }: GrowthResult): string {
	return list(
		limit
			.filter(({ delivered, bought }) => delivered < bought)
			.map(
				({ waiting, executions, itemsEach, delivered, bought, error }) =>
					`${labelOf(waiting)}, ${executions} × ${itemsEach}: ${formatted(delivered)} of ${formatted(bought)} delivered${error === undefined ? '' : `. The node says: “${firstLine(error)}”`}`,
			),
	);
}

const firstLine = (text: string) => text.split('\n', 1).join().slice(0, 300);

export function crowdTable({ workerConcurrency, crowd }: RowsResult): string {
	const { executions, startMs, resumeMs } = crowd;
	const parts = ['main', 'worker', 'postgres'] as const;
	return table(
		['a real n8n, one worker, many executions of one job', 'measured'],
		[
			['executions', executions],
			['concurrency of the worker', workerConcurrency],
			['until all were suspended, s', crowd.suspendSeconds],
			['submitted and suspended, executions a second', executions / crowd.suspendSeconds],
			['they come due again within s', crowd.dueWithinSeconds],
			['from the first resume until all had ended, s', crowd.resumeSeconds],
			['most checks in one second', crowd.mostChecksInASecond],
			['stored for a suspended execution, bytes', crowd.storedBytes],
			['on PostgreSQL’s disk for one, bytes', crowd.diskBytes],
			...parts.map((part) => [
				`processor time of ${partNames[part]} for one: start + resume, ms`,
				`${formatted(startMs[part])} + ${formatted(resumeMs[part])}`,
			]),
		],
	);
}

const partNames = { main: 'the main instance', worker: 'the worker', postgres: 'PostgreSQL' };

export function largeTable({ large }: RowsResult): string {
	return table(
		[
			'a real n8n, one execution of many jobs',
			'submitted and suspended, s',
			'from the first check of the last resume to its end, s',
			'its row, bytes',
			'bytes a job',
			'as PostgreSQL compresses it, bytes',
		],
		large.map((row) => [
			formatted(row.jobs),
			row.suspendSeconds,
			row.resumeSeconds,
			row.storedBytes,
			row.storedBytes / row.jobs,
			row.compressedBytes,
		]),
	);
}
