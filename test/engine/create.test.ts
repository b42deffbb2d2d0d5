import { fastClock } from './fastTime';
import type { INodeParameters } from 'n8n-workflow';
import type { GatewayName, Simulator } from '../../workbench/simulator';
import { gatewayNames } from '../../workbench/simulator';
import { runWorkflow } from '../../workbench/engine/engine';
import { image, imageDataUri } from '../simulator/calls';
import { useSimulator } from '../useSimulator';
import {
	createNode,
	credentialsFor,
	errorOf,
	inARow,
	itemsOf,
	jobsOf,
	model,
	runNodes,
	submitsTo,
	textOf,
} from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const file = { fileName: 'frame.png', mimeType: 'image/png', bytes: image };
const inlineFile = {
	fileName: 'frame.png',
	mimeType: 'image/png',
	data: image.toString('base64'),
};
const link = 'https://images.example.com/first.png';
const otherLink = 'https://images.example.com/last.png';

const fromUrl = (url: string) => ({ source: 'url', url });
const fromBinary = { source: 'binary', binaryProperty: 'frame' };
const fromBase64 = { source: 'base64', base64: imageDataUri };

/** Runs Veo Create for two items, the second with another prompt, and gives what was bought. */
async function buy(gateway: GatewayName, parameters: INodeParameters) {
	const run = await runWorkflow(inARow(createNode(gateway, parameters)), {
		credentials: credentialsFor(simulator),
		items: [
			{ json: { prompt: 'A cat' }, binary: { frame: inlineFile } },
			{ json: { prompt: 'A dog' }, binary: { frame: inlineFile } },
		],
	});
	expect(run.data.resultData.error).toBeUndefined();
	expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat', 'A dog']);
	expect(simulator.ledger.map(({ gateway }) => gateway)).toEqual([gateway, gateway]);
	return simulator.ledger.map(({ fields }) => fields);
}

