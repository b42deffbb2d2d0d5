import { readFileSync } from 'node:fs';
import path from 'node:path';
import { benchmarkPicture } from '../../workbench/bench/report/benchmarkPicture';
import type { Summary, SummaryRow } from '../../workbench/bench/report/summary';
import { formatted } from '../../workbench/bench/report/table';
import { nameOf } from '../../workbench/bench/report/waitingRows';

/*
 * The README takes its figures from docs/benchmark.json, and test/workbench/readme.test.ts keeps them so.
 * Here they are found again in the report that people read.
 */
const textOf = (file: string) =>
	readFileSync(path.join(__dirname, '..', '..', 'docs', file), 'utf8');
const report = textOf('benchmark.md');
const summary = JSON.parse(textOf('benchmark.json')) as Summary;

/** The cells of a contestant's row in the table of one batch size, for the jobs the summary tells of. */
function cellsOf(section: string, { contestant, tellsProgress = false }: SummaryRow): string[] {
	const [, rest = ''] = report.split(`### ${section}\n`);
	const [, table = ''] = rest.split(`| jobs of ${summary.jobSeconds} s `);
	const name = nameOf({ contestant, tellsProgress });
	const row = table.split('\n').find((line) => line.startsWith(`| ${name} `)) ?? '';
	// "first jobs → after ten jobs": the summary tells the latter.
	return row.split('|').map((cell) => cell.trim().split(' → ').at(-1) ?? '');
}

test.each(summary.rows)('$contestant, progress told: $tellsProgress: as in the report', (row) => {
	const [, , held, checks, late] = cellsOf('One job in an execution', row);
	expect([held, checks, late]).toEqual(
		[row.heldSeconds, row.checks, row.lateSeconds].map((value) => formatted(value)),
	);
	const [, , , , , , seconds, videos] = cellsOf('A hundred jobs in an execution', row);
	expect(seconds).toBe(formatted(row.hundredMinutes * 60));
	expect(videos).toBe(`${row.hundredDelivered} of 100`);
});

test('the picture shows the figures of the report', () => {
	expect(textOf('images/benchmark.svg')).toBe(benchmarkPicture(summary));
});

test('the report is of one run', () => {
	expect(report).toContain(`date: ${summary.measuredAt.slice(0, 10)}`);
	expect(summary.rows.length).toBeGreaterThan(3);
});
