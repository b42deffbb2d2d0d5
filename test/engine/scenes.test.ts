import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import {
	callsTo,
	continueError,
	continueRegular,
	creates,
	execute,
	expectVideos,
	failCreate,
	firstFrame,
	frame,
	jobIds,
	retry,
	retryOnFail,
	simulator,
	startedPrompts,
} from './scene';
import type { NodeSettings } from './workflow';
import { asTool, createNode, inALoop, itemsOf, pollNode } from './workflow';

/* Several prompts in one item. How they are read: test/fields/scenes.test.ts. */

const story = ['A cat wakes', 'It leaves', 'It comes home'];
const scenesNode = (parameters: INodeParameters = {}, settings: NodeSettings = {}): INode =>
	createNode(
		'deepWl',
		{ prompts: 'several', prompt: '={{ $json.scenes }}', ...parameters },
		settings,
	);
const item = (...scenes: string[]): IDataObject => ({ scenes });
const numbersOf = (jobs: IDataObject[]) => jobs.map(({ scene, scenes }) => [scene, scenes]);

test('each prompt is a job, in order, and its numbers travel on to the video', async () => {
	const poll = pollNode('deepWl', { waiting: 'automatic' });
	const [first = '', ...others] = story;
	const slow = `${first} [sim seconds=100]`;
	const { run, jobs, items } = await execute(
		[scenesNode(), poll],
		[item(slow, ...others), item('A dog')],
	);
	expect(startedPrompts()).toEqual([slow, ...others, 'A dog']);
	expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
	expect(numbersOf(jobs)).toEqual([
		[1, 3],
		[2, 3],
		[3, 3],
		[1, 1],
	]);
	const started = itemsOf(run, 'Veo Create').map(({ pairedItem }) => pairedItem);
	expect(started).toEqual([0, 0, 0, 1].map((index) => ({ item: index })));
	await expectVideos(items);
});

test('a text has one prompt per line', async () => {
	await execute(scenesNode({ prompt: story.join('\r\n') }), [{}]);
	expect(startedPrompts()).toEqual(story);
});

test('the images of an item are uploaded once, and each scene has them', async () => {
	const node = createNode('fal', {
		prompts: 'several',
		prompt: '={{ $json.scenes }}',
		...firstFrame,
	});
	const { jobs } = await execute(node, [item(...story), item('A dog')], { files: [frame, frame] });
	expect(jobs).toHaveLength(4);
	const uploads = callsTo('/storage/upload/initiate');
	expect(uploads).toHaveLength(2);
	const links = simulator.ledger.map(({ fields }) => fields['image_url']);
	expect(new Set(links.slice(0, 3)).size).toBe(1);
	expect(new Set(links).size).toBe(2);
});

describe('limits', () => {
	test('1,000 prompts in one item: an error, and no request', async () => {
		const prompts = Array.from({ length: 1_000 }, (_each, index) => `Cat ${index}`);
		const { text } = await execute(scenesNode(), [item(...prompts)]);
		expect(text).toMatch(/would start 1000 paid jobs/);
		expect(simulator.calls).toEqual([]);
	});

	test('each scene counts, also those of earlier turns of a loop', async () => {
		const node = scenesNode({ options: { maxJobs: 4 } }, continueRegular);
		const { jobs } = await execute(node, [item(...story), item('A dog', 'A fox')]);
		expect(jobs).toMatchObject(Array(5).fill({ failure: { code: 'limit_reached' } }));
		expect(simulator.calls).toEqual([]);
		await execute(inALoop(node), [item(...story), item('A dog', 'A fox'), item('A hen')]);
		expect(startedPrompts()).toEqual([...story, 'A hen']);
	});
});