describe('the request', () => {
	const expected: Record<GatewayName, { chosen: INodeParameters; first: object }> = {
		deerApi: {
			chosen: { model: model('veo3.1-pro'), aspectRatio: '9:16' },
			first: { prompt: 'A cat', model: 'veo3.1-pro', size: '9x16' },
		},
		deepWl: {
			chosen: { model: model('veo3.1'), aspectRatio: '9:16' },
			first: {
				prompt: 'A cat',
				model: 'veo3.1',
				images: [],
				orientation: 'portrait',
				size: '720x1280',
				aspect_ratio: '9:16',
				duration: 8,
			},
		},
		newApiRemix: {
			chosen: { model: model('veo_3_1-fast'), aspectRatio: '9:16' },
			first: { model: 'veo_3_1-fast', prompt: 'A cat', size: '720x1280' },
		},
		apimp: {
			chosen: { model: model('veo-3.1-generate-preview'), aspectRatio: '9:16' },
			first: {
				model: 'veo-3.1-generate-preview',
				input: { prompt: 'A cat', metadata: { aspectRatio: '9:16', resolution: '720p' } },
			},
		},
		eronmind: {
			chosen: { model: model('veo_3_1-fast'), aspectRatio: '9:16' },
			first: {
				model: 'veo_3_1-portrait-fast',
				stream: true,
				messages: [{ role: 'user', content: [{ type: 'text', text: 'A cat' }] }],
			},
		},
		deerApiChat: {
			chosen: { model: model('veo3-pro') },
			first: {
				model: 'veo3-pro',
				stream: true,
				messages: [{ role: 'user', content: [{ type: 'text', text: 'A cat' }] }],
			},
		},
		deepWlVideos: {
			chosen: { model: model('veo_3_1'), aspectRatio: '9:16', options: { generateAudio: true } },
			first: {
				model: 'veo_3_1',
				prompt: 'A cat',
				size: '720x1280',
				seconds: '8',
				metadata: { output_config: { aspect_ratio: '9:16', audio_generation: 'Enabled' } },
			},
		},
		eronmindVideos: {
			chosen: { model: model('veo_3_1'), aspectRatio: '9:16' },
			first: {
				model: 'veo_3_1',
				prompt: 'A cat',
				seconds: '8',
				size: '720x1280',
				watermark: 'false',
			},
		},
		openAiVideos: {
			chosen: {
				model: model('veo3.1'),
				aspectRatio: '9:16',
				options: { resolution: '1080p', durationSeconds: 4 },
			},
			first: { model: 'veo3.1', prompt: 'A cat', seconds: '4', size: '1080x1920' },
		},
	};

	test.each(gatewayNames)('%s gets what was chosen, once per item, with its key', async (name) => {
		const [first] = await buy(name, expected[name].chosen);
		expect(first).toEqual(expected[name].first);
		expect(simulator.calls).toHaveLength(2);
		for (const { headers } of simulator.calls) {
			expect(headers.authorization).toBe(`Bearer ${simulator.key(name)}`);
		}
	});

	test.each([
		['deerApi', 'veo3.1', { size: '16x9' }],
		['deepWl', 'veo3.1-fast-components', { orientation: 'landscape', size: '1280x720' }],
		['newApiRemix', 'veo_3_1-fast', { size: '1280x720' }],
		['apimp', 'veo-3.1-fast-generate-preview', {}],
		['eronmind', 'veo_3_1-landscape-fast', {}],
		['deerApiChat', 'veo3-fast-frames', {}],
		['deepWlVideos', 'veo_3_1-fast', { size: '1280x720' }],
		['eronmindVideos', 'veo_3_1-fast', { size: '1280x720' }],
		['openAiVideos', 'veo_3_1-fast', { size: '1280x720' }],
	] as const)(
		'%s: without a choice it is the first model, in landscape',
		async (name, id, fields) => {
			const [first] = await buy(name, {});
			expect(first).toMatchObject({ model: id, ...fields });
		},
	);

	test('a model that a person types is sent as it is', async () => {
		await buy('deerApi', { model: model(' veo9-unheard-of ') });
		expect(simulator.ledger.map(({ model }) => model)).toEqual([
			'veo9-unheard-of',
			'veo9-unheard-of',
		]);
	});
});

