import { fastClock } from './fastTime';
import type { IBinaryKeyData, IDataObject, INodeParameters, IRun } from 'n8n-workflow';
import { runWorkflow } from '../../workbench/engine/engine';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { image, imageDataUri } from '../simulator/calls';
import { useSimulator } from '../useSimulator';
import {
	createNode,
	credentialsFor,
	credentialsWith,
	errorOf,
	inARow,
	itemsOf,
	jobsOf,
	mediaOf,
	model,
	pollNode,
	runNodes,
	runsOf,
	textOf,
} from './workflow';
import type { NodeSettings } from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const frame = { fileName: 'a.png', mimeType: 'image/png', data: image.toString('base64') };
const link = 'https://images.example.com/first.png';
const images = (...image: INodeParameters[]) => ({ image });
const fromUrl = (url: string) => ({ source: 'url', url });
const fromBinary = { source: 'binary', binaryProperty: 'frame' };
const fromBase64 = (base64: string) => ({ source: 'base64', base64 });

interface Bad {
	provider: ProviderName;
	parameters: INodeParameters;
	/** The fields of the item that is wrong, and of those that are not. */
	wrong?: IDataObject;
	right?: IDataObject;
	/** What the error must say: the field, what is wrong with it, and what to do. */
	says: RegExp[];
}

