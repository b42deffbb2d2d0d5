import './fastTime';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IDataObject, INode } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { providerNames } from '../../nodes/providers';
import { videoBytes } from '../../workbench/simulator/files';
import { fixtures } from '../fixtures';
import { placesOf } from './leaks';
import type { Handle } from './ownHost';
import { sendJson, serveVideoAt, useOwnHost } from './ownHost';
import {
	callsTo,
	continueError,
	continueRegular,
	execute,
	expectVideos,
	simulator,
	withCredential,
} from './scene';
import { createNode, jobsOf, pollNode, remixNode } from './workflow';

/*
 * The key leaves only to origins that the credential names. Each ending and each fault, with what n8n
 * stores and logs: test/faults/canaries.test.ts. Each form of a key: test/transport/secrets.test.ts.
 */

const key = 'sk-very-secret-0123456789';
const home = useOwnHost();
const abroad = useOwnHost();
const atHome = (provider: ProviderName, changed = {}) =>
	withCredential(provider, { baseUrl: home.baseUrl, apiKey: key, ...changed });

const sendVideo: Handle = (_request, response) => {
	response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
};

describe('the key is sent', () => {
	test.each(providerNames)(
		'%s: without the word and the spaces it was pasted with',
		async (provider) => {
			const changed = withCredential(provider, {
				apiKey: ` ${simulator.authorization(provider).replace(' ', '  ')}\n`,
			});
			const { jobs } = await execute(createNode(provider), ['A cat'], changed);
			expect(jobs).toMatchObject([{ status: 'queued' }]);
		},
	);
});