describe('images', () => {
	test('deerApi: the first frame from a binary field', async () => {
		const [first, second] = await buy('deerApi', {
			imageMode: 'firstFrame',
			images: { image: [fromBinary] },
		});
		expect(first).toMatchObject({ input_reference: file });
		expect(second).toMatchObject({ input_reference: file });
	});

	test('deerApi: two frames keep their order, whatever they come from', async () => {
		const [first] = await buy('deerApi', {
			imageMode: 'firstAndLastFrame',
			images: { image: [fromBase64, fromUrl(link)] },
		});
		expect(first).toMatchObject({
			input_reference: [{ fileName: 'image-1.png', mimeType: 'image/png', bytes: image }, link],
		});
	});

	test('deepWl: reference images as links, in their order', async () => {
		const [first] = await buy('deepWl', {
			model: model('veo3.1-components'),
			imageMode: 'referenceImages',
			images: { image: [fromUrl(otherLink), fromUrl(link), fromUrl(` ${otherLink} `)] },
		});
		expect(first).toMatchObject({ images: [otherLink, link, otherLink] });
	});

	test('newApiRemix: first and last frame from a link and a binary field', async () => {
		const [first] = await buy('newApiRemix', {
			model: model('veo_3_1-fl'),
			imageMode: 'firstAndLastFrame',
			images: { image: [fromUrl(link), fromBinary] },
		});
		expect(first).toMatchObject({ model: 'veo_3_1-fl', 'input_reference[]': [link, file] });
	});

	test('apimp: the first frame as a link', async () => {
		const [first] = await buy('apimp', {
			imageMode: 'firstFrame',
			images: { image: [fromUrl(link)] },
		});
		expect(first).toMatchObject({ input: { image: link } });
	});

	test('eronmind: bytes become a data URI, and two frames choose the model for two', async () => {
		const [first] = await buy('eronmind', {
			model: model('veo_3_1'),
			imageMode: 'firstAndLastFrame',
			images: { image: [fromBinary, fromUrl(link)] },
		});
		expect(first).toMatchObject({
			model: 'veo_3_1-landscape-fl',
			messages: [
				{
					content: [
						{ type: 'text', text: 'A cat' },
						{ type: 'image_url', image_url: { url: imageDataUri } },
						{ type: 'image_url', image_url: { url: link } },
					],
				},
			],
		});
	});

	test('deerApiChat: a link and bytes are parts of the message, in their order', async () => {
		const [first] = await buy('deerApiChat', {
			imageMode: 'firstAndLastFrame',
			images: { image: [fromUrl(link), fromBinary] },
		});
		expect(first).toMatchObject({
			messages: [
				{
					content: [
						{ type: 'text', text: 'A cat' },
						{ type: 'image_url', image_url: { url: link } },
						{ type: 'image_url', image_url: { url: imageDataUri } },
					],
				},
			],
		});
	});

	test.each(['deepWlVideos', 'openAiVideos'] as const)(
		'%s: a link and bytes in JSON',
		async (provider) => {
			const format = provider === 'openAiVideos' ? { requestFormat: 'json' } : {};
			const [first] = await buy(provider, {
				imageMode: 'firstAndLastFrame',
				images: { image: [fromBinary, fromUrl(link)] },
				options: format,
			});
			expect(first).toMatchObject({ input_reference: [imageDataUri, link] });
		},
	);

	test.each(['eronmindVideos', 'openAiVideos'] as const)(
		'%s: a link and a file in a form',
		async (provider) => {
			const [first] = await buy(provider, {
				imageMode: 'firstAndLastFrame',
				images: { image: [fromUrl(link), fromBinary] },
			});
			expect(first).toMatchObject({ input_reference: [link, file] });
		},
	);

	test('an image that was entered and then switched off is not sent', async () => {
		const [first] = await buy('deerApi', {
			imageMode: 'none',
			images: { image: [fromUrl(link)] },
		});
		expect(first).not.toHaveProperty('input_reference');
	});
});

describe('options', () => {
	test('deepWl', async () => {
		const [first] = await buy('deepWl', {
			options: { durationSeconds: 5, enableUpsample: true, enhancePrompt: false },
		});
		expect(first).toMatchObject({ duration: 5, enable_upsample: true, enhance_prompt: false });
	});

	test('apimp: every one, and a seed of 0 is a seed', async () => {
		const [first] = await buy('apimp', {
			options: {
				callbackUrl: 'https://example.com/done',
				compressionQuality: 'lossless',
				durationSeconds: 6,
				generateAudio: false,
				negativePrompt: 'rain',
				personGeneration: 'dont_allow',
				resizeMode: 'crop',
				resolution: '4k',
				seed: 0,
				storageUri: 'gs://bucket/folder',
			},
		});
		expect(first).toEqual({
			model: 'veo-3.1-fast-generate-preview',
			input: {
				prompt: 'A cat',
				metadata: {
					aspectRatio: '16:9',
					resolution: '4k',
					durationSeconds: 6,
					negativePrompt: 'rain',
					personGeneration: 'dont_allow',
					storageUri: 'gs://bucket/folder',
					compressionQuality: 'lossless',
					resizeMode: 'crop',
					seed: 0,
					generateAudio: false,
				},
			},
			callback_url: 'https://example.com/done',
		});
	});

	test('newApiRemix: the resolution becomes a size, and hd models are full size by themselves', async () => {
		const hd = { model: model('veo_3_1-hd') };
		const [large] = await buy('newApiRemix', hd);
		expect(large).toMatchObject({ size: '1920x1080' });
		simulator.reset();
		const [small] = await buy('newApiRemix', { ...hd, options: { resolution: '720p' } });
		expect(small).toMatchObject({ size: '1280x720' });
	});

	test('an option of another provider is left out', async () => {
		const [first] = await buy('deerApi', { options: { seed: 7, durationSeconds: 5 } });
		expect(first).toEqual({ prompt: 'A cat', model: 'veo3.1', size: '16x9' });
	});

	test('extra fields join the JSON where records meet', async () => {
		const [first] = await buy('apimp', {
			options: { extraFields: '{ "input": { "metadata": { "fps": 24 } }, "tags": ["a"] }' },
		});
		expect(first).toMatchObject({
			input: { prompt: 'A cat', metadata: { aspectRatio: '16:9', fps: 24 } },
			tags: ['a'],
		});
	});

	test('extra fields become parts of a form, in the place of our own', async () => {
		const [first] = await buy('deerApi', {
			options: { extraFields: '{ "size": "1x1", "seed": 7, "tags": ["a", "b"] }' },
		});
		expect(first).toEqual({
			prompt: 'A cat',
			model: 'veo3.1',
			size: '1x1',
			seed: '7',
			tags: ['a', 'b'],
		});
	});
});

