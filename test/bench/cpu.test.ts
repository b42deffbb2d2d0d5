import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Profiler } from 'node:inspector';
import { leapOverWaits } from '../../workbench/bench/cpu/leapingTime';
import { functionTable, ownerTable, stepTable } from '../../workbench/bench/cpu/profileDocument';
import { ourFunction, ownerOf, timesBy } from '../../workbench/bench/cpu/profiler';
import { slopesOf } from '../../workbench/bench/cpu/slope';
import type { Work } from '../../workbench/bench/cpu/work';
import { inLanes } from '../../workbench/bench/cpu/work';

const work: Work = {
	id: 'step',
	label: 'A step',
	unit: 'check',
	few: 10,
	many: 30,
	run: async () => await Promise.resolve(0),
};

describe('the cost of one unit', () => {
	// 2 ms a check and 1 ms bare, while the machine is as it is, three times as slow, and as it is.
	const used = {
		few: [120, 360, 120],
		many: [160, 480, 160],
		bareFew: [10, 30, 10],
		bareMany: [30, 90, 30],
	};

	test('holds nothing of what begins and ends it', () => {
		expect(slopesOf(work, used)).toMatchObject({ slope: 2, fixed: 100, bare: 1 });
	});

	test('is compared with the bare helper of the same repeat', () => {
		expect(slopesOf(work, used)).toMatchObject({ above: 1, aboveLeast: 1, aboveMost: 3 });
	});

	test('has no difference where there is nothing to compare with', () => {
		const { slope, bare, above } = slopesOf(work, { ...used, bareFew: [], bareMany: [] });
		expect({ slope, bare, above }).toEqual({ slope: 2, bare: NaN, above: NaN });
	});
});

test('lanes do something so often, and no more at a time than there are lanes', async () => {
	let running = 0;
	let most = 0;
	let done = 0;
	await inLanes(10, 3, async () => {
		most = Math.max(most, ++running);
		await new Promise((resolve) => setImmediate(resolve));
		running--;
		done++;
	});
	expect({ done, most }).toEqual({ done: 10, most: 3 });
});

describe('where the time goes', () => {
	const frame = (functionName: string, url: string): Profiler.ProfileNode['callFrame'] => ({
		functionName,
		url,
		scriptId: '1',
		lineNumber: 6,
		columnNumber: 0,
	});
	const nodes: Profiler.ProfileNode[] = [
		{ id: 1, callFrame: frame('(root)', ''), children: [2, 5, 6] },
		{ id: 2, callFrame: frame('look', 'file:///here/dist/nodes/jobs/poll.js'), children: [3] },
		{ id: 3, callFrame: frame('look', 'file:///here/dist/nodes/jobs/poll.js'), children: [4] },
		{ id: 4, callFrame: frame('get', '/here/node_modules/axios/dist/axios.cjs') },
		{ id: 5, callFrame: frame('(idle)', '') },
		{ id: 6, callFrame: frame('connect', '') },
	];
	const profile: Profiler.Profile = {
		nodes,
		startTime: 0,
		endTime: 0,
		samples: [2, 3, 4, 5, 6],
		timeDeltas: [1_000, 2_000, 4_000, 50_000, 3_000],
	};

	test('a function that calls itself is counted once', () => {
		expect(timesBy(profile, ourFunction)).toEqual([
			{ name: 'look nodes/jobs/poll.js:7', selfMs: 3, totalMs: 7 },
		]);
	});

	test('every owner has its share, and nobody that of an idle processor', () => {
		const row = { work, owners: timesBy(profile, ownerOf), functions: [] };
		expect(ownerTable([row]).split('\n').at(-1)).toBe(
			'| A step (`step`) | 30 % | 40 % | 30 % | 0 % |',
		);
	});

	test('the functions are told by unit', () => {
		const row = { work, owners: [], functions: timesBy(profile, ourFunction) };
		expect(functionTable(row)).toContain('| look nodes/jobs/poll.js:7 | 100 | 233 |');
	});

	test('a step without anything to compare it with has dashes', () => {
		expect(stepTable([{ work, slope: 2, fixed: 100, bare: undefined }])).toContain(
			'| A step | check | 2 | – | – | 100 |',
		);
	});
});

describe('time that leaps', () => {
	const real = { ...globalThis, now: Date.now, steady: performance.now };
	beforeAll(() => leapOverWaits());
	afterAll(() => {
		Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
		Date.now = real.now;
		performance.now = real.steady;
	});
	const sleep = async (ms: number) => await new Promise<void>((resolve) => setTimeout(resolve, ms));

	test('takes no time while nothing is asked, and the clock goes on', async () => {
		const before = { clock: Date.now(), real: real.now() };
		await sleep(600_000);
		expect(Date.now() - before.clock).toBeGreaterThanOrEqual(600_000);
		expect(real.now() - before.real).toBeLessThan(5_000);
	});

	test('passes as it does for everybody while an answer is on its way', async () => {
		let answered = false;
		const server = createServer((_request, response) => {
			real.setTimeout(() => {
				answered = true;
				response.end();
			}, 200);
		}).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		request({ port, host: '127.0.0.1' }, (response) => response.resume()).end();
		await sleep(10_000);
		expect(answered).toBe(true);
		server.close();
	});

	test('a timer that is cleared never comes, however long it was', async () => {
		const come: number[] = [];
		for (const ms of [10, 100_000]) clearTimeout(setTimeout(() => come.push(ms), ms));
		await sleep(200_000);
		expect(come).toEqual([]);
	});
});
