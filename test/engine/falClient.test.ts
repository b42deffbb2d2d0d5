import { passSeconds } from './fastTime';
import { ApiError, createFalClient } from '@fal-ai/client';
import type { INodeParameters } from 'n8n-workflow';
import { fal } from '../../nodes/providers/fal';
import { videoBytes } from '../../workbench/simulator/files';
import { valueOf } from '../providers/plain';
import { image, send } from '../simulator/calls';
import { callsTo, checks, continueError, creates, execute, expectVideos } from './scene';
import { failCreate, firstFrame, frame, simulator } from './scene';
import { createNode, model, pollNode, remixNode } from './workflow';

/*
 * fal.ai's own client against the simulator, and beside it our nodes: what the client sends we send, and
 * what it reads we read.
 */

const client = (credentials = simulator.key('fal')) =>
	createFalClient({
		credentials,
		requestMiddleware: async (request) => {
			const { uploadUrl = '' } = simulator.settings('fal');
			const url = request.url
				.replace('https://queue.fal.run', simulator.baseUrl('fal'))
				.replace('https://rest.fal.ai', uploadUrl);
			return await Promise.resolve({ ...request, url });
		},
	});

const veo = 'fal-ai/veo3.1';
const texts = { prompt: 'A cat', aspect_ratio: '16:9', auto_fix: true } as const;
const webhookUrl = 'https://example.com/webhook?job=mine&signature=a';
const first = 'https://example.com/a.png';
const last = 'https://example.com/b.png';
const linked = (...urls: string[]) => ({
	images: { image: urls.map((url) => ({ source: 'url', url })) },
});
const ended = async (ending = 'success') => {
	const prompt = `A cat [sim seconds=0 ending=${ending}]`;
	return (await client().queue.submit(veo, { input: { prompt } })).request_id;
};

/** Has our node create a job with a file at hand. */
const createWithNode = async (parameters: INodeParameters, prompt = 'A cat') =>
	await execute(createNode('fal', { model: model(veo), ...parameters }, continueError), [prompt], {
		files: [frame],
	});

/** Polls a job of the client with our node. */
const poll = async (requestId: string) =>
	await execute(pollNode('fal', {}, continueError), [{ jobId: `${veo}/requests/${requestId}` }]);

/** What both have sent: the fields, the path with its query, and the key. */
function expectSame(): void {
	const [theirs, ours] = simulator.ledger;
	expect(ours?.fields).toEqual(theirs?.fields);
	const [theirCall, ourCall] = creates();
	expect(new URL(ourCall?.path ?? '', 'http://a').href).toBe(
		new URL(theirCall?.path ?? '', 'http://a').href,
	);
	expect(ourCall?.headers.authorization).toBe(theirCall?.headers.authorization);
	expect(ourCall?.headers.authorization).toBe(`Key ${simulator.key('fal')}`);
}

describe('queue.submit', () => {
	test('sends the path, the key and the fields that our node sends', async () => {
		const input = { ...texts, duration: '6s', seed: 7 } as const;
		await client().queue.submit(veo, { input, webhookUrl });
		await createWithNode({ options: { durationSeconds: 6, seed: 7, callbackUrl: webhookUrl } });
		expectSame();
		expect(creates()[0]?.path).toContain(`?fal_webhook=${encodeURIComponent(webhookUrl)}`);
	});

	test('sends frames to the endpoint that our node chooses', async () => {
		const input = { ...texts, first_frame_url: first, last_frame_url: last };
		await client().queue.submit(`${veo}/fast/first-last-frame-to-video`, { input });
		const frames = { imageMode: 'firstAndLastFrame', ...linked(first, last) };
		await createWithNode({ model: model(`${veo}/fast`), ...frames });
		expectSame();
	});

	test('sends reference images to the endpoint that our node chooses', async () => {
		const input = { ...texts, image_urls: [first, last] };
		await client().queue.submit(`${veo}/reference-to-video`, { input });
		await createWithNode({ imageMode: 'referenceImages', ...linked(first, last) });
		expectSame();
	});

	test('extends a video by its link as our node does', async () => {
		const link = 'https://v3.fal.media/files/a.mp4';
		const input = { prompt: 'It jumps', auto_fix: true, video_url: link };
		await client().queue.submit(`${veo}/fast/extend-video`, { input });
		const options = { videoUrl: link };
		await execute(
			remixNode('extend', 'fal', { prompt: 'It jumps', model: model(`${veo}/fast`), options }),
			[{ jobId: 'one' }],
		);
		expectSame();
	});

	test('uploads a file as our node does, and sends its link', async () => {
		const file = new File([image], 'a.png', { type: 'image/png' });
		// The client uploads files; its types have only the link.
		const input = { ...texts, image_url: file as unknown as string };
		await client().queue.submit(`${veo}/image-to-video`, { input });
		await createWithNode(firstFrame);
		const link = expect.stringMatching(/\/cdn\/upload\/[\w-]+\.png$/) as string;
		const fields = simulator.ledger.map((entry) => entry.fields);
		expect(fields).toEqual(Array(2).fill({ ...texts, image_url: link }));
		const initiated = callsTo('/storage/upload/initiate?storage_type=fal-cdn-v3');
		expect(initiated.map(({ headers }) => headers.authorization)).toEqual(
			Array(2).fill(`Key ${simulator.key('fal')}`),
		);
		const sent = simulator.calls.filter(({ method }) => method === 'PUT');
		expect(sent).toHaveLength(2);
		for (const { origin, httpStatus, headers } of sent) {
			expect({ origin, httpStatus }).toEqual({ origin: 'foreign', httpStatus: 200 });
			expect(headers).toMatchObject({
				...{ 'content-type': 'image/png', 'content-length': String(image.length) },
			});
			expect(headers.authorization).toBeUndefined();
		}
	});

	test('is sent four times by the client after HTTP 503, and once by our node', async () => {
		const fault = { kind: 'status', httpStatus: 503, acceptFirst: true, times: 4 } as const;
		failCreate(fault);
		await expect(client().queue.submit(veo, { input: texts })).rejects.toMatchObject({
			status: 503,
		});
		expect(simulator.ledger).toHaveLength(4);

		simulator.reset();
		failCreate(fault);
		const { failed } = await createWithNode({});
		expect(failed).toMatchObject([{ details: { failure: { code: 'outcome_unknown' } } }]);
		expect(simulator.ledger).toHaveLength(1);
		expect(creates()).toHaveLength(1);
	});
});

