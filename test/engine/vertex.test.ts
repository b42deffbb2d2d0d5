import { setClock } from './fastTime';
import type { IncomingHttpHeaders } from 'node:http';
import type { INodeParameters } from 'n8n-workflow';
import { readBinary } from '../../workbench/engine/engine';
import { testKey } from '../../workbench/engine/keyTest';
import type { MediaName } from '../../workbench/simulator/files';
import { videoBytes } from '../../workbench/simulator/files';
import { serviceAccountJson, vertexApiKey } from '../../workbench/simulator/providers/vertex';
import { simulatorCredentials } from '../../workbench/simulatorCredentials';
import { placesOf } from './leaks';
import { sendJson, useOwnHost } from './ownHost';
import { checks, continueError, creates, execute, expectVideos } from './scene';
import { callsTo, jobIds, simulator, withCredential } from './scene';
import { createNode, fileOf, jobsOf, mediaOf, model, pollNode, remixNode } from './workflow';

/* Vertex AI where it differs from all others: its token, its operations, and where its videos are. */

const storageUri = 'gs://my-bucket/videos';
const inBucket = (options: INodeParameters = {}) => ({ options: { storageUri, ...options } });
const file = JSON.parse(serviceAccountJson) as Record<string, string>;
const secrets = () => simulator.secrets('vertex');
const place = 'projects/veo-project/locations/us-central1/publishers/google/models';
const idOf = (model: string) => `${place}/${model}/operations/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f`;

const createAndPoll = async (
	prompts: string[],
	parameters: INodeParameters = {},
	{ waiting = 'hold', ...changed }: Record<string, string> = {},
) =>
	await execute(
		[
			createNode('vertex', parameters, continueError),
			pollNode('vertex', { waiting, timeoutMinutes: 180 }, continueError),
		],
		prompts,
		Object.keys(changed).length > 0 ? withCredential('vertex', changed) : {},
	);

describe('the token', () => {
	test('is made for each request: a job of 90 minutes needs no other', async () => {
		const { items } = await createAndPoll(['A cat [sim seconds=5400]'], {}, { waiting: 'suspend' });
		await expectVideos(items);
		const calls = [...creates(), ...checks()];
		expect(calls.filter((call) => !simulator.isAuthorized('vertex', call))).toEqual([]);
		const [first, last] = [calls[0], calls.at(-1)];
		expect(Number(last?.at) - Number(first?.at)).toBeGreaterThan(3600_000);
		const later = { headers: first?.headers ?? {}, at: last?.at ?? 0 };
		expect(simulator.isAuthorized('vertex', later)).toBe(false);
	});

	test('an API key goes in its own header, and there is no token', async () => {
		const changed = {
			authentication: 'apiKey',
			apiKey: vertexApiKey,
			projectId: 'veo-project',
			serviceAccountJson: '',
		};
		const { items } = await createAndPoll(['A cat [sim seconds=0]'], {}, changed);
		await expectVideos(items);
		for (const { headers } of simulator.calls) {
			expect(headers).toMatchObject({ 'x-goog-api-key': vertexApiKey });
			expect(headers).not.toHaveProperty('authorization');
		}
	});

	test.each([10, -90])('a clock that is %i minutes off is named as the cause', async (minutes) => {
		setClock(minutes * 60_000);
		const { run } = await execute(createNode('vertex', {}, continueError), ['A cat']);
		const polled = await execute(pollNode('vertex', {}, continueError), [
			{ jobId: idOf('veo-3.1-fast-generate-001') },
		]);
		const data = simulatorCredentials(simulator)['veoVertexApi'] ?? {};
		const { message } = await testKey('veoVertexApi', data);
		setClock(-minutes * 60_000);
		for (const [item] of [jobsOf(run, 'Veo Create', 1), polled.failed]) {
			expect(item).toMatchObject({
				error: expect.stringMatching(/the clock of the machine that runs n8n is wrong/),
				details: { failure: { code: 'key_refused' } },
			});
		}
		expect(message).toMatch(/and that the clock of the machine that runs n8n is right/);
		expect(simulator.ledger).toEqual([]);
	});
});

