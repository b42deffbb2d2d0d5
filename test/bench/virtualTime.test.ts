import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { httpGet } from './requests';
import { inVirtualTime, realMilliseconds } from '../../workbench/bench/virtualTime';

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

test('time stands still until a real answer over HTTP has come', async () => {
	const server = createServer((request, response) => {
		// A timer of its own that nobody replaces.
		realTimeout(() => response.end(request.url), 50);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const seen = await inVirtualTime(async () => {
		const startedAt = Date.now();
		setTimeout(() => undefined, 1_000);
		const answer = await httpGet(`http://127.0.0.1:${port}/there`);
		return { text: answer.text, passedMs: Date.now() - startedAt };
	});
	server.close();
	expect(seen).toEqual({ text: '/there', passedMs: 0 });
});

const realTimeout = globalThis.setTimeout;

test('an error comes out as it is, and real time is back', async () => {
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
