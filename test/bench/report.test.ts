import { benchmarkBlocks, buildTable, formatFigure } from '../../workbench/bench/report/tables';
import { summarize, waitRows } from '../../workbench/bench/report/summary';
import type { Results } from '../../workbench/bench/results';
import { findRow, findWakeRow, readResults } from '../../workbench/bench/results';

let results: Results;
beforeEach(() => {
	results = readResults();
});

const two = { seconds: 120, jobs: 1, progress: true };

/** The cells of the row whose first cell begins with the label. */
const cellsOf = (table = '', start: string) =>
	(table.split('\n').find((line) => line.startsWith(`| ${start}`)) ?? '')
		.split('|')
		.slice(2, -1)
		.map((cell) => cell.trim());

test.each([
	[0, '0'],
	[2.345, '2.35'],
	[45.678, '45.7'],
	[123.4, '123'],
	[12_345.6, '12,346'],
	[null, '–'],
])('%p is written as %p', (value, text) => {
	expect(formatFigure(value)).toBe(text);
});

test('a table has its text on the left and its figures on the right', () => {
	expect(buildTable(['a', 'b'], [['x', '1']])).toBe('| a  |  b |\n| :- | -: |\n| x  |  1 |');
	expect(buildTable(['a', 'b'], [['x', 'y']], 2)).toContain('| :- | :- |');
});

test('a figure that earlier jobs change is shown for first jobs and after them', () => {
	const first = findRow(results, 'automatic', { ...two, familiar: false });
	const later = findRow(results, 'automatic', { ...two, familiar: true });
	Object.assign(first, { heldSeconds: 11, checks: 3 });
	Object.assign(later, { heldSeconds: 9, checks: 3 });
	const [held, checks] = cellsOf(
		benchmarkBlocks(results)['two-minutes'],
		'**Veo, Automatic**, progress',
	);
	expect([held, checks]).toEqual(['11 → 9', '3']);
});

test('a figure shows when not every paid video was delivered', () => {
	Object.assign(findRow(results, 'gemini', { ...two, familiar: false }), {
		heldSeconds: 100,
		bought: 40,
		delivered: 39,
	});
	const [held] = cellsOf(benchmarkBlocks(results)['two-minutes'], 'Google Gemini node');
	expect(held).toBe('100 (39 of 40)');
});

test('what was bought in excess is bold', () => {
	for (const row of results.twice.result) Object.assign(row, { bought: row.wanted });
	Object.assign(results.twice.result.find((row) => row.contestant === 'openAi') ?? {}, {
		bought: 4,
	});
	const bold = benchmarkBlocks(results)['twice']?.match(/\*\*.+?\*\*/g);
	expect(bold).toEqual(['**4 / 1 / 1**']);
});

test('a million jobs a day are as many at a time as each of them takes', () => {
	const row = findRow(results, 'automatic', { ...two, familiar: true });
	Object.assign(row, { wholeSeconds: 86.4, heldSeconds: 8.64, checks: 6.64 });
	expect(benchmarkBlocks(results)['million']).toMatch(
		/11\.6 a second\. With Automatic 1,000 of them .+, 100 of which hold .+ 100 requests a second/,
	);
});

test('parts of one run are named together, and others by themselves', () => {
	for (const part of [results.killed, results.twice, results.wake])
		part.date = results.waiting.date;
	results.memory.date = '2027-01-02';
	expect(benchmarkBlocks(results)['provenance']).toMatch(
		/: waiting, killed, twice, wake on .+; memory on 2027-01-02 /,
	);
});

test('the summary has our nodes with and without progress, and the others once', () => {
	const rows = summarize(results);
	expect(rows.map(({ contestant, progress }) => [contestant, progress])).toEqual([
		['automatic', true],
		['automatic', false],
		['gemini', undefined],
		['openAi', undefined],
		['http60', undefined],
		['http70', undefined],
	]);
	const { wholeSeconds } = findRow(results, 'gemini', { ...two, jobs: 100, familiar: true });
	expect(rows[2]?.hundredMinutes).toBe(wholeSeconds / 60);
});

test('the picture of the README shows the worse kind of provider, and what was measured with callbacks', () => {
	Object.assign(findRow(results, 'automatic', { ...two, familiar: true }), { heldSeconds: 1 });
	Object.assign(findRow(results, 'automatic', { ...two, progress: false, familiar: true }), {
		heldSeconds: 7,
		checks: 3,
		lateSeconds: 90,
	});
	Object.assign(findWakeRow(results, 'one job of 120 s'), {
		heldSeconds: 0.4,
		checks: 1,
		lateSeconds: { median: 0.3, max: 2 },
	});
	const rows = waitRows(results);
	expect(rows.map(({ label }) => label)).toEqual([
		...['Veo, Wake by Callback', 'Veo, Automatic', 'Veo, Suspend'],
		...['HTTP + Wait 70 s', 'Google Gemini node', 'OpenAI node', 'the limit'],
	]);
	expect(rows[0]).toMatchObject({ heldSeconds: 0.4, checks: 1, lateSeconds: 0.3 });
	expect(rows[1]).toMatchObject({ heldSeconds: 7, lateSeconds: 90 });
	expect(benchmarkBlocks(results)['wake']).toMatch(/one job of 120 s +\|.+\| +0\.3 \(2\) \|/);
});

test('a situation that was not measured is an error', () => {
	expect(() => findRow(results, 'hold', { ...two, seconds: 77, familiar: true })).toThrow(
		'hold was not measured at 1 × 77 s',
	);
	expect(() => findWakeRow(results, 'one job of 77 s')).toThrow(
		/not measured with one job of 77 s/,
	);
});
