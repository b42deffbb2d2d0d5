import { fastClock } from './fastTime';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Simulator } from '../../workbench/simulator';
import { image } from '../simulator/calls';
import { runWorkflow } from '../../workbench/engine/engine';
import { useSimulator } from '../useSimulator';
import type { NodeSettings } from './workflow';
import {
	createNode,
	credentialsFor,
	errorOf,
	inARow,
	itemsOf,
	jobsOf,
	mediaOf,
	model,
	pollNode,
	remixNode,
	runNodes,
	submitsTo,
	textOf,
} from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const poll = 'Veo Poll Until Done';
const remix = 'Veo Remix Extend';

const extended = (parameters: INodeParameters = {}, settings: NodeSettings = {}) =>
	remixNode(
		'createExtended',
		'newApiRemix',
		{ prompt: '={{ $json.prompt }}', promptExtend: '={{ $json.then }}', ...parameters },
		settings,
	);

describe('an ID that is none', () => {
	test.each([
		['.', '.'],
		['..', '..'],
		['a link', 'https://files.example/a.mp4?5ec7e7'],
		['a very long text', '1'.repeat(1001)],
	])('%s is refused before anything is sent', async (_name, id) => {
		for (const [operation, field, label] of [
			['extend', 'jobId', 'Job ID'],
			['retryExtension', 'remixId', 'Remix ID'],
		] as const) {
			const node = remixNode(operation, 'newApiRemix', { prompt: 'and then', [field]: id });
			const run = await runNodes(simulator, [node], [{}]);
			expect(errorOf(run).message).toMatch(new RegExp(`^The ${label} (?:is|has more than) `));
			expect(textOf(errorOf(run))).toMatch(/Nothing was sent for this item/);
			expect(textOf(errorOf(run))).not.toContain('5ec7e7');
		}
		expect(simulator.calls).toEqual([]);
	});
});

describe('createExtended', () => {
	test('two prompts become one job of 15 seconds, with both of its files', async () => {
		const run = await runNodes(
			simulator,
			[extended(), pollNode('newApiRemix')],
			[
				{ prompt: 'A cat [sim seconds=30]', then: 'It jumps' },
				{ prompt: 'A dog [sim seconds=0]', then: 'It runs' },
			],
		);
		expect(simulator.ledger).toMatchObject([
			{
				operation: 'createExtended',
				fields: {
					model: 'veo_3_1-fast-remix',
					prompt: 'A cat [sim seconds=30]',
					prompt_extend: 'It jumps',
					size: '1280x720',
				},
			},
			{ operation: 'createExtended', fields: { prompt_extend: 'It runs' } },
		]);
		const items = itemsOf(run, poll);
		expect(items).toHaveLength(2);
		for (const [index, item] of items.entries()) {
			expect(await mediaOf(item)).toBe('landscape-15s');
			const { videoUrl, ...job } = item.json;
			expect(job).toMatchObject({
				jobId: simulator.ledger[index]?.jobId,
				status: 'succeeded',
				remixId: expect.stringMatching(/^video_/) as string,
				extensionId: expect.stringMatching(/^video_/) as string,
				videos: [
					{ kind: 'final', url: videoUrl },
					{ kind: 'firstSegment', url: expect.stringMatching(/landscape-8s/) as string },
				],
			});
			expect(job.remixId).not.toBe(job.extensionId);
			expect(videoUrl).toMatch(/landscape-15s/);
		}
	});

	test('with images, in portrait and in full size', async () => {
		const frame = { fileName: 'a.png', mimeType: 'image/png', data: image.toString('base64') };
		const node = extended({
			model: model('veo_3_1-hd-fl-remix'),
			imageMode: 'firstFrame',
			images: { image: [{ source: 'binary', binaryProperty: 'frame' }] },
			aspectRatio: '9:16',
		});
		const run = await runWorkflow(inARow(node, pollNode('newApiRemix')), {
			credentials: credentialsFor(simulator),
			items: [
				{ json: { prompt: 'A cat [sim seconds=0]', then: 'It jumps' }, binary: { frame } },
				{ json: { prompt: 'A dog [sim seconds=0]', then: 'It runs' } },
			],
		});
		expect(simulator.ledger).toHaveLength(1);
		expect(simulator.ledger[0]?.fields).toMatchObject({
			size: '1080x1920',
			'input_reference[]': { fileName: 'a.png', bytes: image },
		});
		// The second item has no such file.
		expect(textOf(errorOf(run))).toContain(String(simulator.ledger[0]?.jobId));
	});

	test.each([
		[
			'the second prompt is missing',
			{ then: ' ' },
			{},
			/Prompt for the Added Seconds is empty \[item 1\]/,
		],
		['the first prompt is missing', { prompt: '' }, {}, /Prompt is empty \[item 1\]/],
		[
			'the model makes 8 seconds',
			{ model: 'veo_3_1-fast' },
			{ model: model('={{ $json.model }}') },
			/veo_3_1-fast generates 8-second videos.*\[item 1\]/,
		],
	] as const)('%s: nothing is sent for that item', async (_name, wrong, parameters, says) => {
		const right = { prompt: 'A cat', then: 'It jumps', model: 'veo_3_1-remix' };
		const node = extended(parameters, { onError: 'continueErrorOutput' });
		const run = await runNodes(simulator, [node], [right, { ...right, ...wrong }, right]);
		expect(submitsTo(simulator)).toHaveLength(2);
		expect(jobsOf(run, remix)).toHaveLength(2);
		const failed = jobsOf(run, remix, 1);
		expect(failed).toHaveLength(1);
		expect(failed[0]?.error).toMatch(says);
	});

	test('a lost answer is not sent again, not by Retry On Fail either', async () => {
		simulator.failNext({ kind: 'html', route: 'create', acceptFirst: true });
		const node = extended({}, { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 });
		const run = await runNodes(simulator, [node], [{ prompt: 'A cat', then: 'It jumps' }]);
		expect(submitsTo(simulator)).toHaveLength(1);
		expect(simulator.ledger).toHaveLength(1);
		expect(textOf(errorOf(run))).toMatch(/may have been started and paid for/);
	});
});