describe('the job', () => {
	test.each(gatewayNames)('%s: exactly the promised keys, one item per item', async (name) => {
		const run = await runNodes(
			simulator,
			[createNode(name)],
			[{ prompt: 'A cat' }, { prompt: 'A dog' }],
		);
		const items = itemsOf(run, 'Veo Create');
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(items.map(({ json }) => json.prompt)).toEqual(['A cat', 'A dog']);
		for (const [index, { json, error }] of items.entries()) {
			expect(error).toBeUndefined();
			expect(Object.keys(json).sort()).toEqual([
				'createdAt',
				// The one that tells at once how long the file will be kept.
				...(name === 'deepWlVideos' ? ['expiresAt'] : []),
				'jobId',
				'model',
				'progress',
				'prompt',
				'provider',
				'status',
			]);
			const bought = simulator.ledger[index];
			expect(json).toMatchObject({
				provider: name,
				jobId: bought?.jobId,
				status: 'queued',
				progress: 0,
			});
			const createdAt = String(json.createdAt);
			expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
			// APIMP tells its times without a zone: read as another one, they would be hours away.
			expect(Math.abs(Date.parse(createdAt) - Number(bought?.at))).toBeLessThan(60_000);
		}
		expect(JSON.stringify(run.data)).not.toContain(simulator.key(name));
	});
});

