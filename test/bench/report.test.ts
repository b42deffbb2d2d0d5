import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reportOf } from '../../workbench/bench/report/document';
import { goalsOf } from '../../workbench/bench/report/goals';
import { lostComparisons } from '../../workbench/bench/report/notAhead';
import { writeReport } from '../../workbench/bench/report/report';
import type { Results } from '../../workbench/bench/report/results';
import { partNames } from '../../workbench/bench/report/results';
import { madeUpResults, waitingRowOf } from './madeUpResults';

const machine = {
	processors: 2,
	model: 'A processor',
	gigabytes: 24,
	n8n: '2.41.1',
	believedSeconds: 140,
};
const report = (results: Results) => reportOf(results, machine);

/** What stands under a heading, up to the next one of its level. */
const section = (text: string, title: string) =>
	text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';

const missedIn = (results: Results) =>
	goalsOf(results)
		.filter(({ isMet }) => !isMet)
		.map(({ subject, what }) => `${subject}: ${what}`);

const first = { seconds: 120, items: 1, tellsProgress: true, isFamiliar: false };
let results: Results;
beforeEach(() => {
	results = madeUpResults();
});

describe('the goals', () => {
	test('are all reached where all figures are good', () => {
		expect(missedIn(results)).toEqual([]);
		const text = section(report(results), 'What we set out to reach');
		expect(text).toContain('✓');
		expect(text).not.toContain('✗');
	});

	test.each<[string, string, (results: Results) => void]>([
		[
			'a worker is held too long',
			'Veo, Automatic, progress told, first jobs, 1 job: worker-seconds',
			(given) => (waitingRowOf(given, 'automatic', first).heldSecondsPerJob = 18.1),
		],
		[
			'there are too many checks',
			'Veo, Automatic, no progress, after ten jobs, 1 job: checks',
			(given) =>
				(waitingRowOf(given, 'automatic', {
					...first,
					tellsProgress: false,
					isFamiliar: true,
				}).checksPerJob = 9),
		],
		[
			'an end is noticed late',
			'Veo, Suspend, progress told, first jobs, 1 job: noticed after',
			(given) => (waitingRowOf(given, 'suspend', first).lateMeanSeconds = 31),
		],
		[
			'a batch ends late',
			'Veo, Automatic, progress told, first jobs, 100 jobs: the execution ends after the slowest of them',
			(given) => (waitingRowOf(given, 'automatic', { ...first, items: 100 }).lateMeanSeconds = 3.1),
		],
		[
			'a job is lost',
			'Veo, Suspend: jobs lost when n8n is killed half-way',
			(given) =>
				given.killed.result.killed.forEach(
					(row) => (row.lost = row.contestant === 'suspend' ? 1 : 0),
				),
		],
		[
			'Retry buys again',
			'Veo, Hold: bought twice by Retry after that',
			(given) =>
				given.killed.result.retried.forEach(
					(row) => (row.boughtTwice = row.contestant === 'hold' ? 2 : 0),
				),
		],
		[
			'Retry On Fail buys again',
			'Veo, Automatic: bought twice by Retry On Fail',
			(given) =>
				given.twice.result.forEach((row) => (row.bought = row.contestant === 'automatic' ? 2 : 1)),
		],
		[
			'a check takes too much of the processor',
			'Veo, Hold, 1 job: processor time a check, above the bare helper',
			(given) => given.cpu.result.forEach((row) => (row.aboveMilliseconds = 3.1)),
		],
		[
			'a video takes too much memory',
			'Veo, Hold: memory grown by a video of 200 MB',
			(given) => given.memory.result.forEach((row) => (row.grownMegabytes = 64)),
		],
	])('one is missed, and no other, where %s', (_, missed, spoil) => {
		spoil(results);
		expect(missedIn(results)).toEqual([missed]);
		const text = report(results);
		expect(section(text, 'What we set out to reach').match(/✗/g)).toHaveLength(1);
		expect(section(text, 'Where we are not ahead')).toContain('1 goal of ours is missed');
	});
});