describe('queue.status and queue.result', () => {
	test("a job of the client is ours to poll, and a job of ours is the client's", async () => {
		const prompt = 'A cat [sim seconds=20]';
		const { request_id: id } = await client().queue.submit(`${veo}/fast`, { input: { prompt } });
		const { items } = await poll(id);
		await expectVideos(items);
		// Sent to the endpoint with its whole path, and checked without the rest of it.
		expect(creates()[0]?.path).toBe(`/fal/${veo}/fast`);
		expect(new Set(checks().map(({ path }) => path))).toEqual(
			new Set([`/fal/${veo}/requests/${id}/status`]),
		);
		// While a job waits and runs, the answers have HTTP 202.
		expect(checks().map(({ httpStatus }) => httpStatus)).toEqual([
			...Array<number>(checks().length - 1).fill(202),
			200,
		]);
		expect(checks().length).toBeGreaterThan(1);

		const { jobs } = await createWithNode({ model: model(`${veo}/lite`) }, prompt);
		const requestId = String(jobs[0]?.jobId).replace(`${veo}/requests/`, '');
		await passSeconds(20);
		const { data } = await client().queue.result(`${veo}/lite`, { requestId });
		const { bytes } = await send(data.video.url);
		expect(bytes.equals(videoBytes('landscape-8s'))).toBe(true);
	});

	test.each([
		['failed', 500, 'failed', 'generation_failed'],
		['safety', 422, 'failed', 'content_policy'],
		['busy', 503, 'failed', 'busy'],
		['canceled', 499, 'canceled', 'canceled'],
	])('COMPLETED is not success: %s', async (ending, httpStatus, status, code) => {
		const requestId = await ended(ending);
		expect(await client().queue.status(veo, { requestId })).toMatchObject({ status: 'COMPLETED' });
		const error: unknown = await client()
			.queue.result(veo, { requestId })
			.catch((thrown: unknown) => thrown);
		if (!(error instanceof ApiError)) throw new Error('The client has a result');
		expect(error.status).toBe(httpStatus);
		const answer = { httpStatus, contentType: 'application/json', body: error.body as unknown };
		const state = valueOf(fal.status.read(answer));
		expect(state).toMatchObject({ status, failure: { code } });
		const { failed } = await poll(requestId);
		const { failure } = state as { failure: { message: string } };
		expect(failed).toMatchObject([
			{
				details: {
					status,
					checks: 1,
					failure: { code, message: expect.stringContaining(failure.message) as string },
				},
			},
		]);
	});

	test('after its keeping time the result is gone for both, and our node says so', async () => {
		const requestId = await ended();
		await passSeconds(3600);
		expect(await client().queue.status(veo, { requestId })).toMatchObject({ status: 'COMPLETED' });
		await expect(client().queue.result(veo, { requestId })).rejects.toMatchObject({ status: 404 });
		const { failed } = await poll(requestId);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/the job has ended, and its result is gone/) as string,
				details: { failure: { code: 'job_not_found', retryable: false } },
			},
		]);
	});

	test('a server error at the result is no end of the job', async () => {
		const requestId = await ended();
		simulator.failNext({ kind: 'html', httpStatus: 502, route: 'result', times: 2 });
		const { items, jobs } = await poll(requestId);
		await expectVideos(items);
		expect(jobs).toMatchObject([{ status: 'succeeded', checks: 3 }]);
	});
});

test('queue.cancel sends what ours describes, and our node reads what comes of it', async () => {
	const { request_id: requestId } = await client().queue.submit(veo, { input: texts });
	await client().queue.cancel(veo, { requestId });
	const { method, path } = simulator.calls.at(-1) ?? {};
	const ours = fal.cancel?.(`${veo}/requests/${requestId}`, {});
	expect({ method, path }).toEqual({ method: ours?.method, path: `/fal${ours?.path}` });
	expect(await client().queue.status(veo, { requestId })).toMatchObject({ status: 'COMPLETED' });
	const { failed } = await poll(requestId);
	expect(failed).toMatchObject([
		{ details: { status: 'canceled', failure: { code: 'canceled' } } },
	]);
	await expect(client().queue.cancel(veo, { requestId })).rejects.toMatchObject({
		...{ status: 400, body: { status: 'ALREADY_COMPLETED' } },
	});
});
