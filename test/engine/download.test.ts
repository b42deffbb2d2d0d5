import { fastClock } from './fastTime';
import type { ServerResponse } from 'node:http';
import type { INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import type { Call, Fault, Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import { image } from '../simulator/calls';
import { useSimulator } from '../useSimulator';
import { fetchFile } from './fetchFile';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import type { NodeSettings } from './workflow';
import {
	createNode,
	errorOf,
	fileOf,
	itemsOf,
	jobsOf,
	mediaOf,
	pollNode,
	runNodes,
	textOf,
} from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const name = 'Veo Poll Until Done';
const halfOfTheFile = Math.floor(videoBytes('landscape-8s').length / 2);
// A kilobyte is asked for once more, to see that it is the same file.
const resumedFrom = halfOfTheFile - 1024;

/** Two finished jobs, of which the first meets the fault. */
async function fetchTwo(
	provider: ProviderName,
	directives = '',
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
) {
	const prompts = ['A cat', 'A dog'].map((prompt) => `${prompt} [sim seconds=0 ${directives}]`);
	return await runNodes(
		simulator,
		[createNode(provider), pollNode(provider, parameters, settings)],
		prompts.map((prompt) => ({ prompt })),
	);
}

const callsTo = (part: string): Call[] => simulator.calls.filter(({ path }) => path.includes(part));

function expectNoKeyAbroad(): void {
	const abroad = simulator.calls.filter(({ origin }) => origin === 'foreign');
	expect(abroad.length).toBeGreaterThan(0);
	for (const { headers, path } of abroad) {
		expect(headers).not.toHaveProperty('authorization');
		expect(`${path} ${JSON.stringify(headers)}`).not.toMatch(/sk-sim-/);
	}
}

describe('where the file is', () => {
	test.each(['deerApi', 'newApiRemix', 'deepWl'] as const)(
		'%s: the download route answers with the file itself, and gets the key',
		async (provider) => {
			const run = await fetchTwo(provider, 'ending=noUrl content=bytes');
			for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
			const calls = callsTo('/content');
			expect(calls).toHaveLength(2);
			for (const { headers } of calls) {
				expect(headers.authorization).toBe(`Bearer ${simulator.key(provider)}`);
			}
			expect(callsTo('/cdn/')).toEqual([]);
		},
	);

	test.each([
		['deerApi', 'json'],
		['deerApi', 'redirect'],
		['deepWl', 'ending=noUrl json'],
		['newApiRemix', 'ending=noUrl redirect'],
	] as const)('%s: the download route leads abroad (%s), the key stays', async (provider, how) => {
		const directives = how.replace(/(json|redirect)$/, 'content=$1');
		const run = await fetchTwo(provider, directives);
		expect(itemsOf(run, name)).toHaveLength(2);
		for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
		expect(callsTo('/cdn/')).toHaveLength(2);
		expectNoKeyAbroad();
	});

	test.each([301, 302, 303, 307, 308])('a redirect with %s is followed', async (httpStatus) => {
		simulator.failNext({ kind: 'redirect', httpStatus, route: 'content' });
		const run = await fetchTwo('deerApi');
		for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
		expect(callsTo('/cdn/')).toHaveLength(1);
		expectNoKeyAbroad();
	});

	test('redirects that never end are left', async () => {
		const location = `${simulator.cdnOrigin}/cdn/landscape-8s/again.mp4`;
		simulator.failNext({ kind: 'redirect', route: 'cdn', location, times: 1000 });
		const run = await fetchTwo('apimp', '', {}, { onError: 'continueErrorOutput' });
		expect(jobsOf(run, name, 1)).toMatchObject([
			{ details: { status: 'succeeded', failure: { code: 'download_failed' } } },
			{ details: { status: 'succeeded', failure: { code: 'download_failed' } } },
		]);
		expect(callsTo('/cdn/').length).toBeLessThan(30);
	});
});

const unusable: Fault[] = [
	{ kind: 'status', httpStatus: 404 },
	{ kind: 'status', httpStatus: 403 },
	{ kind: 'status', httpStatus: 500 },
	{ kind: 'html', httpStatus: 502 },
	{ kind: 'htmlOk' },
	{ kind: 'empty' },
	{ kind: 'truncatedJson' },
	{ kind: 'wrongType' },
	{ kind: 'resetBeforeHeaders' },
];
const named = unusable.map(
	(fault) => [[fault.kind, fault.httpStatus].join(' ').trim(), fault] as const,
);

describe('the link of a finished job is of no use', () => {
	test.each(named)('%s: the download route has it', async (_name, fault) => {
		for (const provider of ['deepWl', 'newApiRemix'] as const) {
			simulator.reset();
			simulator.failNext({ ...fault, route: 'cdn', times: 2 });
			const run = await fetchTwo(provider);
			expect(run.data.resultData.error).toBeUndefined();
			for (const item of itemsOf(run, name)) {
				expect(await mediaOf(item)).toBe('landscape-8s');
				expect(fileOf(item).mimeType).toBe('video/mp4');
			}
			expect(callsTo('/content')).toHaveLength(2);
			expectNoKeyAbroad();
		}
	});

	test.each(named)('%s: no other way, and the link comes out', async (_name, fault) => {
		for (const provider of ['apimp', 'eronmind'] as const) {
			simulator.reset();
			simulator.failNext({ ...fault, route: 'cdn', times: 1000 });
			const run = await fetchTwo(provider, '', {}, { onError: 'continueRegularOutput' });
			const items = itemsOf(run, name);
			expect(items).toHaveLength(2);
			for (const [index, { json, binary }] of items.entries()) {
				expect(binary).toBeUndefined();
				expect(json).toMatchObject({
					jobId: simulator.ledger[index]?.jobId,
					status: 'succeeded',
					videoUrl: expect.stringMatching(/\.mp4$/) as string,
					failure: { code: 'download_failed', retryable: true },
				});
			}
		}
	});

	test('with Stop Workflow the error has the id, the link, and what to do', async () => {
		simulator.failNext({ kind: 'status', httpStatus: 404, route: 'cdn', times: 1000 });
		const error = errorOf(await fetchTwo('apimp'));
		expect(error.message).toMatch(/could not be downloaded/);
		for (const { jobId } of simulator.ledger) expect(textOf(error)).toContain(jobId);
		expect(textOf(error)).toMatch(/exists and is paid for. Poll the same job again/);
		expect(textOf(error)).toMatch(/http\S+\.mp4/);
	});
});

describe('the file breaks off', () => {
	test.each([
		['deepWl', 'cdn', 'shortBody'],
		['deepWl', 'cdn', 'resetMidBody'],
		['apimp', 'cdn', 'resetMidBody'],
		['eronmind', 'cdn', 'shortBody'],
		['deerApi', 'content', 'shortBody'],
		['deerApi', 'content', 'resetMidBody'],
	] as const)('%s, %s, %s: taken up again at the same byte', async (provider, route, kind) => {
		simulator.failNext({ kind, route });
		const run = await fetchTwo(provider);
		expect(run.data.resultData.error).toBeUndefined();
		for (const item of itemsOf(run, name)) {
			expect(await mediaOf(item)).toBe('landscape-8s');
			expect(fileOf(item).bytes).toBe(videoBytes('landscape-8s').length);
		}
		const [resumed, ...others] = simulator.calls.filter(({ headers }) => headers.range);
		expect(others).toEqual([]);
		expect(resumed?.httpStatus).toBe(206);
		const from = Number(/^bytes=(\d+)-$/.exec(String(resumed?.headers.range))?.[1]);
		// A connection that ends at once may take with it what was not read yet.
		if (kind === 'shortBody') expect([0, resumedFrom]).toContain(from);
		else expect(from).toBe(resumedFrom);
		const isOwn = route === 'content';
		expect(resumed?.headers.authorization).toBe(
			isOwn ? `Bearer ${simulator.key(provider)}` : undefined,
		);
	});

	test.each(['shortBody', 'resetMidBody'] as const)(
		'%s again and again: the download route has it whole',
		async (kind) => {
			simulator.failNext({ kind, route: 'cdn', times: 1000 });
			const run = await fetchTwo('deepWl');
			expect(run.data.resultData.error).toBeUndefined();
			for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
		},
	);

	test.each(['shortBody', 'resetMidBody'] as const)(
		'%s again and again, and no other way: never half a file',
		async (kind) => {
			simulator.failNext({ kind, route: 'cdn', times: 1000 });
			const run = await fetchTwo('apimp', '', {}, { onError: 'continueErrorOutput' });
			expect(itemsOf(run, name)).toEqual([]);
			const items = itemsOf(run, name, 1);
			expect(items).toHaveLength(2);
			for (const { json, binary } of items) {
				expect(binary).toBeUndefined();
				expect(json.error).toMatch(/broke off/);
				expect(json.details).toMatchObject({ status: 'succeeded' });
			}
		},
	);
});

describe('what comes is no video, whatever it is called', () => {
	let host: OwnHost;

	beforeAll(async () => {
		host = await startOwnHost();
	});
	afterAll(async () => await host.close());

	const fetchOnce = async (
		send: (response: ServerResponse) => void,
		parameters?: INodeParameters,
	) => await fetchFile(simulator, host, (_request, response) => send(response), parameters);

	const video = videoBytes('landscape-8s');
	const wrong: Array<[string, string, Buffer]> = [
		['a web page as a video', 'video/mp4', Buffer.from('<!DOCTYPE html><title>Sign in</title>')],
		['a picture as a file', 'application/octet-stream', image],
		['nothing as a video', 'video/mp4', Buffer.alloc(0)],
		['a few bytes as a video', 'video/mp4', video.subarray(0, 8)],
		['a text as a text', 'text/plain', Buffer.from('There is no such file')],
	];

	test.each(wrong)('%s is not kept', async (_name, type, bytes) => {
		const item = await fetchOnce((response) => {
			response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
			response.end(bytes);
		});
		expect(item?.binary).toBeUndefined();
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			videoUrl: `${host.baseUrl}/file.mp4`,
			failure: { code: 'download_failed' },
		});
	});

	test('a file that does not tell its length is kept, if it ends as it should', async () => {
		const item = await fetchOnce((response) => {
			response.writeHead(200, { 'content-type': 'binary/octet-stream' });
			// In pieces, of which the first are smaller than what tells a video.
			for (const end of [3, 7, 20_000, video.length]) {
				const start = { 3: 0, 7: 3, 20_000: 7 }[end] ?? 20_000;
				response.write(video.subarray(start, end));
			}
			response.end();
		});
		expect(item?.json).not.toHaveProperty('failure');
		expect(await mediaOf(item)).toBe('landscape-8s');
	});

	test('and not kept if it breaks off', async () => {
		const item = await fetchOnce((response) => {
			response.writeHead(200, { 'content-type': 'video/mp4' });
			response.write(video.subarray(0, 20_000), () => {
				setTimeout(() => response.socket?.resetAndDestroy(), 20);
			});
		});
		expect(item?.binary).toBeUndefined();
		expect(item?.json).toMatchObject({ failure: { code: 'download_failed' } });
	});

	test('and not kept if it grows larger than allowed', async () => {
		const parameters = { options: { maxSizeMb: video.length / 2 / 1024 / 1024 } };
		const item = await fetchOnce((response) => {
			response.writeHead(200, { 'content-type': 'video/mp4' });
			response.end(video);
		}, parameters);
		expect(item?.binary).toBeUndefined();
		expect(item?.json).toMatchObject({
			failure: { message: expect.stringMatching(/larger than the allowed/) as string },
		});
	});

	test('a length that is larger than allowed is enough: nothing of it is waited for', async () => {
		const item = await fetchOnce((response) => {
			response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': 10_000_000_000 });
			response.flushHeaders();
		});
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			failure: { message: expect.stringMatching(/larger than the allowed 512 MB/) as string },
		});
	});

	test('a file whose rest ends early at the end of a box is not kept', async () => {
		const boxEnd = video.readUInt32BE(0);
		const headers = { 'content-type': 'video/mp4', etag: '"one"' };
		const item = await fetchOnce((response) => {
			const from = /^bytes=(\d+)-$/.exec(response.req.headers.range ?? '')?.[1];
			if (from !== undefined) {
				const range = `bytes ${from}-${video.length - 1}/${video.length}`;
				response.writeHead(206, { ...headers, 'content-range': range });
				response.end(video.subarray(Number(from), boxEnd));
				return;
			}
			response.writeHead(200, { ...headers, 'content-length': video.length });
			response.write(video.subarray(0, boxEnd), () => {
				setTimeout(() => response.socket?.resetAndDestroy(), 20);
			});
		});
		expect(item?.binary).toBeUndefined();
		expect(item?.json).toMatchObject({
			failure: { message: expect.stringMatching(/broke off after \d+ of \d+ bytes/) as string },
		});
	});

	test('half a file that goes on with the wrong half is not kept', async () => {
		const item = await fetchOnce((response) => {
			const { range } = response.req.headers;
			const half = video.subarray(0, halfOfTheFile);
			if (range !== undefined) {
				// The first half once more, and honest about it.
				response.writeHead(206, {
					'content-type': 'video/mp4',
					'content-range': `bytes 0-${halfOfTheFile - 1}/${video.length}`,
					'content-length': halfOfTheFile,
				});
				response.end(half);
				return;
			}
			response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': video.length });
			response.write(half, () => {
				setTimeout(() => response.socket?.resetAndDestroy(), 20);
			});
		});
		expect(item?.binary).toBeUndefined();
		expect(item?.json).toMatchObject({ failure: { code: 'download_failed' } });
	});

	test('polling the same job again fetches it, once the link works', async () => {
		const broken = await fetchOnce((response) => sendJson(response, 503, {}));
		expect(broken?.json).toMatchObject({ failure: { code: 'download_failed' } });
		const item = await fetchOnce((response) => {
			response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': video.length });
			response.end(video);
		});
		expect(item?.json).not.toHaveProperty('failure');
		expect(await mediaOf(item)).toBe('landscape-8s');
	});
});
