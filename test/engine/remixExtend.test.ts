import {
	continueError,
	continueRegular,
	creates,
	execute,
	expectVideos,
	failCreate,
	firstFrame,
	frame,
	jobIds,
	retryOnFail,
	simulator,
} from './scene';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { providers, providersWith } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import { fixtures } from '../fixtures';
import { inputWith } from '../fixtures/inputs';
import { withoutUndefined } from '../providers/plain';
import { create } from '../simulator/creates';
import type { NodeSettings } from './workflow';
import { createExtendableNode, extendNode, jobsOf, model, pollNode } from './workflow';
import { remixNode, takesVideoUrl } from './workflow';

const extending = providersWith('extend');
const poll = pollNode('newApiRemix', {}, continueRegular);
const startedOperations = () => simulator.ledger.map(({ operation }) => operation);

const extended = (parameters: INodeParameters = {}, settings: NodeSettings = {}) => {
	const prompts = { prompt: '={{ $json.prompt }}', promptExtend: '={{ $json.then }}' };
	return remixNode('createExtended', 'newApiRemix', { ...prompts, ...parameters }, settings);
};
const extend = (
	provider: ProviderName,
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
) => extendNode(provider, { prompt: 'and then [sim seconds=0]', ...parameters }, settings);
const retryExtension = (remixId = '={{ $json.remixId }}') =>
	remixNode(
		'retryExtension',
		'newApiRemix',
		{ remixId, prompt: 'and then [sim seconds=0]' },
		{ name: 'Retry' },
	);

