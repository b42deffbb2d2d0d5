import { fastClock, passSeconds } from './fastTime';
import type { INodeParameters } from 'n8n-workflow';
import OpenAI, { toFile } from 'openai';
import { providers } from '../../nodes/providers';
import { runWorkflow } from '../../workbench/engine/engine';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import { valueOf } from '../providers/plain';
import { inputWith } from '../fixtures/inputs';
import { image, imageDataUri } from '../simulator/calls';
import { takesOpenAiForm } from '../simulator/creates';
import { useSimulator } from '../useSimulator';
import {
	createNode,
	credentialsFor,
	inARow,
	itemsOf,
	jobsOf,
	mediaOf,
	model,
	pollNode,
	runNodes,
	submitsTo,
	veoNode,
} from './workflow';

/*
 * OpenAI's own client against the simulator, and beside it our nodes: what the client sends we send,
 * and what it reads we read. It has no createAndPoll for videos: one waits by asking again.
 */

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const clientOf = (provider: ProviderName) =>
	new OpenAI({
		apiKey: simulator.key(provider),
		baseURL: `${simulator.baseUrl(provider)}/v1`,
		maxRetries: 0,
	});

/** Has our node create a job with a file at hand, and gives the job. */
async function createWithNode(provider: ProviderName, prompt: string, parameters: INodeParameters) {
	const frame = { fileName: 'frame.png', mimeType: 'image/png', data: image.toString('base64') };
	const run = await runWorkflow(inARow(createNode(provider, parameters)), {
		credentials: credentialsFor(simulator),
		items: [{ json: { prompt }, binary: { frame } }],
	});
	return jobsOf(run, 'Veo Create')[0];
}

async function untilEnded(client: OpenAI, id: string): Promise<OpenAI.Video> {
	for (;;) {
		const video = await client.videos.retrieve(id);
		if (video.status === 'completed' || video.status === 'failed') return video;
		await passSeconds(2);
	}
}

// The client's types know Sora's ids only.
const veo = 'veo_3_1' as OpenAI.VideoModel;
const seconds = '8' as OpenAI.VideoSeconds;

describe('videos.create', () => {
	const contentTypes = () =>
		submitsTo(simulator).map(({ headers }) => String(headers['content-type']).split(';')[0]);

	test('sends the fields that our node sends', async () => {
		await clientOf('openAiVideos').videos.create({
			model: veo,
			prompt: 'A cat',
			seconds,
			size: '1280x720',
		});
		await createWithNode('openAiVideos', 'A cat', { model: model(veo) });
		const [theirs, ours] = simulator.ledger;
		expect(ours?.fields).toEqual(theirs?.fields);
		expect(contentTypes()).toEqual(['multipart/form-data', 'multipart/form-data']);
	});

	test('sends a file as our node does: the same part, byte for byte', async () => {
		await clientOf('openAiVideos').videos.create({
			model: veo,
			prompt: 'A cat',
			seconds,
			size: '720x1280',
			input_reference: await toFile(image, 'frame.png', { type: 'image/png' }),
		});
		await createWithNode('openAiVideos', 'A cat', {
			model: model(veo),
			aspectRatio: '9:16',
			imageMode: 'firstFrame',
			images: { image: [{ source: 'binary', binaryProperty: 'frame' }] },
		});
		const [theirs, ours] = simulator.ledger;
		expect(theirs?.fields.input_reference).toMatchObject({ mimeType: 'image/png', bytes: image });
		expect(ours?.fields).toEqual(theirs?.fields);
	});

	test('sends a link in a field of another name, and a provider takes both', async () => {
		const url = 'https://images.example.com/first.png';
		await clientOf('openAiVideos').videos.create({
			model: veo,
			prompt: 'A cat',
			input_reference: { image_url: url },
		});
		await createWithNode('openAiVideos', 'A cat', {
			imageMode: 'firstFrame',
			images: { image: [{ source: 'url', url }] },
		});
		const [theirs, ours] = simulator.ledger;
		expect(theirs?.fields['input_reference[image_url]']).toBe(url);
		// New API's own: the form of the providers whose documents show a link.
		expect(ours?.fields.input_reference).toBe(url);
	});

	test.each(takesOpenAiForm)(
		'%s: a provider of the same format takes the form of the client',
		async (provider) => {
			const video = await clientOf(provider).videos.create({
				model: veo,
				prompt: 'A cat [sim seconds=0]',
				size: '1280x720',
				input_reference: await toFile(image, 'frame.png', { type: 'image/png' }),
			});
			const run = await runNodes(simulator, [pollNode(provider)], [{ jobId: video.id }]);
			expect(await mediaOf(itemsOf(run, 'Veo Poll Until Done')[0])).toBe('landscape-8s');
		},
	);
});