/** Cases in which only the second of three items is wrong. */
const wrongItems: Record<string, Bad> = {
	'a prompt of spaces': {
		provider: 'deerApi',
		parameters: {},
		wrong: { prompt: '   ' },
		says: [/Prompt is empty/],
	},
	'a prompt that is not there': {
		provider: 'apimp',
		parameters: {},
		wrong: { prompt: null },
		says: [/Prompt is empty/],
	},
	'a model that is empty': {
		provider: 'deerApi',
		parameters: { model: model('={{ $json.model }}') },
		wrong: { model: '' },
		right: { model: 'veo3.1' },
		says: [/Model is empty/, /Choose a model/],
	},
	'an aspect ratio that does not exist': {
		provider: 'deepWl',
		parameters: { aspectRatio: '={{ $json.shape }}' },
		wrong: { shape: '4:3' },
		right: { shape: '9:16' },
		says: [/Aspect Ratio is "4:3"/, /16:9 or 9:16/],
	},
	'a choice that does not exist': {
		provider: 'apimp',
		parameters: { options: { resolution: '={{ $json.resolution }}' } },
		wrong: { resolution: '8k' },
		right: { resolution: '1080p' },
		says: [/Resolution is "8k"/, /720p, 1080p, 4k/],
	},
	'a number that is none': {
		provider: 'deepWl',
		parameters: { options: { durationSeconds: '={{ $json.duration }}' } },
		wrong: { duration: 'abc' },
		right: { duration: '8' },
		says: [/Duration \(Seconds\) is "abc"/, /must be a number/],
	},
	'a number that is too small': {
		provider: 'deepWl',
		parameters: { options: { durationSeconds: '={{ $json.duration }}' } },
		wrong: { duration: 0 },
		right: { duration: 8 },
		says: [/Duration \(Seconds\) is 0/, /1 to 60/],
	},
	'a number that is too large': {
		provider: 'deepWl',
		parameters: { options: { durationSeconds: '={{ $json.duration }}' } },
		wrong: { duration: 1e7 },
		right: { duration: 8 },
		says: [/Duration \(Seconds\) is 10000000/, /1 to 60/],
	},
	'extra fields that are no JSON': {
		provider: 'deerApi',
		parameters: { options: { extraFields: '={{ $json.extra }}' } },
		wrong: { extra: '{ size: 1x1' },
		right: { extra: '{ "size": "1x1" }' },
		says: [/Extra Fields is not a JSON object/, /double quotes/],
	},
	'extra fields that are a list': {
		provider: 'deerApi',
		parameters: { options: { extraFields: '={{ $json.extra }}' } },
		wrong: { extra: '[1, 2]' },
		right: { extra: '{}' },
		says: [/Extra Fields is not a JSON object/],
	},
	'a model that needs images, without any': {
		provider: 'newApiRemix',
		parameters: { model: model('={{ $json.model }}') },
		wrong: { model: 'veo_3_1-fl' },
		right: { model: 'veo_3_1' },
		says: [/veo_3_1-fl needs images/, /Images is set to None/],
	},
	'a 15-second model': {
		provider: 'newApiRemix',
		parameters: { model: model('={{ $json.model }}') },
		wrong: { model: 'veo_3_1-fast-remix' },
		right: { model: 'veo_3_1' },
		says: [/veo_3_1-fast-remix/, /use the node Veo Remix Extend/],
	},
	'an image link that is none': {
		provider: 'deepWl',
		parameters: { imageMode: 'firstFrame', images: images(fromUrl('={{ $json.image }}')) },
		wrong: { image: 'ftp://example.com/a.png' },
		right: { image: link },
		says: [/Image 1/, /http:\/\/ or https:\/\//, /Image Files/],
	},
	'an image link that is empty': {
		provider: 'apimp',
		parameters: { imageMode: 'firstFrame', images: images(fromUrl('={{ $json.image }}')) },
		wrong: { image: '' },
		right: { image: link },
		says: [/Image 1/, /URL is empty/, /Image Files/],
	},
	'the second of two images': {
		provider: 'deerApi',
		parameters: {
			imageMode: 'firstAndLastFrame',
			images: images(fromUrl(link), fromUrl('={{ $json.image }}')),
		},
		wrong: { image: 'last.png' },
		right: { image: link },
		says: [/Image 2/, /Image Files/],
	},
	'base64 that is no picture': {
		provider: 'deerApi',
		parameters: { imageMode: 'firstFrame', images: images(fromBase64('={{ $json.image }}')) },
		wrong: { image: Buffer.from('hello').toString('base64') },
		right: { image: imageDataUri },
		says: [/Image 1/, /JPEG, PNG, WebP or GIF/],
	},
	'text that is no base64': {
		provider: 'eronmind',
		parameters: { imageMode: 'firstFrame', images: images(fromBase64('={{ $json.image }}')) },
		wrong: { image: 'not base64 at all!' },
		right: { image: imageDataUri },
		says: [/Image 1/, /not base64/],
	},
	'a data URI as the link of an image, where only links are taken': {
		provider: 'deepWl',
		parameters: { imageMode: 'firstFrame', images: images(fromUrl('={{ $json.image }}')) },
		wrong: { image: imageDataUri },
		right: { image: link },
		says: [/DeepWL accepts images as public URLs only/, /Upload the image/],
	},
};

const threeItems = ({ wrong = {}, right = {} }: Partial<Bad>): IDataObject[] => [
	{ prompt: 'A cat', ...right },
	{ prompt: 'A dog', ...right, ...wrong },
	{ prompt: 'A bird', ...right },
];

describe('one item is wrong', () => {
	test.each(Object.entries(wrongItems))('%s: the others go on', async (_name, bad) => {
		const node = createNode(bad.provider, bad.parameters, { onError: 'continueErrorOutput' });
		const run = await runNodes(simulator, [node], threeItems(bad));
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat', 'A bird']);
		expect(simulator.calls).toHaveLength(2);
		expect(jobsOf(run, 'Veo Create').map(({ jobId }) => jobId)).toEqual(
			simulator.ledger.map(({ jobId }) => jobId),
		);
		const [failed, ...others] = jobsOf(run, 'Veo Create', 1);
		expect(others).toEqual([]);
		const details = failed?.details as IDataObject;
		const text = `${String(failed?.error)} ${String(details.description)}`;
		for (const part of bad.says) expect(text).toMatch(part);
		expect(text).toMatch(/\[item 1\]/);
		expect(text).toMatch(/Nothing was sent for this item/);
		expect(details).toMatchObject({
			provider: bad.provider,
			failure: { code: 'bad_request', retryable: false },
		});
		expect(details).not.toHaveProperty('jobId');
	});

	test.each(Object.entries(wrongItems))('%s: Stop Workflow', async (_name, bad) => {
		const node = createNode(bad.provider, bad.parameters);
		const run = await runNodes(simulator, [node], threeItems(bad));
		const error = errorOf(run);
		expect(error.name).toBe('NodeOperationError');
		expect(error.context).toMatchObject({ itemIndex: 1 });
		for (const part of bad.says) expect(textOf(error)).toMatch(part);
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat']);
		expect(textOf(error)).toContain(String(simulator.ledger[0]?.jobId));
	});

	test('a binary field that does not exist', async () => {
		const node = createNode(
			'deerApi',
			{ imageMode: 'firstFrame', images: images(fromBinary) },
			{ onError: 'continueErrorOutput' },
		);
		const withFrame = (prompt: string, binary?: IBinaryKeyData) => ({ json: { prompt }, binary });
		const run = await runWorkflow(inARow(node), {
			credentials: credentialsFor(simulator),
			items: [withFrame('A cat', { frame }), withFrame('A dog'), withFrame('A bird', { frame })],
		});
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat', 'A bird']);
		const [failed] = jobsOf(run, 'Veo Create', 1);
		expect(failed).toMatchObject({ prompt: 'A dog', details: { provider: 'deerApi' } });
		expect(JSON.stringify(failed)).toMatch(/frame|binary/);
		expect(jobsOf(run, 'Veo Create')).toHaveLength(2);
	});

	test('an expression that cannot be worked out', async () => {
		const node = createNode(
			'deerApi',
			{ prompt: '={{ $json.prompt.toUpperCase() }}' },
			{ onError: 'continueErrorOutput' },
		);
		const run = await runNodes(simulator, [node], threeItems({ wrong: { prompt: 7 } }));
		expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A CAT', 'A BIRD']);
		expect(jobsOf(run, 'Veo Create', 1)).toMatchObject([{ prompt: 7 }]);
	});
});

/** Cases in which the node itself is set up wrong, so that no item can work. */
const wrongNodes: Record<string, Bad> = {
	'two images as the first frame': {
		provider: 'deerApi',
		parameters: { imageMode: 'firstFrame', images: images(fromUrl(link), fromUrl(link)) },
		says: [/Image Files has 2 images, and exactly 1/, /Remove the surplus images/],
	},
	'one image as first and last frame': {
		provider: 'eronmind',
		parameters: { imageMode: 'firstAndLastFrame', images: images(fromUrl(link)) },
		says: [/Image Files has 1 image, and exactly 2/, /Add the missing image/],
	},
	'no image as the first frame': {
		provider: 'newApiRemix',
		parameters: { model: model('veo_3_1-fl'), imageMode: 'firstFrame', images: {} },
		says: [/Image Files has 0 images/, /Add the missing image/],
	},
	'four reference images': {
		provider: 'deepWl',
		parameters: {
			imageMode: 'referenceImages',
			images: images(fromUrl(link), fromUrl(link), fromUrl(link), fromUrl(link)),
		},
		says: [/Image Files has 4 images, and 1 to 3/],
	},
	'a use of images that the provider does not have': {
		provider: 'apimp',
		parameters: { imageMode: 'firstAndLastFrame', images: images(fromUrl(link), fromUrl(link)) },
		says: [/APIMP does not accept images in this way/, /field Images/],
	},
	'a binary file, where only links are taken': {
		provider: 'deepWl',
		parameters: { imageMode: 'firstFrame', images: images(fromBinary) },
		says: [/DeepWL accepts images as public URLs only/, /image 1 is a file/],
	},
	'a provider that does not exist': {
		provider: 'deepWl',
		parameters: { provider: 'nobody' },
		says: [/There is no provider "nobody"/, /Choose a provider in the field Provider/],
	},
	'base64, where only links are taken': {
		provider: 'apimp',
		parameters: { imageMode: 'firstFrame', images: images(fromBase64(imageDataUri)) },
		says: [/APIMP accepts images as public URLs only/],
	},
};

describe('the node is set up wrong', () => {
	test.each(Object.entries(wrongNodes))('%s: nothing is sent', async (_name, bad) => {
		const options = {
			credentials: credentialsFor(simulator),
			items: ['A cat', 'A dog'].map((prompt) => ({ json: { prompt }, binary: { frame } })),
		};
		const stopped = await runWorkflow(inARow(createNode(bad.provider, bad.parameters)), options);
		for (const part of bad.says) expect(textOf(errorOf(stopped))).toMatch(part);
		expect(errorOf(stopped).context).toMatchObject({ itemIndex: 0 });

		const node = createNode(bad.provider, bad.parameters, { onError: 'continueErrorOutput' });
		const run = await runWorkflow(inARow(node), options);
		expect(itemsOf(run, 'Veo Create')).toEqual([]);
		expect(jobsOf(run, 'Veo Create', 1)).toMatchObject([{ prompt: 'A cat' }, { prompt: 'A dog' }]);
		expect(simulator.calls).toEqual([]);
	});

	test('a prompt left empty: n8n does not even start', async () => {
		const running = runNodes(simulator, [createNode('deerApi', { prompt: '' })], [{}]);
		await expect(running).rejects.toThrow(/issues/);
		expect(simulator.calls).toEqual([]);
	});

	test('a model nobody knows that needs images: the provider says so, and nothing is bought', async () => {
		const node = createNode('newApiRemix', { model: model('veo_9-fl') });
		const run = await runNodes(simulator, [node], [{ prompt: 'A cat' }]);
		expect(textOf(errorOf(run))).toMatch(/veo_9-fl needs 1 or 2 images/);
		expect(textOf(errorOf(run))).toMatch(/Nothing was started or paid for/);
		expect(simulator.ledger).toEqual([]);
	});

	test.each([
		['newApiRemix', 'veo_3_1-fast', { resolution: '1080p' }, /720p/],
		['deepWl', 'veo3.1', { enableUpsample: true }, /landscape/],
	] as const)('%s: what is odd is sent with a hint', async (provider, id, options, hint) => {
		const parameters = { model: model(id), options, aspectRatio: '9:16' };
		const run = await runNodes(
			simulator,
			[createNode(provider, parameters, { onError: 'continueRegularOutput' })],
			[{ prompt: 'A cat' }],
		);
		const hints = run.data.resultData.runData['Veo Create']?.[0]?.hints ?? [];
		expect(hints.map(({ message }) => message).join()).toMatch(hint);
		expect(simulator.calls).toHaveLength(1);
	});
});

const errorOutput = { onError: 'continueErrorOutput' } as const;
const regularOutput = { onError: 'continueRegularOutput' } as const;

describe('the credential is wrong', () => {
	const changes = [
		['no key', { apiKey: '' }, /has no API Key/, /Open the credential/],
		['a key of spaces', { apiKey: '  ' }, /has no API Key/, /Open the credential/],
		['no base URL', { baseUrl: '' }, /has no Base URL/, /Open the credential/],
	] as const;
	const items = [
		{ prompt: 'A cat', jobId: 'job-1' },
		{ prompt: 'A dog', jobId: 'job-2' },
	];
	const nodes = [
		['Veo Create', createNode],
		['Veo Poll Until Done', pollNode],
	] as const;

	describe.each(changes)('%s', (_name, changed, says, advises) => {
		test.each(nodes)('%s: Stop Workflow', async (_node, node) => {
			for (const provider of providerNames) {
				const run = await runNodes(simulator, [node(provider)], items, {
					credentials: credentialsWith(simulator, provider, changed),
				});
				const error = errorOf(run);
				expect(error.name).toBe('NodeOperationError');
				expect(textOf(error)).toMatch(says);
				expect(textOf(error)).toMatch(advises);
			}
			expect(simulator.calls).toEqual([]);
		});

		// n8n passes the input on as a success where a node throws with On Error set to continue.
		test.each(nodes)('%s: every item is an error, and none a success', async (name, node) => {
			const run = await runNodes(simulator, [node('deepWl', {}, errorOutput)], items, {
				credentials: credentialsWith(simulator, 'deepWl', changed),
			});
			expect(jobsOf(run, name)).toEqual([]);
			const failed = jobsOf(run, name, 1);
			expect(failed).toHaveLength(2);
			for (const { error } of failed) expect(error).toMatch(says);
		});

		test('Veo Poll Until Done: every job is named, whatever On Error is', async () => {
			const credentials = credentialsWith(simulator, 'deepWl', changed);
			const poll = async (settings: NodeSettings) =>
				await runNodes(simulator, [pollNode('deepWl', {}, settings)], items, { credentials });
			const stopped = textOf(errorOf(await poll({})));
			for (const { jobId } of items) expect(stopped).toContain(jobId);
			const failed = jobsOf(await poll(regularOutput), 'Veo Poll Until Done');
			expect(failed).toMatchObject(items.map(({ jobId }) => ({ provider: 'deepWl', jobId })));
			const details = jobsOf(await poll(errorOutput), 'Veo Poll Until Done', 1);
			expect(details).toMatchObject(
				items.map(({ jobId }) => ({ details: { provider: 'deepWl', jobId } })),
			);
		});

		test.each(nodes)('%s: Continue, every item says why', async (name, node) => {
			const run = await runNodes(simulator, [node('deepWl', {}, regularOutput)], items, {
				credentials: credentialsWith(simulator, 'deepWl', changed),
			});
			const failed = jobsOf(run, name);
			expect(failed).toHaveLength(2);
			for (const { failure } of failed) {
				expect((failure as IDataObject | undefined)?.message).toMatch(says);
			}
		});
	});

	test.each(providerNames)('%s: none is chosen, or it was deleted', async (provider) => {
		const run = await runNodes(simulator, [pollNode(provider)], items, { credentials: {} });
		const text = textOf(errorOf(run));
		expect(text).toMatch(/2 items failed.* credential of this node cannot be read/);
		expect(text).toMatch(/Choose a .* credential in the node/);
		expect(text).not.toMatch(/veo\w+Api/);
		for (const { jobId } of items) expect(text).toContain(jobId);
		const created = await runNodes(simulator, [createNode(provider)], items, { credentials: {} });
		expect(textOf(errorOf(created))).toMatch(/credential of this node cannot be read/);
		expect(textOf(errorOf(created))).not.toMatch(/veo\w+Api/);
	});

	test('one job without a credential is named as well, with what its item says of it', async () => {
		const item = {
			provider: 'deepWl',
			jobId: 'job-1',
			status: 'succeeded',
			progress: 100,
			model: 'veo3.1',
			prompt: 'A cat',
			videoUrl: 'https://videos.example.com/cat.mp4',
			remixId: 'video_1',
			createdAt: '2026-11-21T10:00:00.000Z',
		};
		const poll = async (settings: NodeSettings) =>
			await runNodes(simulator, [pollNode('deepWl', {}, settings)], [item], { credentials: {} });
		expect(textOf(errorOf(await poll({})))).toMatch(/Last seen: succeeded.* job-1/);
		expect(jobsOf(await poll(regularOutput), 'Veo Poll Until Done')).toMatchObject([item]);
	});

	test('a host that does not exist', async () => {
		const credentials = credentialsWith(simulator, 'deerApi', {
			baseUrl: 'http://no-such-host.invalid',
		});
		const says = /was not found|reached/;
		const created = await runNodes(simulator, [createNode('deerApi')], items, { credentials });
		expect(textOf(errorOf(created))).toMatch(says);
		expect(textOf(errorOf(created))).toMatch(/Nothing was started or paid for/);
		expect(textOf(errorOf(created))).toMatch(/Base URL/);
		const polled = await runNodes(simulator, [pollNode('deerApi')], items, { credentials });
		expect(textOf(errorOf(polled))).toMatch(says);
		expect(textOf(errorOf(polled))).toMatch(/job-1/);
		expect(simulator.calls).toEqual([]);
	});

	const unusable: Array<[ProviderName, Record<string, string>, RegExp]> = [
		['deerApi', { baseUrl: 'api.deerapi.com' }, /Base URL .*is not an address that begins with/],
		['deerApi', { baseUrl: 'my provider' }, /Base URL .*is not an address that begins with/],
		['deerApi', { baseUrl: 'ftp://127.0.0.1' }, /Base URL .*is not an address that begins with/],
		['deerApi', { baseUrl: 'http://me:pa55@127.0.0.1' }, /Base URL .*contains a user name/],
		['deerApi', { baseUrl: 'http://@127.0.0.1' }, /Base URL .*contains a user name/],
		['deerApi', { baseUrl: 'http:///me@127.0.0.1' }, /Base URL .*contains a user name/],
		['deerApi', { baseUrl: 'http://127.0.0.1/v1?tenant=1' }, /Base URL .*contains a query/],
		['deerApi', { baseUrl: 'http://127.0.0.1?' }, /Base URL .*contains a query/],
		['deerApi', { baseUrl: 'http://127.0.0.1/v1#a' }, /Base URL .*contains a fragment/],
		['eronmind', { taskDataUrl: 'asyncdata.net' }, /Task Data URL .*is not an address/],
		['eronmind', { taskDataUrl: 'https://a:b@asyncdata.net' }, /Task Data URL .*contains a user/],
		[
			'deerApiChat',
			{ taskDataUrl: 'https://asyncdata.net/?a' },
			/Task Data URL .*contains a query/,
		],
		['apimp', { statusPath: 'http://127.0.0.1/{id}' }, /Status Path .*does not begin with "\/"/],
		['apimp', { statusPath: '@127.0.0.1/{id}' }, /Status Path .*does not begin with "\/"/],
		['openAiVideos', { contentPath: 'videos/{id}' }, /Content Path .*does not begin with "\/"/],
	];

	test.each(unusable)(
		'%s: %j is refused before anything is sent',
		async (provider, fields, says) => {
			const credentials = credentialsWith(simulator, provider, fields);
			for (const node of [createNode(provider), pollNode(provider)]) {
				const run = await runNodes(simulator, [node], items, { credentials });
				expect(textOf(errorOf(run))).toMatch(says);
				expect(textOf(errorOf(run))).toMatch(/Nothing was sent/);
				if (node.type.endsWith('veoPollUntilDone')) {
					for (const { jobId } of items) expect(textOf(errorOf(run))).toContain(jobId);
				}
				expect(JSON.stringify(run)).not.toContain('pa55');
			}
			expect(simulator.calls).toEqual([]);
		},
	);

	test('an address where another service is: the error says to check it', async () => {
		const baseUrl = `${simulator.origin}/elsewhere`;
		const run = await runNodes(simulator, [createNode('deerApi', {}, errorOutput)], items, {
			credentials: credentialsWith(simulator, 'deerApi', { baseUrl }),
		});
		const failed = jobsOf(run, 'Veo Create', 1);
		expect(failed).toHaveLength(2);
		for (const { details } of failed) {
			const { description, failure } = details as IDataObject;
			expect(description).toMatch(/Nothing was started or paid for/);
			expect(description).toMatch(/Base URL/);
			// A create that is not found says nothing of a job.
			expect((failure as IDataObject).code).not.toBe('job_not_found');
		}
	});

	test('a key that was pasted with "Bearer" and spaces is sent without them', async () => {
		const apiKey = ` Bearer  ${simulator.key('deerApi')}\n`;
		const run = await runNodes(simulator, [createNode('deerApi')], [{ prompt: 'A cat' }], {
			credentials: credentialsWith(simulator, 'deerApi', { apiKey }),
		});
		expect(jobsOf(run, 'Veo Create')).toMatchObject([{ status: 'queued' }]);
	});

	test.each(['', '/', '/v1', '/v1/'])('an address that ends in "%s" is fine', async (ending) => {
		for (const provider of providerNames.filter((each) => each !== 'apimp')) {
			const baseUrl = ` ${simulator.baseUrl(provider)}${ending} `;
			const run = await runNodes(simulator, [createNode(provider)], [{ prompt: 'A cat' }], {
				credentials: credentialsWith(simulator, provider, { baseUrl }),
			});
			expect(jobsOf(run, 'Veo Create')).toMatchObject([{ status: 'queued' }]);
		}
	});
});

describe('Veo Poll Until Done gets items that are wrong', () => {
	const poll = async (items: IDataObject[]): Promise<IRun> => {
		await runNodes(simulator, [createNode('deepWl')], [{ prompt: 'A cat [sim seconds=0]' }]);
		const jobId = simulator.ledger[0]?.jobId;
		simulator.calls.length = 0;
		return await runNodes(
			simulator,
			[pollNode('deepWl', { download: false }, errorOutput)],
			[{ jobId }, ...items],
		);
	};
	const name = 'Veo Poll Until Done';

	test.each([{}, { jobId: '' }, { jobId: '  ' }, { jobId: null }])('%j', async (item) => {
		const run = await poll([item]);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		const [failed] = jobsOf(run, name, 1);
		expect(failed?.error).toMatch(/The item has no job ID \[item 1\]/);
		expect(JSON.stringify(failed)).toMatch(/Connect Veo Create before this node/);
		expect(simulator.calls).toHaveLength(1);
	});

	test.each([
		['.', /The Job ID is "\."/],
		[' .. ', /The Job ID is "\.\."/],
		['https://files.example/a.mp4?X-Amz-Signature=5ec7e7', /The Job ID is a link/],
		['HTTP://127.0.0.1/latest/meta-data?5ec7e7', /The Job ID is a link/],
		['file:///etc/5ec7e7', /The Job ID is a link/],
		['//127.0.0.1/5ec7e7', /The Job ID is a link/],
	])('%s as ID is refused, and not repeated', async (jobId, says) => {
		const run = await poll([{ jobId }]);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		expect(jobsOf(run, name, 1)[0]?.error).toMatch(says);
		expect(jobsOf(run, name, 1)[0]?.error).not.toContain('5ec7e7');
		expect(simulator.calls).toHaveLength(1);
	});

	test.each<[string, INodeParameters]>([
		['Provider', { provider: 'nobody' }],
		['Poll Interval', { pollIntervalSeconds: "={{ $('No node').first().json.seconds }}" }],
		['Download Video', { download: "={{ $('No node').first().json.download }}" }],
	])(
		'%s cannot be read: every job comes out as failed, whatever On Error is',
		async (_field, bad) => {
			const jobs = ['job-1', 'job-2'].map((jobId) => ({
				provider: 'deepWl',
				jobId,
				model: 'veo3',
			}));
			const poll = async (settings: NodeSettings) =>
				await runNodes(simulator, [pollNode('deepWl', bad, settings)], jobs);
			const says = /no provider "nobody"|node doesn't exist/;
			const stopped = textOf(errorOf(await poll({})));
			expect(stopped).toMatch(says);
			for (const { jobId } of jobs) expect(stopped).toContain(jobId);
			const failure = { message: expect.stringMatching(says) as string };
			const continued = await poll({ onError: 'continueRegularOutput' });
			expect(jobsOf(continued, name)).toMatchObject(jobs.map((job) => ({ ...job, failure })));
			const split = await poll({ onError: 'continueErrorOutput' });
			expect(itemsOf(split, name)).toEqual([]);
			expect(jobsOf(split, name, 1)).toMatchObject(
				jobs.map((job) => ({ details: { ...job, failure } })),
			);
			expect(simulator.calls).toEqual([]);
		},
	);

	test.each([1, 2])(
		'a link as ID is cut in the error of Stop Workflow: %i items',
		async (count) => {
			const jobId = 'https://files.example/a.mp4?X-Amz-Signature=5ec7e7';
			const items = Array.from({ length: count }, () => ({ jobId }));
			const text = textOf(errorOf(await runNodes(simulator, [pollNode('deepWl')], items)));
			expect(text).toContain('https://files.example/a.mp4?…');
			expect(text).not.toContain('5ec7e7');
		},
	);

	test('an ID that no address has room for is refused', async () => {
		const run = await poll([{ jobId: '9'.repeat(1001) }]);
		expect(jobsOf(run, name, 1)[0]?.error).toMatch(/The Job ID has more than 1000 characters/);
		expect(simulator.calls).toHaveLength(1);
	});

	test('a link in the ID of a job of another provider is cut in the message', async () => {
		const jobId = 'a https://files.example/a.mp4?X-Amz-Signature=5ec7e7';
		const run = await poll([{ jobId, provider: 'deerApi' }]);
		expect(jobsOf(run, name, 1)[0]?.error).toMatch(/a\.mp4\?… was made by the provider/);
		expect(jobsOf(run, name, 1)[0]?.error).not.toContain('5ec7e7');
	});

	test('a job that was not started: the reason is passed on', async () => {
		const run = await runNodes(
			simulator,
			[createNode('deepWl', {}, regularOutput), pollNode('deepWl', {}, errorOutput)],
			[{ prompt: 'A cat [sim ending=no_credit]' }, { prompt: 'A dog [sim seconds=0]' }],
		);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		const [failed] = jobsOf(run, name, 1);
		expect(JSON.stringify(failed?.details)).toMatch(/The job was not started: .*额度不足/);
	});

	test('a job of another provider is not asked for', async () => {
		const run = await poll([{ jobId: 'video_veo3_1', provider: 'deerApi' }]);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		const [failed] = jobsOf(run, name, 1);
		expect(failed?.error).toMatch(/video_veo3_1 was made by the provider "deerApi"/);
		expect(failed?.details).toMatchObject({ jobId: 'video_veo3_1', provider: 'deerApi' });
		expect(JSON.stringify(failed)).toMatch(/Choose the same provider/);
		expect(simulator.calls).toHaveLength(1);
	});

	test('what is no text, link or number of the right form is not taken from an item', async () => {
		const wrong = {
			status: 'done',
			progress: { percent: 5 },
			model: 31,
			prompt: ['A cat'],
			remixId: { id: 'video_1' },
			extensionId: true,
			createdAt: { year: 2026 },
			videoUrl: 'file:///etc/passwd',
		};
		const run = await poll([{ jobId: 'video_nobody_knows', ...wrong }]);
		const [failed] = jobsOf(run, name, 1);
		expect(failed?.details).toMatchObject({
			jobId: 'video_nobody_knows',
			status: 'running',
			progress: 0,
		});
		for (const field of ['model', 'prompt', 'remixId', 'extensionId', 'createdAt', 'videoUrl']) {
			expect(failed?.details).not.toHaveProperty(field);
		}
	});

	const hintsOf = (run: IRun) =>
		runsOf(run, name).flatMap(({ hints = [] }) => hints.map(({ message }) => message));

	test('numbers beyond their bounds: hints say what was given and what is used', async () => {
		await runNodes(simulator, [createNode('deepWl')], [{ prompt: 'A cat [sim seconds=0]' }]);
		const items = [{ jobId: simulator.ledger[0]?.jobId }];
		const poll = async (parameters: INodeParameters) =>
			hintsOf(await runNodes(simulator, [pollNode('deepWl', parameters)], items));
		const huge = await poll({
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
		const none = await poll({
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
		expect(await poll({ pollIntervalSeconds: 20, options: { tolerance: '7' } })).toEqual([]);
	});

	test('an interval and a timeout of ages: the next check is an hour away', async () => {
		const suspended = { at: 0, until: 0 };
		const running = runNodes(
			simulator,
			[
				createNode('deepWl'),
				pollNode('deepWl', {
					waiting: 'suspend',
					pollIntervalSeconds: '={{ 1e13 }}',
					timeoutMinutes: '={{ 1e13 }}',
				}),
			],
			[{ prompt: 'A cat [sim ending=stuck]' }],
			{
				onSuspend: (_stored, wakeTime) => {
					Object.assign(suspended, { at: Date.now(), until: wakeTime.getTime() });
					throw new Error('Enough was seen');
				},
			},
		);
		await expect(running).rejects.toThrow('Enough was seen');
		const seconds = (suspended.until - suspended.at) / 1000;
		expect(seconds).toBeGreaterThan(3_500);
		expect(seconds).toBeLessThan(4_000);
	});

	test('numbers that are none: the usual ones are taken', async () => {
		await runNodes(simulator, [createNode('deepWl')], [{ prompt: 'A cat [sim seconds=0]' }]);
		const run = await runNodes(
			simulator,
			[
				pollNode('deepWl', {
					pollIntervalSeconds: '={{ "abc" }}',
					timeoutMinutes: '={{ -1 }}',
					options: { tolerance: '={{ null }}', maxSizeMb: '={{ "" }}' },
				}),
			],
			[{ jobId: simulator.ledger[0]?.jobId }],
		);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
	});
});
