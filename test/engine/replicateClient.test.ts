import { passSeconds } from './fastTime';
import type { INodeParameters } from 'n8n-workflow';
import Replicate from 'replicate';
import type { Prediction } from 'replicate';
import { replicate } from '../../nodes/providers/replicate';
import type { Call } from '../../nodes/wire/call';
import { videoBytes } from '../../workbench/simulator/files';
import { valueOf } from '../providers/plain';
import { image, send } from '../simulator/calls';
import { callsTo, continueError, creates, execute, expectVideos, frame } from './scene';
import { failCreate, firstFrame, simulator } from './scene';
import { createNode, model, pollNode } from './workflow';

/*
 * Replicate's own client against the simulator, and beside it our nodes: what the client sends we send,
 * and what it reads we read.
 */

const client = () =>
	new Replicate({
		auth: simulator.key('replicate'),
		baseUrl: `${simulator.baseUrl('replicate')}/v1`,
		useFileOutput: false,
	});

const veo = 'google/veo-3.1';
const texts = { prompt: 'A cat', aspect_ratio: '16:9' };
const webhook = 'https://example.com/webhook?job=mine';

/** Has our node create a job with a file at hand. */
const createWithNode = async (parameters: INodeParameters, prompt = 'A cat') =>
	await execute(
		createNode('replicate', { model: model(veo), ...parameters }, continueError),
		[prompt],
		{
			files: [frame],
		},
	);

/** Polls a job with our node. */
const poll = async (jobId: string | undefined) =>
	await execute(pollNode('replicate', {}, continueError), [{ jobId }]);

/** What the client read, as our own reading has it. */
const readByUs = (prediction: Prediction) =>
	valueOf(
		replicate.status.read({
			httpStatus: 200,
			contentType: 'application/json',
			body: JSON.parse(JSON.stringify(prediction)) as unknown,
		}),
	);

/** The requests that create predictions. */
const predictionsSent = () => creates().filter(({ path }) => path.endsWith('/predictions'));

describe('predictions.create', () => {
	test('sends the path, the key and the fields that our node sends', async () => {
		const input = { ...texts, duration: 6, seed: 7 };
		const filter = { webhook_events_filter: ['completed' as const] };
		await client().predictions.create({ model: veo, input, webhook, ...filter });
		await createWithNode({ options: { durationSeconds: 6, seed: 7, callbackUrl: webhook } });
		const [theirs, ours] = simulator.ledger;
		const marked = expect.stringMatching(`^${webhook.replace('?', '.')}&veo_create=[\\w-]{36}$`);
		expect(ours?.fields).toEqual({ ...theirs?.fields, webhook: marked as string });
		const [theirCall, ourCall] = creates();
		expect(ourCall?.path).toBe(theirCall?.path);
		expect(ourCall?.headers.authorization).toBe(theirCall?.headers.authorization);
	});

	test('sends a version on the route that our node uses for it', async () => {
		const version = '9c6ca0c2'.repeat(8);
		await client().predictions.create({ version, input: texts });
		await createWithNode({ model: model(version) });
		const [theirs, ours] = simulator.ledger;
		expect(ours?.fields).toEqual(theirs?.fields);
		expect(creates()[1]?.path).toBe(creates()[0]?.path);
	});

	test('uploads a file as our node does, and sends its link', async () => {
		const file = new File([image], 'a.png', { type: 'image/png' });
		await client().predictions.create({ model: veo, input: { ...texts, image: file } });
		const { jobs } = await createWithNode(firstFrame);
		expect(jobs).toMatchObject([{ status: 'queued' }]);
		const [theirs, ours] = simulator.ledger;
		const link = expect.stringMatching(/\/v1\/files\/[\w-]+$/) as string;
		for (const entry of [theirs, ours]) {
			expect(entry?.fields).toEqual({ input: { ...texts, image: link } });
		}
		const uploads = callsTo('/v1/files');
		expect(uploads).toHaveLength(2);
		for (const { headers } of uploads) {
			expect(headers['content-type']).toMatch(/^multipart\/form-data;/);
			expect(headers.authorization).toBe(`Bearer ${simulator.key('replicate')}`);
		}
	});

	test('is repeated by the client when its answer is lost, and found by our node', async () => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		await client().predictions.create({ model: veo, input: texts });
		expect(simulator.ledger).toHaveLength(2);

		simulator.reset();
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		const { jobs } = await createWithNode({});
		expect(jobs).toMatchObject([{ jobId: simulator.ledger[0]?.jobId, status: 'queued' }]);
		expect(simulator.ledger).toHaveLength(1);
		expect(predictionsSent()).toHaveLength(1);
	});

	test('the data URIs of the client would send its key, and never those of our nodes', async () => {
		const careless = client();
		careless.fileEncodingStrategy = 'data-uri';
		const sent: string[] = [];
		careless.fetch = async (_url, init) => {
			sent.push(String(init?.body));
			return await Promise.resolve(Response.json({ id: 'one', status: 'starting' }));
		};
		await careless.predictions.create({ model: veo, input: texts });
		expect(sent.join()).toContain(simulator.key('replicate'));

		await createWithNode({});
		expect(JSON.stringify(simulator.ledger)).not.toContain(simulator.key('replicate'));
	});
});

