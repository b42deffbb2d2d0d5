import { fastClock } from './fastTime';
import type { IBinaryKeyData, INodeParameters } from 'n8n-workflow';
import { providerNames, providers } from '../../nodes/providers';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { runWorkflow } from '../../workbench/engine/engine';
import { fixtures } from '../fixtures';
import { inputWith } from '../fixtures/inputs';
import { image, imageDataUri } from '../simulator/calls';
import { useSimulator } from '../useSimulator';
import { fieldsOf, parametersFor } from './documentedRequest';
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

/** Runs Veo Create for two items, the second with another prompt, and gives what was sent for each. */
async function createTwice(
	provider: ProviderName,
	parameters: INodeParameters,
	{ prompt = 'A cat', binary = {} }: { prompt?: string; binary?: IBinaryKeyData } = {},
) {
	const run = await runWorkflow(inARow(createNode(provider, parameters)), {
		credentials: credentialsFor(simulator),
		items: [
			{ json: { prompt }, binary },
			{ json: { prompt: 'A dog' }, binary },
		],
	});
	expect(run.data.resultData.error).toBeUndefined();
	expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual([prompt, 'A dog']);
	expect(simulator.ledger.map(({ provider }) => provider)).toEqual([provider, provider]);
	return simulator.ledger.map(({ fields }) => fields);
}

describe.each(providerNames)('the request to %s', (name) => {
	const { requests = [] } = fixtures[name].creations.create ?? {};

	test.each(requests)('$name', async ({ input, call }) => {
		const { parameters, binary } = parametersFor(input);
		const [first] = await createTwice(name, parameters, { prompt: input.prompt, binary });
		expect(first).toEqual(fieldsOf(call));
		expect(simulator.calls).toHaveLength(2);
		for (const { headers } of simulator.calls) {
			expect(headers.authorization).toBe(`Bearer ${simulator.key(name)}`);
		}
	});

	test('without a choice it is the first model, in landscape', async () => {
		const { create } = providers[name];
		const input = inputWith({ model: create.models[0]?.id, prompt: 'A cat' });
		const [first] = await createTwice(name, {});
		expect(first).toEqual(fieldsOf(create.request(input)));
	});
});

test('a model that a person types is sent as it is', async () => {
	const [first, second] = await createTwice('deerApi', { model: model(' veo9-unheard-of ') });
	expect(first).toMatchObject({ model: 'veo9-unheard-of' });
	expect(second).toMatchObject({ model: 'veo9-unheard-of' });
});

describe('images', () => {
	const link = 'https://images.example.com/first.png';
	const frames = (...image: object[]) => ({
		imageMode: 'firstAndLastFrame',
		images: { image: image as INodeParameters[] },
	});

	test('two frames keep their order, and a file as base64 gets a name', async () => {
		const parameters = frames(
			{ source: 'base64', base64: imageDataUri },
			{ source: 'url', url: ` ${link} ` },
		);
		const [first] = await createTwice('deerApi', parameters);
		expect(first).toMatchObject({
			input_reference: [{ fileName: 'image-1.png', mimeType: 'image/png', bytes: image }, link],
		});
	});

	test('an image that was entered and then switched off is not sent', async () => {
		const parameters = { ...frames({ source: 'url', url: link }), imageMode: 'none' };
		const [first] = await createTwice('deerApi', parameters);
		expect(first).not.toHaveProperty('input_reference');
	});
});

describe('options', () => {
	test('an option of another provider is left out', async () => {
		const [first] = await createTwice('deerApi', { options: { seed: 7, durationSeconds: 5 } });
		expect(first).toEqual({ prompt: 'A cat', model: 'veo3.1', size: '16x9' });
	});

	test('extra fields join the JSON where records meet', async () => {
		const [first] = await createTwice('apimp', {
			options: { extraFields: '{ "input": { "metadata": { "fps": 24 } }, "tags": ["a"] }' },
		});
		expect(first).toMatchObject({
			input: { prompt: 'A cat', metadata: { aspectRatio: '16:9', fps: 24 } },
			tags: ['a'],
		});
	});

	test('extra fields become parts of a form, in the place of our own', async () => {
		const [first] = await createTwice('deerApi', {
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
	test.each(providerNames)('%s: exactly the promised keys, one item per item', async (name) => {
		// Some providers say at once how long the file will be kept.
		const { state } = fixtures[name].creations.create?.answers[0]?.created ?? {};
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
				...(state && 'expiresAt' in state ? ['expiresAt'] : []),
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

	test.each(providerNames)('%s: Continue (using error output)', async (name) => {
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
