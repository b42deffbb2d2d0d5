import { fastClock } from './fastTime';
import type { INode, IRun } from 'n8n-workflow';
import type { GatewayName, Simulator } from '../../workbench/simulator';
import { gatewayNames } from '../../workbench/simulator';
import { runWorkflow } from '../../workbench/engine/engine';
import { useSimulator } from '../useSimulator';
import type { OwnGateway } from './ownGateway';
import { sendJson, startOwnGateway } from './ownGateway';
import {
	createNode,
	credentialsFor,
	credentialsWith,
	errorOf,
	inARow,
	itemsOf,
	jobsOf,
	pollNode,
	runNodes,
	textOf,
	veoNode,
} from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const endings = [
	'success',
	'failed',
	'safety',
	'canceled',
	'no_credit',
	'retired',
	'noUrl',
	'extend_failed',
];
const faults = [
	{ kind: 'status', httpStatus: 500, route: 'create' },
	{ kind: 'status', httpStatus: 401, route: 'create' },
	{ kind: 'html', route: 'status' },
	{ kind: 'redirect', route: 'status' },
	{ kind: 'redirect', route: 'content' },
	{ kind: 'redirect', route: 'create' },
	{ kind: 'status', httpStatus: 404, route: 'cdn' },
] as const;

/** Everything that an execution leaves behind, and everything that n8n stored of it meanwhile. */
async function tracesOf(nodes: INode[], prompts: string[]): Promise<string> {
	const stored: string[] = [];
	const run = await runWorkflow(inARow(...nodes), {
		credentials: credentialsFor(simulator),
		items: prompts.map((prompt) => ({ json: { prompt } })),
		onSuspend: (text) => stored.push(text),
	});
	return JSON.stringify([run, stored]);
}

describe('the key', () => {
	test.each(gatewayNames)('%s: stands in nothing an execution leaves', async (provider) => {
		const traces: string[] = [];
		for (const onError of ['continueErrorOutput', 'stopWorkflow'] as const) {
			const nodes = [
				createNode(provider, { options: { extraFields: '{ "note": "mine" }' } }, { onError }),
				pollNode(provider, { options: { includeRaw: true } }, { onError }),
			];
			const promptFor = (ending: string) => `A cat [sim seconds=0 ending=${ending}]`;
			traces.push(await tracesOf(nodes, endings.map(promptFor)));
			for (const ending of endings) traces.push(await tracesOf(nodes, [promptFor(ending)]));
			for (const fault of faults) {
				simulator.failNext(fault);
				traces.push(await tracesOf(nodes, ['A cat [sim seconds=0]']));
			}
		}
		// All that was to happen has happened, and the key itself was at work.
		expect(traces).toHaveLength(2 * (1 + endings.length + faults.length));
		expect(simulator.calls.some(({ origin }) => origin === 'foreign')).toBe(true);
		const key = simulator.key(provider);
		const own = simulator.calls.filter(({ origin }) => origin === 'gateway');
		for (const { headers } of own) expect(headers.authorization).toBe(`Bearer ${key}`);

		expect(traces.filter((trace) => trace.includes(key))).toEqual([]);
		const abroad = simulator.calls.filter(({ origin }) => origin === 'foreign');
		expect(abroad.filter((call) => JSON.stringify(call).includes(key))).toEqual([]);
		expect(abroad.filter(({ headers }) => 'authorization' in headers)).toEqual([]);
	});

	test('stands in nothing that n8n stores while the execution is suspended', async () => {
		const stored: string[] = [];
		const run = await runWorkflow(
			inARow(createNode('deepWl'), pollNode('deepWl', { waiting: 'suspend' })),
			{
				credentials: credentialsFor(simulator),
				items: [
					{ json: { prompt: 'A cat [sim seconds=0]' } },
					{ json: { prompt: 'A dog [sim seconds=90]' } },
				],
				onSuspend: (text) => stored.push(text),
			},
		);
		expect(stored.length).toBeGreaterThan(0);
		expect(jobsOf(run, 'Veo Poll Until Done')).toHaveLength(2);
		expect(stored.filter((text) => text.includes(simulator.key('deepWl')))).toEqual([]);
	});

	test('eronmind: goes without the word Bearer where the credential says so', async () => {
		const run = await runNodes(simulator, [createNode('eronmind')], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, 'eronmind', { keyFormat: 'raw' }),
		});
		expect(jobsOf(run, 'Veo Create')).toMatchObject([{ status: 'queued' }]);
		expect(simulator.calls[0]?.headers.authorization).toBe(simulator.key('eronmind'));
	});

	test.each(gatewayNames)('%s: is sent without the spaces it was pasted with', async (provider) => {
		const run = await runNodes(simulator, [createNode(provider)], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, provider, {
				apiKey: ` ${simulator.key(provider)}\n`,
			}),
		});
		expect(jobsOf(run, 'Veo Create')).toMatchObject([{ status: 'queued' }]);
	});
});