describe('predictions.list', () => {
	test('has the newest first, 100 on a page, and our node reads from it whose job is whose', async () => {
		const ids: string[] = [];
		for (let made = 0; made < 120; made++) {
			const input = { ...texts, seed: made };
			ids.unshift((await client().predictions.create({ model: veo, input })).id);
		}
		const pages: string[][] = [];
		for await (const page of client().paginate(client().predictions.list)) {
			pages.push(page.map(({ id }) => id));
		}
		expect(pages).toEqual([ids.slice(0, 100), ids.slice(100)]);

		const path = `/v1/models/${veo}/predictions`;
		const create: Call = { method: 'POST', path, json: { input: { ...texts, seed: 33 } } };
		const body: unknown = JSON.parse(JSON.stringify(await client().predictions.list()));
		const list = replicate.find?.read(
			{ httpStatus: 200, contentType: 'application/json', body },
			create,
		);
		expect(list?.kind === 'read' && list.value.jobs.filter(({ isEqual }) => isEqual)).toMatchObject(
			[{ jobId: ids[119 - 33], state: { status: 'queued', model: veo } }],
		);
		expect(list).toMatchObject({ value: { next: { path: expect.stringContaining('?cursor=') } } });
	});

	test('repeats the webhook of a prediction', async () => {
		await client().predictions.create({ model: veo, input: texts, webhook });
		expect((await client().predictions.list()).results).toMatchObject([{ webhook, input: texts }]);
	});
});

describe('predictions.get', () => {
	test("a job of the client is ours to poll, and a job of ours is the client's", async () => {
		const prompt = 'A cat [sim seconds=20]';
		const theirs = await client().predictions.create({ model: veo, input: { prompt } });
		expect(theirs).toMatchObject({ status: 'starting', output: null, error: null, metrics: {} });
		const { items, jobs } = await poll(theirs.id);
		await expectVideos(items);
		expect(jobs).toMatchObject([{ model: veo, usage: { predict_time: 18, total_time: 20 } }]);

		const created = await createWithNode({}, prompt);
		await passSeconds(20);
		const ours = await client().predictions.get(String(created.jobs[0]?.jobId));
		expect(ours).toMatchObject({ status: 'succeeded', output: expect.stringMatching(/^http/) });
		const { bytes } = await send(String(ours.output));
		expect(bytes.equals(videoBytes('landscape-8s'))).toBe(true);
	});

	test.each([
		['success', 'succeeded'],
		['success words=list', 'succeeded'],
		['failed', 'failed'],
		['safety', 'failed'],
		['canceled', 'canceled'],
		['aborted', 'canceled'],
	])('both read the same state: %s', async (ending, status) => {
		const prompt = `A cat [sim seconds=0 ending=${ending}]`;
		// The create answers with the end at once.
		const { id, ...atOnce } = await client().predictions.create({ model: veo, input: { prompt } });
		const prediction = await client().predictions.get(id);
		expect(prediction).toEqual({ id, ...atOnce });
		expect(readByUs(prediction)).toMatchObject({
			status,
			model: prediction.model,
			createdAt: Date.parse(prediction.created_at),
			completedAt: Date.parse(String(prediction.completed_at)),
			...(prediction.error !== null && { failure: { message: prediction.error } }),
		});
	});

	test('the client waits on for a job that was aborted, and our node ends', async () => {
		const prompt = 'A cat [sim seconds=0 ending=aborted]';
		const prediction = await client().predictions.create({ model: veo, input: { prompt } });
		let checks = 0;
		await client().wait(prediction, {}, async () => await Promise.resolve(++checks === 20));
		expect(checks).toBe(20);
		const { failed } = await poll(prediction.id);
		expect(failed).toMatchObject([{ details: { status: 'canceled', checks: 1 } }]);
	});

	test('an hour after its end both see a success without output, and our node says why', async () => {
		const prompt = 'A cat [sim seconds=0]';
		const { id } = await client().predictions.create({ model: veo, input: { prompt } });
		await passSeconds(3600);
		const prediction = await client().predictions.get(id);
		expect(prediction).toMatchObject({ status: 'succeeded', output: null, data_removed: true });
		const { failed } = await poll(id);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/its video is no longer there: Replicate removes it an hour/),
				details: {
					jobId: id,
					status: 'succeeded',
					checks: 1,
					failure: { code: 'download_failed' },
					description: expect.stringMatching(/Only a new job, which is a new purchase/),
				},
			},
		]);
	});
});

test('predictions.cancel sends what ours describes, and our node reads what comes of it', async () => {
	const { id } = await client().predictions.create({ model: veo, input: texts });
	const canceled = await client().predictions.cancel(id);
	expect(canceled.status).toBe('canceled');
	const { method, path } = simulator.calls.at(-1) ?? {};
	const ours = replicate.cancel?.(id, {});
	expect({ method, path }).toEqual({ method: ours?.method, path: `/replicate${ours?.path}` });
	const { failed } = await poll(id);
	expect(failed).toMatchObject([
		{ details: { status: 'canceled', failure: { code: 'canceled' } } },
	]);
});

test('accounts.current and collections.get: what our test of the key and our list of models ask', async () => {
	expect(await client().accounts.current()).toMatchObject({ username: 'acme' });
	const { models } = await client().collections.get('text-to-video');
	const answer = { httpStatus: 200, contentType: 'application/json', body: { models } as unknown };
	const { request, read } = replicate.models ?? {};
	expect(read?.(answer)).toEqual({
		kind: 'read',
		value: models?.map(({ owner, name }) => `${owner}/${name}`),
	});
	expect(simulator.calls.at(-1)?.path).toBe(`/replicate${request?.({}, '').path}`);
});