describe('a provider that repeats the key', () => {
	const refuse =
		(httpStatus: number, path = ''): Handle =>
		({ url = '', headers }, response) => {
			const message = `Invalid token: ${headers.authorization}`;
			if (url.includes(path)) sendJson(response, httpStatus, { error: { message } });
			else sendJson(response, 200, { id: 'job-1', status: 'completed' });
		};
	const answer =
		(body: object | string, type = 'application/json'): Handle =>
		(_request, response) => {
			const text = typeof body === 'string' ? body : JSON.stringify(body);
			response.writeHead(200, { 'content-type': type }).end(text);
		};
	const failed = { id: 'job-1', status: 'failed' };
	const inPieces = [...`No channel for ${key} now`].map(
		(content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`,
	);
	const asked = { options: { includeRaw: true, tolerance: 1 } };
	const expired: Handle = ({ url = '' }, response) => {
		const videoUrl = `${home.baseUrl}/file.mp4?key=${key}`;
		if (url.startsWith('/file')) sendJson(response, 404, { error: { message: 'gone' } });
		else sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: videoUrl });
	};

	test.each<[string, INode, Handle, RegExp]>([
		['the refusal of a create', createNode('deepWl'), refuse(401), /Invalid token: .*\*\*\*/],
		[
			'the refusal of a balance',
			createNode('deepWl', { options: { minBalance: 1 } }),
			refuse(401),
			/balance at DeepWL cannot be read: .*Invalid token: .*\*\*\*/,
		],
		[
			'an answer that is no JSON',
			createNode('deepWl'),
			answer(`Hi ${key}`, 'text/plain'),
			/\*\*\*/,
		],
		[
			'a stream',
			createNode('eronmind'),
			answer(inPieces.join(''), 'text/event-stream'),
			/for \*\*\* now/,
		],
		['the refusal of a check', pollNode('deepWl'), refuse(403), /Invalid token: .*\*\*\*/],
		[
			'the reason of a failed job, and its raw answer',
			pollNode('deepWl', asked),
			answer({ ...failed, error: { message: `The quota of ${key}` }, [key]: { token: key } }),
			/The quota of \*\*\*/,
		],
		[
			'the refusal of a download',
			pollNode('deerApi'),
			refuse(403, '/content'),
			/Invalid token: .*\*\*\*/,
		],
		['the link of the video', pollNode('deepWl'), expired, /file\.mp4/],
	])('in %s', async (_where, node, handle, says) => {
		home.answer(handle);
		for (const settings of [{}, continueRegular, continueError]) {
			const { run } = await execute(
				{ ...node, ...settings },
				[{ prompt: 'A cat', jobId: 'job-1' }],
				atHome(node.parameters.provider as ProviderName),
			);
			expect(JSON.stringify(run)).toMatch(says);
			expect(placesOf([key], run)).toEqual([]);
		}
	});

	test('that is short: IDs and links stay as they are, and texts do not show it', async () => {
		const videoUrl = `${home.baseUrl}/latest/test/file.mp4`;
		const jobId = 'task_latest_9f';
		home.answer(({ url, method }, response) => {
			if (url?.startsWith('/latest')) {
				sendJson(response, 404, { error: { message: `test may not ask for ${jobId}` } });
			} else if (method === 'POST') sendJson(response, 200, { id: jobId, status: 'queued' });
			else sendJson(response, 200, { id: jobId, status: 'completed', video_url: videoUrl });
		});
		const { run, jobs } = await execute(
			[createNode('deepWl'), pollNode('deepWl', asked, continueRegular)],
			['A cat'],
			atHome('deepWl', { apiKey: 'test' }),
		);
		expect(jobsOf(run, 'Veo Create')).toMatchObject([{ jobId }]);
		const message = expect.stringContaining(`*** may not ask for ${jobId}`) as string;
		const raw = { id: jobId, video_url: videoUrl };
		expect(jobs).toMatchObject([{ jobId, videoUrl, failure: { message }, raw }]);
	});
});

describe('a host the key never goes to', () => {
	const goal = () => `${home.baseUrl}/account/delete`;

	test.each<[string, Handle]>([
		['redirect', (_request, response) => response.writeHead(302, { location: goal() }).end()],
		['JSON', (_request, response) => sendJson(response, 200, { video_url: goal() })],
	])('cannot send the node back with it by %s', async (_how, answer) => {
		const seen: unknown[] = [];
		abroad.answer(answer);
		serveVideoAt(
			home,
			() => `${abroad.baseUrl}/file.mp4`,
			(request, response) => {
				seen.push(request.headers.authorization);
				sendVideo(request, response);
			},
		);
		const { items } = await execute(pollNode('deepWl'), [{ jobId: 'job-1' }], atHome('deepWl'));
		await expectVideos(items);
		expect(seen).toEqual([undefined]);
	});

	test('cannot do so as the host of the state either', async () => {
		const seen: unknown[] = [];
		abroad.answer((_request, response) =>
			sendJson(response, 200, { status: 'completed', video_url: goal() }),
		);
		home.answer((request, response) => {
			seen.push(request.headers.authorization);
			sendVideo(request, response);
		});
		const changed = atHome('eronmind', { taskDataUrl: abroad.baseUrl });
		const { items } = await execute(pollNode('eronmind'), [{ jobId: 'job-1' }], changed);
		await expectVideos(items);
		expect(seen).toEqual([undefined]);
	});

	test.each([
		['http://', '/elsewhere/{id}'],
		['@', '/elsewhere/{id}'],
		['', 'elsewhere/{id}'],
	])('is not where a path of the node leads: "%s…%s"', async (start, path) => {
		const { host } = new URL(simulator.cdnOrigin);
		const remixPath = start === '' ? path : `${start}${host}${path}`;
		const parameters = { jobId: 'job-1', prompt: 'and then', options: { remixPath } };
		const { text } = await execute(remixNode('extend', 'newApiRemix', parameters), [{}]);
		expect(text).toMatch(/Remix Path must begin with "\/"[^]*Nothing was sent/);
		expect(simulator.calls).toEqual([]);
	});
});

describe('a job that was finished when it was created, and has no ID at its provider', () => {
	const seen: Array<[string?, string?]> = [];
	const videoUrl = () => `${home.baseUrl}/file.mp4?X-Amz-Signature=5ec7e7`;
	const changed = () => atHome('eronmind', { taskDataUrl: abroad.baseUrl });
	const jobId = `link-${'0'.repeat(32)}`;
	beforeEach(() => {
		seen.length = 0;
		const note = ({ method, headers }: IncomingMessage) =>
			seen.push([method, headers.authorization]);
		abroad.answer((request) => void note(request));
		home.answer((request, response) => {
			note(request);
			const content = `> 🎉 [⏬](${videoUrl()})`;
			if (request.method === 'GET') sendVideo(request, response);
			else sendJson(response, 200, { choices: [{ message: { content } }] });
		});
	});

	test('its link travels in the item, and is fetched without the key and without a check', async () => {
		const nodes = [createNode('eronmind'), pollNode('eronmind')];
		const { run, items, jobs } = await execute(nodes, ['A cat'], changed());
		const id = expect.stringMatching(/^link-[0-9a-f]{32}$/) as string;
		const job = { jobId: id, status: 'succeeded', videoUrl: videoUrl() };
		expect(jobsOf(run, 'Veo Create')).toMatchObject([job]);
		expect(jobs).toMatchObject([job]);
		await expectVideos(items);
		expect(seen).toEqual([
			['POST', `Bearer ${key}`],
			['GET', undefined],
		]);
	});

	test('Create and Get Video fetches it at once, without a suspension', async () => {
		const node = createNode('eronmind', { mode: 'createAndGet' });
		const { items, jobs } = await execute(node, ['A cat'], {
			...changed(),
			onSuspend: () => seen.push(['suspended']),
		});
		expect(jobs).toMatchObject([{ status: 'succeeded', videoUrl: videoUrl() }]);
		await expectVideos(items);
		expect(seen).toEqual([
			['POST', `Bearer ${key}`],
			['GET', undefined],
		]);
	});

	test.each<[string, IDataObject]>([
		['the ID alone', { jobId }],
		['no link', { jobId, status: 'succeeded', videoUrl: 'file:///a' }],
		['a job that goes on', { jobId, status: 'running' }],
	])('is not asked for with %s: the error says where its link is', async (_name, item) => {
		const { text } = await execute(pollNode('eronmind'), [item], changed());
		expect(text).toMatch(/link-0+ was already finished[^]*in the field videoUrl/);
		expect(seen).toEqual([]);
	});
});

test.each(providerNames)('%s: a link as Job ID is never fetched', async (provider) => {
	let calls = 0;
	home.answer(() => calls++);
	abroad.answer(() => calls++);
	for (const origin of [home.baseUrl, abroad.baseUrl]) {
		const jobId = `${origin}/latest/meta-data.mp4`;
		const items = [{ jobId }, { jobId, status: 'succeeded', videoUrl: jobId }];
		const { text } = await execute(pollNode(provider), items, atHome(provider));
		expect(text.match(/The Job ID is a link/g)?.length).toBeGreaterThanOrEqual(2);
	}
	expect(calls).toBe(0);
});

describe('links in errors', () => {
	test.each<[number, object]>([
		[403, { error: { message: 'inside-of-a-service' } }],
		[200, { message: 'inside-of-a-service' }],
		[500, { detail: 'inside-of-a-service' }],
	])(
		'of another host than the provider, an error has the status alone: %i',
		async (status, body) => {
			abroad.answer((_request, response) => sendJson(response, status, body));
			serveVideoAt(home, () => `${abroad.baseUrl}/file.mp4`, sendVideo);
			const node = pollNode('deepWl');
			const { run, text } = await execute(node, [{ jobId: 'job-1' }], atHome('deepWl'));
			expect(text).toMatch(new RegExp(`the link gave no video \\(HTTP ${status}\\)`));
			expect(JSON.stringify(run)).not.toContain('inside-of-a-service');
		},
	);

	test('are cut before what may be a signature, and whole in the item', async () => {
		serveVideoAt(
			home,
			() => `${home.baseUrl}/file.mp4?X-Amz-Signature=5ec7e7`,
			({ url }, response) =>
				sendJson(response, 403, { error: { message: `Expired: ${home.baseUrl}${url}` } }),
		);
		const poll = async (settings = {}) =>
			await execute(pollNode('deepWl', {}, settings), [{ jobId: 'job-1' }], atHome('deepWl'));
		const { error, text } = await poll();
		expect(error?.message).toMatch(/Expired: \S+\/file\.mp4\?…/);
		expect(error?.message).not.toMatch(/5ec7e7/);
		const [{ videoUrl, failure } = {}] = (await poll(continueRegular)).jobs;
		expect(videoUrl).toMatch(/\?X-Amz-Signature=5ec7e7$/);
		expect(JSON.stringify(failure)).not.toMatch(/5ec7e7/);
		// Only there, where without it the video would be lost: in the one line that has its link.
		expect(text.match(/5ec7e7/g)).toHaveLength(1);
	});
});

describe('through a proxy', () => {
	const seen: Array<{ method: string; address: string; headers: IncomingMessage['headers'] }> = [];
	const note = ({ method = '', url = '', headers }: IncomingMessage) =>
		void seen.push({ method, address: url, headers });
	const proxy = createServer((incoming, response) => {
		note(incoming);
		const { method, url = '', headers } = incoming;
		const outgoing = forward(url, { method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		incoming.pipe(outgoing);
	});
	proxy.on('connect', (incoming: IncomingMessage, socket) => {
		note(incoming);
		socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
	});

	beforeAll(async () => {
		proxy.listen(0, '127.0.0.1');
		await once(proxy, 'listening');
		const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
		Object.assign(process.env, { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: '' });
	});
	afterEach(() => {
		seen.length = 0;
	});
	afterAll(async () => {
		Object.assign(process.env, { HTTP_PROXY: '', HTTPS_PROXY: '', NO_PROXY: '' });
		proxy.closeAllConnections();
		proxy.close();
		await once(proxy, 'close');
	});

	test.each(providerNames)(
		'%s: the key goes with the calls to its own host only',
		async (provider) => {
			const prompts = ['A cat [sim seconds=0 content=redirect]'];
			const { items } = await execute([createNode(provider), pollNode(provider)], prompts);
			await expectVideos(items);
			const others = seen.filter(({ address }) => !address.startsWith(simulator.origin));
			// A file inside the status answer is on no other host.
			const isEmbedded = fixtures[provider].downloads.some(({ call }) => 'embeddedFile' in call);
			expect(others.length > 0).toBe(!isEmbedded);
			expect(seen.length).toBeGreaterThan(others.length);
			const keys = providerNames.flatMap((each) => simulator.secrets(each));
			expect(placesOf(keys, others)).toEqual([]);
			expect(callsTo('/cdn/').length > 0).toBe(!isEmbedded);
		},
	);

	test('of a provider with HTTPS the proxy sees the host, and no key', async () => {
		const changed = withCredential('deerApi', { baseUrl: 'https://provider.example', apiKey: key });
		const { run, error } = await execute(createNode('deerApi'), ['A cat'], changed);
		expect(error).toBeDefined();
		expect(seen.length).toBeGreaterThan(0);
		for (const { method, address } of seen) {
			expect([method, address]).toEqual(['CONNECT', 'provider.example:443']);
		}
		expect(placesOf([key], [seen, run])).toEqual([]);
	});
});