describe('a credential that cannot be used is said before anything is sent', () => {
	const broken = { ...file, private_key: file['private_key']?.replace('MII', 'QQQ') };

	// Each way in which one cannot be used: test/providers/vertex.test.ts.
	test.each<[string, Record<string, string>, RegExp]>([
		['a broken key', { serviceAccountJson: JSON.stringify(broken) }, /account cannot be read/],
		['the key as the project', { projectId: serviceAccountJson }, /its Project ID is not one/],
	])('%s', async (_what, changed, says) => {
		const credential = withCredential('vertex', changed);
		for (const node of [createNode('vertex'), pollNode('vertex')]) {
			const items = [{ prompt: 'A cat', jobId: idOf('veo') }];
			const { text, run } = await execute(node, items, credential);
			expect(text).toMatch(says);
			expect(text).toMatch(/Open the credential and correct it. Nothing was sent/);
			expect(placesOf(secrets(), run)).toEqual([]);
		}
		const data = { ...simulatorCredentials(simulator)['veoVertexApi'], ...changed };
		const { status, message } = await testKey('veoVertexApi', data);
		expect([status, message]).toEqual(['Error', expect.stringMatching(says)]);
		expect(placesOf(secrets(), message)).toEqual([]);
		expect(simulator.calls).toEqual([]);
	});
});

describe('a check that Google answers with 404', () => {
	const host = useOwnHost();

	test('is about the job, also where the text names its model', async () => {
		const message = `Publisher Model \`${place}/veo-3.1\` was not found or your project does not have access to it.`;
		host.answer((_request, response) =>
			sendJson(response, 404, { error: { code: 404, message, status: 'NOT_FOUND' } }),
		);
		const { failed } = await execute(
			pollNode('vertex', {}, continueError),
			[{ jobId: idOf('veo-3.1') }],
			withCredential('vertex', { baseUrl: host.baseUrl }),
		);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/does not know the job .*Publisher Model/),
				details: { failure: { code: 'job_not_found', retryable: false } },
			},
		]);
	});
});

describe('what is not sent', () => {
	test.each([`https://example.com/${idOf('veo')}`, `${idOf('veo')}/../../secret`])(
		'a check of the job "%s"',
		async (jobId) => {
			const { failed } = await execute(pollNode('vertex', {}, continueError), [{ jobId }]);
			expect(failed).toMatchObject([
				{ error: expect.stringMatching(/^The Job ID (?:is|does not)/) },
			]);
			expect(simulator.calls).toEqual([]);
		},
	);

	test('a create with the link of an image: the item says what to do', async () => {
		const image = { source: 'url', url: 'https://example.com/a.png' };
		const node = createNode('vertex', { imageMode: 'firstFrame', images: { image: [image] } });
		const { text } = await execute(node, ['A cat']);
		expect(text).toMatch(/accepts images as files only, and image 1 is a URL/);
		expect(text).toMatch(/HTTP Request node.*Binary Field[^]*Nothing was sent/);
		expect(simulator.calls).toEqual([]);
	});
});

