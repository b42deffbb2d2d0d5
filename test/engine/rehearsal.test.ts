import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import {
	continueError,
	continueRegular,
	execute,
	firstFrame,
	frame,
	simulator,
	withCredential,
} from './scene';
import type { ProviderName } from '../../nodes/providers';
import { providerNames, providersWith } from '../../nodes/providers';
import { readBinary } from '../../workbench/engine/engine';
import { durationSeconds } from '../simulator/mp4';
import {
	asTool,
	createNode,
	extendNode,
	fileOf,
	inALoop,
	jobsOf,
	pollNode,
	remixNode,
	runsOf,
} from './workflow';

/* Rehearsals: a whole pipeline, and nothing is sent. */

const rehearse = (more: INodeParameters = {}) => ({ options: { rehearse: true, ...more } });
const withoutCredential = { credentials: {} };
const secondsOf = async (item: INodeExecutionData | undefined) =>
	durationSeconds(await readBinary(fileOf(item)));

afterEach(() => {
	expect(simulator.calls).toEqual([]);
	expect(simulator.ledger).toEqual([]);
});

test.each(providerNames)('%s: create, wait and download without a credential', async (provider) => {
	const { items, jobs, run } = await execute(
		[createNode(provider, rehearse()), pollNode(provider)],
		['A cat'],
		withoutCredential,
	);
	const [created] = jobsOf(run, 'Veo Create');
	expect(created).toMatchObject({
		...{ provider, status: 'queued', rehearsal: true, prompt: 'A cat' },
		request: { method: 'POST', path: expect.stringMatching(/^\//) as string },
	});
	expect(JSON.stringify(created?.request)).toContain('A cat');
	expect(jobs).toMatchObject([
		{
			...{ provider, jobId: created?.jobId, status: 'succeeded', rehearsal: true },
			...{ progress: 100, model: created?.model, prompt: 'A cat' },
			videoUrl: expect.stringMatching(/^https:/) as string,
			createdAt: expect.any(String) as string,
			completedAt: expect.any(String) as string,
		},
	]);
	expect(await secondsOf(items[0])).toBeCloseTo(8, 0);
	expect(Number(jobs[0]?.elapsedSeconds)).toBeLessThan(15);
});

/** The link to a video that a provider may extend. */
const linkFor = (provider: ProviderName) =>
	provider === 'vertex' ? 'gs://bucket/a.mp4' : 'https://example.com/a.mp4';

test.each(providersWith('extend'))('%s: a rehearsal is extended', async (provider) => {
	const nodes = [
		createNode(provider, rehearse()),
		extendNode(provider, {
			prompt: 'On',
			...rehearse({ videoUrl: linkFor(provider) }),
		}),
		pollNode(provider),
	];
	const { items, jobs } = await execute(nodes, ['A cat'], withoutCredential);
	expect(jobs).toMatchObject([{ status: 'succeeded', rehearsal: true }]);
	expect(await secondsOf(items[0])).toBeCloseTo(15, 0);
});

test('suspended: it resumes by itself, and the execution was stored', async () => {
	const { jobs, run } = await execute(
		[createNode('fal', rehearse()), pollNode('fal', { waiting: 'suspend' })],
		['A cat'],
		withoutCredential,
	);
	expect(jobs).toMatchObject([{ status: 'succeeded', rehearsal: true }]);
	expect(Number(jobs[0]?.elapsedSeconds)).toBeGreaterThanOrEqual(60);
	expect(run.data.resultData.error).toBeUndefined();
});

describe('the outcome', () => {
	const end = async (rehearseOutcome: string) =>
		await execute(
			[
				createNode('deerApi', rehearse({ rehearseOutcome })),
				pollNode('deerApi', { timeoutMinutes: 1 }, continueError),
			],
			['A cat'],
			withoutCredential,
		);

	test.each([
		['contentPolicy', { code: 'content_policy', retryable: false }],
		['firstSegment', { code: 'extend_failed', partial: true }],
		['deadline', { code: 'deadline' }],
	])('%s', async (rehearseOutcome, failure) => {
		const { failed } = await end(rehearseOutcome);
		expect(failed).toMatchObject([{ details: { failure, rehearsal: true } }]);
	});

	test('that does not exist is an error', async () => {
		const node = createNode('deerApi', rehearse({ rehearseOutcome: '={{ "great" }}' }));
		const { text } = await execute(node, ['A cat'], withoutCredential);
		expect(text).toMatch(/Rehearsal Outcome is "great"[^]*succeeded, contentPolicy/);
	});
});

test('the request shows an image as its name, type and size', async () => {
	const node = createNode('vertex', { ...firstFrame, ...rehearse() });
	const { jobs } = await execute(node, ['A cat'], { files: [frame], ...withoutCredential });
	const image = { fileName: 'a.png', mimeType: 'image/png', bytes: expect.any(Number) as number };
	expect(JSON.stringify(jobs[0]?.request).length).toBeLessThan(1_000);
	expect(jobs[0]?.request).toMatchObject({
		json: { instances: [{ image: { bytesBase64Encoded: image } }] },
	});
});

test('fields are checked as for a real job', async () => {
	const { text } = await execute(createNode('deerApi', rehearse()), ['   '], withoutCredential);
	expect(text).toMatch(/Prompt is empty/);
});

test('a loop of 1,000 rehearsals is no purchase, and no limit stops it', async () => {
	const prompts = Array.from({ length: 1_000 }, (_each, index) => `Cat ${index}`);
	const { error } = await execute(
		inALoop(createNode('deerApi', rehearse({ maxJobsPerDay: 1 }))),
		prompts,
		withoutCredential,
	);
	expect(error).toBeUndefined();
});

test('the tools of an agent rehearse, and no limit counts it', async () => {
	const prompts = Array.from({ length: 50 }, (_each, index) => `Cat ${index}`);
	const created = await execute(
		inALoop(asTool(createNode('deerApi', rehearse()))),
		prompts,
		withoutCredential,
	);
	const runs = runsOf(created.run, 'Veo Create').map(({ data }) => data?.ai_tool?.[0]?.[0]?.json);
	const jobIds = runs.map((json) => json?.jobId);
	expect(runs).toEqual(prompts.map(() => expect.objectContaining({ rehearsal: true }) as unknown));
	expect(new Set(jobIds).size).toBe(50);
	const wait = asTool(pollNode('deerApi', { options: { fileName: 'cat' } }));
	const { run } = await execute(wait, [{ jobId: jobIds[0] }], withoutCredential);
	expect(runsOf(run, wait.name)[0]?.data?.ai_tool?.[0]).toMatchObject([
		{ json: { status: 'succeeded', rehearsal: true }, binary: { video: {} } },
	]);
});

test('with a wrong credential it is the same', async () => {
	const wrong = withCredential('deerApi', { baseUrl: 'no address', apiKey: '' });
	const nodes = [createNode('deerApi', rehearse()), pollNode('deerApi')];
	const { jobs } = await execute(nodes, ['A cat'], wrong);
	expect(jobs).toMatchObject([{ status: 'succeeded', rehearsal: true }]);
});

test.each([true, 'true', 1, 'yes', 'on'])('%j rehearses', async (value) => {
	const node = createNode('deerApi', { options: { rehearse: '={{ $json.value }}' } });
	const { jobs } = await execute(node, [{ prompt: 'A cat', value }], withoutCredential);
	expect(jobs).toMatchObject([{ rehearsal: true }]);
});

test('a rehearsal is not continued for money', async () => {
	const rehearsed = createNode('deepWl', rehearse());
	const extend = remixNode('extend', 'deepWl', { prompt: 'On' }, continueRegular);
	const { jobs } = await execute([rehearsed, extend], ['A cat']);
	expect(JSON.stringify(jobs)).toMatch(/is the ID of a rehearsal: no provider has such a job/);
});

test('a real job is not continued in a rehearsal', async () => {
	const extend = remixNode('extend', 'deepWl', { prompt: 'On', ...rehearse() });
	const { text } = await execute(extend, [{ jobId: 'video_1' }], withoutCredential);
	expect(text).toMatch(/video_1 is a real job, and a rehearsal continues rehearsals only/);
});

test('an ID that was changed is a failed job, and no request', async () => {
	const { failed } = await execute(
		pollNode('deerApi', {}, continueError),
		[{ jobId: 'rehearsal-succeeded' }],
		withoutCredential,
	);
	expect(failed).toMatchObject([{ details: { failure: { code: 'bad_request' } } }]);
});
