import { fastClock } from './fastTime';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Simulator } from '../../workbench/simulator';
import { readBinary } from '../../workbench/engine/engine';
import { videoBytes } from '../../workbench/simulator/files';
import { useSimulator } from '../useSimulator';
import type { Send } from './fetchFile';
import { fetchFile } from './fetchFile';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import {
	checksOf,
	createNode,
	credentialsWith,
	fileOf,
	itemsOf,
	jobsOf,
	mediaOf,
	pollNode,
	runNodes,
	submitsTo,
} from './workflow';

const name = 'Veo Poll Until Done';
const video = videoBytes('landscape-8s');
const half = Math.floor(video.length / 2);

let simulator: Simulator;
let host: OwnHost;
useSimulator(fastClock, (started) => (simulator = started));

beforeAll(async () => {
	host = await startOwnHost();
});
afterAll(async () => {
	await host.close();
});

const fetchOnce = async (send: Send, parameters?: INodeParameters) =>
	await fetchFile(simulator, host, send, parameters);

type SendRest = (from: number, response: ServerResponse) => void;

/** A server that loses the connection in the middle of the first answer, and can send the rest. */
function breaksOnce(
	headers: Record<string, string>,
	rest: SendRest,
): { send: Send; ranges: Array<IncomingMessage['headers']> } {
	const ranges: Array<IncomingMessage['headers']> = [];
	let answers = 0;
	const send: Send = (request, response) => {
		const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
		if (from !== undefined) {
			ranges.push(request.headers);
			return rest(Number(from), response);
		}
		const whole = { 'content-type': 'video/mp4', 'content-length': video.length, ...headers };
		response.writeHead(200, whole);
		if (answers++ > 0) {
			response.end(video);
			return;
		}
		response.write(video.subarray(0, half), () => {
			// After the half was read: no time passes before.
			setTimeout(() => response.socket?.resetAndDestroy(), 300);
		});
	};
	return { send, ranges };
}

/** The rest of a file, whatever it was asked for. */
const sendRest =
	(file: Buffer, headers: Record<string, string> = {}): SendRest =>
	(from, response) => {
		response.writeHead(206, {
			'content-type': 'video/mp4',
			'content-range': `bytes ${from}-${file.length - 1}/${file.length}`,
			'content-length': file.length - from,
			...headers,
		});
		response.end(file.subarray(from));
	};

const changed = Buffer.from(video);
changed.fill(0xaa, half);

