import {
	continueError,
	continueRegular,
	execute,
	expectVideos,
	failCreate,
	firstFrame,
	frame,
	jobIds,
	creates,
	retry,
	retryOnFail,
} from './scene';
import type { INodeParameters } from 'n8n-workflow';
import { createNode, itemsOf, pollNode, remixNode, runsOf } from './workflow';

/* How fields are joined: test/execution/inputFields.test.ts. */

const on = { includeInput: true };
const withInput = (options: INodeParameters = {}) => ({ options: { ...on, ...options } });
const create = (options?: INodeParameters) => createNode('deepWl', withInput(options));
const poll = (parameters: INodeParameters = {}) =>
	pollNode('deepWl', { ...withInput(), ...parameters });

const row = (id: number, prompt = `A boat [sim seconds=100 ending=success]`) => ({
	id,
	topic: { name: 'boats', tags: ['a', 'b'] },
	status: 'new',
	prompt,
});

test('a row arrives beside its video, through both nodes and a suspension, and once', async () => {
	const rows = [1, 2].map((id) => ({ ...row(id), text: String(id).repeat(1_000_000) }));
	const stored: string[] = [];
	const { jobs, items } = await execute([create(), poll({ waiting: 'automatic' })], rows, {
		onSuspend: (data) => stored.push(data),
	});
	expect(jobs).toMatchObject(
		rows.map(({ id, topic, text, prompt }, index) => ({
			id,
			topic,
			text,
			status: 'succeeded',
			jobId: jobIds()[index],
			prompt,
			input: { status: 'new', prompt },
		})),
	);
	for (const { input } of jobs) expect(input).not.toHaveProperty('input');
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	await expectVideos(items);
	expect(stored.length).toBeGreaterThan(0);
	// n8n's format stores equal texts once.
	for (const each of stored) expect(each.length).toBeLessThan(2_100_000);
});

test('a row with a job that was started earlier keeps its fields', async () => {
	await execute(createNode('deepWl'), [row(1)]);
	const [jobId = ''] = jobIds();
	const { jobs } = await execute(poll({ jobId: '={{ $json.video_job }}' }), [
		{ video_job: jobId, id: 1, status: 'started', createdAt: '2026-01-01' },
	]);
	expect(jobs).toMatchObject([
		{ video_job: jobId, id: 1, jobId, status: 'succeeded', input: { status: 'started' } },
	]);
});

test('a failed item has its row: in details on the error output, beside the failure otherwise', async () => {
	const rows = [row(1, 'A boat [sim ending=generate_failed]'), row(2)].map((each) => ({
		...each,
		description: 'of a product',
	}));
	const nodes = (settings: object) => [create(), { ...poll(), ...settings }];
	const { jobs, failed } = await execute(nodes(continueError), rows);
	expect(jobs).toMatchObject([{ id: 2, description: 'of a product', input: { status: 'new' } }]);
	expect(failed).toMatchObject([
		{
			details: {
				id: 1,
				status: 'failed',
				input: { status: 'new', description: 'of a product' },
				failure: { code: 'generation_failed' },
			},
		},
	]);
	const regular = await execute(nodes(continueRegular), rows);
	expect(regular.jobs).toMatchObject([
		{ id: 1, failure: { code: 'generation_failed' } },
		{ id: 2 },
	]);
});

test('a row whose job was not started passes through both nodes', async () => {
	failCreate({ kind: 'status', httpStatus: 402 });
	const nodes = [create(), poll()].map((node) => ({ ...node, ...continueRegular }));
	const { jobs } = await execute(nodes, [row(1)]);
	expect(jobs).toMatchObject([{ id: 1, failure: { code: 'bad_request' } }]);
	expect(jobs[0]?.input).toEqual({ status: 'new', prompt: row(1).prompt });
});

test('a field called error does not make Retry On Fail run the node again', async () => {
	const retried = { ...create(), ...retryOnFail };
	const { jobs, run, hints } = await execute(retried, [{ ...row(1), error: 'of an earlier node' }]);
	expect(jobs).toMatchObject([{ id: 1, input: { error: 'of an earlier node' } }]);
	expect(runsOf(run, 'Veo Create')).toHaveLength(1);
	expect(hints).not.toContain('not bought again');
	expect(creates()).toHaveLength(1);
});

test('a job that a retry hands back has the fields of its row', async () => {
	const rows = [row(1), row(2, '')];
	const { run } = await execute(create(), rows);
	expect(run.status).toBe('error');
	const prompt = '={{ $json.prompt || "A boat" }}';
	const { jobs } = await retry(run, createNode('deepWl', { ...withInput(), prompt }));
	expect(jobs).toMatchObject([
		{ id: 1, jobId: jobIds()[0] },
		{ id: 2, jobId: jobIds()[1] },
	]);
	expect(creates()).toHaveLength(2);
});

test('a rehearsal has its row', async () => {
	const { jobs } = await execute([create({ rehearse: true }), poll()], [row(1)]);
	expect(jobs).toMatchObject([
		{ id: 1, rehearsal: true, status: 'succeeded', input: { status: 'new' } },
	]);
	expect(creates()).toHaveLength(0);
});

test('the picture of a row travels on beside the video', async () => {
	const node = createNode('deerApi', { ...withInput(), ...firstFrame });
	const { run, items } = await execute([node, pollNode('deerApi', withInput())], [row(1)], {
		files: [frame],
	});
	expect(itemsOf(run, 'Veo Create')[0]?.binary).toEqual({ frame: expect.anything() });
	expect(Object.keys(items[0]?.binary ?? {}).sort()).toEqual(['frame', 'video']);
	await expectVideos(items);
});

test('an extension has the row, and the job that it extends as its input', async () => {
	const extend = remixNode('extend', 'deepWl', {
		...withInput(),
		prompt: 'The boat sinks',
	});
	const { run, jobs } = await execute([create(), poll(), extend], [row(1)]);
	const [first, second] = jobIds();
	expect(jobs).toMatchObject([
		{ id: 1, jobId: second, input: { jobId: first, status: 'new', prompt: row(1).prompt } },
	]);
	expect(run.status).toBe('success');
});