describe('the videos', () => {
	test('several in the answer are files of their own, in their order', async () => {
		const { items, jobs } = await createAndPoll(['A cat [sim seconds=0]'], {
			options: { sampleCount: 3 },
		});
		const [item] = items;
		expect(await mediaOf(item)).toBe('landscape-8s');
		expect(await mediaOf(item, 'video_2')).toBe('landscape-15s');
		expect(await mediaOf(item, 'video_3')).toBe('landscape-8s');
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
	});

	test('several in a bucket are fetched from there with the token', async () => {
		const prompts = ['A cat [sim seconds=0]'];
		const { items, jobs } = await createAndPoll(prompts, inBucket({ sampleCount: 2 }));
		const [item] = items;
		expect(await mediaOf(item)).toBe('landscape-8s');
		expect(await mediaOf(item, 'video_2')).toBe('landscape-15s');
		const name = jobIds()[0]?.replace(/^.*\//, '');
		const links = [0, 1].map((index) => `${storageUri}/${name}/sample_${index}.mp4`);
		expect(jobs).toMatchObject([
			{ videoUrl: links[0], videos: links.map((url) => ({ url, kind: 'final' })) },
		]);
		const fetched = callsTo('/storage/v1/b/my-bucket/o/');
		expect(fetched).toHaveLength(2);
		expect(fetched.filter((call) => !simulator.isAuthorized('vertex', call))).toEqual([]);
	});

	test('one that the filter holds back: the others are there, and their number is reported', async () => {
		const { items, jobs } = await createAndPoll(['A cat [sim seconds=0 words=filtered]'], {
			options: { sampleCount: 2 },
		});
		expect(await mediaOf(items[0])).toBe('landscape-15s');
		expect(items[0]?.binary).not.toHaveProperty('video_2');
		expect(jobs).toMatchObject([{ status: 'succeeded', usage: { raiMediaFilteredCount: 1 } }]);
	});

	test('one of 12 MB inside the answer is a file, and not in what n8n stores', async () => {
		const bytes = 12_000_000;
		const stored: string[] = [];
		const { items } = await execute(
			[
				createNode('vertex'),
				pollNode('vertex', { waiting: 'suspend', options: { includeRaw: true } }),
			],
			[`A cat [sim seconds=90 bytes=${bytes}]`],
			{ onSuspend: (text) => stored.push(text) },
		);
		expect((await readBinary(fileOf(items[0]))).length).toBe(bytes);
		expect(items[0]?.json.raw).toMatchObject({
			response: { videos: [{ bytesBase64Encoded: '' }] },
		});
		expect(JSON.stringify(items[0]?.json).length).toBeLessThan(5_000);
		for (const text of stored) expect(text.length).toBeLessThan(100_000);
	});

	test('a video in a bucket is extended by its link, from item to item', async () => {
		const { error, items, run } = await execute(
			[
				createNode('vertex', inBucket()),
				pollNode('vertex', { download: false }),
				remixNode('extend', 'vertex', {
					model: model('veo-3.1-generate-001'),
					prompt: 'and then [sim seconds=0]',
					options: { storageUri, videoUrl: '={{ $json.videoUrl }}' },
				}),
				pollNode('vertex', {}, { name: 'Last' }),
			],
			['A cat [sim seconds=0]'],
		);
		expect(error).toBeUndefined();
		await expectVideos(items, 'landscape-15s');
		const [{ videoUrl } = {}] = jobsOf(run, 'Veo Poll Until Done');
		const video = { gcsUri: videoUrl, mimeType: 'video/mp4' };
		expect(simulator.ledger[1]).toMatchObject({
			operation: 'extend',
			fields: { instances: [{ video }] },
		});
	});
});

describe('an answer with videos of different kinds: each file is that of its video', () => {
	const host = useOwnHost();
	const inAnswer = (name: MediaName) => ({
		bytesBase64Encoded: Buffer.from(videoBytes(name)).toString('base64'),
	});
	const gcsUri = 'gs://my-bucket/a.mp4';

	test.each<[string, object[], MediaName[]]>([
		[
			'one in a bucket before two in the answer',
			[{ gcsUri }, inAnswer('portrait-8s'), inAnswer('landscape-15s')],
			['portrait-8s', 'landscape-15s', 'landscape-8s'],
		],
		[
			'one that is in both places',
			[{ gcsUri, ...inAnswer('landscape-8s') }, inAnswer('portrait-8s')],
			['landscape-8s', 'portrait-8s'],
		],
		[
			'one that is nowhere',
			[{ bytesBase64Encoded: null }, inAnswer('portrait-8s'), inAnswer('landscape-15s')],
			['portrait-8s', 'landscape-15s'],
		],
	])('%s', async (_what, videos, media) => {
		host.answer(({ url = '' }, response) => {
			if (url.startsWith('/storage/')) response.end(videoBytes('landscape-8s'));
			else sendJson(response, 200, { name: idOf('veo'), done: true, response: { videos } });
		});
		const addresses = { baseUrl: host.baseUrl, storageUrl: host.baseUrl };
		const { items, jobs } = await execute(
			pollNode('vertex', {}, continueError),
			[{ jobId: idOf('veo') }],
			withCredential('vertex', addresses),
		);
		const fields = ['video', 'video_2', 'video_3'].slice(0, media.length);
		expect(Object.keys(items[0]?.binary ?? {})).toEqual(fields);
		const found = await Promise.all(fields.map(async (field) => await mediaOf(items[0], field)));
		expect(found).toEqual(media);
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
	});
});

describe('hosts', () => {
	const storage = useOwnHost();
	const home = useOwnHost();
	const seen: IncomingHttpHeaders[] = [];
	beforeEach(() => {
		seen.length = 0;
		storage.answer(({ headers }, response) => {
			seen.push(headers);
			response.writeHead(200, { 'content-type': 'video/mp4' }).end(videoBytes('landscape-8s'));
		});
	});

	test('the host of the storage gets the token, because the credential names it', async () => {
		const { items } = await createAndPoll(['A cat [sim seconds=0]'], inBucket(), {
			storageUrl: storage.baseUrl,
		});
		await expectVideos(items);
		expect(
			seen.map((headers) => simulator.isAuthorized('vertex', { headers, at: Date.now() })),
		).toEqual([true]);
	});

	test('no other host gets it: a link of the answer that leads elsewhere is not followed', async () => {
		const gcsUri = `${storage.baseUrl}/my-bucket/a.mp4`;
		home.answer((_request, response) =>
			sendJson(response, 200, {
				name: idOf('veo'),
				done: true,
				response: { videos: [{ gcsUri, mimeType: 'video/mp4' }] },
			}),
		);
		const { failed } = await execute(
			pollNode('vertex', { options: { tolerance: 1 } }, continueError),
			[{ jobId: idOf('veo') }],
			withCredential('vertex', { baseUrl: home.baseUrl, storageUrl: '' }),
		);
		expect(failed).toHaveLength(1);
		expect(seen).toEqual([]);
	});
});
