import {
	continueError,
	continueRegular,
	execute,
	expectVideos,
	frame,
	fromBinary,
	jobIds,
	simulator,
	startedPrompts,
	withCredential,
} from './scene';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { providerNames } from '../../nodes/providers';
import { fixtures } from '../fixtures';
import { create, createCall } from '../simulator/creates';
import { imageDataUri } from '../simulator/calls';
import type { NodeSettings } from './workflow';
import { createNode, model, pollNode } from './workflow';

const link = 'https://images.example.com/first.png';
const fromUrl = (url: string) => ({ source: 'url', url });
const fromBase64 = (base64: string) => ({ source: 'base64', base64 });
const withImages = (imageMode: string, ...image: INodeParameters[]) => ({
	imageMode,
	images: { image },
});

describe('one item is wrong', () => {
	const value = '={{ $json.value }}';
	const listed = (id: string) => ({ __rl: true, mode: 'list', value: id });
	const resolution = { options: { resolution: value } };
	const duration = { options: { durationSeconds: value } };
	const extra = { options: { extraFields: value } };
	const frameLink = withImages('firstFrame', fromUrl(value));
	const frameBase64 = withImages('firstFrame', fromBase64(value));
	const twoLinks = withImages('firstAndLastFrame', fromUrl(link), fromUrl(value));
	const noPicture = Buffer.from('hello').toString('base64');

	const otherProvider = /is that of another provider[^]*the Veo models are /;

	/** What is read from each item; a right value and a wrong one; what the error must say. */
	const wrongItems: Array<[ProviderName, INodeParameters, unknown, unknown, RegExp]> = [
		['deerApi', { prompt: value }, 'A cat', '   ', /Prompt is empty/],
		['apimp', { prompt: value }, 'A cat', null, /Prompt is empty/],
		['deerApi', { model: model(value) }, 'veo3.1', '', /Model is empty[^]*Choose a model/],
		['deerApi', { model: listed(value) }, 'veo3.1', '', /Model is empty[^]*Choose a model/],
		['deepWl', { aspectRatio: value }, '9:16', '4:3', /Ratio is "4:3"[^]*16:9 or 9:16/],
		['apimp', resolution, '1080p', '8k', /Resolution is "8k"[^]*720p, 1080p, 4k/],
		['deepWl', duration, '8', 'abc', /Duration \(Seconds\) is "abc"[^]*must be a number/],
		['deepWl', duration, 8, 0, /Duration \(Seconds\) is 0[^]*It must be 1 to 60/],
		['deepWl', duration, 8, 1e7, /Duration \(Seconds\) is 10000000[^]*It must be 1 to 60/],
		['deerApi', extra, '{ "size": "1x1" }', '{ size: 1x1', /not a JSON object[^]*double quotes/],
		['deerApi', extra, '{}', '[1, 2]', /Extra Fields is not a JSON object/],
		[
			'newApiRemix',
			{ model: model(value) },
			'veo_3_1',
			'veo_3_1-fl',
			/needs images[^]*set to None/,
		],
		['newApiRemix', { model: model(value) }, 'veo_3_1', 'veo_3_1-fast-remix', /Veo Remix Extend/],
		['fal', { model: model(value) }, 'fal-ai/veo3.1', 'google/veo-3.1', otherProvider],
		['kie', { model: model(value) }, 'veo3_fast', 'veo-3.1-generate-001', otherProvider],
		['vertex', { model: model(value) }, 'veo-3.1-generate-001', 'veo3_fast', otherProvider],
		['replicate', { model: model(value) }, 'google/veo-3.1', 'fal-ai/veo3.1', otherProvider],
		['deepWl', frameLink, link, 'ftp://example.com/a.png', /Image 1[^]*http:\/\/ or https:\/\//],
		['apimp', frameLink, link, '', /Image 1[^]*URL is empty/],
		['deerApi', twoLinks, link, 'last.png', /Image 2[^]*Image Files/],
		['deerApi', frameBase64, imageDataUri, noPicture, /Image 1[^]*JPEG, PNG, WebP or GIF/],
		['eronmind', frameBase64, imageDataUri, 'not base64 at all!', /Image 1[^]*not base64/],
		['deepWl', frameLink, link, imageDataUri, /accepts images as public URLs only[^]*Upload/],
	];
	const threeItems = (right: unknown, wrong: unknown) =>
		[right, wrong, right].map(
			(each, row) => ({ prompt: 'A cat', value: each, row }) as IDataObject,
		);

	test.each(wrongItems)('%s, %j: the others go on', async (provider, given, right, wrong, says) => {
		const node = createNode(provider, given, continueError);
		const { jobs, failed } = await execute(node, threeItems(right, wrong));
		expect(simulator.calls).toHaveLength(2);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		const failure = { code: 'bad_request', retryable: false };
		expect(failed).toMatchObject([{ row: 1, details: { provider, failure } }]);
		const details = failed[0]?.details as IDataObject;
		const text = `${String(failed[0]?.error)} ${String(details.description)}`;
		expect(text).toMatch(says);
		expect(text).toMatch(/\[item 1\]/);
		expect(text).toMatch(/Nothing was sent for this item/);
		expect(details).not.toHaveProperty('jobId');
	});

	test('Stop Workflow: the error names the item and what was started before it', async () => {
		const { error, text } = await execute(createNode('deerApi'), ['A cat', ' ', 'A bird']);
		expect(error).toMatchObject({ name: 'NodeOperationError', context: { itemIndex: 1 } });
		expect(text).toMatch(/Prompt is empty/);
		expect(startedPrompts()).toEqual(['A cat']);
		expect(text).toContain(jobIds()[0]);
	});

	test('a binary field that does not exist', async () => {
		const node = createNode('deerApi', withImages('firstFrame', fromBinary), continueError);
		const prompts = ['A cat', 'A dog', 'A bird'];
		const { failed } = await execute(node, prompts, { files: [frame, undefined, frame] });
		expect(startedPrompts()).toEqual(['A cat', 'A bird']);
		expect(failed).toMatchObject([{ prompt: 'A dog', details: { provider: 'deerApi' } }]);
		expect(JSON.stringify(failed)).toMatch(/frame|binary/);
	});

	test('an expression that fails', async () => {
		const node = createNode(
			'deerApi',
			{ prompt: '={{ $json.prompt.toUpperCase() }}' },
			continueError,
		);
		const { failed } = await execute(node, ['A cat', { prompt: 7 }, 'A bird']);
		expect(startedPrompts()).toEqual(['A CAT', 'A BIRD']);
		expect(failed).toMatchObject([{ prompt: 7 }]);
	});
});

describe('the node is set up wrong', () => {
	const url = fromUrl(link);
	const needsImage = { model: model('veo_3_1-fl'), ...withImages('firstFrame') };

	test.each<[ProviderName, INodeParameters, RegExp]>([
		[
			'deerApi',
			withImages('firstFrame', url, url),
			/2 images, and exactly 1 can[^]*Remove the surplus images/,
		],
		[
			'eronmind',
			withImages('firstAndLastFrame', url),
			/1 image, and exactly 2 can[^]*Add the missing/,
		],
		['newApiRemix', needsImage, /Image Files has 0 images[^]*Add the missing image/],
		['deepWl', withImages('referenceImages', url, url, url, url), /4 images, and 1 to 3 can/],
		['apimp', withImages('firstAndLastFrame', url, url), /does not accept images in this way/],
		['deepWl', withImages('firstFrame', fromBinary), /public URLs only[^]*image 1 is a file/],
		['apimp', withImages('firstFrame', fromBase64(imageDataUri)), /as public URLs only/],
		[
			'deepWl',
			{ provider: 'none' },
			/no provider "none"[^]*Choose a provider in the field Provider/,
		],
	])('%s, %j: nothing is sent', async (provider, parameters, says) => {
		const files = { files: [frame, frame] };
		const stopped = await execute(createNode(provider, parameters), ['A cat', 'A dog'], files);
		expect(stopped.text).toMatch(says);
		expect(stopped.error?.context).toMatchObject({ itemIndex: 0 });

		const node = createNode(provider, parameters, continueError);
		const { jobs, failed } = await execute(node, ['A cat', 'A dog'], files);
		expect(jobs).toEqual([]);
		expect(failed).toMatchObject([{ prompt: 'A cat' }, { prompt: 'A dog' }]);
		expect(simulator.calls).toEqual([]);
	});

	test('a prompt left empty: n8n does not even start', async () => {
		await expect(execute(createNode('deerApi', { prompt: '' }), [{}])).rejects.toThrow(/issues/);
		expect(simulator.calls).toEqual([]);
	});

	test('an unknown model that needs images: the provider says so, and nothing is bought', async () => {
		const { text } = await execute(createNode('newApiRemix', { model: model('veo_9-fl') }), [
			'A cat',
		]);
		expect(text).toMatch(/veo_9-fl needs 1 or 2 images/);
		expect(text).toMatch(/Nothing was started or paid for/);
		expect(simulator.ledger).toEqual([]);
	});

	const bothFrames = withImages('firstAndLastFrame', fromUrl(link), fromUrl(link));
	test.each([
		['newApiRemix', 'veo_3_1-fast', { options: { resolution: '1080p' } }, /720p/],
		['deepWl', 'veo3.1', { options: { enableUpsample: true } }, /landscape/],
		['apimp', 'veo-3.0-generate-001', {}, /Google has closed the model/],
		['deepWl', 'veo3', bothFrames, /uses images in another way \(firstFrame\)/],
	] as const)('%s: what is odd is sent with a hint', async (provider, id, given, hint) => {
		const parameters = { model: model(id), aspectRatio: '9:16', ...given };
		const { hints } = await execute(createNode(provider, parameters, continueRegular), ['A cat']);
		expect(hints).toMatch(hint);
		expect(simulator.calls).toHaveLength(1);
	});
});

describe('the credential is wrong', () => {
	const items = ['job-1', 'job-2'].map((jobId) => ({ prompt: 'A cat', jobId }));

	describe.each([
		['no key', { apiKey: '' }, /has no API Key/],
		['a key of spaces', { apiKey: '  ' }, /has no API Key/],
		['no base URL', { baseUrl: '' }, /has no Base URL/],
	])('%s', (_name, changed, says) => {
		// n8n passes the input on as a success where a node throws with On Error set to continue.
		test.each([
			['Veo Create', createNode],
			['Veo Poll Until Done', pollNode],
		])(
			'%s: every item is an error, whatever On Error is, and names its job',
			async (name, node) => {
				const run = async (settings: NodeSettings) =>
					await execute(node('deepWl', {}, settings), items, withCredential('deepWl', changed));
				const ids: IDataObject[] =
					name === 'Veo Create' ? [{}, {}] : items.map(({ jobId }) => ({ jobId }));
				const stopped = await run({});
				expect(stopped.error?.name).toBe('NodeOperationError');
				expect(stopped.text).toMatch(says);
				expect(stopped.text).toMatch(/Open the credential/);
				for (const { jobId } of ids) expect(stopped.text).toContain(jobId ?? '');
				const { jobs } = await run(continueRegular);
				expect(jobs).toMatchObject(ids.map((id) => ({ provider: 'deepWl', ...id, failure: {} })));
				const split = await run(continueError);
				expect(split.jobs).toEqual([]);
				expect(split.failed).toMatchObject(
					ids.map((id) => ({ details: { provider: 'deepWl', ...id } })),
				);
				for (const shown of [jobs, split.failed]) expect(JSON.stringify(shown)).toMatch(says);
				expect(simulator.calls).toEqual([]);
			},
		);
	});

	test.each(providerNames)('%s: none is chosen, or it was deleted', async (provider) => {
		const [check] = fixtures[provider].checks;
		const items = ['1', '2'].map((end) => ({ prompt: 'A cat', jobId: `${check?.jobId}${end}` }));
		const polled = await execute(pollNode(provider), items, { credentials: {} });
		expect(polled.text).toMatch(/2 items failed.* credential of this node cannot be read/);
		expect(polled.text).toMatch(/Choose a .* credential in the node/);
		for (const { jobId } of items) expect(polled.text).toContain(jobId);
		const created = await execute(createNode(provider), items, { credentials: {} });
		expect(created.text).toMatch(/credential of this node cannot be read/);
		for (const { text } of [polled, created]) expect(text).not.toMatch(/veo\w+Api/);
	});

	test('one job without a credential is named as well, with what its item says of it', async () => {
		const item = {
			provider: 'deepWl',
			jobId: 'job-1',
			status: 'succeeded',
			progress: 100,
			model: 'veo3.1',
			prompt: 'A cat',
			remixId: 'video_1',
			videoUrl: 'https://videos.example.com/cat.mp4',
			createdAt: '2026-11-21T10:00:00.000Z',
		};
		const poll = async (settings: NodeSettings) =>
			await execute(pollNode('deepWl', {}, settings), [item], { credentials: {} });
		expect((await poll({})).text).toMatch(/Last seen: succeeded.* job-1/);
		expect((await poll(continueRegular)).jobs).toMatchObject([item]);
	});

	// Each form of a Base URL: test/package/credentials.test.ts.
	test.each<[ProviderName, Record<string, string>, RegExp]>([
		['deerApi', { baseUrl: 'my provider' }, /Base URL .*is not an address that begins with/],
		['deerApi', { baseUrl: 'ftp://127.0.0.1' }, /Base URL .*is not an address that begins with/],
		['deerApi', { baseUrl: 'http://me:pa55@127.0.0.1' }, /Base URL .*contains a user name/],
		['deerApi', { baseUrl: 'http://@127.0.0.1' }, /Base URL .*contains a user name/],
		['deerApi', { baseUrl: 'http:///me@127.0.0.1' }, /Base URL .*contains a user name/],
		['deerApi', { baseUrl: 'http://127.0.0.1?' }, /Base URL .*contains a query/],
		['deerApi', { baseUrl: 'http://127.0.0.1/v1#a' }, /Base URL .*contains a fragment/],
		['eronmind', { taskDataUrl: 'asyncdata.net' }, /Task Data URL .*is not an address/],
		['eronmind', { taskDataUrl: 'https://a:pa55@a.net' }, /Task Data URL .*contains a user/],
		['deerApiChat', { taskDataUrl: 'https://a.net/?a' }, /Task Data URL .*contains a query/],
		['apimp', { statusPath: 'http://127.0.0.1/{id}' }, /Status Path .*does not begin with "\/"/],
		['apimp', { statusPath: '@127.0.0.1/{id}' }, /Status Path .*does not begin with "\/"/],
		['openAiVideos', { contentPath: 'videos/{id}' }, /Content Path .*does not begin with "\/"/],
	])('%s: %j is refused before anything is sent', async (provider, fields, says) => {
		const changed = withCredential(provider, fields);
		const created = await execute(createNode(provider), items, changed);
		const polled = await execute(pollNode(provider), items, changed);
		for (const { run, text } of [created, polled]) {
			expect(text).toMatch(says);
			expect(text).toMatch(/Nothing was sent/);
			expect(JSON.stringify(run)).not.toContain('pa55');
		}
		for (const { jobId } of items) expect(polled.text).toContain(jobId);
		expect(simulator.calls).toEqual([]);
	});

	test('an address where another service is: the error says to check it', async () => {
		const changed = withCredential('deerApi', { baseUrl: `${simulator.origin}/elsewhere` });
		const { failed } = await execute(createNode('deerApi', {}, continueError), items, changed);
		expect(failed).toHaveLength(2);
		for (const { details } of failed) {
			const { description, failure } = details as IDataObject;
			expect(description).toMatch(/Nothing was started or paid for/);
			expect(description).toMatch(/Base URL/);
			// A create that is not found says nothing of a job.
			expect((failure as IDataObject).code).not.toBe('job_not_found');
		}
	});

	test.each(['', '/', '/v1', '/v1/'])('an address that ends in "%s" is fine', async (ending) => {
		// Others have no "/v1" between their address and their routes.
		const isBelow = (each: ProviderName) => createCall(each, 'A cat').path.startsWith('/v1/');
		for (const provider of providerNames.filter(isBelow)) {
			const baseUrl = ` ${simulator.baseUrl(provider)}${ending} `;
			const changed = withCredential(provider, { baseUrl });
			const { jobs } = await execute(createNode(provider), ['A cat'], changed);
			expect(jobs).toMatchObject([{ status: 'queued' }]);
		}
	});
});

describe('Veo Poll Until Done gets items that are wrong', () => {
	const secretLink = 'https://files.example/a.mp4?X-Amz-Signature=5ec7e7';

	/** Polls a job that has succeeded, and then the wrong item. */
	async function poll(item: IDataObject) {
		await create(simulator, 'deepWl', 'A cat [sim seconds=0]');
		simulator.calls.length = 0;
		const node = pollNode('deepWl', { download: false }, continueError);
		const { jobs, failed } = await execute(node, [{ jobId: jobIds()[0] }, item]);
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
		return failed[0];
	}

	const noId = /The item has no job ID \[item 1\][^]*Connect Veo Create before/;

	test.each<[IDataObject, RegExp]>([
		[{}, noId],
		[{ jobId: '' }, noId],
		[{ jobId: '  ' }, noId],
		[{ jobId: null }, noId],
		[{ jobId: '.' }, /The Job ID is "\."/],
		[{ jobId: ' .. ' }, /The Job ID is "\.\."/],
		[{ jobId: secretLink }, /The Job ID is a link/],
		[{ jobId: 'HTTP://127.0.0.1/latest/meta-data?5ec7e7' }, /The Job ID is a link/],
		[{ jobId: 'file:///etc/5ec7e7' }, /The Job ID is a link/],
		[{ jobId: '//127.0.0.1/5ec7e7' }, /The Job ID is a link/],
		[{ jobId: '9'.repeat(1001) }, /The Job ID has more than 1000 characters/],
		[
			{ jobId: `a ${secretLink}`, provider: 'deerApi' },
			/a\.mp4\?… was created at DeerAPI, but this node checks \w+[^]*Choose the same provider/,
		],
	])('%j is not asked for', async (item, says) => {
		const failed = await poll(item);
		const { description = '' } = (failed?.details ?? {}) as IDataObject;
		expect(`${String(failed?.error)} ${String(description)}`).toMatch(says);
		expect(failed?.error).not.toContain('5ec7e7');
		expect(simulator.calls).toHaveLength(1);
	});

	test.each<[string, INodeParameters]>([
		['Provider', { provider: 'none' }],
		['Poll Interval', { pollIntervalSeconds: "={{ $('No node').first().json.seconds }}" }],
		['Download Video', { download: "={{ $('No node').first().json.download }}" }],
	])(
		'%s cannot be read: every job comes out as failed, whatever On Error is',
		async (_field, bad) => {
			const items = ['job-1', 'job-2'].map((jobId) => ({
				provider: 'deepWl',
				jobId,
				model: 'veo3',
			}));
			const pollAll = async (settings: NodeSettings) =>
				await execute(pollNode('deepWl', bad, settings), items);
			const says = /no provider "none"|node doesn't exist/;
			const stopped = await pollAll({});
			expect(stopped.text).toMatch(says);
			for (const { jobId } of items) expect(stopped.text).toContain(jobId);
			const failed = items.map((item) => ({
				...item,
				failure: { message: expect.stringMatching(says) as string },
			}));
			expect((await pollAll(continueRegular)).jobs).toMatchObject(failed);
			const split = await pollAll(continueError);
			expect(split.jobs).toEqual([]);
			expect(split.failed).toMatchObject(failed.map((details) => ({ details })));
			expect(simulator.calls).toEqual([]);
		},
	);

	test.each([1, 2])(
		'a link as ID is cut in the error of Stop Workflow: %i items',
		async (count) => {
			const { text } = await execute(pollNode('deepWl'), Array(count).fill({ jobId: secretLink }));
			expect(text).toContain('https://files.example/a.mp4?…');
			expect(text).not.toContain('5ec7e7');
		},
	);

	test('a job that was not started: the reason is passed on', async () => {
		const { jobs, failed } = await execute(
			[createNode('deepWl', {}, continueRegular), pollNode('deepWl', {}, continueError)],
			['A cat [sim ending=no_credit]', 'A dog [sim seconds=0]'],
		);
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
		expect(JSON.stringify(failed[0]?.details)).toMatch(/The job was not started: .*额度不足/);
	});

	test('what is no text, link or number of the right form is not taken from an item', async () => {
		const jobId = 'video_unknown';
		const failed = await poll({
			jobId,
			status: 'done',
			progress: { percent: 5 },
			model: 31,
			prompt: ['A cat'],
			remixId: { id: 'video_1' },
			extensionId: true,
			createdAt: { year: 2026 },
			videoUrl: 'file:///etc/passwd',
		});
		expect(failed?.details).toMatchObject({ jobId, status: 'running', progress: 0 });
		for (const field of ['model', 'prompt', 'remixId', 'extensionId', 'createdAt', 'videoUrl']) {
			expect(failed?.details).not.toHaveProperty(field);
		}
	});

	test('numbers beyond their bounds: hints say what was given and what is used', async () => {
		await create(simulator, 'deepWl', 'A cat [sim seconds=0]');
		const hintsFor = async (parameters: INodeParameters) => {
			const { items, hints } = await execute(pollNode('deepWl', parameters), [
				{ jobId: jobIds()[0] },
			]);
			await expectVideos(items);
			return hints.split('\n');
		};
		const huge = await hintsFor({
			pollIntervalSeconds: '={{ 1e7 }}',
			timeoutMinutes: '={{ 1e13 }}',
			options: { tolerance: 1e9, maxSizeMb: '={{ "1e9" }}' },
		});
		expect(huge).toEqual([
			expect.stringMatching(/^Max File Size \(MB\) is "1e9"\. .*: 10000 is used$/),
			expect.stringMatching(/^Poll Interval \(Seconds\) is 10000000\. .*: 3600 is used$/),
			expect.stringMatching(/^Timeout \(Minutes\) is 10000000000000\. .*: 10080 is used$/),
			expect.stringMatching(/^Max Failed Checks is 1000000000\. .*: 1000 is used$/),
		]);
		const none = await hintsFor({
			pollIntervalSeconds: '={{ $json.nothing }}',
			timeoutMinutes: '={{ "soon" }}',
			options: { tolerance: '={{ [3] }}', maxSizeMb: 0 },
		});
		expect(none).toEqual([
			expect.stringMatching(/^Max File Size \(MB\) is 0\. .*: the default is used$/),
			expect.stringMatching(/^Poll Interval \(Seconds\) is empty\. .*: 15 is used$/),
			expect.stringMatching(/^Timeout \(Minutes\) is "soon"\. .*: 30 is used$/),
			expect.stringMatching(/^Max Failed Checks is of the type list\. .*: 5 is used$/),
		]);
		expect(await hintsFor({ pollIntervalSeconds: 20, options: { tolerance: '7' } })).toEqual(['']);
	});

	test('an interval and a timeout of ages: the next check is an hour away', async () => {
		let seconds = 0;
		const ages = { pollIntervalSeconds: '={{ 1e13 }}', timeoutMinutes: '={{ 1e13 }}' };
		const node = pollNode('deepWl', { waiting: 'suspend', ...ages });
		const running = execute([createNode('deepWl'), node], ['A cat [sim ending=stuck]'], {
			onSuspend: (_stored, wakeTime) => {
				seconds = (wakeTime.getTime() - Date.now()) / 1000;
				throw new Error('Enough was seen');
			},
		});
		await expect(running).rejects.toThrow('Enough was seen');
		expect(seconds).toBeGreaterThan(3_500);
		expect(seconds).toBeLessThan(4_000);
	});
});
