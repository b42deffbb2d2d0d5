import { passSeconds } from './fastTime';
import type { GenerateVideosOperation, GenerateVideosParameters } from '@google/genai';
import { GoogleGenAI } from '@google/genai';
import type { INodeParameters } from 'n8n-workflow';
import type { JsonRecord } from '../../workbench/simulator/bodies';
import { isRecord } from '../../workbench/simulator/bodies';
import { videoBytes } from '../../workbench/simulator/files';
import { vertexApiKey } from '../../workbench/simulator/providers/vertex';
import { image } from '../simulator/calls';
import {
	checks,
	continueError,
	creates,
	execute,
	expectVideos,
	frame,
	fromBinary,
	simulator,
} from './scene';
import { createNode, model, pollNode, remixNode } from './workflow';

/*
 * Google's own client against the simulator, and beside it our nodes: what the client sends we send,
 * and what it reads we read.
 */

/** The client with an API key, or with a token of a service account. */
function client(signsIn: 'apiKey' | 'token' = 'apiKey'): GoogleGenAI {
	const common = { vertexai: true, project: 'veo-project', location: 'us-central1' };
	const httpOptions = { baseUrl: simulator.baseUrl('vertex'), apiVersion: 'v1' };
	if (signsIn === 'apiKey')
		return new GoogleGenAI({ ...common, apiKey: vertexApiKey, httpOptions });
	const getRequestHeaders = async () =>
		await Promise.resolve(new Headers({ authorization: simulator.authorization('vertex') }));
	const googleAuthOptions = { authClient: { getRequestHeaders } as never };
	return new GoogleGenAI({ ...common, httpOptions, googleAuthOptions });
}

const veo = 'veo-3.1-generate-001';
const imageBytes = image.toString('base64');
const png = { imageBytes, mimeType: 'image/png' };
const storageUri = 'gs://my-bucket/videos';

const generate = async (
	config: GenerateVideosParameters['config'],
	source: GenerateVideosParameters['source'] = { prompt: 'A cat' },
) => await client().models.generateVideos({ model: veo, source, config });

/** Has our node create a job with files at hand. */
const createWithNode = async (parameters: INodeParameters, prompt = 'A cat') =>
	await execute(
		createNode('vertex', { model: model(veo), ...parameters }, continueError),
		[prompt],
		{
			files: [frame],
		},
	);

const poll = async (jobId = '') =>
	await execute(pollNode('vertex', {}, continueError), [{ jobId }]);

/** The client's words for choices are in capitals, and it sends no defaults. */
function inOurWords(fields: JsonRecord = {}): JsonRecord {
	const { parameters } = fields;
	const text = JSON.stringify(fields).replaceAll(
		'"referenceType":"ASSET"',
		'"referenceType":"asset"',
	);
	const own = isRecord(parameters) ? parameters : {};
	const lower = ['compressionQuality', 'resizeMode'].flatMap((name) =>
		name in own ? [[name, String(own[name]).toLowerCase()] as const] : [],
	);
	return {
		...(JSON.parse(text) as JsonRecord),
		parameters: { ...own, ...Object.fromEntries(lower) },
	};
}

function expectSameRequest(): void {
	const [theirs, ours] = simulator.ledger;
	expect(ours?.fields).toEqual(inOurWords(theirs?.fields));
	const [theirCall, ourCall] = creates();
	expect(ourCall?.path).toBe(theirCall?.path);
	expect(ourCall?.headers['content-type']).toBe(theirCall?.headers['content-type']);
}

