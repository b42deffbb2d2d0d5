import { fastClock, passSeconds, until } from './fastTime';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ExecutionError } from 'n8n-workflow';
import type { Fault, Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { startSimulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import type { NodeSettings } from './workflow';
import {
	createNode,
	credentialsWith,
	errorOf,
	jobsOf,
	runNodes,
	submitsTo,
	textOf,
} from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const retryOnFail: NodeSettings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

const lostAnswers: Fault[] = [
	{ kind: 'resetBeforeHeaders', acceptFirst: true },
	{ kind: 'resetMidBody', acceptFirst: true },
	{ kind: 'shortBody', acceptFirst: true },
	{ kind: 'html', httpStatus: 502, acceptFirst: true },
	{ kind: 'html', httpStatus: 524, acceptFirst: true },
	{ kind: 'htmlOk', acceptFirst: true },
	{ kind: 'status', httpStatus: 500, acceptFirst: true },
	{ kind: 'status', httpStatus: 503, retryAfterSeconds: 1, acceptFirst: true },
	{ kind: 'status', httpStatus: 408, acceptFirst: true },
	{ kind: 'truncatedJson', acceptFirst: true },
	{ kind: 'empty', acceptFirst: true },
	{ kind: 'wrongType', acceptFirst: true },
	{ kind: 'status', httpStatus: 409, acceptFirst: true },
	{ kind: 'status', httpStatus: 499, acceptFirst: true },
	{ kind: 'redirect', httpStatus: 303, acceptFirst: true },
];

const named = (faults: Fault[]) =>
	faults.map((fault) => [[fault.kind, fault.httpStatus].join(' ').trim(), fault] as const);

/** Waits until the first item was accepted, so that a fault from then on meets the second. */
async function firstPurchase(): Promise<void> {
	await until(() => simulator.ledger.length > 0);
}

function expectUnknown(error: ExecutionError, prompt: string): void {
	expect(error.name).toBe('NodeApiError');
	expect(textOf(error)).toMatch(/may have been started and paid for/);
	// What was sent, so that the job can be found in the provider's own log.
	expect(textOf(error)).toContain(prompt);
	expect(error.context).toMatchObject({ itemIndex: 0 });
}

describe('the answer to a submit is lost', () => {
	test.each(named(lostAnswers))('%s: never sent again', async (_name, fault) => {
		for (const name of providerNames) {
			simulator.reset();
			simulator.failNext({ ...fault, provider: name, route: 'create' });
			const run = await runNodes(
				simulator,
				[createNode(name)],
				// Half of a chat's stream tells its job: this one has no id to tell.
				[{ prompt: 'A cat [sim stream=cut]' }, { prompt: 'A dog' }],
			);
			expect(submitsTo(simulator)).toHaveLength(1);
			expect(simulator.calls).toHaveLength(1);
			expect(simulator.ledger).toHaveLength(1);
			expectUnknown(errorOf(run), 'A cat');
			expect(JSON.stringify(run.data)).not.toContain(simulator.key(name));
		}
	});

	test.each(named(lostAnswers))('%s: not by Retry On Fail either', async (_name, fault) => {
		simulator.failNext({ ...fault, provider: 'deepWl', route: 'create' });
		const run = await runNodes(
			simulator,
			[createNode('deepWl', {}, retryOnFail)],
			[{ prompt: 'A cat' }],
		);
		expect(submitsTo(simulator)).toHaveLength(1);
		expectUnknown(errorOf(run), 'A cat');
	});

	test('JSON that is no object: an array, a number, null, a text', async () => {
		simulator.failNext({ kind: 'wrongType', route: 'create', times: 4, acceptFirst: true });
		const node = createNode('deerApi', {}, { onError: 'continueRegularOutput' });
		const items = ['A cat', 'A dog', 'A bird', 'A fish', 'A horse'].map((prompt) => ({ prompt }));
		const run = await runNodes(simulator, [node], items);
		expect(submitsTo(simulator)).toHaveLength(5);
		const unknown = { status: 'failed', failure: { code: 'outcome_unknown' } };
		expect(jobsOf(run, 'Veo Create')).toMatchObject([
			unknown,
			unknown,
			unknown,
			unknown,
			{ status: 'queued' },
		]);
	});

	test('its failure has a code of its own, and the other items go on', async () => {
		simulator.failNext({ kind: 'html', route: 'create', acceptFirst: true });
		const node = createNode('deerApi', {}, { onError: 'continueErrorOutput' });
		const run = await runNodes(simulator, [node], [{ prompt: 'A cat' }, { prompt: 'A dog' }]);
		expect(jobsOf(run, 'Veo Create')).toMatchObject([{ prompt: 'A dog', status: 'queued' }]);
		expect(jobsOf(run, 'Veo Create', 1)).toMatchObject([
			{
				error: expect.stringMatching(/did not clearly accept or reject/) as string,
				details: {
					provider: 'deerApi',
					prompt: 'A cat',
					failure: { code: 'outcome_unknown', retryable: false },
					description: expect.stringMatching(/may have been started and paid for/) as string,
				},
			},
		]);
	});

	test('eronmind: the stream ends before it has told the id', async () => {
		const run = await runNodes(
			simulator,
			[createNode('eronmind', {}, retryOnFail)],
			[{ prompt: 'A cat [sim stream=cut]' }],
		);
		expect(simulator.ledger).toHaveLength(1);
		expect(submitsTo(simulator)).toHaveLength(1);
		expectUnknown(errorOf(run), 'A cat');
	});

	test('with Stop Workflow the error also names the jobs that were started before it', async () => {
		const items = [{ prompt: 'A cat' }, { prompt: 'A dog' }, { prompt: 'A bird' }];
		const running = runNodes(simulator, [createNode('deepWl')], items);
		await firstPurchase();
		simulator.failNext({ kind: 'html', route: 'create', acceptFirst: true });
		const text = textOf(errorOf(await running));
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat', 'A dog']);
		expect(text).toContain(String(simulator.ledger[0]?.jobId));
		expect(text).toMatch(/may have been started and paid for/);
		expect(text).toContain('A dog');
	});
});

describe('what was certainly not accepted', () => {
	test.each(providerNames)('%s: 429 is sent again after its Retry-After', async (name) => {
		const run = await runNodes(
			simulator,
			[createNode(name)],
			[{ prompt: 'A cat' }, { prompt: 'A dog [sim ending=rate_limited]' }],
		);
		expect(run.data.resultData.error).toBeUndefined();
		expect(jobsOf(run, 'Veo Create')).toHaveLength(2);
		expect(simulator.ledger).toHaveLength(2);
		const [, refused, accepted, ...others] = submitsTo(simulator);
		expect(others).toEqual([]);
		expect(refused?.httpStatus).toBe(429);
		expect(Number(accepted?.at) - Number(refused?.at)).toBeGreaterThanOrEqual(1000);
	});

	test('429 again and again ends, and says that nothing was bought', async () => {
		simulator.failNext({ kind: 'status', httpStatus: 429, route: 'create', times: 100 });
		const run = await runNodes(simulator, [createNode('deerApi')], [{ prompt: 'A cat' }]);
		expect(simulator.ledger).toHaveLength(0);
		const sent = submitsTo(simulator).length;
		expect(sent).toBeGreaterThan(1);
		expect(sent).toBeLessThan(10);
		expect(textOf(errorOf(run))).toMatch(/Nothing was started or paid for/);
		expect(textOf(errorOf(run))).toMatch(/try again later/i);
	});

	test('a Retry-After of an hour is not sat out', async () => {
		const retryAfterSeconds = 3600;
		simulator.failNext({ kind: 'status', httpStatus: 429, retryAfterSeconds, route: 'create' });
		const startedAt = Date.now();
		const run = await runNodes(simulator, [createNode('deerApi')], [{ prompt: 'A cat' }]);
		expect(Date.now() - startedAt).toBeLessThan(600_000);
		expect(submitsTo(simulator)).toHaveLength(1);
		expect(textOf(errorOf(run))).toMatch(/Nothing was started or paid for/);
	});

	test('a host that refuses the connection is tried again, and the error says what to check', async () => {
		const baseUrl = `http://127.0.0.1:${await closedPort()}`;
		const startedAt = Date.now();
		const run = await runNodes(simulator, [createNode('deepWl')], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, 'deepWl', { baseUrl }),
		});
		// Two seconds at least before the second try.
		expect(Date.now() - startedAt).toBeGreaterThanOrEqual(2000);
		const text = textOf(errorOf(run));
		expect(text).toMatch(/refused the connection/);
		expect(text).toMatch(/Nothing was started or paid for/);
		expect(text).toMatch(/Base URL/);
		expect(simulator.calls).toEqual([]);
	});

	test('a host that breaks off the TLS handshake has got nothing, and is tried again', async () => {
		let connections = 0;
		const server = createServer((socket) => {
			connections++;
			socket.once('data', () => socket.destroy());
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const run = await runNodes(simulator, [createNode('deepWl')], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, 'deepWl', { baseUrl }),
		});
		await new Promise((resolve) => server.close(resolve));
		expect(connections).toBe(4);
		expect(textOf(errorOf(run))).toMatch(/Nothing was started or paid for/);
	});

	test('a host that comes up while it is being tried gets the job', async () => {
		const port = await closedPort();
		const running = runNodes(simulator, [createNode('deerApi')], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, 'deerApi', {
				baseUrl: `http://127.0.0.1:${port}/deerapi`,
			}),
		});
		// Two seconds at least pass until the second try.
		await passSeconds(1);
		const late = await startSimulator({ clock: fastClock, port });
		try {
			expect(jobsOf(await running, 'Veo Create')).toMatchObject([{ status: 'queued' }]);
			expect(late.ledger).toHaveLength(1);
			expect(submitsTo(late)).toHaveLength(1);
		} finally {
			await late.close();
		}
	});

	test.each(providerNames)('%s: a wrong key is sent exactly once', async (name) => {
		const run = await runNodes(simulator, [createNode(name)], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, name, { apiKey: 'sk-wrong-and-secret' }),
		});
		expect(submitsTo(simulator)).toHaveLength(1);
		expect(simulator.calls).toMatchObject([{ httpStatus: 401 }]);
		expect(simulator.ledger).toHaveLength(0);
		const error = errorOf(run);
		expect(textOf(error)).toMatch(/Check the API key and the Base URL in the credential/);
		expect(textOf(error)).toMatch(/Nothing was started or paid for/);
		expect(JSON.stringify(run.data)).not.toContain('sk-wrong-and-secret');
	});
});

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}