describe('where we are not ahead', () => {
	test('nobody is named where nobody is ahead', () => {
		expect(lostComparisons(results.waiting.result)).toEqual([]);
		expect(section(report(results), 'Where we are not ahead')).not.toMatch(/Gemini|OpenAI|HTTP/);
	});

	test('who is ahead is named, with how often, and where it is most', () => {
		waitingRowOf(results, 'automatic', first).lateMeanSeconds = 44;
		waitingRowOf(results, 'automatic', { ...first, seconds: 20 }).lateMeanSeconds = 8;
		const lost = lostComparisons(results.waiting.result);
		expect(new Set(lost.map(({ rival }) => rival))).toEqual(
			new Set(['gemini', 'openAi', 'http30', 'http60', 'http70']),
		);
		expect(lost[0]).toMatchObject({
			what: 'the end is noticed later',
			ours: 'automatic',
			rival: 'gemini',
			times: 2,
			of: 16,
			worst: { ours: 44, theirs: 4, situation: '1 job of 120 s, progress told, first jobs' },
		});
		expect(section(report(results), 'Where we are not ahead').replace(/ +/g, ' ')).toContain(
			'| Veo, Automatic: the end is noticed later | Google Gemini node | 2 of 16 | 44 s against 4 s |',
		);
	});

	test('who did not deliver everything is not ahead', () => {
		const without = { ...first, tellsProgress: false };
		const gemini = waitingRowOf(results, 'gemini', without);
		Object.assign(gemini, { checksPerJob: 1, delivered: 0 });
		expect(lostComparisons(results.waiting.result)).toEqual([]);
		gemini.delivered = gemini.bought;
		expect(lostComparisons(results.waiting.result)).toMatchObject([
			{ ours: 'automatic', rival: 'gemini', times: 4, of: 48 },
			{ ours: 'suspend', rival: 'gemini', times: 4, of: 48 },
		]);
	});

	test('memory, processor and what was lost are compared as well', () => {
		for (const row of results.memory.result)
			row.grownMegabytes = row.contestant === 'hold' ? 40 : 20;
		for (const row of results.cpu.result) row.aboveMilliseconds = row.contestant === 'hold' ? 2 : 1;
		for (const row of results.killed.result.killed)
			row.lost = row.contestant === 'automatic' ? 6 : 0;
		const text = section(report(results), 'Where we are not ahead');
		expect(text).toContain(
			'a video of 200 MB takes 40 MB with Veo, Hold, 20 MB with Google Gemini node',
		);
		expect(text).toContain(
			'a check takes 2 ms above the bare helper with Veo, Hold, 1 ms with Google Gemini node',
		);
		expect(text).toContain('Veo, Automatic lost 6 of 6; Google Gemini node 0');
	});

	test('what was not delivered is told with its reason', () => {
		const [row] = results.twice.result;
		Object.assign(row ?? {}, { delivered: 0, error: 'No clear answer to the submit' });
		const [limit] = results.growth.result.limit;
		Object.assign(limit ?? {}, { delivered: 12, error: 'Too many requests' });
		const text = section(report(results), 'Where we are not ahead');
		expect(text).toContain(
			'0 of 1 delivered, 1 bought. The node says: “No clear answer to the submit”',
		);
		expect(text).toContain('1 × 400: 12 of 400 delivered. The node says: “Too many requests”');
	});
});

describe('what is said of the power cut', () => {
	const killed = () => section(report(results), 'In a real n8n');

	test('no crash is told of where there was none', () => {
		expect(killed()).toContain('Nothing was lost by: Veo, Automatic');
		expect(killed()).not.toMatch(/Crashed by n8n|bought again|came due/);
	});

	test('those that crashed are named, and apart from them those that suspend', () => {
		for (const row of results.killed.result.killed) {
			if (['gemini', 'suspend'].includes(row.contestant)) {
				Object.assign(row, { lost: 6, delivered: 0, endings: { crashed: 6 } });
			}
		}
		expect(killed()).toContain('because they were running: Veo, Suspend; Google Gemini node.');
		expect(killed()).toContain('some that suspend: Veo, Suspend. They held');
		expect(killed()).not.toMatch(/Nothing was lost by:.*Suspend/);
	});
});

test('a figure that earlier jobs changed is told before and after', () => {
	waitingRowOf(results, 'automatic', first).checksPerJob = 3.25;
	const text = section(report(results), 'Waiting').replace(/ +/g, ' ');
	expect(text).toContain('| **Veo, Automatic**, progress told | 0.5 | 3.25 → 2 | 2 |');
	expect(text).toContain('All executions delivered all of their videos.');
});

test('an execution that failed is told of with its error', () => {
	const failed = waitingRowOf(results, 'openAi', { ...first, seconds: 300, tellsProgress: false });
	Object.assign(failed, { failures: 1, delivered: 0, lateMeanSeconds: null, error: 'Timed out' });
	const text = section(report(results), 'Waiting');
	expect(text).toContain('OpenAI node, 1 × 300 s: 1 of 1; 0 of 1 videos delivered. “Timed out”');
	expect(text).not.toContain('All executions delivered');
});

test('on paper, what carries least comes first', () => {
	const order = (text: string) =>
		[...section(text, 'On paper: a million jobs a day').matchAll(/^\d\. \*\*(.+?)\.\*\*/gm)].map(
			([, part]) => part,
		);
	expect(order(report(results))).toEqual([
		'The gateway',
		'A worker',
		'The main instance',
		'PostgreSQL',
		'Pruning',
	]);
	results.rows.result.crowd.startMs.postgres = 10_000;
	expect(order(report(results))[0]).toBe('PostgreSQL');
});

describe('on disk', () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(path.join(tmpdir(), 'bench-report-'));
		jest.spyOn(console, 'log').mockImplementation(() => undefined);
	});
	afterEach(() => rmSync(folder, { recursive: true }));
	const file = (name: string) => path.join(folder, name);

	test('report, figures and picture are written, and the picture suits light and dark', () => {
		expect(writeReport(results, folder)).toBe(true);
		expect(readFileSync(file('benchmark.md'), 'utf8')).toContain('# Measured beside');
		expect(JSON.parse(readFileSync(file('benchmark.json'), 'utf8'))).toMatchObject({
			rows: [
				{ contestant: 'automatic', tellsProgress: true, heldSeconds: 0.5 },
				{ contestant: 'automatic', tellsProgress: false },
				{ contestant: 'gemini', heldSeconds: 120, checks: 25 },
				{ contestant: 'openAi' },
				{ contestant: 'http60' },
				{ contestant: 'http70' },
			],
		});
		const picture = readFileSync(file('images/benchmark.svg'), 'utf8');
		expect(picture).toContain('prefers-color-scheme: dark');
		expect(picture).toContain('>120 s</text>');
	});

	test.each(partNames)('nothing is written while %s is missing', (name) => {
		expect(writeReport({ ...results, [name]: undefined }, folder)).toBe(false);
		expect(existsSync(file('benchmark.md'))).toBe(false);
	});
});
