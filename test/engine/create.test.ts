import {
	continueError,
	continueRegular,
	creates,
	execute,
	firstFrame,
	frame,
	jobIds,
	simulator,
	startedPrompts,
} from './scene';
import type { IBinaryKeyData, INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { providerNamed, providerNames, providers } from '../../nodes/providers';
import { fixtures } from '../fixtures';
import { inputWith } from '../fixtures/inputs';
import { image, imageDataUri } from '../simulator/calls';
import { fieldsOf, parametersFor } from './documentedRequest';
import { createNode, model } from './workflow';

/** Runs Veo Create for two items, the second with another prompt, and gives what was sent for the first. */
async function createTwice(
	provider: ProviderName,
	parameters: INodeParameters,
	{ prompt = 'A cat', binary = {} }: { prompt?: string; binary?: IBinaryKeyData } = {},
) {
	const node = createNode(provider, parameters);
	const { error } = await execute(node, [prompt, 'A dog'], { files: [binary, binary] });
	expect(error).toBeUndefined();
	expect(startedPrompts()).toEqual([prompt, 'A dog']);
	for (const call of creates()) expect(simulator.isAuthorized(provider, call)).toBe(true);
	return withoutMarker(simulator.ledger[0]?.fields);
}

/** The fields without the parameter by which a job is found again (test/engine/find.test.ts). */
const withoutMarker = (fields: Record<string, unknown> = {}) =>
	Object.fromEntries(
		Object.entries(fields).map(([name, value]) => [
			name,
			typeof value === 'string' ? value.replace(/[?&]veo_create=[\w-]{36}$/, '') : value,
		]),
	);

describe.each(providerNames)('the request to %s', (name) => {
	const { requests = [] } = fixtures[name].operations.create ?? {};

	test.each(requests)('$name', async ({ input, call }) => {
		const { parameters, binary } = parametersFor(input);
		const sent = await createTwice(name, parameters, { prompt: input.prompt, binary });
		expect(sent).toEqual(fieldsOf(call));
	});

	// What the editor leaves in the field Model when the provider is changed.
	const emptied = { model: { __rl: true, mode: 'list', value: '', cachedResultName: '' } };

	test.each<[string, INodeParameters]>([
		['without a choice', {}],
		['after a change of the provider', emptied],
	])('%s it is the first model, in landscape', async (_when, parameters) => {
		const { create } = providers[name];
		const input = inputWith({ model: create.models[0]?.id, prompt: 'A cat' });
		expect(await createTwice(name, parameters)).toEqual(
			fieldsOf(create.request(input, fixtures[name].settings ?? {})),
		);
	});
});

const link = 'https://images.example.com/first.png';
const usual = { prompt: 'A cat', model: 'veo3.1', size: '16x9' };

test.each<[string, INodeParameters, object]>([
	[
		'a model that a person types is sent as it is',
		{ model: model(' veo9-unheard-of ') },
		{ ...usual, model: 'veo9-unheard-of' },
	],
	[
		'two frames keep their order, and a file as base64 gets a name',
		{
			imageMode: 'firstAndLastFrame',
			images: {
				image: [
					{ source: 'base64', base64: imageDataUri },
					{ source: 'url', url: ` ${link} ` },
				],
			},
		},
		{
			...usual,
			input_reference: [{ fileName: 'image-1.png', mimeType: 'image/png', bytes: image }, link],
		},
	],
	[
		'an image that was entered and then switched off is not sent',
		{ imageMode: 'none', images: { image: [{ source: 'url', url: link }] } },
		usual,
	],
	[
		'an option of another provider is left out',
		{ options: { seed: 7, durationSeconds: 5 } },
		usual,
	],
	[
		'extra fields become parts of a form, in the place of our own',
		{ options: { extraFields: '{ "size": "1x1", "seed": 7, "tags": ["a", "b"] }' } },
		{ ...usual, size: '1x1', seed: '7', tags: ['a', 'b'] },
	],
])('%s', async (_name, parameters, fields) => {
	expect(await createTwice('deerApi', parameters)).toEqual(fields);
});

test('extra fields join the JSON where records meet', async () => {
	const extraFields = '{ "input": { "metadata": { "fps": 24 } }, "tags": ["a"] }';
	expect(await createTwice('apimp', { options: { extraFields } })).toMatchObject({
		input: { prompt: 'A cat', metadata: { aspectRatio: '16:9', fps: 24 } },
		tags: ['a'],
	});
});

test.each(providerNames)('%s: a job has exactly the promised keys', async (provider) => {
	// Some providers say at once how long the file will be kept.
	const { state } = fixtures[provider].operations.create?.answers[0]?.created ?? {};
	const { run, items } = await execute(createNode(provider), ['A cat', 'A dog']);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	for (const [index, { json, error }] of items.entries()) {
		expect(error).toBeUndefined();
		expect(Object.keys(json).sort()).toEqual([
			'createdAt',
			...(state && 'expiresAt' in state ? ['expiresAt'] : []),
			...['jobId', 'model', 'progress', 'prompt', 'provider', 'status'],
		]);
		const { jobId, prompt, at } = simulator.ledger[index] ?? {};
		expect(json).toMatchObject({ provider, jobId, prompt, status: 'queued', progress: 0 });
		expect(json.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		// APIMP's times have no zone: read as another one, they would be hours away.
		expect(Math.abs(Date.parse(String(json.createdAt)) - Number(at))).toBeLessThan(60_000);
	}
	expect(JSON.stringify(run.data)).not.toContain(simulator.key(provider));
});

const uploading = providerNames.filter((name) => providerNamed(name)?.upload !== undefined);

test.each(uploading)('%s: where a frame cannot be uploaded, nothing is started', async (name) => {
	simulator.failNext({ kind: 'status', httpStatus: 500, route: 'upload', times: 10 });
	const node = createNode(name, firstFrame, continueError);
	const { failed } = await execute(node, ['A cat'], { files: [frame] });
	const description = expect.stringMatching(/Nothing was started or paid for/) as string;
	expect(failed).toMatchObject([{ details: { description } }]);
	expect(simulator.ledger).toEqual([]);
});

describe('item 2 of 3 is refused', () => {
	const dog = 'A dog [sim ending=no_credit]';
	const prompts = ['A cat', dog, 'A bird'];
	const details = {
		provider: 'deerApi',
		status: 'failed',
		model: 'veo3.1',
		prompt: dog,
		failure: { code: 'out_of_credit', retryable: false },
	};

	test('Stop Workflow: nothing is sent after it, and the error names what was started', async () => {
		const { error, text } = await execute(createNode('deerApi'), prompts);
		expect(startedPrompts()).toEqual(['A cat']);
		expect(creates()).toHaveLength(2);
		expect(error).toMatchObject({ name: 'NodeApiError', context: { itemIndex: 1 } });
		expect(error?.message).toMatch(/DeerAPI did not start the job/);
		expect(text).toContain(jobIds()[0]);
		expect(text).toMatch(/Top up/);
	});

	test('Continue: the item says why, in its place, without a key called error', async () => {
		const { items, jobs } = await execute(createNode('deerApi', {}, continueRegular), prompts);
		const [cat, bird] = jobIds();
		expect(startedPrompts()).toEqual(['A cat', 'A bird']);
		expect(jobs).toMatchObject([
			{ jobId: cat, status: 'queued' },
			details,
			{ jobId: bird, status: 'queued' },
		]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		for (const key of ['error', 'jobId']) expect(jobs[1]).not.toHaveProperty(key);
	});

	test('Continue (using error output): with the fields of its item', async () => {
		const node = createNode('deerApi', {}, continueError);
		const { jobs, failed } = await execute(node, ['A cat', { prompt: dog, row: 2 }, 'A bird']);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		const error = expect.stringMatching(/did not start the job/) as string;
		const description = expect.stringMatching(/Top up/) as string;
		expect(failed).toMatchObject([
			{ prompt: dog, row: 2, error, details: { ...details, description } },
		]);
	});
});

test.each(['', 'stream=finished', 'stream=json'])(
	'eronmind, whose answer is a stream: its ID is enough (%s)',
	async (directive) => {
		const startedAt = Date.now();
		const prompts = ['', 'words=pieces'].map(
			(word) => `A cat [sim seconds=600 ${word} ${directive}]`,
		);
		const { jobs } = await execute(createNode('eronmind'), prompts);
		expect(Date.now() - startedAt).toBeLessThan(300_000);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
	},
);
