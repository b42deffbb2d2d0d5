import { fastClock } from './fastTime';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { videoBytes } from '../../workbench/simulator/files';
import { useSimulator } from '../useSimulator';
import { placesOf } from './leaks';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import {
	createNode,
	credentialsWith,
	errorOf,
	itemsOf,
	mediaOf,
	pollNode,
	runNodes,
	textOf,
} from './workflow';

const name = 'Veo Poll Until Done';
const key = 'sk-stays-at-home-0123456789';

let simulator: Simulator;
let home: OwnHost;
let abroad: OwnHost;
useSimulator(fastClock, (started) => (simulator = started));

beforeAll(async () => {
	home = await startOwnHost();
	abroad = await startOwnHost();
});
afterAll(async () => {
	await Promise.all([home.close(), abroad.close()]);
});

describe('a host the key never goes to cannot send the node back with it', () => {
	test.each(['redirect', 'json'] as const)('by %s', async (how) => {
		const seen: IncomingMessage[] = [];
		const goal = `${home.baseUrl}/v1/account/delete`;
		abroad.answer((request, response) => {
			seen.push(request);
			if (how === 'json') sendJson(response, 200, { video_url: goal });
			else response.writeHead(302, { location: goal }).end();
		});
		home.answer((request, response) => {
			if (request.url === '/v1/account/delete') {
				seen.push(request);
				response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
			} else if (request.url?.endsWith('/content')) sendJson(response, 404, {});
			else {
				const videoUrl = `${abroad.baseUrl}/file.mp4`;
				sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: videoUrl });
			}
		});
		const run = await runNodes(simulator, [pollNode('deepWl')], [{ jobId: 'job-1' }], {
			credentials: credentialsWith(simulator, 'deepWl', { baseUrl: home.baseUrl, apiKey: key }),
		});
		expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
		expect(seen).toHaveLength(2);
		for (const { headers } of seen) expect(headers).not.toHaveProperty('authorization');
	});
});