describe('extend', () => {
	test.each([
		['deepWl', 'veo_3_1-extend'],
		['newApiRemix', 'veo_3_1-extend'],
		['deepWlVideos', 'veo_3_1-extend'],
		['openAiVideos', 'veo_3_1-extend'],
	] as const)('%s: a finished job becomes the start of a new one', async (provider, id) => {
		const run = await runNodes(
			simulator,
			[
				createNode(provider),
				pollNode(provider, { download: false }),
				remixNode('extend', provider, { prompt: 'and then [sim seconds=0]' }),
				pollNode(provider, {}, { name: 'Last' }),
			],
			[{ prompt: 'A cat [sim seconds=0]' }, { prompt: 'A dog [sim seconds=0]' }],
		);
		expect(run.data.resultData.error).toBeUndefined();
		const [cat, dog, catLonger, dogLonger] = simulator.ledger;
		expect(simulator.ledger).toHaveLength(4);
		for (const longer of [catLonger, dogLonger]) {
			expect(longer).toMatchObject({
				operation: 'extend',
				model: id,
				fields: { prompt: 'and then [sim seconds=0]', model: id },
			});
		}
		const paths = submitsTo(simulator).map(({ path }) => decodeURIComponent(path));
		expect(paths[2]).toMatch(new RegExp(`/v1/videos/${cat?.jobId}/remix$`));
		expect(paths[3]).toMatch(new RegExp(`/v1/videos/${dog?.jobId}/remix$`));
		const items = itemsOf(run, 'Last');
		expect(items.map(({ json }) => json.jobId)).toEqual([catLonger?.jobId, dogLonger?.jobId]);
		for (const item of items) {
			expect(item.json).toMatchObject({ provider, status: 'succeeded' });
			expect(await mediaOf(item)).toBe('landscape-15s');
		}
		const [job] = jobsOf(run, remix);
		expect(Object.keys(job ?? {})).toEqual(
			expect.arrayContaining(['provider', 'jobId', 'status', 'progress', 'model', 'prompt']),
		);
		expect(job).not.toHaveProperty('error');
	});

	test.each(['deepWl', 'newApiRemix', 'deepWlVideos', 'openAiVideos'] as const)(
		'%s: a job that is not finished, or that nobody knows, is refused, and nothing is bought',
		async (provider) => {
			await runNodes(simulator, [createNode(provider)], [{ prompt: 'A cat [sim seconds=600]' }]);
			const jobId = simulator.ledger[0]?.jobId;
			const node = remixNode(
				'extend',
				provider,
				{ prompt: 'and then' },
				{ onError: 'continueErrorOutput' },
			);
			const run = await runNodes(simulator, [node], [{ jobId }, { jobId: 'unknown' }]);
			expect(simulator.ledger).toHaveLength(1);
			const failed = jobsOf(run, remix, 1);
			expect(failed).toHaveLength(2);
			expect(failed[0]?.error).toMatch(/not completed/);
			for (const { details } of failed) {
				expect((details as IDataObject).description).toMatch(/Nothing was started or paid for/);
			}
		},
	);

	test('no job id', async () => {
		const node = remixNode('extend', 'deepWl', { prompt: 'and then' });
		const run = await runNodes(simulator, [node], [{}]);
		expect(textOf(errorOf(run))).toMatch(/Job ID is empty \[item 0\]/);
		expect(simulator.calls).toEqual([]);
	});

	test.each(['deepWl', 'newApiRemix', 'deepWlVideos', 'openAiVideos'] as const)(
		'%s: a lost answer to a remix is not sent again',
		async (provider) => {
			await runNodes(simulator, [createNode(provider)], [{ prompt: 'A cat [sim seconds=0]' }]);
			simulator.failNext({ kind: 'resetBeforeHeaders', route: 'remix', acceptFirst: true });
			const node = remixNode(
				'extend',
				provider,
				{ prompt: 'and then' },
				{ retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
			);
			const run = await runNodes(simulator, [node], [{ jobId: simulator.ledger[0]?.jobId }]);
			expect(simulator.ledger.map(({ operation }) => operation)).toEqual(['create', 'extend']);
			expect(submitsTo(simulator)).toHaveLength(2);
			expect(textOf(errorOf(run))).toMatch(/may have been started and paid for/);
		},
	);

	test('a provider with another remix path', async () => {
		await runNodes(simulator, [createNode('newApiRemix')], [{ prompt: 'A cat [sim seconds=0]' }]);
		const node = (remixPath: string) =>
			remixNode('extend', 'newApiRemix', { prompt: 'and then', options: { remixPath } });
		const items = [{ jobId: simulator.ledger[0]?.jobId }];
		const wrong = await runNodes(simulator, [node('/v1/remix')], items);
		expect(textOf(errorOf(wrong))).toMatch(/Remix Path must contain \{id\}/);
		expect(submitsTo(simulator)).toHaveLength(1);
		const right = await runNodes(simulator, [node('/v1/videos/{id}/remix')], items);
		expect(jobsOf(right, remix)).toMatchObject([{ status: 'queued' }]);
	});
});

describe('retryExtension', () => {
	const firstTry = [
		{ prompt: 'A cat [sim seconds=0 ending=extend_failed]', then: 'It jumps' },
		{ prompt: 'A dog [sim seconds=0 ending=extend_failed]', then: 'It runs' },
	];
	const retry = (remixId = '={{ $json.remixId }}') =>
		remixNode(
			'retryExtension',
			'newApiRemix',
			{ remixId, prompt: 'and then [sim seconds=0]' },
			{ name: 'Retry' },
		);

	test('the first 8 seconds are not bought again', async () => {
		const run = await runNodes(
			simulator,
			[
				extended(),
				pollNode('newApiRemix', {}, { onError: 'continueRegularOutput' }),
				retry(),
				pollNode('newApiRemix', {}, { name: 'Last' }),
			],
			firstTry,
		);
		expect(run.data.resultData.error).toBeUndefined();
		expect(simulator.ledger.map(({ operation }) => operation)).toEqual([
			'createExtended',
			'createExtended',
			'retryExtension',
			'retryExtension',
		]);
		const remixIds = jobsOf(run, poll).map(({ remixId }) => String(remixId));
		expect(new Set(remixIds).size).toBe(2);
		const paths = submitsTo(simulator).map(({ path }) => path);
		for (const [index, remixId] of remixIds.entries()) {
			expect(paths[index + 2]).toMatch(new RegExp(`/v1/videos/${remixId}/remix$`));
		}
		for (const item of itemsOf(run, 'Last')) expect(await mediaOf(item)).toBe('landscape-15s');
		expect(itemsOf(run, 'Last')).toHaveLength(2);
	});

	test('also from the error output, where the job is under details', async () => {
		const run = await runNodes(
			simulator,
			[extended(), pollNode('newApiRemix', {}, { onError: 'continueErrorOutput' })],
			firstTry,
		);
		const failed = jobsOf(run, poll, 1);
		expect(failed).toHaveLength(2);
		const again = await runNodes(simulator, [retry('={{ $json.details.remixId }}')], failed);
		expect(jobsOf(again, 'Retry')).toHaveLength(2);
		expect(simulator.ledger.slice(2).map(({ operation }) => operation)).toEqual([
			'retryExtension',
			'retryExtension',
		]);
	});

	test('no remix id: nothing is sent', async () => {
		const run = await runNodes(simulator, [retry()], [{ jobId: 'task_1' }]);
		expect(textOf(errorOf(run))).toMatch(/Remix ID is empty \[item 0\]/);
		expect(textOf(errorOf(run))).toMatch(/field remixId of the job/);
		expect(simulator.calls).toEqual([]);
	});

	test('a job whose first 8 seconds failed has nothing to extend', async () => {
		const run = await runNodes(
			simulator,
			[extended(), pollNode('newApiRemix', {}, { onError: 'continueRegularOutput' }), retry()],
			[{ prompt: 'A cat [sim seconds=0 ending=generate_failed]', then: 'It jumps' }],
		);
		expect(jobsOf(run, poll)).toMatchObject([{ failure: { code: 'content_policy' } }]);
		expect(simulator.ledger).toHaveLength(1);
		expect(textOf(errorOf(run))).toMatch(/Nothing was started or paid for/);
	});
});

describe('a provider that cannot do the operation', () => {
	test.each([
		['createExtended', 'deepWl'],
		['extend', 'deerApi'],
		['retryExtension', 'deepWl'],
	] as const)('%s with %s: nothing is sent', async (operation, provider) => {
		const node = remixNode(operation, provider, {
			prompt: 'A cat',
			promptExtend: 'It jumps',
			remixId: 'video_1',
			jobId: 'job-1',
		});
		const running = runNodes(simulator, [node], [{}]);
		// The node has no place for the credential of a provider that can do none of its operations.
		const outcome = await running.then(
			(run) => textOf(errorOf(run)),
			(error: Error) => error.message,
		);
		expect(outcome).toMatch(/does not support this operation|issues|does not have any credentials/);
		expect(simulator.calls).toEqual([]);
	});
});
