import type { Simulator } from '../../workbench/simulator';
import { manualClock, startSimulator } from '../../workbench/simulator';
import { call, send } from './calls';
import { createJob } from './creates';
import { durationSeconds } from './mp4';

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator({ clock: manualClock() });
});
afterEach(() => simulator.close());

describe('files', () => {
	const path = '/cdn/landscape-8s/some.mp4';
	const get = (headers: Record<string, string> = {}) =>
		send(simulator.cdnOrigin + path, 'GET', { headers });

	test('in parts', async () => {
		const whole = await get();
		const size = whole.bytes.length;
		expect(whole.headers['content-length']).toBe(String(size));
		expect(whole.headers['accept-ranges']).toBe('bytes');

		const ranges: Array<[header: string, first: number, last: number]> = [
			['bytes=0-99', 0, 99],
			['bytes=100-', 100, size - 1],
			['bytes=-100', size - 100, size - 1],
			[`bytes=5-${size * 2}`, 5, size - 1],
		];
		for (const [range, first, last] of ranges) {
			const part = await get({ range });
			expect(part.httpStatus).toBe(206);
			expect(part.headers['content-range']).toBe(`bytes ${first}-${last}/${size}`);
			expect(part.bytes.equals(whole.bytes.subarray(first, last + 1))).toBe(true);
		}
		for (const range of [`bytes=${size}-`, 'bytes=9-5', 'lines=1-2']) {
			const refused = await get({ range });
			expect(refused.httpStatus).toBe(416);
			expect(refused.headers['content-range']).toBe(`bytes */${size}`);
		}
	});

	test('with an ETag', async () => {
		const etag = String((await get()).headers['etag']);
		expect((await get({ 'if-none-match': etag })).httpStatus).toBe(304);
		expect((await get({ 'if-range': etag, range: 'bytes=0-9' })).httpStatus).toBe(206);
		expect((await get({ 'if-range': '"other"', range: 'bytes=0-9' })).httpStatus).toBe(200);
	});

	test('are as long as their names say', async () => {
		for (const name of ['landscape-8s', 'landscape-15s', 'portrait-8s', 'portrait-15s']) {
			const { bytes } = await send(`${simulator.cdnOrigin}/cdn/${name}/some.mp4`);
			expect(name).toContain(`-${durationSeconds(bytes)}s`);
			expect(bytes.length).toBeLessThan(300_000);
		}
	});
});

test('/content, in parts', async () => {
	const jobId = await createJob(simulator, 'deerApi', 'A cat [sim seconds=0]');
	const part = await call(simulator, 'deerApi', 'GET', `/v1/videos/${jobId}/content`, {
		headers: { range: 'bytes=4-7' },
	});
	expect([part.httpStatus, part.text]).toEqual([206, 'ftyp']);
});
