import { minSuspendMs } from '../../nodes/jobs/schedule';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { contestants } from '../../workbench/bench/contestants';
import type { Situation } from '../../workbench/bench/parts/waiting';
import { benchmarkPicture, heldPicture } from '../../workbench/bench/report/pictures';
import { findRow, findWakeRow, readResults } from '../../workbench/bench/results';

/* The published results: that the pictures show them, that goals are met, and that the prose is true. */

const results = readResults();
const readDoc = (file: string) =>
	readFileSync(path.join(__dirname, '..', '..', 'docs', file), 'utf8');

test('the pictures show the results', () => {
	expect(readDoc('images/benchmark.svg')).toBe(benchmarkPicture(results));
	expect(readDoc('images/held.svg')).toBe(heldPicture(results));
});

const ours = ['automatic', 'hold', 'suspend'];
const row = (contestant: string, situation: Partial<Situation> = {}) =>
	findRow(results, contestant, {
		progress: true,
		familiar: true,
		seconds: 120,
		jobs: 1,
		...situation,
	});

// n8n resumes a suspended execution on time only after this long. Without knowing when the job ends, its end
// falls anywhere into the last suspension.
const halfSuspension = minSuspendMs / 2_000;

/** Limits for one video of two minutes, as shares of the Gemini node's cost, and in seconds. */
const goals = [
	{ contestant: 'automatic', progress: true, held: 0.15, checks: 0.35, late: 10 },
	{ contestant: 'automatic', progress: false, held: 0.3, checks: 0.35, late: 15 },
	{ contestant: 'suspend', progress: true, held: 0.01, checks: 0.35, late: halfSuspension },
	{ contestant: 'suspend', progress: false, held: 0.01, checks: 0.35, late: halfSuspension },
].flatMap((goal) => [false, true].map((familiar) => ({ ...goal, familiar })));

/** A first job without progress gives no hint of its end: no worker is held for it. */
const isUnknown = ({ progress, familiar }: { progress: boolean; familiar: boolean }) =>
	!progress && !familiar;

test.each(goals)(
	'$contestant, progress $progress, familiar $familiar: reaches its goals for a video of two minutes',
	({ contestant, progress, familiar, held, checks, late }) => {
		const own = row(contestant, { progress, familiar });
		const maxLate = isUnknown({ progress, familiar }) ? halfSuspension : late;
		const gemini = row('gemini');
		expect(own.heldSeconds / gemini.heldSeconds).toBeLessThanOrEqual(held);
		expect(own.checks / gemini.checks).toBeLessThanOrEqual(checks);
		expect(own.lateSeconds).toBeLessThanOrEqual(maxLate);
	},
);

test.each([
	[true, true],
	[true, false],
	[false, true],
	[false, false],
])('a hundred jobs end with the slowest: progress %p, familiar %p', (progress, familiar) => {
	const maxLate = isUnknown({ progress, familiar }) ? halfSuspension : 3;
	const { lateSeconds } = row('automatic', { jobs: 100, progress, familiar });
	expect(lateSeconds).toBeLessThanOrEqual(maxLate);
});

/** Limits with Wake by Callback: the median of what is noticed or ended, in seconds, and the checks per job. */
test.each([
	['one job of 25 s', 1, 1, 2],
	['one job of 120 s', 1, 1, 2],
	['10 jobs that end at the same instant', Infinity, 2, 2],
	['100 jobs that end within a minute', Infinity, 2, 3],
])('%s: reaches its goals with Wake by Callback', (situation, noticed, late, checks) => {
	const woken = findWakeRow(results, situation);
	expect(woken.noticedSeconds.median).toBeLessThanOrEqual(noticed);
	expect(woken.lateSeconds.median).toBeLessThanOrEqual(late);
	expect(woken.checks).toBeLessThanOrEqual(checks);
	// The work itself: nothing is held while the jobs run.
	expect(woken.heldSeconds).toBeLessThan(2);
});

test('ours deliver everything they wait for, and buy nothing twice by Retry On Fail', () => {
	const waited = results.waiting.result.filter(({ contestant }) => ours.includes(contestant));
	expect(waited.filter(({ bought, delivered }) => delivered < bought)).toEqual([]);
	const retried = results.twice.result.filter(({ contestant }) => ours.includes(contestant));
	expect(retried.filter(({ bought, wanted }) => bought > wanted)).toEqual([]);
	expect(retried.length).toBeGreaterThan(ours.length);
});

test('what is suspended survives the kill, and what is running does not, Hold included', () => {
	const survivors = results.killed.result.filter(({ delivered, bought }) => delivered === bought);
	expect(survivors.map(({ contestant }) => contestant)).toEqual(['automatic', 'suspend', 'http70']);
	expect(survivors.map(({ boughtByRetry }) => boughtByRetry)).toEqual([0, 0, 0]);
	expect(results.killed.result).toHaveLength(contestants.length);
});

test('a video of any size takes less than 64 MB of memory', () => {
	const sizes = results.memory.result.filter(({ contestant }) => contestant === 'hold');
	expect(sizes.map(({ megabytes }) => megabytes).sort((a, b) => a - b)).toEqual([20, 200, 500]);
	for (const { grownMegabytes } of sizes) expect(grownMegabytes).toBeLessThan(64);
});

describe('where others are ahead', () => {
	const late = (contestant: string, situation?: Partial<Situation>) =>
		row(contestant, situation).lateSeconds ?? NaN;

	test('the Gemini node notices sooner, by holding and asking all the time', () => {
		expect(late('gemini')).toBeLessThan(late('automatic'));
		expect(row('gemini').heldSeconds).toBeGreaterThan(120);
	});

	test('HTTP Request + Wait 70 s holds nothing and checks less, and notices later than Automatic', () => {
		for (const seconds of [20, 60, 120, 300]) {
			expect(row('http70', { seconds }).heldSeconds).toBe(0);
			expect(row('http70', { seconds }).checks).toBeLessThan(row('automatic', { seconds }).checks);
			expect(late('http70', { seconds })).toBeGreaterThan(late('automatic', { seconds }));
		}
	});

	test('a loop whose interval fits ends a batch sooner than our first jobs', () => {
		const first = { seconds: 20, jobs: 100, familiar: false };
		expect(row('http30', first).wholeSeconds).toBeLessThan(row('automatic', first).wholeSeconds);
	});

	test('first jobs of 20 s are noticed late', () => {
		const short = { seconds: 20, familiar: false };
		expect(late('automatic', short)).toBeGreaterThan(late('http30', short));
	});
});