describe('createExtended', () => {
	const items = [
		{ prompt: 'A cat [sim seconds=30]', then: 'It jumps' },
		{ prompt: 'A dog [sim seconds=0]', then: 'It runs' },
	];

	test('two prompts become one job of 15 seconds, with both of its files', async () => {
		const done = await execute([extended(), poll], items);
		expect(simulator.ledger).toMatchObject(
			items.map(({ prompt, then }) => ({
				operation: 'createExtended',
				fields: { model: 'veo_3_1-fast-remix', prompt, prompt_extend: then, size: '1280x720' },
			})),
		);
		await expectVideos(done.items, 'landscape-15s');
		for (const [index, { videoUrl, ...job }] of done.jobs.entries()) {
			expect(job).toMatchObject({
				jobId: jobIds()[index],
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
		const node = extended({
			model: model('veo_3_1-hd-fl-remix'),
			aspectRatio: '9:16',
			...firstFrame,
		});
		// The second item has no such file.
		const { text } = await execute(node, items, { files: [frame] });
		expect(simulator.ledger).toMatchObject([
			{ fields: { size: '1080x1920', 'input_reference[]': { fileName: 'a.png' } } },
		]);
		expect(text).toContain(jobIds()[0]);
	});

	test.each<[string, IDataObject, INodeParameters, RegExp]>([
		['the second prompt is missing', { then: ' ' }, {}, /Added Seconds is empty \[item 1\]/],
		['the first prompt is missing', { prompt: '' }, {}, /Prompt is empty \[item 1\]/],
		[
			'the model makes 8 seconds',
			{ model: 'veo_3_1-fast' },
			{ model: model('={{ $json.model }}') },
			/veo_3_1-fast generates 8-second videos.*\[item 1\]/,
		],
	])('%s: nothing is sent for that item', async (_name, wrong, parameters, says) => {
		const right = { prompt: 'A cat', then: 'It jumps', model: 'veo_3_1-remix' };
		const node = extended(parameters, continueError);
		const { jobs, failed } = await execute(node, [right, { ...right, ...wrong }, right]);
		expect(creates()).toHaveLength(2);
		expect(jobs).toHaveLength(2);
		expect(failed).toMatchObject([{ error: expect.stringMatching(says) as string }]);
	});

	// The same of an extension: test/faults.
	test('a lost answer is not sent again, not by Retry On Fail either', async () => {
		failCreate({ kind: 'html', acceptFirst: true });
		const { text } = await execute(extended({}, retryOnFail), items.slice(0, 1));
		expect(creates()).toHaveLength(1);
		expect(simulator.ledger).toHaveLength(1);
		expect(text).toMatch(/may have been started and paid for/);
	});
});

describe('extend', () => {
	test.each(extending)('%s: a finished job becomes the start of a new one', async (provider) => {
		const done = await execute(
			[
				createExtendableNode(provider),
				pollNode(provider, { download: false }),
				extend(provider),
				pollNode(provider, {}, { name: 'Last' }),
			],
			['A cat [sim seconds=0]', 'A dog [sim seconds=0]'],
		);
		const [cat = '', dog = '', ...longer] = jobIds();
		const prompt = 'and then [sim seconds=0]';
		const operation = (providers[provider] as Provider).extend;
		const id = operation?.models[0]?.id;
		const { settings = {} } = fixtures[provider];
		const links = jobsOf(done.run, poll.name).map(({ videoUrl }) => String(videoUrl));
		const calls = [cat, dog].map((sourceId, index) => {
			const options = takesVideoUrl(provider) ? { videoUrl: links[index] } : {};
			return operation?.request(inputWith({ model: id, prompt, sourceId, options }), settings);
		});
		const sent = creates().slice(2);
		for (const [index, call] of calls.entries()) {
			const { operation: started, fields } = simulator.ledger[index + 2] ?? {};
			expect({ started, fields }).toEqual({
				started: 'extend',
				fields: withoutUndefined(call?.json),
			});
			expect(sent[index]?.path.endsWith(String(call?.path))).toBe(true);
		}
		expect(done.jobs).toMatchObject(
			longer.map((jobId) => ({ provider, jobId, status: 'succeeded' })),
		);
		await expectVideos(done.items, 'landscape-15s');
		const [job] = jobsOf(done.run, 'Veo Remix Extend');
		expect(job).toMatchObject({
			provider,
			jobId: longer[0],
			progress: expect.any(Number) as number,
			model: id,
			prompt,
		});
		expect(job).not.toHaveProperty('error');
	});

	test.each(extending.filter((provider) => !takesVideoUrl(provider)))(
		'%s: an unfinished or unknown job is refused, nothing is bought',
		async (provider) => {
			await create(simulator, provider, 'A cat [sim seconds=600]');
			const node = extend(provider, {}, continueError);
			const { failed } = await execute(node, [{ jobId: jobIds()[0] }, { jobId: 'unknown' }]);
			expect(simulator.ledger).toHaveLength(1);
			expect(failed).toHaveLength(2);
			expect(failed[0]?.error).toMatch(/not completed/);
			for (const { details } of failed) {
				expect((details as IDataObject).description).toMatch(/Nothing was started or paid for/);
			}
		},
	);

	test.each(extending.filter(takesVideoUrl))(
		'%s: a job without the link of a video is refused, nothing is sent',
		async (provider) => {
			const { text } = await execute(extend(provider), [{ jobId: 'one' }]);
			expect(text).toMatch(/add the option Video URL[^]*Nothing was sent/);
			expect(simulator.calls).toEqual([]);
		},
	);

	test('a provider with another remix path', async () => {
		await create(simulator, 'newApiRemix', 'A cat [sim seconds=0]');
		const items = [{ jobId: jobIds()[0] }];
		const at = (remixPath: string) => extend('newApiRemix', { options: { remixPath } });
		expect((await execute(at('/v1/remix'), items)).text).toMatch(/Remix Path must contain \{id\}/);
		expect(simulator.ledger).toHaveLength(1);
		const { jobs } = await execute(at('/v1/videos/{id}/remix'), items);
		expect(jobs).toMatchObject([{ jobId: jobIds()[1], status: 'queued' }]);
	});
});

describe('retryExtension', () => {
	const firstTry = ['A cat', 'A dog'].map((prompt) => ({
		prompt: `${prompt} [sim seconds=0 ending=extend_failed]`,
		then: 'It goes on',
	}));
	const kinds = ['createExtended', 'createExtended', 'retryExtension', 'retryExtension'];

	test('the first 8 seconds are not bought again', async () => {
		const last = pollNode('newApiRemix', {}, { name: 'Last' });
		const { run, error, items } = await execute(
			[extended(), poll, retryExtension(), last],
			firstTry,
		);
		expect(error).toBeUndefined();
		expect(startedOperations()).toEqual(kinds);
		const remixIds = jobsOf(run, poll.name).map(({ remixId }) => String(remixId));
		expect(new Set(remixIds).size).toBe(2);
		for (const [index, remixId] of remixIds.entries()) {
			expect(creates()[index + 2]?.path).toMatch(new RegExp(`/v1/videos/${remixId}/remix$`));
		}
		await expectVideos(items, 'landscape-15s');
	});

	test('also from the error output, where the job is under details', async () => {
		const { failed } = await execute([extended(), { ...poll, ...continueError }], firstTry);
		const again = await execute(retryExtension('={{ $json.details.remixId }}'), failed);
		expect(again.jobs).toHaveLength(2);
		expect(startedOperations()).toEqual(kinds);
	});

	test('a job whose first 8 seconds failed has nothing to extend', async () => {
		const prompt = 'A cat [sim seconds=0 ending=generate_failed]';
		const nodes = [extended(), poll, retryExtension()];
		const { run, text } = await execute(nodes, [{ prompt, then: 'It jumps' }]);
		expect(jobsOf(run, poll.name)).toMatchObject([{ failure: { code: 'content_policy' } }]);
		expect(simulator.ledger).toHaveLength(1);
		expect(text).toMatch(/Nothing was started or paid for/);
	});
});

describe('nothing is sent', () => {
	test.each([
		['.', '.'],
		['..', '..'],
		['a link', 'https://files.example/a.mp4?5ec7e7'],
		['a very long text', '1'.repeat(1001)],
	])('with an ID that is none: %s', async (_name, id) => {
		for (const [node, label] of [
			[extend('newApiRemix', { jobId: id }), 'Job ID'],
			[retryExtension(id), 'Remix ID'],
		] as const) {
			const { text } = await execute(node, [{}]);
			expect(text).toMatch(new RegExp(`^The ${label} (?:is|has more than) `));
			expect(text).toMatch(/Nothing was sent for this item/);
			expect(text).not.toContain('5ec7e7');
		}
		expect(simulator.calls).toEqual([]);
	});

	test.each([
		['extend', extend('deepWl'), /Job ID is empty \[item 0\]/],
		[
			'retryExtension',
			retryExtension(),
			/Remix ID is empty \[item 0\][^]*Enter the field remixId of the job/,
		],
	])('without an ID: %s', async (_operation, node, says) => {
		expect((await execute(node, [{}])).text).toMatch(says);
		expect(simulator.calls).toEqual([]);
	});

	test.each([
		['createExtended', 'deepWl'],
		['extend', 'deerApi'],
		['retryExtension', 'deepWl'],
	] as const)(
		'with a provider that cannot do the operation: %s, %s',
		async (operation, provider) => {
			const ids = { remixId: 'video_1', jobId: 'job-1' };
			const parameters = { prompt: 'A cat', promptExtend: 'It jumps', ...ids };
			// The node has no place for the credential of a provider that can do none of its operations.
			const outcome = await execute(remixNode(operation, provider, parameters), [{}]).then(
				({ text }) => text,
				(error: Error) => error.message,
			);
			expect(outcome).toMatch(
				/does not support this operation|issues|does not have any credentials/,
			);
			expect(simulator.calls).toEqual([]);
		},
	);
});
