import { passSeconds } from './fastTime';
import type { INodeParameters } from 'n8n-workflow';
import OpenAI, { toFile } from 'openai';
import type { ProviderName } from '../../nodes/providers';
import { providers } from '../../nodes/providers';
import { videoBytes } from '../../workbench/simulator/files';
import { inputWith } from '../fixtures/inputs';
import { image, imageDataUri } from '../simulator/calls';
import { valueOf } from '../providers/plain';
import { takesOpenAiForm } from '../simulator/creates';
import { creates, execute, expectVideos, firstFrame, frame, jobIds, simulator } from './scene';
import { createNode, model, pollNode, remixNode } from './workflow';

/*
 * OpenAI's own client against the simulator, and beside it our nodes: what the client sends we send,
 * and what it reads we read.
 */

const clientOf = (provider: ProviderName) =>
	new OpenAI({
		apiKey: simulator.key(provider),
		baseURL: `${simulator.baseUrl(provider)}/v1`,
		maxRetries: 0,
	});

/** Has our node create a job with a file at hand, and gives the job. */
async function createWithNode(provider: ProviderName, prompt: string, parameters: INodeParameters) {
	const { jobs } = await execute(createNode(provider, parameters), [prompt], { files: [frame] });
	return jobs[0];
}

/** Polls a job of the client with our node. */
async function expectVideoOf(provider: ProviderName, jobId = '', media?: 'landscape-15s') {
	const { items } = await execute(pollNode(provider), [{ jobId }]);
	await expectVideos(items, media);
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
const landscape = { model: veo, size: '1280x720' } as const;
const file = async () => await toFile(image, 'a.png', { type: 'image/png' });

/** What the client read, as the body of an answer for our own reading. */
const asAnswer = (body: unknown) => ({
	httpStatus: 200,
	contentType: 'application/json',
	body: JSON.parse(JSON.stringify(body)) as unknown,
});

describe('videos.create', () => {
	test('sends the fields that our node sends', async () => {
		const client = clientOf('openAiVideos');
		await client.videos.create({ ...landscape, prompt: 'A cat', seconds });
		await createWithNode('openAiVideos', 'A cat', { model: model(veo) });
		const [theirs, ours] = simulator.ledger;
		expect(ours?.fields).toEqual(theirs?.fields);
		for (const { headers } of creates()) {
			expect(headers['content-type']).toMatch(/^multipart\/form-data;/);
		}
	});

	test('sends a file as our node does: the same part, byte for byte', async () => {
		const portrait = { model: veo, prompt: 'A cat', seconds, size: '720x1280' } as const;
		const client = clientOf('openAiVideos');
		await client.videos.create({ ...portrait, input_reference: await file() });
		const parameters = { model: model(veo), aspectRatio: '9:16', ...firstFrame };
		await createWithNode('openAiVideos', 'A cat', parameters);
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
		'%s, of the same format, takes the form of the client',
		async (provider) => {
			const video = await clientOf(provider).videos.create({
				...landscape,
				prompt: 'A cat [sim seconds=0]',
				input_reference: await file(),
			});
			await expectVideoOf(provider, video.id);
		},
	);
});

describe('videos.retrieve and videos.downloadContent', () => {
	test("a job of the client is ours to poll, and a job of ours is the client's", async () => {
		const client = clientOf('openAiVideos');
		const prompt = 'A cat [sim seconds=20]';
		const theirs = await client.videos.create({ ...landscape, prompt });
		expect(theirs).toMatchObject({ object: 'video', status: 'queued', progress: 0, error: null });
		await expectVideoOf('openAiVideos', theirs.id);

		const ours = await createWithNode('openAiVideos', prompt, {});
		const video = await untilEnded(client, String(ours?.jobId));
		expect(video).toMatchObject({ status: 'completed', progress: 100, size: '1280x720' });
		expect(video.expires_at).toBeGreaterThan(video.completed_at ?? Infinity);
		const content = await client.videos.downloadContent(video.id);
		const bytes = Buffer.from(await content.arrayBuffer());
		expect(bytes.equals(videoBytes('landscape-8s'))).toBe(true);
	});

	test.each(['success', 'failed', 'safety'])('both read the same state: %s', async (ending) => {
		const client = clientOf('openAiVideos');
		const prompt = `A cat [sim seconds=0 ending=${ending}]`;
		const { id } = await client.videos.create({ model: veo, prompt });
		const video = await client.videos.retrieve(id);
		expect(valueOf(providers.openAiVideos.status.read(asAnswer(video)))).toMatchObject({
			status: video.status === 'completed' ? 'succeeded' : 'failed',
			model: video.model,
			progress: video.progress,
			createdAt: video.created_at * 1000,
			...(video.error && { failure: { message: video.error.message } }),
		});
	});
});

test('videos.remix sends the prompt, and our node the model beside it', async () => {
	const client = clientOf('openAiVideos');
	const { id } = await client.videos.create({ ...landscape, prompt: 'A cat [sim seconds=0]' });
	const prompt = 'and then [sim seconds=0]';
	const longer = await client.videos.remix(id, { prompt });
	expect(longer).toMatchObject({ remixed_from_video_id: id, status: 'completed', model: veo });

	await execute(remixNode('extend', 'openAiVideos', { prompt }), [{ jobId: id }]);
	const [, theirs, ours] = simulator.ledger;
	expect(ours?.fields).toEqual({ ...theirs?.fields, model: 'veo_3_1-extend' });
	const paths = creates().map(({ path }) => path);
	expect(paths[2]).toBe(paths[1]);
	await expectVideoOf('openAiVideos', longer.id, 'landscape-15s');
});

describe.each(['deerApiChat', 'eronmind'] as const)('chat.completions.create at %s', (provider) => {
	const id = provider === 'eronmind' ? 'veo_3_1-landscape-fl' : 'veo3-fast-frames';
	const conversation = (prompt: string): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
		model: id,
		messages: [
			{
				role: 'user',
				content: [
					{ type: 'text', text: prompt },
					{ type: 'image_url', image_url: { url: imageDataUri } },
				],
			},
		],
	});
	const read = (body: unknown, prompt: string) =>
		valueOf(providers[provider].create.read(asAnswer(body), inputWith({ prompt })));

	test('streamed: the client sends what our node sends, and both read the job', async () => {
		const prompt = 'A cat [sim seconds=20 words=pieces]';
		const { completions } = clientOf(provider).chat;
		const stream = await completions.create({ ...conversation(prompt), stream: true });
		let content = '';
		let finishReason: string | null = null;
		for await (const { choices } of stream) {
			content += choices[0]?.delta.content ?? '';
			finishReason = choices[0]?.finish_reason ?? finishReason;
		}
		expect(finishReason).toBe('stop');
		expect(content).toMatch(/🎉[^]+\.mp4/);

		await createWithNode(provider, prompt, { model: model(id), ...firstFrame });
		const [theirs, ours] = simulator.ledger;
		expect(ours?.fields).toEqual(theirs?.fields);
		expect(content).toContain(String(theirs?.jobId));
		expect(read({ choices: [{ message: { content } }] }, prompt)).toMatchObject({
			jobId: theirs?.jobId,
			state: { status: 'succeeded' },
		});
	});

	test('not streamed: a whole completion, whose job ours reads', async () => {
		const prompt = 'A cat [sim stream=json]';
		const completion = await clientOf(provider).chat.completions.create(conversation(prompt));
		expect(completion).toMatchObject({ object: 'chat.completion', usage: {} });
		expect(completion.choices[0]?.finish_reason).toBe('stop');
		const [jobId] = jobIds();
		expect(read(completion, prompt)).toMatchObject({ jobId, state: { status: 'succeeded' } });
		await expectVideoOf(provider, jobId);
	});
});
