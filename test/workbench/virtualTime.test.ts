import { lookup } from 'node:dns/promises';
import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createGunzip, createGzip } from 'node:zlib';
import { httpCall, httpGet } from '../bench/requests';
import { inVirtualTime, realMilliseconds, startVirtualTime } from '../../workbench/virtualTime';

const wait = async (milliseconds: number) =>
	await new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const hour = 3_600_000;

test('hours pass at once, and Date and performance.now see them pass alike', async () => {
	const realBefore = realMilliseconds();
	const [byDate, bySteady] = await inVirtualTime(async () => {
		const before = [Date.now(), performance.now()] as const;
		await wait(10 * hour);
		return [new Date().getTime() - before[0], performance.now() - before[1]];
	});
	expect(byDate).toBe(10 * hour);
	expect(bySteady).toBe(10 * hour);
	expect(realMilliseconds() - realBefore).toBeLessThan(5_000);
});

test('timers go off in the order of their times, and those of one time in the order they were set', async () => {
	const order: string[] = [];
	await inVirtualTime(async () => {
		const startedAt = Date.now();
		const note = (name: string) => order.push(`${name} ${Date.now() - startedAt}`);
		setTimeout(note, 2_000, 'late');
		setTimeout(note, 1_000, 'first of two');
		setTimeout(note, 1_000, 'second of two');
		setTimeout(() => setTimeout(note, 100, 'set on the way'), 500);
		clearTimeout(setTimeout(note, 700, 'cleared'));
		await promisify(setTimeout)(3_000);
	});
	expect(order).toEqual([
		'set on the way 600',
		'first of two 1000',
		'second of two 1000',
		'late 2000',
	]);
});

test('an interval comes again and again, until it is cleared', async () => {
	const came: number[] = [];
	await inVirtualTime(async () => {
		const startedAt = Date.now();
		const timer = setInterval(() => {
			if (came.push(Date.now() - startedAt) === 3) clearInterval(timer);
		}, 20);
		await wait(1_000);
	});
	expect(came).toEqual([20, 40, 60]);
});

test('a timer without a reference comes on time, and time does not jump for it', async () => {
	const came: string[] = [];
	const stuck = inVirtualTime(async () => {
		setTimeout(() => came.push('early'), 1_000).unref();
		setTimeout(() => came.push('late'), hour).unref();
		await wait(2_000);
		await new Promise(() => undefined);
	});
	await expect(stuck).rejects.toThrow('Nothing is going on');
	expect(came).toEqual(['early']);
});

test('the clock is set, and what is timed without it goes on', async () => {
	const time = startVirtualTime();
	const before = [Date.now(), performance.now()] as const;
	time.setClock(-3 * hour);
	await wait(1_000);
	const passed = [Date.now() - before[0], performance.now() - before[1]];
	time.stop();
	expect(passed.map(Math.round)).toEqual([1_000 - 3 * hour, 1_000]);
});

describe('servers', () => {
	const file = path.join(tmpdir(), `virtual-time-${process.pid}`);
	const large = Buffer.alloc(32 * 1024 * 1024, 'large and dull ');
	let handle: (request: IncomingMessage, response: ServerResponse) => void;
	const server = createServer((request, response) => handle(request, response));
	const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/there`;
	beforeAll(async () => {
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	});
	afterAll(() => {
		server.closeAllConnections();
		server.close();
		rmSync(file, { force: true });
	});

	/** The virtual milliseconds that something takes while there is a timer to jump to at any time. */
	const passedDuring = async (work: () => Promise<unknown>) =>
		await inVirtualTime(async () => {
			const ticking = setInterval(() => undefined, 100);
			const startedAt = Date.now();
			await work();
			clearInterval(ticking);
			return Date.now() - startedAt;
		});

	const inCompression = async () =>
		await new Promise((resolve) => {
			const unpacking = createGunzip().resume().on('end', resolve);
			createGzip().end(large).pipe(unpacking);
		});

	test.each<[string, () => Promise<unknown>]>([
		['an answer comes', async () => await httpGet(url())],
		['a large body comes', async () => await httpGet(`${url()}?large`)],
		['a large body goes', async () => await httpCall(url(), { method: 'POST' }, large)],
		['a fetch is answered', async () => await (await fetch(url())).text()],
		['a connection is reset', async () => await httpGet(`${url()}?reset`).catch(() => 'reset')],
		['a name is looked up', async () => await lookup('localhost')],
		[
			'a file is written and read',
			async () => await writeFile(file, large).then(() => readFile(file)),
		],
		['a body is compressed and unpacked', inCompression],
	])('no time passes while %s', async (_name, work) => {
		handle = (request, response) => {
			request.resume().on('end', () => {
				if (request.url?.endsWith('reset')) response.socket?.resetAndDestroy();
				else response.end(request.url?.endsWith('large') ? large : 'short');
			});
		};
		expect(await passedDuring(work)).toBe(0);
		expect(await passedDuring(async () => await Promise.all([work(), work(), work()]))).toBe(0);
	});

	test('a server that waits is waited for', async () => {
		handle = (_request, response) => {
			response.write('one ');
			setTimeout(() => response.end('two'), 70_000);
		};
		let text = '';
		const get = async () => (text = (await httpGet(url())).text);
		expect(await passedDuring(get)).toBe(70_000);
		expect(text).toBe('one two');
	});

	test('a server that never answers does not stop the time, even if its answer is not read', async () => {
		handle = (_request, response) => {
			response.write(large);
		};
		expect(
			await passedDuring(async () => {
				const call = request(url()).end();
				call.on('error', () => undefined).on('response', () => undefined);
				await wait(10_000);
				call.destroy();
			}),
		).toBe(10_000);
	});

	test('the time-out of a request is virtual', async () => {
		handle = () => undefined;
		expect(
			await passedDuring(async () => {
				const call = request(url());
				call.on('error', () => undefined).setTimeout(60_000);
				await new Promise((resolve) => call.once('timeout', resolve).end());
				call.destroy();
			}),
		).toBe(60_000);
	});

	test('the time-out of a request that is left open comes once, as in Node', async () => {
		handle = () => undefined;
		let timeouts = 0;
		await passedDuring(async () => {
			// The agent of all requests has a time-out of its own, in real time.
			const call = request(url(), { agent: false });
			call.on('error', () => undefined).on('timeout', () => timeouts++);
			call.setTimeout(60_000);
			call.end();
			await wait(300_000);
			call.destroy();
		});
		expect(timeouts).toBe(1);
	});
});

test('an error is passed on unchanged, and real time is restored', async () => {
	const { Date: RealDate, setTimeout: realSetTimeout } = globalThis;
	const failing = inVirtualTime(async () => {
		await wait(hour);
		throw new Error('It did not work');
	});
	await expect(failing).rejects.toThrow('It did not work');
	expect(globalThis.Date).toBe(RealDate);
	expect(globalThis.setTimeout).toBe(realSetTimeout);
	expect(performance.now()).toBeCloseTo(realMilliseconds(), -2);
});

test('what waits for nothing is an error instead of a run without end', async () => {
	const stuck = inVirtualTime(async () => await new Promise(() => undefined));
	await expect(stuck).rejects.toThrow('Nothing is going on, and no timer is set');
});
