import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { manualClock, startSimulator } from '../../workbench/simulator';
import { call, send, textAt } from './calls';
import { create, createJob, status } from './creates';

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator({ clock: manualClock() });
});
afterEach(() => simulator.close());

describe('faults', () => {
	test('an error in the shape of the provider, with Retry-After', async () => {
		const jobId = await createJob(simulator, 'apimp', 'A cat');
		simulator.failNext({ kind: 'status', route: 'status', httpStatus: 503, retryAfterSeconds: 7 });
		const spoilt = await status(simulator, 'apimp', jobId);
		expect(spoilt.httpStatus).toBe(503);
		expect(spoilt.headers['retry-after']).toBe('7');
		expect(spoilt.json).toMatchObject({ code: 503, error: { type: 'api_error' } });
		expect((await status(simulator, 'apimp', jobId)).httpStatus).toBe(200);
	});

	test('only where it was asked for', async () => {
		const deer = await createJob(simulator, 'deerApi', 'A cat');
		const deep = await createJob(simulator, 'deepWl', 'A cat');
		simulator.failNext({ kind: 'html', provider: 'deepWl', route: 'status', times: 2 });
		expect((await status(simulator, 'deerApi', deer)).httpStatus).toBe(200);
		expect((await status(simulator, 'deepWl', deep)).httpStatus).toBe(502);
		const page = await status(simulator, 'deepWl', deep);
		expect(page.headers['content-type']).toMatch('text/html');
		expect((await status(simulator, 'deepWl', deep)).httpStatus).toBe(200);
	});

	test('answers that are not what they should be', async () => {
		const jobId = await createJob(simulator, 'deerApi', 'A cat');
		const spoilt = async () => status(simulator, 'deerApi', jobId);
		simulator.failNext({ kind: 'htmlOk' });
		expect((await spoilt()).text).toMatch(/^<!DOCTYPE html>/);
		simulator.failNext({ kind: 'empty' });
		expect(await spoilt()).toMatchObject({ httpStatus: 200, text: '' });
		simulator.failNext({ kind: 'truncatedJson' });
		await expect(spoilt()).rejects.toThrow(SyntaxError);
		simulator.failNext({ kind: 'wrongType', times: 4 });
		const bodies = [await spoilt(), await spoilt(), await spoilt(), await spoilt()];
		expect(bodies.map(({ json }) => json)).toEqual([[], 42, null, 'queued']);
		simulator.failNext({ kind: 'redirect', location: 'http://127.0.0.1:9/' });
		expect(await spoilt()).toMatchObject({
			httpStatus: 302,
			headers: { location: 'http://127.0.0.1:9/' },
		});
		simulator.failNext({ kind: 'delay', delayMs: 30 });
		expect((await spoilt()).httpStatus).toBe(200);
	});

	test.each(['resetBeforeHeaders', 'resetMidBody', 'shortBody'] as const)(
		'%s breaks the connection',
		async (kind) => {
			for (const route of ['cdn', 'status'] as const) {
				const jobId = await createJob(simulator, 'deepWl', 'A cat [sim seconds=0]');
				const url = textAt((await status(simulator, 'deepWl', jobId)).json, 'video_url');
				simulator.failNext({ kind, route });
				const spoilt = route === 'cdn' ? send(url) : status(simulator, 'deepWl', jobId);
				await expect(spoilt).rejects.toThrow();
				expect(simulator.calls.at(-1)).not.toHaveProperty('httpStatus');
				expect((await send(url)).httpStatus).toBe(200);
			}
		},
	);

	test('hang never answers, and does not keep the simulator from closing', async () => {
		simulator.failNext({ kind: 'hang', route: 'models' });
		const answer = call(simulator, 'deerApi', 'GET', '/v1/models');
		const outcome = expect(answer).rejects.toThrow();
		while (simulator.calls.length === 0) await new Promise(setImmediate);
		await simulator.close();
		await outcome;
	});

	test.each(providerNames)(
		'%s: a create that is lost before and after it was accepted',
		async (name) => {
			simulator.failNext({ kind: 'html', route: 'create', httpStatus: 524 });
			expect((await create(simulator, name, 'A cat')).httpStatus).toBe(524);
			expect(simulator.ledger).toHaveLength(0);

			simulator.failNext({ kind: 'html', route: 'create', httpStatus: 524, acceptFirst: true });
			expect((await create(simulator, name, 'A cat')).httpStatus).toBe(524);
			simulator.failNext({ kind: 'status', route: 'create', acceptFirst: true });
			expect((await create(simulator, name, 'A cat')).httpStatus).toBe(500);
			simulator.failNext({ kind: 'resetBeforeHeaders', route: 'create', acceptFirst: true });
			await expect(create(simulator, name, 'A cat')).rejects.toThrow();
			expect(simulator.ledger).toHaveLength(3);
		},
	);

	test('task data breaks without its provider being named', async () => {
		const jobId = await createJob(simulator, 'eronmind', 'A cat');
		simulator.failNext({ kind: 'status', route: 'taskData', httpStatus: 429 });
		expect((await status(simulator, 'eronmind', jobId)).httpStatus).toBe(429);
	});
});