describe('a gateway that repeats the key', () => {
	const key = 'sk-very-secret-0123456789';
	const pollName = 'Veo Poll Until Done';
	let gateway: OwnGateway;

	beforeAll(async () => {
		gateway = await startOwnGateway();
	});
	afterAll(async () => await gateway.close());

	async function run(provider: GatewayName, ...nodes: INode[]): Promise<IRun> {
		return await runNodes(simulator, nodes, [{ prompt: 'A cat', jobId: 'job-1' }], {
			credentials: credentialsWith(simulator, provider, { baseUrl: gateway.baseUrl, apiKey: key }),
		});
	}

	const refuse = (httpStatus: number) =>
		gateway.answer(({ headers }, response) => {
			const message = `Invalid token: ${headers.authorization}`;
			sendJson(response, httpStatus, { error: { message } });
		});

	test.each([400, 401, 403, 429, 500])(
		'in the refusal of a create, HTTP %s',
		async (httpStatus) => {
			refuse(httpStatus);
			const done = await run('deerApi', createNode('deerApi'));
			expect(textOf(errorOf(done))).toMatch(/Invalid token/);
			expect(JSON.stringify(done)).not.toContain(key);
		},
	);

	test('in an answer that is no JSON', async () => {
		gateway.answer(({ headers }, response) => response.end(`You sent ${headers.authorization}`));
		const done = await run('deerApi', createNode('deerApi'));
		expect(textOf(errorOf(done))).toMatch(/may have been started/);
		expect(JSON.stringify(done)).not.toContain(key);
	});

	test('in the refusal of a check', async () => {
		refuse(403);
		const done = await run('deepWl', pollNode('deepWl'));
		expect(textOf(errorOf(done))).toMatch(/Invalid token/);
		expect(JSON.stringify(done)).not.toContain(key);
	});

	test('in the reason of a failed job', async () => {
		const error = { message: `The quota of ${key} is used up` };
		gateway.answer((_request, response) =>
			sendJson(response, 200, { id: 'job-1', status: 'failed', error }),
		);
		const done = await run('deepWl', pollNode('deepWl'));
		expect(textOf(errorOf(done))).toMatch(/The quota of/);
		expect(JSON.stringify(done)).not.toContain(key);
	});

	test('in the refusal of a download', async () => {
		gateway.answer(({ url, headers }, response) => {
			const error = { message: `Refused: ${headers.authorization}` };
			if (url?.endsWith('/content')) sendJson(response, 403, { error });
			else sendJson(response, 200, { id: 'job-1', status: 'completed' });
		});
		const done = await run('deerApi', pollNode('deerApi'));
		expect(textOf(errorOf(done))).toMatch(/Refused/);
		expect(JSON.stringify(done)).not.toContain(key);
	});

	test.each(['stopWorkflow', 'continueErrorOutput', 'continueRegularOutput'] as const)(
		'in the link of the video, which is not shown with it (%s)',
		async (onError) => {
			const videoUrl = `${gateway.baseUrl}/file.mp4?key=${key}`;
			gateway.answer(({ url }, response) => {
				if (url?.startsWith('/file')) sendJson(response, 404, { error: { message: 'gone' } });
				else sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: videoUrl });
			});
			const done = await run('deepWl', pollNode('deepWl', {}, { onError }));
			expect(JSON.stringify(done)).toContain('/file.mp4');
			expect(JSON.stringify(done)).not.toContain(key);
		},
	);

	test('in the raw answer that a person asked for', async () => {
		gateway.answer((_request, response) =>
			sendJson(response, 200, { id: 'job-1', status: 'failed', request: { token: key } }),
		);
		const parameters = { options: { includeRaw: true } };
		const settings = { onError: 'continueRegularOutput' } as const;
		const done = await run('deepWl', pollNode('deepWl', parameters, settings));
		expect(jobsOf(done, pollName)).toMatchObject([{ raw: { id: 'job-1' } }]);
		expect(JSON.stringify(done)).not.toContain(key);
	});
});

describe('the key goes to the origin of the credential only', () => {
	test('not where the task-data host of the credential is', async () => {
		await runNodes(
			simulator,
			[createNode('eronmind'), pollNode('eronmind')],
			[{ prompt: 'A cat [sim seconds=0]' }],
		);
		const checks = simulator.calls.filter(({ path }) => path.includes('/source/'));
		expect(checks.length).toBeGreaterThan(0);
		for (const { headers } of checks) expect(headers).not.toHaveProperty('authorization');
	});

	test('not where a path of the credential or of the node leads abroad', async () => {
		const abroad = `${simulator.cdnOrigin}/elsewhere/{id}`;
		const polled = await runNodes(simulator, [pollNode('apimp')], [{ jobId: 'job-1' }], {
			credentials: credentialsWith(simulator, 'apimp', { statusPath: abroad }),
		});
		expect(textOf(errorOf(polled))).toMatch(/does not know the job job-1/);
		const remixed = await runNodes(
			simulator,
			[
				veoNode('veoRemixExtend', {
					operation: 'extend',
					provider: 'newApiRemix',
					jobId: 'job-1',
					prompt: 'and then',
					options: { remixPath: abroad },
				}),
			],
			[{}],
		);
		expect(textOf(errorOf(remixed))).toMatch(/did not start the job/);
		const downloaded = await runNodes(
			simulator,
			[createNode('openAiVideos'), pollNode('openAiVideos')],
			[{ prompt: 'A cat [sim seconds=0]' }],
			{ credentials: credentialsWith(simulator, 'openAiVideos', { contentPath: abroad }) },
		);
		expect(textOf(errorOf(downloaded))).toMatch(/could not be downloaded/);
		const calls = simulator.calls.filter(({ path }) => path.includes('/elsewhere/'));
		expect(calls.length).toBeGreaterThanOrEqual(3);
		for (const { headers } of calls) expect(headers).not.toHaveProperty('authorization');
	});

	test('and the item with the file says nothing of it', async () => {
		const run = await runNodes(
			simulator,
			[createNode('deerApi'), pollNode('deerApi')],
			[{ prompt: 'A cat [sim seconds=0 content=redirect]' }],
		);
		expect(itemsOf(run, 'Veo Poll Until Done')).toHaveLength(1);
		expect(JSON.stringify(itemsOf(run, 'Veo Poll Until Done'))).not.toMatch(/sk-sim/);
	});
});