describe('a download that breaks off goes on only with the same file', () => {
	const etag = '"one"';
	const lastModified = 'Fri, 20 Nov 2026 10:00:00 GMT';

	test.each([
		['a tag', { etag }, etag],
		['a date', { 'last-modified': lastModified }, lastModified],
		['both', { etag, 'last-modified': lastModified }, etag],
		['a weak tag and a date', { etag: 'W/"one"', 'last-modified': lastModified }, lastModified],
	])('%s proves it', async (_title, headers, proof) => {
		const { send, ranges } = breaksOnce(headers, sendRest(video, headers));
		const item = await fetchOnce(send);
		expect(ranges).toMatchObject([{ range: `bytes=${half - 1024}-`, 'if-range': proof }]);
		expect(await mediaOf(item)).toBe('landscape-8s');
	});

	const otherDate = { 'last-modified': 'Sat, 21 Nov 2026 10:00:00 GMT' };
	const fromTheNext: SendRest = (from, response) => sendRest(video, { etag })(from + 1, response);
	const aPartOfTheRest: SendRest = (from, response) => {
		const headers = { etag, 'content-range': `bytes ${from}-${from + 1999}/${video.length}` };
		response.writeHead(206, headers).end(video.subarray(from, from + 2000));
	};
	const other = Buffer.from(video).fill(0xaa);
	const whole: SendRest = (_from, response) => {
		const headers = { 'content-type': 'video/mp4', 'content-length': changed.length };
		response.writeHead(200, headers).end(changed);
	};
	const refusal: SendRest = (_from, response) => {
		response.writeHead(416).end();
	};

	test.each<[string, Record<string, string>, SendRest]>([
		['its tag is another', { etag }, sendRest(changed, { etag: '"two"' })],
		['its date is another', { 'last-modified': lastModified }, sendRest(changed, otherDate)],
		['it has no tag any more', { etag }, sendRest(changed)],
		['it has no date any more', { 'last-modified': lastModified }, sendRest(changed)],
		['only a part of the rest comes', { etag }, aPartOfTheRest],
		['its length is another', { etag }, sendRest(changed.subarray(0, -1), { etag })],
		['its tag is the same, and its bytes are not', { etag }, sendRest(other, { etag })],
		['it begins elsewhere', { etag }, fromTheNext],
		['the whole of it comes', { etag }, whole],
		['the server refuses', { etag }, refusal],
	])('%s: it is fetched anew', async (_title, headers, rest) => {
		const { send, ranges } = breaksOnce(headers, rest);
		const item = await fetchOnce(send);
		expect(ranges).toHaveLength(1);
		expect(await mediaOf(item)).toBe('landscape-8s');
	});

	test.each([
		['nothing', {}],
		['a weak tag', { etag: 'W/"one"' }],
	])('%s proves nothing: it is fetched anew', async (_title, headers: Record<string, string>) => {
		const { send, ranges } = breaksOnce(headers, sendRest(changed));
		const item = await fetchOnce(send);
		expect(ranges).toEqual([]);
		expect(await mediaOf(item)).toBe('landscape-8s');
	});

	test('no server is asked to compress it, and one that does is understood', async () => {
		const asked: unknown[] = [];
		const item = await fetchOnce(({ headers }, response) => {
			asked.push(headers['accept-encoding']);
			const body = gzipSync(video);
			const type = { 'content-type': 'video/mp4', 'content-encoding': 'gzip' };
			response.writeHead(200, { ...type, 'content-length': body.length }).end(body);
		});
		expect(asked).toEqual(['identity']);
		expect(await mediaOf(item)).toBe('landscape-8s');
	});

	/** An MP4 that no compression makes smaller. With a box of length 0 nothing in it tells where it ends. */
	function incompressible(mdatBytes = 400_000): Buffer {
		const bytes = Buffer.concat([Buffer.alloc(24), randomBytes(400_000 - 8)]);
		bytes.writeUInt32BE(16, 0);
		bytes.write('ftypisom', 4, 'latin1');
		bytes.writeUInt32BE(mdatBytes, 16);
		bytes.write('mdat', 20, 'latin1');
		return bytes;
	}

	const compressed = { 'content-type': 'video/mp4', 'content-encoding': 'gzip' };

	test('a compressed file may be longer than the file: it is whole where its boxes end', async () => {
		const file = incompressible();
		const body = gzipSync(file);
		expect(body.length).toBeGreaterThan(file.length);
		let answers = 0;
		const item = await fetchOnce((_request, response) => {
			answers++;
			response.writeHead(200, { ...compressed, 'content-length': body.length }).end(body);
		});
		expect(item?.json).not.toHaveProperty('failure');
		expect(file.equals(await readBinary(fileOf(item)))).toBe(true);
		expect(answers).toBe(1);
	});

	test('the rest of a compressed file is not joined to what was decompressed of it', async () => {
		const file = incompressible(0);
		const body = gzipSync(file);
		const { send } = breaksOnce({ etag }, (from, response) =>
			// RFC 9110, 15.3.7: a 206 to If-Range need not say once more that the file is compressed.
			sendRest(body, { etag })(from, response),
		);
		let answers = 0;
		const item = await fetchOnce((request, response) => {
			if (request.headers.range !== undefined) return send(request, response);
			response.writeHead(200, { ...compressed, etag, 'content-length': body.length });
			if (answers++ > 0) return void response.end(body);
			response.write(body.subarray(0, 200_000), () => {
				setTimeout(() => response.socket?.resetAndDestroy(), 300);
			});
		});
		expect(file.equals(await readBinary(fileOf(item)))).toBe(true);
		expect(answers).toBe(2);
	});

	test.each([
		['plain', {}, incompressible(0)],
		['compressed', { 'content-encoding': 'gzip' }, gzipSync(incompressible(0))],
	])('a file that ends before its length is not whole: %s', async (_title, headers, body) => {
		const item = await fetchOnce((_request, response) => {
			const type = { 'content-type': 'video/mp4', 'content-length': body.length };
			response.writeHead(200, { ...type, ...headers });
			// An orderly end of the connection, and not a reset.
			response.write(body.subarray(0, -1000), () => response.socket?.end());
		});
		expect(item?.binary).toBeUndefined();
		expect(item?.json).toMatchObject({ failure: { code: 'download_failed' } });
	});

	test('half of a compressed file is not taken for a whole one', async () => {
		// It grows so much that its half is longer than what its length says.
		const body = gzipSync(Buffer.concat([video.subarray(0, 1000), Buffer.alloc(5_000_000)]));
		const item = await fetchOnce((_request, response) => {
			const type = { 'content-type': 'video/mp4', 'content-encoding': 'gzip' };
			response.writeHead(200, { ...type, 'content-length': body.length });
			response.write(body.subarray(0, body.length - 100), () => {
				// After the half was read: no time passes before.
				setTimeout(() => response.socket?.resetAndDestroy(), 300);
			});
		});
		expect(item?.binary).toBeUndefined();
		expect(item?.json).toMatchObject({ failure: { code: 'download_failed' } });
	});

	test('a part of a file that nobody asked for is not kept', async () => {
		const item = await fetchOnce((_request, response) =>
			sendRest(video.subarray(0, half))(0, response),
		);
		expect(item?.binary).toBeUndefined();
	});
});