describe('videos.retrieve and videos.downloadContent', () => {
	test("a job of the client is ours to poll, and a job of ours is the client's", async () => {
		const client = clientOf('openAiVideos');
		const theirs = await client.videos.create({
			model: veo,
			prompt: 'A cat [sim seconds=20]',
			size: '1280x720',
		});
		expect(theirs).toMatchObject({ object: 'video', status: 'queued', progress: 0, error: null });
		const run = await runNodes(simulator, [pollNode('openAiVideos')], [{ jobId: theirs.id }]);
		const [polled] = itemsOf(run, 'Veo Poll Until Done');
		expect(await mediaOf(polled)).toBe('landscape-8s');

		const ours = await createWithNode('openAiVideos', 'A dog [sim seconds=20]', {});
		const video = await untilEnded(client, String(ours?.jobId));
		expect(video).toMatchObject({ status: 'completed', progress: 100, size: '1280x720' });
		expect(video.expires_at).toBeGreaterThan(video.completed_at ?? Infinity);
		const content = await client.videos.downloadContent(video.id);
		const bytes = Buffer.from(await content.arrayBuffer());
		expect(bytes.equals(videoBytes('landscape-8s'))).toBe(true);
	});

	test('both read the same state', async () => {
		const client = clientOf('openAiVideos');
		for (const ending of ['success', 'failed', 'safety']) {
			const prompt = `A cat [sim seconds=0 ending=${ending}]`;
			const { id } = await client.videos.create({ model: veo, prompt });
			const video = await client.videos.retrieve(id);
			const state = providers.openAiVideos.status.read({
				httpStatus: 200,
				contentType: 'application/json',
				body: JSON.parse(JSON.stringify(video)) as unknown,
			});
			expect(valueOf(state)).toMatchObject({
				status: video.status === 'completed' ? 'succeeded' : 'failed',
				model: video.model,
				progress: video.progress,
				createdAt: video.created_at * 1000,
				...(video.error && { failure: { message: video.error.message } }),
			});
		}
	});

	test('a refusal has the same code for both', async () => {
		const refused = await clientOf('openAiVideos')
			.videos.create({ model: veo, prompt: 'A cat [sim ending=no_credit]' })
			.catch((error: unknown) => error);
		expect(refused).toBeInstanceOf(OpenAI.PermissionDeniedError);
		expect(refused).toMatchObject({ status: 403, code: 'insufficient_user_quota' });
	});
});

test('videos.remix sends the prompt, and our node the model beside it', async () => {
	const client = clientOf('openAiVideos');
	const size = '1280x720';
	const { id } = await client.videos.create({ model: veo, prompt: 'A cat [sim seconds=0]', size });
	const prompt = 'and then [sim seconds=0]';
	const longer = await client.videos.remix(id, { prompt });
	expect(longer).toMatchObject({ remixed_from_video_id: id, status: 'completed', model: veo });

	const node = veoNode('veoRemixExtend', { operation: 'extend', provider: 'openAiVideos', prompt });
	await runNodes(simulator, [node], [{ jobId: id }]);
	const [, theirs, ours] = simulator.ledger;
	expect(ours?.fields).toEqual({ ...theirs?.fields, model: 'veo_3_1-extend' });
	const paths = submitsTo(simulator).map(({ path }) => path);
	expect(paths[2]).toBe(paths[1]);

	const run = await runNodes(simulator, [pollNode('openAiVideos')], [{ jobId: longer.id }]);
	expect(await mediaOf(itemsOf(run, 'Veo Poll Until Done')[0])).toBe('landscape-15s');
});

describe.each(['deerApiChat', 'eronmind'] as const)('chat.completions.create at %s', (provider) => {
	const id = provider === 'eronmind' ? 'veo_3_1-landscape-fl' : 'veo3-fast-frames';
	const conversation = (prompt: string) => ({
		model: id,
		messages: [
			{
				role: 'user' as const,
				content: [
					{ type: 'text' as const, text: prompt },
					{ type: 'image_url' as const, image_url: { url: imageDataUri } },
				],
			},
		],
	});
	const asNode = {
		model: model(id),
		imageMode: 'firstFrame',
		images: { image: [{ source: 'binary', binaryProperty: 'frame' }] },
	};

	test('streamed: the client sends what our node sends, and both read the job', async () => {
		const prompt = 'A cat [sim seconds=20 words=pieces]';
		const stream = await clientOf(provider).chat.completions.create({
			...conversation(prompt),
			stream: true,
		});
		let content = '';
		let finishReason: string | null = null;
		for await (const { choices } of stream) {
			content += choices[0]?.delta.content ?? '';
			finishReason = choices[0]?.finish_reason ?? finishReason;
		}
		expect(finishReason).toBe('stop');
		expect(content).toMatch(/🎉[^]+\.mp4/);

		await createWithNode(provider, prompt, asNode);
		const [theirs, ours] = simulator.ledger;
		expect(ours?.fields).toEqual(theirs?.fields);
		expect(content).toContain(String(theirs?.jobId));
		const answer = {
			httpStatus: 200,
			contentType: 'application/json',
			body: { choices: [{ message: { content } }] },
		};
		const reading = providers[provider].create.read(answer, inputWith({ prompt }));
		expect(valueOf(reading)).toMatchObject({
			jobId: theirs?.jobId,
			state: { status: 'succeeded' },
		});
	});

	test('not streamed: a whole completion, whose job ours reads', async () => {
		const prompt = 'A cat [sim stream=json]';
		const completion = await clientOf(provider).chat.completions.create(conversation(prompt));
		expect(completion).toMatchObject({ object: 'chat.completion', usage: {} });
		expect(completion.choices[0]?.finish_reason).toBe('stop');
		const answer = {
			httpStatus: 200,
			contentType: 'application/json',
			body: JSON.parse(JSON.stringify(completion)) as unknown,
		};
		const reading = providers[provider].create.read(answer, inputWith({ prompt }));
		const jobId = simulator.ledger[0]?.jobId;
		expect(valueOf(reading)).toMatchObject({ jobId, state: { status: 'succeeded' } });
		const run = await runNodes(simulator, [pollNode(provider)], [{ jobId }]);
		expect(await mediaOf(itemsOf(run, 'Veo Poll Until Done')[0])).toBe('landscape-8s');
	});
});