describe('models.generateVideos', () => {
	const always = { numberOfVideos: 1, generateAudio: true, aspectRatio: '16:9' };

	test('sends the path and the fields that our node sends', async () => {
		const { name } = await generate(always);
		const { jobs } = await createWithNode({});
		expectSameRequest();
		expect([name, jobs[0]?.jobId]).toEqual(simulator.ledger.map(({ jobId }) => jobId));
	});

	type Config = GenerateVideosParameters['config'];
	type Source = GenerateVideosParameters['source'];
	const common = {
		durationSeconds: 8,
		resolution: '1080p',
		negativePrompt: 'dogs',
		personGeneration: 'allow_adult',
		seed: 7,
		generateAudio: false,
	};
	const reference = { image: png, referenceType: 'ASSET' as never };
	const twoFiles = { images: { image: [fromBinary, fromBinary] } };

	test.each<[string, Config, Source, INodeParameters]>([
		[
			'every parameter under the name that our node uses',
			{
				...{ ...always, ...common, numberOfVideos: 2, outputGcsUri: storageUri },
				compressionQuality: 'LOSSLESS' as never,
			},
			{},
			{ options: { ...common, sampleCount: 2, storageUri, compressionQuality: 'lossless' } },
		],
		[
			'frames as our node does',
			{ ...always, lastFrame: png },
			{ image: png },
			{ imageMode: 'firstAndLastFrame', ...twoFiles },
		],
		[
			'references as our node does',
			{ ...always, referenceImages: [reference, reference] },
			{},
			{ imageMode: 'referenceImages', ...twoFiles },
		],
	])('sends %s', async (_what, config, source, parameters) => {
		await generate(config, { prompt: 'A cat', ...source });
		await createWithNode(parameters);
		expectSameRequest();
	});

	test('extends a video in a bucket as our node does', async () => {
		const videoUrl = `${storageUri}/one/sample_0.mp4`;
		await generate(
			{ numberOfVideos: 1, generateAudio: true },
			{ prompt: 'A cat', video: { uri: videoUrl, mimeType: 'video/mp4' } },
		);
		const parameters = { model: model(veo), prompt: 'A cat', jobId: 'one', options: { videoUrl } };
		const { error } = await execute(remixNode('extend', 'vertex', parameters), [{}]);
		expect(error).toBeUndefined();
		expectSameRequest();
		expect(simulator.ledger.map(({ operation }) => operation)).toEqual(['extend', 'extend']);
	});

	test('where the client says that prompts are not enhanced, its job fails: our node cannot say so', async () => {
		const prompt = 'A cat [sim seconds=0]';
		const started = await generate({ ...always, enhancePrompt: false }, { prompt });
		const { error } = await fetchOperation(started);
		expect(error).toMatchObject({ code: 3 });
		const { failed } = await poll(started.name);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/prompt enhancement cannot be disabled/),
				details: { status: 'failed', failure: { code: 'generation_failed' } },
			},
		]);
		await createWithNode({ options: { enhancePrompt: false } });
		expect(JSON.stringify(simulator.ledger[1]?.fields)).not.toContain('enhancePrompt');
	});
});

const fetchOperation = async (operation: GenerateVideosOperation) =>
	await client().operations.getVideosOperation({ operation });

/** The operation with a name, for the client. */
async function operationNamed(name: string): Promise<GenerateVideosOperation> {
	const operation = await generate({});
	operation.name = name;
	return operation;
}

describe('operations.getVideosOperation', () => {
	test('asks by POST for the same model, with the same body', async () => {
		const started = await generate({});
		await fetchOperation(started);
		await execute(pollNode('vertex', { timeoutMinutes: 0.1 }, continueError), [
			{ jobId: started.name },
		]);
		const [theirs, ours] = checks();
		expect([ours?.method, ours?.path, ours?.body]).toEqual([
			theirs?.method,
			theirs?.path,
			theirs?.body,
		]);
	});

	test("a job of the client is ours to poll, and a job of ours is the client's", async () => {
		const prompt = 'A cat [sim seconds=20]';
		const theirs = await generate({}, { prompt });
		const { items } = await poll(theirs.name);
		await expectVideos(items);

		const created = await createWithNode({}, prompt);
		await passSeconds(20);
		const ours = await fetchOperation(await operationNamed(String(created.jobs[0]?.jobId)));
		const bytes = ours.response?.generatedVideos?.[0]?.video?.videoBytes ?? '';
		expect(Buffer.from(bytes, 'base64').equals(videoBytes('landscape-8s'))).toBe(true);
	});

	test('both see the same links of several videos in a bucket', async () => {
		const prompt = 'A cat [sim seconds=0]';
		const operation = await generate({ numberOfVideos: 2, outputGcsUri: storageUri }, { prompt });
		const { response } = await fetchOperation(operation);
		const theirs = response?.generatedVideos?.map(({ video }) => video?.uri);
		expect(theirs).toHaveLength(2);
		const { jobs, items } = await poll(operation.name);
		const [{ videoUrl, videos } = {}] = jobs;
		expect((videos as Array<{ url: string }>).map(({ url }) => url)).toEqual(theirs);
		expect(videoUrl).toBe(theirs?.[0]);
		await expectVideos(items);
	});

	test('a filter that leaves nothing is an end without videos for it, and a reason for us', async () => {
		const operation = await generate({}, { prompt: 'A cat [sim seconds=0 ending=safety]' });
		const { done, response, error } = await fetchOperation(operation);
		expect({ done, error }).toEqual({ done: true, error: undefined });
		expect(response).toMatchObject({
			raiMediaFilteredCount: 1,
			raiMediaFilteredReasons: [expect.stringContaining('15236754')],
		});
		const { failed } = await poll(operation.name);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/15236754 \(the filter names a celebrity\)/),
				details: { failure: { code: 'content_policy' } },
			},
		]);
	});
});

test('the client signs in with a token as well, in the header that we use', async () => {
	const operation = await client('token').models.generateVideos({
		model: veo,
		source: { prompt: 'A cat' },
	});
	await createWithNode({});
	const [theirs, ours] = creates();
	expect(theirs?.headers['x-goog-api-key']).toBeUndefined();
	expect(ours?.headers['x-goog-api-key']).toBeUndefined();
	const parts = [theirs, ours].map((call) => call?.headers.authorization?.split('.')[0]);
	expect(parts[0]).toBe(parts[1]);
	expect(operation.name).toBe(simulator.ledger[0]?.jobId);
});