describe('item 2 of 3 is refused', () => {
	const items = [
		{ prompt: 'A cat' },
		{ prompt: 'A dog [sim ending=no_credit]' },
		{ prompt: 'A bird' },
	];
	const refusals = [
		['no_credit', 'out_of_credit', /Top up/],
		['retired', 'model_retired', /another model/],
	] as const;

	test('Stop Workflow: nothing is submitted after it, and the error names what was started', async () => {
		const run = await runNodes(simulator, [createNode('deerApi')], items);
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat']);
		expect(submitsTo(simulator)).toHaveLength(2);
		const error = errorOf(run);
		expect(error.name).toBe('NodeApiError');
		expect(error.message).toMatch(/DeerAPI did not start the job/);
		expect(textOf(error)).toContain(String(simulator.ledger[0]?.jobId));
		expect(textOf(error)).toMatch(/Top up/);
		expect(error.context).toMatchObject({ itemIndex: 1 });
	});

	test('Stop Workflow, and the refused item is the only one', async () => {
		const run = await runNodes(simulator, [createNode('deerApi')], items.slice(1, 2));
		expect(simulator.ledger).toHaveLength(0);
		expect(textOf(errorOf(run))).toMatch(/Nothing was started or paid for/);
	});

	test('Continue: the item says why, in its place, without a key called error', async () => {
		const node = createNode('deerApi', {}, { onError: 'continueRegularOutput' });
		const run = await runNodes(simulator, [node], items);
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat', 'A bird']);
		const [first, second, third] = itemsOf(run, 'Veo Create');
		expect(first?.json).toMatchObject({ jobId: simulator.ledger[0]?.jobId, status: 'queued' });
		expect(third?.json).toMatchObject({ jobId: simulator.ledger[1]?.jobId, status: 'queued' });
		expect(second?.pairedItem).toEqual({ item: 1 });
		expect(second?.json).toMatchObject({
			provider: 'deerApi',
			status: 'failed',
			model: 'veo3.1',
			prompt: 'A dog [sim ending=no_credit]',
			failure: { code: 'out_of_credit', retryable: false },
		});
		expect(second?.json).not.toHaveProperty('error');
		expect(second?.json).not.toHaveProperty('jobId');
		expect(third?.pairedItem).toEqual({ item: 2 });
	});

	test.each(gatewayNames)('%s: Continue (using error output)', async (name) => {
		for (const [ending, code, advice] of refusals) {
			simulator.reset();
			const node = createNode(name, {}, { onError: 'continueErrorOutput' });
			const prompt = `A dog [sim ending=${ending}]`;
			const run = await runNodes(
				simulator,
				[node],
				[{ prompt: 'A cat' }, { prompt, row: 2 }, { prompt: 'A bird' }],
			);
			expect(jobsOf(run, 'Veo Create')).toMatchObject([
				{ prompt: 'A cat', jobId: simulator.ledger[0]?.jobId },
				{ prompt: 'A bird', jobId: simulator.ledger[1]?.jobId },
			]);
			const [failed, ...others] = jobsOf(run, 'Veo Create', 1);
			expect(others).toEqual([]);
			// n8n adds the fields of the input item.
			expect(failed).toMatchObject({
				prompt,
				row: 2,
				error: expect.stringMatching(/did not start the job/) as string,
				details: {
					provider: name,
					status: 'failed',
					prompt,
					failure: { code, retryable: false },
					description: expect.stringMatching(advice) as string,
				},
			});
			expect(JSON.stringify(run.data)).not.toContain(simulator.key(name));
		}
	});

	test('apimp: a refusal that says 200 over HTTP is one all the same', async () => {
		const node = createNode('apimp', {}, { onError: 'continueErrorOutput' });
		const run = await runNodes(
			simulator,
			[node],
			[{ prompt: 'A cat [sim ending=no_credit words=http200]' }, { prompt: 'A dog' }],
		);
		expect(jobsOf(run, 'Veo Create')).toMatchObject([{ prompt: 'A dog', status: 'queued' }]);
		expect(jobsOf(run, 'Veo Create', 1)).toMatchObject([
			{ details: { failure: { code: 'out_of_credit' } } },
		]);
		expect(submitsTo(simulator)).toHaveLength(2);
	});
});

describe('eronmind, whose answer is a stream', () => {
	test('the id is enough: the node does not wait for the video', async () => {
		const startedAt = Date.now();
		const run = await runNodes(
			simulator,
			[createNode('eronmind')],
			[{ prompt: 'A cat [sim seconds=600]' }, { prompt: 'A dog [sim seconds=600 words=pieces]' }],
		);
		expect(Date.now() - startedAt).toBeLessThan(300_000);
		expect(jobsOf(run, 'Veo Create').map(({ jobId }) => jobId)).toEqual(
			simulator.ledger.map(({ jobId }) => jobId),
		);
	});

	test.each(['finished', 'json'])('stream=%s: a video that is there at once', async (stream) => {
		const run = await runNodes(
			simulator,
			[createNode('eronmind')],
			[{ prompt: `A cat [sim stream=${stream}]` }, { prompt: 'A dog' }],
		);
		const [finished, queued] = jobsOf(run, 'Veo Create');
		expect(queued).toMatchObject({ status: 'queued' });
		expect(finished?.jobId).toBe(simulator.ledger[0]?.jobId);
	});
});