describe('a whole video is kept, whatever is said of it', () => {
	const all = `bytes 0-${video.length - 1}/${video.length}`;

	test.each<[string, number, Record<string, string>]>([
		['text/plain', 200, { 'content-type': 'text/plain' }],
		['application/json', 200, { 'content-type': 'application/json; charset=utf-8' }],
		['text/html', 200, { 'content-type': 'text/html' }],
		['a copy of a proxy', 203, { 'content-type': 'video/mp4' }],
		['a part that is all of it', 206, { 'content-type': 'video/mp4', 'content-range': all }],
		['such a part as a text', 206, { 'content-type': 'text/plain', 'content-range': all }],
	])('%s', async (_title, httpStatus, headers) => {
		let answers = 0;
		const item = await fetchOnce((_request, response) => {
			answers++;
			response.writeHead(httpStatus, headers);
			// Also where its first bytes come one by one.
			response.write(video.subarray(0, 5), () => {
				setTimeout(() => response.end(video.subarray(5)), 20);
			});
		});
		expect(item?.json).not.toHaveProperty('failure');
		expect(await mediaOf(item)).toBe('landscape-8s');
		expect(answers).toBe(1);
	});

	test('a text that is a video is taken up again where it broke off', async () => {
		const etag = '"one"';
		const { send, ranges } = breaksOnce(
			{ etag, 'content-type': 'text/plain' },
			sendRest(video, { etag, 'content-type': 'text/plain' }),
		);
		expect(await mediaOf(await fetchOnce(send))).toBe('landscape-8s');
		expect(ranges).toHaveLength(1);
	});

	test.each([
		['its end is missing', `bytes 0-${video.length - 1}/${video.length + 1}`],
		['its beginning is missing', `bytes 1-${video.length}/${video.length + 1}`],
		['nobody knows how long it is', `bytes 0-${video.length - 1}/*`],
	])('a part is not: %s', async (_title, range) => {
		const item = await fetchOnce((_request, response) => {
			response.writeHead(206, { 'content-type': 'video/mp4', 'content-range': range }).end(video);
		});
		expect(item?.binary).toBeUndefined();
	});
});

describe('JSON instead of a file', () => {
	const json = (response: ServerResponse, url: string) =>
		sendJson(response, 200, { video_url: url });

	test('its link is followed', async () => {
		const item = await fetchOnce(({ url }, response) => {
			if (url === '/file.mp4') json(response, `${host.baseUrl}/file/real`);
			else response.writeHead(200, { 'content-type': 'video/mp4' }).end(video);
		});
		expect(await mediaOf(item)).toBe('landscape-8s');
	});

	test('once', async () => {
		const paths: unknown[] = [];
		const item = await fetchOnce(({ url }, response) => {
			paths.push(url);
			if (url === '/file.mp4') json(response, `${host.baseUrl}/file/1`);
			else if (url === '/file/1') json(response, `${host.baseUrl}/file/2`);
			else response.writeHead(200, { 'content-type': 'video/mp4' }).end(video);
		});
		expect(item?.binary).toBeUndefined();
		expect(paths).toContain('/file/1');
		expect(paths).not.toContain('/file/2');
	});
});