test('a host that is asked for the state without the key cannot lead a call with it home', async () => {
	const seen: IncomingMessage[] = [];
	abroad.answer((_request, response) =>
		sendJson(response, 200, {
			status: 'completed',
			video_url: `${home.baseUrl}/v1/account/delete`,
		}),
	);
	home.answer((request, response) => {
		seen.push(request);
		response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
	});
	const run = await runNodes(simulator, [pollNode('eronmind')], [{ jobId: 'job-1' }], {
		credentials: credentialsWith(simulator, 'eronmind', {
			baseUrl: home.baseUrl,
			taskDataUrl: abroad.baseUrl,
			apiKey: key,
		}),
	});
	expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
	expect(seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});

describe('a job that was finished when it was created, and has no ID at its provider', () => {
	const seen: IncomingMessage[] = [];
	const videoUrl = () => `${home.baseUrl}/file.mp4?X-Amz-Signature=5ec7e7`;
	const credentials = () =>
		credentialsWith(simulator, 'eronmind', {
			baseUrl: home.baseUrl,
			taskDataUrl: abroad.baseUrl,
			apiKey: key,
		});
	beforeEach(() => {
		seen.length = 0;
		const content = `> 🎉 [⏬](${videoUrl()})`;
		home.answer((request, response) => {
			seen.push(request);
			if (request.method === 'POST')
				sendJson(response, 200, { choices: [{ message: { content } }] });
			else {
				response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
			}
		});
		abroad.answer((request, response) => {
			seen.push(request);
			sendJson(response, 200, { status: 'completed', video_url: videoUrl() });
		});
	});

	test('its link travels in the item, and is fetched without the key and without a check', async () => {
		const run = await runNodes(
			simulator,
			[createNode('eronmind'), pollNode('eronmind')],
			[{ prompt: 'A cat' }],
			{ credentials: credentials() },
		);
		expect(itemsOf(run, 'Veo Create')[0]?.json).toMatchObject({
			jobId: expect.stringMatching(/^link-[0-9a-f]{32}$/) as string,
			status: 'succeeded',
			videoUrl: videoUrl(),
		});
		expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
		expect(itemsOf(run, name)[0]?.json).toMatchObject({ videoUrl: videoUrl() });
		expect(seen.map(({ method, headers }) => [method, headers.authorization])).toEqual([
			['POST', `Bearer ${key}`],
			['GET', undefined],
		]);
	});

	test.each([
		['the ID alone', { jobId: `link-${'0'.repeat(32)}` }],
		['no link', { jobId: `link-${'0'.repeat(32)}`, status: 'succeeded', videoUrl: 'file:///a' }],
		['a job that goes on', { jobId: `link-${'0'.repeat(32)}`, status: 'running' }],
	])('is not asked for with %s: the error says where its link is', async (_name, item) => {
		const run = await runNodes(simulator, [pollNode('eronmind')], [item], {
			credentials: credentials(),
		});
		expect(textOf(errorOf(run))).toMatch(/link-0+ was already finished[^]*in the field videoUrl/);
		expect(seen).toEqual([]);
	});
});

describe('a link as Job ID is never fetched', () => {
	test.each(providerNames)('%s', async (provider) => {
		let calls = 0;
		const answer = (_request: IncomingMessage, response: ServerResponse) => {
			calls++;
			sendJson(response, 200, { error: { message: 'the-inside-of-a-service' } });
		};
		home.answer(answer);
		abroad.answer(answer);
		for (const origin of [home.baseUrl, abroad.baseUrl]) {
			const jobId = `${origin}/latest/meta-data.mp4`;
			for (const item of [{ jobId }, { jobId, status: 'succeeded', videoUrl: jobId }]) {
				const run = await runNodes(simulator, [pollNode(provider)], [item], {
					credentials: credentialsWith(simulator, provider, { baseUrl: home.baseUrl, apiKey: key }),
				});
				expect(textOf(errorOf(run))).toMatch(/The Job ID is a link/);
				expect(JSON.stringify(run)).not.toContain('the-inside-of-a-service');
			}
		}
		expect(calls).toBe(0);
	});
});

describe('links in errors', () => {
	test('of another host than the provider, an error tells the status alone', async () => {
		home.answer(({ url }, response) => {
			if (url?.startsWith('/v1/videos')) sendJson(response, 404, {});
			else {
				const videoUrl = `${abroad.baseUrl}/file.mp4`;
				sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: videoUrl });
			}
		});
		for (const [status, body] of [
			[403, { error: { message: 'the-inside-of-a-service' } }],
			[200, { message: 'the-inside-of-a-service' }],
			[500, { detail: 'the-inside-of-a-service' }],
		] as const) {
			abroad.answer((_request, response) => sendJson(response, status, body));
			const run = await runNodes(simulator, [pollNode('deepWl')], [{ jobId: 'job-1' }], {
				credentials: credentialsWith(simulator, 'deepWl', { baseUrl: home.baseUrl }),
			});
			expect(errorOf(run).message).toMatch(
				new RegExp(`the link gave no video \\(HTTP ${status}\\)`),
			);
			expect(JSON.stringify(run)).not.toContain('the-inside-of-a-service');
		}
	});

	test('are cut before what may be a signature, and whole in the item', async () => {
		home.answer(({ url }, response) => {
			if (url?.startsWith('/file')) {
				sendJson(response, 403, { error: { message: `Expired: ${home.baseUrl}${url}` } });
			} else if (url?.startsWith('/v1/videos')) sendJson(response, 404, {});
			else {
				const videoUrl = `${home.baseUrl}/file.mp4?X-Amz-Signature=5ec7e7`;
				sendJson(response, 200, { id: 'job-1', status: 'completed', video_url: videoUrl });
			}
		});
		const credentials = credentialsWith(simulator, 'deepWl', { baseUrl: home.baseUrl });
		const items = [{ jobId: 'job-1' }];
		const stopped = await runNodes(simulator, [pollNode('deepWl')], items, { credentials });
		expect(errorOf(stopped).message).toMatch(/Expired: \S+\/file\.mp4\?…/);
		expect(errorOf(stopped).message).not.toMatch(/5ec7e7/);
		const node = pollNode('deepWl', {}, { onError: 'continueRegularOutput' });
		const run = await runNodes(simulator, [node], items, { credentials });
		const { videoUrl, failure } = itemsOf(run, name)[0]?.json ?? {};
		expect(videoUrl).toMatch(/\?X-Amz-Signature=5ec7e7$/);
		expect(JSON.stringify(failure)).not.toMatch(/5ec7e7/);
		// Only there, where without it the video would be lost: in the one line that tells its link.
		expect(textOf(errorOf(stopped)).match(/5ec7e7/g)).toHaveLength(1);
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
			const run = await runNodes(
				simulator,
				[createNode(provider), pollNode(provider)],
				[{ prompt: 'A cat [sim seconds=0 content=redirect]' }],
			);
			expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
			const ours = seen.filter(({ address }) => address.startsWith(simulator.origin));
			const others = seen.filter(({ address }) => !address.startsWith(simulator.origin));
			expect(ours.length).toBeGreaterThan(0);
			expect(others.length).toBeGreaterThan(0);
			expect(
				placesOf(
					providerNames.map((each) => simulator.key(each)),
					others,
				),
			).toEqual([]);
		},
	);

	test('of a provider with HTTPS the proxy sees the host, and no key', async () => {
		const run = await runNodes(simulator, [createNode('deerApi')], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, 'deerApi', {
				baseUrl: 'https://provider.example',
				apiKey: key,
			}),
		});
		expect(run.data.resultData.error).toBeDefined();
		expect(seen.length).toBeGreaterThan(0);
		for (const { method, address } of seen) {
			expect([method, address]).toEqual(['CONNECT', 'provider.example:443']);
		}
		expect(placesOf([key], [seen, run])).toEqual([]);
	});
});
