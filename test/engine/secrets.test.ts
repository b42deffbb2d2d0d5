import { fastClock } from './fastTime';
import type { INode, IRun } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { runWorkflow } from '../../workbench/engine/engine';
import { useSimulator } from '../useSimulator';
import { placesOf } from './leaks';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import {
	createNode,
	credentialsFor,
	credentialsWith,
	errorOf,
	inARow,
	itemsOf,
	jobsOf,
	pollNode,
	remixNode,
	runNodes,
	textOf,
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
	test.each(providerNames)('%s: stands in nothing an execution leaves', async (provider) => {
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
		const own = simulator.calls.filter(({ origin }) => origin === 'provider');
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

	test.each(providerNames)(
		'%s: is sent without the spaces it was pasted with',
		async (provider) => {
			const run = await runNodes(simulator, [createNode(provider)], [{ prompt: 'A cat' }], {
				credentials: credentialsWith(simulator, provider, {
					apiKey: ` ${simulator.key(provider)}\n`,
				}),
			});
			expect(jobsOf(run, 'Veo Create')).toMatchObject([{ status: 'queued' }]);
		},
	);
});

describe('a provider that repeats the key', () => {
	const key = 'sk-very-secret-0123456789';
	const pollName = 'Veo Poll Until Done';
	let host: OwnHost;

	beforeAll(async () => {
		host = await startOwnHost();
	});
	afterAll(async () => await host.close());

	async function run(provider: ProviderName, ...nodes: INode[]): Promise<IRun> {
		return await runNodes(simulator, nodes, [{ prompt: 'A cat', jobId: 'job-1' }], {
			credentials: credentialsWith(simulator, provider, { baseUrl: host.baseUrl, apiKey: key }),
		});
	}

	const refuse = (httpStatus: number) =>
		host.answer(({ headers }, response) => {
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
		host.answer(({ headers }, response) => response.end(`You sent ${headers.authorization}`));
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
		host.answer((_request, response) =>
			sendJson(response, 200, { id: 'job-1', status: 'failed', error }),
		);
		const done = await run('deepWl', pollNode('deepWl'));
		expect(textOf(errorOf(done))).toMatch(/The quota of/);
		expect(JSON.stringify(done)).not.toContain(key);
	});

	test('in the refusal of a download', async () => {
		host.answer(({ url, headers }, response) => {
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
			const videoUrl = `${host.baseUrl}/file.mp4?key=${key}`;
			host.answer(({ url }, response) => {
				if (url?.startsWith('/file')) sendJson(response, 404, { error: { message: 'gone' } });
				else sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: videoUrl });
			});
			const done = await run('deepWl', pollNode('deepWl', {}, { onError }));
			expect(JSON.stringify(done)).toContain('/file.mp4');
			expect(JSON.stringify(done)).not.toContain(key);
		},
	);

	/** A key with what JSON, URLs and base64 write in another way, and a channel as New API takes it. */
	const oddKey = 'sk-Very/Secret+Key=0123456789-42';
	const core = 'Very/Secret+Key=0123456789';
	const escaped = [...oddKey]
		.map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
		.join('');
	const repeated: Array<[string, string]> = [
		['as it is', oddKey],
		['with escaped slashes', oddKey.replace('/', '\\/')],
		['with one character escaped', oddKey.replace('+', '\\u002b')],
		['escaped', escaped],
		['encoded for a URL', encodeURIComponent(oddKey)],
		['in base64', Buffer.from(`user:${oddKey}`).toString('base64')],
		['in base64 for URLs', Buffer.from(`a:${oddKey}`).toString('base64url')],
		['without its prefix', oddKey.replace('sk-', '')],
		['without its channel', oddKey.replace('-42', '')],
	];
	const answers = (form: string): Array<[status: number, type: string, text: string]> => [
		[401, 'application/json', `{"error":{"message":"Invalid token ${form}."}}`],
		[200, 'application/json', `{"id":"job-1","status":"failed","error":{"message":"No ${form}"}}`],
		[200, 'application/json', `{"id":"job-1","status":"failed","${form}":{"t":["${form}"]}}`],
		[500, 'text/html', `<html><title>${form}</title></html>`],
		[200, 'text/plain', `You sent ${form}`],
	];
	const asHeader = oddKey.replace('+', '%2b');

	test.each(repeated)('in another form: %s', async (_name, form) => {
		for (const pasted of [oddKey, `Bearer ${oddKey}`]) {
			for (const [httpStatus, type, text] of answers(form)) {
				host.answer((_request, response) =>
					response.writeHead(httpStatus, { 'content-type': `${type}; k="${asHeader}"` }).end(text),
				);
				const nodes = [
					createNode('deepWl', {}, { onError: 'continueRegularOutput' }),
					pollNode(
						'deepWl',
						{ jobId: 'job-1', options: { includeRaw: true, tolerance: 1 } },
						{ onError: 'continueRegularOutput' },
					),
				];
				const done = await runNodes(simulator, nodes, [{ prompt: 'A cat' }], {
					credentials: credentialsWith(simulator, 'deepWl', {
						baseUrl: host.baseUrl,
						apiKey: pasted,
					}),
				});
				expect(JSON.stringify(done)).toContain('***');
				expect(placesOf([core], done)).toEqual([]);
				expect(JSON.stringify(done)).not.toContain(asHeader);
			}
		}
	});

	test('in the pieces of a stream', async () => {
		const pieces = [...`No channel for ${oddKey} now`].map(
			(content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`,
		);
		host.answer((_request, response) =>
			response.writeHead(200, { 'content-type': 'text/event-stream' }).end(pieces.join('')),
		);
		const done = await runNodes(simulator, [createNode('eronmind')], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, 'eronmind', {
				baseUrl: host.baseUrl,
				apiKey: oddKey,
			}),
		});
		expect(textOf(errorOf(done))).toMatch(/No channel for \*\*\* now/);
		expect(placesOf([core], done)).toEqual([]);
	});

	test('that is short: ids and links stay as they are, and texts do not show it', async () => {
		const videoUrl = `${host.baseUrl}/latest/test/file.mp4`;
		const jobId = 'task_latest_9f';
		host.answer(({ url, method }, response) => {
			if (url?.startsWith('/latest')) {
				sendJson(response, 404, { error: { message: `test may not ask for ${jobId}` } });
			} else if (method === 'POST') sendJson(response, 200, { id: jobId, status: 'queued' });
			else sendJson(response, 200, { id: jobId, status: 'completed', video_url: videoUrl });
		});
		const done = await runNodes(
			simulator,
			[
				createNode('deepWl'),
				pollNode('deepWl', { options: { includeRaw: true } }, { onError: 'continueRegularOutput' }),
			],
			[{ prompt: 'A cat' }],
			{
				credentials: credentialsWith(simulator, 'deepWl', {
					baseUrl: host.baseUrl,
					apiKey: 'test',
				}),
			},
		);
		expect(jobsOf(done, 'Veo Create')).toMatchObject([{ jobId }]);
		expect(jobsOf(done, pollName)).toMatchObject([
			{
				jobId,
				videoUrl,
				failure: {
					message: expect.stringContaining(`*** may not ask for ${jobId}`) as string,
				},
				raw: { id: jobId, video_url: videoUrl },
			},
		]);
	});

	test('in the raw answer that a person asked for', async () => {
		host.answer((_request, response) =>
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

	test.each([
		['http://', '/elsewhere/{id}'],
		['@', '/elsewhere/{id}'],
		['', 'elsewhere/{id}'],
	])(
		'not where a path of the node leads abroad: "%s…%s", which nothing is sent to',
		async (start, path) => {
			const { host } = new URL(simulator.cdnOrigin);
			const remixPath = start === '' ? path : `${start}${host}${path}`;
			const node = remixNode('extend', 'newApiRemix', {
				jobId: 'job-1',
				prompt: 'and then',
				options: { remixPath },
			});
			const run = await runNodes(simulator, [node], [{}]);
			expect(textOf(errorOf(run))).toMatch(/Remix Path must begin with "\/"[^]*Nothing was sent/);
			expect(simulator.calls).toEqual([]);
		},
	);

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