describe('links that are no longer good', () => {
	test.each([
		['deepWl', 403],
		['newApiRemix', 410],
	] as const)('%s, %s: the download route has it', async (provider, httpStatus) => {
		simulator.failNext({ kind: 'status', httpStatus, route: 'cdn' });
		const run = await fetchFrom(provider, 'linkSeconds=3000');
		expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
		expect(simulator.calls.filter(({ path }) => path.endsWith('/content'))).toHaveLength(1);
		expect(submitsTo(simulator)).toHaveLength(1);
	});

	test.each(['apimp', 'eronmind'] as const)(
		'%s has no download route: a check gives a fresh link, which comes out',
		async (provider) => {
			for (const httpStatus of [403, 410, 404, 400]) {
				simulator.reset();
				simulator.failNext({ kind: 'status', httpStatus, route: 'cdn' });
				// A link that is signed at the same millisecond is the same.
				simulator.failNext({ kind: 'delay', delayMs: 20, times: 1000 });
				const run = await fetchFrom(provider, 'linkSeconds=3000');
				const [item] = itemsOf(run, name);
				expect(await mediaOf(item)).toBe('landscape-8s');
				const links = simulator.calls.filter(({ path }) => path.startsWith('/cdn/'));
				expect(links).toHaveLength(2);
				expect(links[0]?.path).not.toBe(links[1]?.path);
				expect(item?.json.videoUrl).toBe(`${simulator.cdnOrigin}${links[1]?.path}`);
				expect(item?.json.checks).toBe(checksOf(simulator).length);
				expect(submitsTo(simulator)).toHaveLength(1);
			}
		},
	);

	test('a link that is refused for good is asked again only as often as it may help', async () => {
		simulator.failNext({ kind: 'status', httpStatus: 403, route: 'cdn', times: 1000 });
		const run = await fetchFrom('apimp');
		expect(jobsOf(run, name)).toMatchObject([
			{ status: 'succeeded', failure: { code: 'download_failed' } },
		]);
		expect(checksOf(simulator).length).toBeLessThanOrEqual(2);
		expect(submitsTo(simulator)).toHaveLength(1);
	});

	async function fetchFrom(
		provider: 'apimp' | 'eronmind' | 'deepWl' | 'newApiRemix',
		directive = '',
	) {
		const settings = { onError: 'continueRegularOutput' } as const;
		return await runNodes(
			simulator,
			[createNode(provider), pollNode(provider, {}, settings)],
			[{ prompt: `A cat [sim seconds=0 ${directive}]` }],
		);
	}
});

describe('a download that fails and is tried again', () => {
	test.each(['resetBeforeHeaders', 'shortBody', 'resetMidBody', 'html', 'empty'] as const)(
		'%s: never makes a new job',
		async (kind) => {
			simulator.failNext({ kind, route: 'cdn', times: 3 });
			const run = await runNodes(
				simulator,
				[createNode('apimp'), pollNode('apimp', {}, { retryOnFail: true, maxTries: 3 })],
				[{ prompt: 'A cat [sim seconds=0]' }],
			);
			expect(run.data.resultData.error).toBeUndefined();
			expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
			expect(submitsTo(simulator)).toHaveLength(1);
		},
	);
});

describe('names of files', () => {
	async function namesOf(items: IDataObject[], fileName = ''): Promise<unknown[]> {
		const finished = {
			code: 200,
			data: {
				task_id: 'x',
				status: 'finished',
				files: [
					{
						file_url: `${simulator.cdnOrigin}/cdn/landscape-8s/..%2f..%2fserver.mp4`,
						file_type: 'video',
					},
				],
			},
		};
		host.answer((_request, response) => sendJson(response, 200, finished));
		const run = await runNodes(simulator, [pollNode('apimp', { options: { fileName } })], items, {
			credentials: credentialsWith(simulator, 'apimp', { baseUrl: host.baseUrl }),
		});
		return itemsOf(run, name).map((item) => fileOf(item).fileName);
	}

	test('come from the job, never from where the server has the file', async () => {
		expect(await namesOf([{ jobId: 'job/1' }, { jobId: '../../etc/cron.d/job' }])).toEqual([
			'job_1.mp4',
			'_.._etc_cron.d_job.mp4',
		]);
	});

	test('are different for different jobs, and the same for the same', async () => {
		const jobs = ['a', 'b', 'a', 'c'].map((jobId) => ({ jobId }));
		expect(await namesOf(jobs, 'Spring.mp4')).toEqual([
			'Spring.mp4',
			'Spring-2.mp4',
			'Spring.mp4',
			'Spring-3.mp4',
		]);
	});

	test('differ in more than their letters being large or small', async () => {
		expect(await namesOf([{ jobId: 'JOB' }, { jobId: 'job' }])).toEqual(['JOB.mp4', 'job-2.mp4']);
	});

	test('two files under one name have each its own bytes', async () => {
		const run = await runNodes(
			simulator,
			[
				createNode('apimp', { aspectRatio: '={{ $json.shape }}' }),
				pollNode('apimp', { options: { fileName: 'same' } }),
			],
			['16:9', '9:16'].map((shape) => ({ prompt: 'A cat [sim seconds=0]', shape })),
		);
		const items = itemsOf(run, name);
		expect(await Promise.all(items.map(async (item) => await mediaOf(item)))).toEqual([
			'landscape-8s',
			'portrait-8s',
		]);
		expect(items.map((item) => fileOf(item).fileName)).toEqual(['same.mp4', 'same-2.mp4']);
	});
});
