import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import type { KilledRow } from './parts/killed';
import type { MemoryRow } from './parts/memory';
import type { TwiceRow } from './parts/twice';
import type { Situation, WaitingRow } from './parts/waiting';
import type { WakeRow } from './parts/wake';
import { contestantNamed } from './contestants';

/** The result of a part, with date and machine. */
export interface Measured<Result> {
	/** YYYY-MM-DD. */
	date: string;
	machine: string;
	n8n: string;
	result: Result;
}

/** The last result of each part: docs/benchmark.json. */
export interface Results {
	waiting: Measured<WaitingRow[]>;
	killed: Measured<KilledRow[]>;
	twice: Measured<TwiceRow[]>;
	memory: Measured<MemoryRow[]>;
	wake: Measured<WakeRow[]>;
}

const root = path.join(__dirname, '..', '..');
const file = path.join(root, 'docs', 'benchmark.json');

export const readResults = () => JSON.parse(readFileSync(file, 'utf8')) as Results;

/** Writes one row per line, so that a changed figure is one changed line in a diff. */
export function writeResults(results: Results): void {
	const rows: string[] = [];
	const withMarks = JSON.stringify(
		results,
		(_key, value: unknown) => {
			const isRow =
				typeof value === 'object' &&
				value !== null &&
				('contestant' in value || 'situation' in value);
			return isRow ? `row ${rows.push(JSON.stringify(value)) - 1}` : value;
		},
		'\t',
	);
	const text = withMarks.replace(
		/"row (\d+)"/g,
		(_mark, index: string) => rows[Number(index)] ?? '',
	);
	writeFileSync(file, `${text}\n`);
}

/** Adds today's date and this machine. */
export function measuredNow<Result>(result: Result): Measured<Result> {
	const [processor] = cpus();
	const gigabytes = Math.round(totalmem() / 1024 ** 3);
	const lock = path.join(root, 'workbench', 'n8n', 'host', 'package-lock.json');
	const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
		packages: Record<string, { version: string }>;
	};
	return {
		date: new Date().toISOString().slice(0, 10),
		machine: `${cpus().length} × ${processor?.model.trim() ?? ''}, ${gigabytes} GB, Linux`,
		n8n: packages['node_modules/n8n']?.version ?? '',
		result,
	};
}

/** The row of a situation with Wake by Callback. */
export function findWakeRow({ wake }: Pick<Results, 'wake'>, situation: string): WakeRow {
	const found = wake.result.find((row) => row.situation === situation);
	if (found === undefined) throw new Error(`Wake by Callback was not measured with ${situation}`);
	return found;
}

/** The row of a contestant in a situation. The contestants that are not ours have one row for all kinds of provider. */
export function findRow(
	{ waiting }: Pick<Results, 'waiting'>,
	contestant: string,
	{ progress, familiar, seconds, jobs }: Situation,
): WaitingRow {
	const { isOurs } = contestantNamed(contestant);
	const found = waiting.result.find(
		(row) =>
			row.contestant === contestant &&
			row.progress === (progress && isOurs) &&
			row.familiar === (familiar && isOurs) &&
			row.seconds === seconds &&
			row.jobs === jobs,
	);
	if (found === undefined)
		throw new Error(`${contestant} was not measured at ${jobs} × ${seconds} s`);
	return found;
}