describe('a scene that fails', () => {
	const withFailure = item('A cat', 'A dog [sim ending=no_credit]', 'A fox');

	test('stops the node, and the error has the jobs that were started', async () => {
		const { text } = await execute(scenesNode(), [withFailure]);
		expect(startedPrompts()).toEqual(['A cat']);
		expect(text).toContain('[item 0, scene 2]');
		expect(text).toContain(`Item 0, scene 1, job ${jobIds()[0]}: queued`);
	});

	test.each([
		['error output', continueError],
		['regular output', continueRegular],
	])('leaves the others with the %s', async (_name, settings) => {
		const { jobs, failed } = await execute(scenesNode({}, settings), [withFailure]);
		expect(startedPrompts()).toEqual(['A cat', 'A fox']);
		const details = failed.map(({ details: each }) => each as IDataObject);
		const all = [...jobs, ...details].sort((a, b) => Number(a.scene) - Number(b.scene));
		expect(numbersOf(all)).toEqual([
			[1, 3],
			[2, 3],
			[3, 3],
		]);
		expect(all[1]).toMatchObject({
			failure: { message: expect.stringContaining('[item 0, scene 2]') },
		});
	});

	test('of prompts that cannot be read leaves the other items', async () => {
		const items = [{ scenes: '["A cat", "A d' }, item('A fox')];
		const { jobs, failed } = await execute(scenesNode({}, continueError), items);
		expect(jobs).toMatchObject([{ prompt: 'A fox', scene: 1, scenes: 1 }]);
		expect(failed).toMatchObject([{ details: { failure: { code: 'bad_request' } } }]);
	});
});

describe('a retry', () => {
	test('Retry On Fail hands back equal prompts in order, each its own job', async () => {
		failCreate({ kind: 'status', httpStatus: 401 });
		const node = scenesNode({}, { ...retryOnFail, ...continueError });
		const { jobs } = await execute(node, [item('A cat', 'A cat', 'A cat')]);
		expect(creates()).toHaveLength(4);
		const [first, second, third] = jobIds();
		expect(numbersOf(jobs)).toEqual([
			[1, 3],
			[2, 3],
			[3, 3],
		]);
		expect(jobs.map(({ jobId }) => jobId)).toEqual([third, first, second]);
	});

	test('"Retry execution" buys what is missing alone', async () => {
		const { run } = await execute(scenesNode(), [
			item('A cat', 'A cat', 'A dog [sim ending=no_credit]', 'A fox'),
		]);
		const bought = jobIds();
		expect(bought).toHaveLength(2);
		const prompt = '={{ $json.scenes.map((each) => each.split(" [")[0]) }}';
		const { jobs } = await retry(run, scenesNode({ prompt }));
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		expect(jobIds().slice(0, 2)).toEqual(bought);
		expect(startedPrompts()).toEqual(['A cat', 'A cat', 'A dog', 'A fox']);
	});

	test('a job that was bought for an item is not bought again as its first scene', async () => {
		const single = createNode('deepWl', { prompt: '={{ $json.scenes[0] }}' });
		const { run } = await execute(single, [item('A cat', 'A dog'), { scenes: [''] }]);
		expect(jobIds()).toHaveLength(1);
		await retry(run, scenesNode({ prompt: '={{ $json.scenes[0] ? $json.scenes : "A fox" }}' }));
		expect(startedPrompts()).toEqual(['A cat', 'A dog', 'A fox']);
	});
});

test('the tool of an agent takes a list, and gives the same jobs for the same list', async () => {
	await execute(inALoop(asTool(scenesNode())), [
		item('A cat', 'A cat', 'A dog'),
		item('A cat', 'A cat', 'A dog'),
	]);
	expect(startedPrompts()).toEqual(['A cat', 'A cat', 'A dog']);
});

test('a rehearsal has the scenes, each with its request, and needs no limit', async () => {
	const node = scenesNode({ options: { rehearse: true, includeInput: true } });
	const { jobs, items } = await execute(
		[node, pollNode('deepWl')],
		[{ ...item(...story), row: 7 }],
	);
	expect(jobs).toMatchObject(
		story.map((prompt, index) => ({ prompt, scene: index + 1, scenes: 3, rehearsal: true })),
	);
	expect(items).toHaveLength(3);
	expect(simulator.calls).toEqual([]);
});

test('each scene has the fields of its row, and the list of its prompts under input', async () => {
	const node = scenesNode({ options: { includeInput: true } });
	const { jobs } = await execute(node, [{ ...item(...story), row: 7 }]);
	expect(jobs).toMatchObject(
		story.map((_prompt, index) => ({ row: 7, scene: index + 1, input: { scenes: story } })),
	);
});
