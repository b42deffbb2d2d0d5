import {
	callsTo,
	checks,
	continueError,
	continueRegular,
	creates,
	execute,
	expectVideos,
	jobIds,
	simulator,
	withCredential,
} from './scene';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { fixtures } from '../fixtures';
import { providerNamed, providerNames } from '../../nodes/providers';
import type { Fault } from '../../workbench/simulator';
import { create, providersWithContent } from '../simulator/creates';
import type { NodeSettings } from './workflow';
import { createNode, fileOf, itemsOf, mediaOf, pollNode, remixNode } from './workflow';

/** Creates a job per prompt and waits for all of them. */
const createAndPoll = async (
	provider: ProviderName,
	prompts: string[],
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
) => await execute([createNode(provider), pollNode(provider, parameters, settings)], prompts);

const seconds = (job: IDataObject | undefined) => Number(job?.elapsedSeconds);

describe('jobs that succeed', () => {
	test('beside a rehearsal: only the real job is sent and checked', async () => {
		const node = createNode('deepWl', { options: { rehearse: '={{ $json.rehearse }}' } });
		const items = [true, false].map((rehearse) => ({ prompt: `Rehearse: ${rehearse}`, rehearse }));
		const { jobs } = await execute([node, pollNode('deepWl')], items);
		const [jobId] = jobIds();
		expect(jobs).toMatchObject([
			{ status: 'succeeded', rehearsal: true },
			{ status: 'succeeded', jobId },
		]);
		expect(creates()).toHaveLength(1);
		expect(checks()).toEqual(checks(jobId));
	});

	test.each(providerNames)('%s: the jobs and their files, in input order', async (provider) => {
		const prompts = [40, 20, 0].map((length) => `A cat [sim seconds=${length}]`);
		const { error, items, jobs } = await createAndPoll(provider, prompts);
		expect(error).toBeUndefined();
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		expect(jobs).toMatchObject(
			simulator.ledger.map(({ jobId, prompt, model }) => ({
				provider,
				jobId,
				prompt,
				model,
				status: 'succeeded',
				progress: 100,
			})),
		);
		for (const { json, binary } of items) {
			for (const key of ['error', 'failure', 'raw']) expect(json).not.toHaveProperty(key);
			const fileName = `${String(json.jobId).replace(/[:/]/g, '_')}.mp4`;
			const file = { mimeType: 'video/mp4', fileName, fileExtension: 'mp4' };
			expect(binary).toMatchObject({ video: file });
		}
		await expectVideos(items);
		// The job that had ended at once was checked once, and never after its end.
		expect(jobs[2]?.checks).toBe(1);
		expect(checks(jobs[2]?.jobId)).toHaveLength(1);

		const startedAt = Number(simulator.ledger[0]?.at);
		const expectTime = (field: 'createdAt' | 'completedAt', expected: number) => {
			expect(jobs[0]?.[field]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
			// Providers send whole seconds.
			expect(Math.abs(Date.parse(String(jobs[0]?.[field])) - expected)).toBeLessThanOrEqual(2000);
		};
		expectTime('createdAt', startedAt);
		const sendsEnd = fixtures[provider].states.some(({ state }) => 'completedAt' in state);
		if (sendsEnd) expectTime('completedAt', startedAt + 40_000);
		else expect(jobs[0]).not.toHaveProperty('completedAt');
	});

	test('jobs share one clock: the node waits as long as the slowest', async () => {
		const prompts = [100, 80, 120, 90].map((length) => `A cat [sim seconds=${length}]`);
		const { jobs } = await createAndPoll('deerApi', prompts);
		const slowest = Math.max(...jobs.map(seconds));
		expect(slowest).toBeGreaterThanOrEqual(115);
		expect(slowest).toBeLessThan(200);
	});

	test('the job ID alone is enough, as from a sheet', async () => {
		await create(simulator, 'deepWl', 'A cat [sim seconds=0]');
		const [number] = jobIds();
		const node = pollNode('deepWl', { jobId: '={{ $json.number }}' });
		const { items, jobs } = await execute(node, [{ number }]);
		expect(jobs).toMatchObject([{ jobId: number, status: 'succeeded', provider: 'deepWl' }]);
		await expectVideos(items);
	});

	test('a job in two items is checked once, and each item has its own file and options', async () => {
		await create(simulator, 'deepWl', 'A cat [sim seconds=0]');
		const [jobId] = jobIds();
		const options = {
			fileName: '={{ $json.name }}',
			binaryProperty: '={{ $json.field }}',
			includeRaw: '={{ $json.wantsRaw }}',
		};
		const { items } = await execute(pollNode('deepWl', { options }), [
			{ jobId, name: 'A/cat', field: 'cat', wantsRaw: true },
			{ jobId, name: 'two', field: 'other', wantsRaw: false },
		]);
		expect(checks()).toHaveLength(1);
		const [first, second] = items;
		expect(items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['cat'], ['other']]);
		expect(fileOf(first, 'cat').fileName).toBe('A_cat.mp4');
		expect(fileOf(second, 'other').fileName).toBe('two.mp4');
		expect(await mediaOf(first, 'cat')).toBe('landscape-8s');
		expect(await mediaOf(second, 'other')).toBe('landscape-8s');
		expect(JSON.stringify(first?.json.raw)).toContain(jobId);
		expect(second?.json).not.toHaveProperty('raw');
	});

	test('download off: the link, and no file is fetched', async () => {
		const parameters = { download: false };
		const { items } = await createAndPoll('deepWl', ['A cat [sim seconds=0]'], parameters);
		expect(items[0]?.binary).toBeUndefined();
		expect(items[0]?.json.videoUrl).toMatch(/^http.*\.mp4$/);
		expect(items[0]?.json.videos).toEqual([{ url: items[0]?.json.videoUrl, kind: 'final' }]);
		expect([...callsTo('/cdn/'), ...callsTo('/content')]).toEqual([]);
	});
});

describe('a job that does not succeed', () => {
	const prompts = [
		'A cat [sim seconds=0]',
		'A dog [sim seconds=10 ending=failed]',
		'A bird [sim seconds=130]',
		'A fish [sim seconds=0 ending=canceled]',
	];
	const failure = { code: 'generation_failed' };

	test('Stop Workflow: after every job has ended, with an error that names them all', async () => {
		const { error, text } = await createAndPoll('deepWl', prompts);
		const [cat, dog, bird, fish] = jobIds();
		expect(error).toMatchObject({ name: 'NodeApiError', context: { itemIndex: 1 } });
		expect(text).toMatch(/2 items failed/);
		expect(text).toMatch(new RegExp(`Job ${dog} failed at`));
		expect(text).toMatch(new RegExp(`Job ${fish} was canceled at`));
		for (const id of [cat, bird]) {
			expect(text).toMatch(new RegExp(`job ${id}: succeeded, http\\S+\\.mp4`));
		}
	});

	test('Continue: the job in its place, the others with files', async () => {
		const { items, jobs } = await createAndPoll('deepWl', prompts, {}, continueRegular);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		expect(jobs.map(({ status }) => status)).toEqual([
			'succeeded',
			'failed',
			'succeeded',
			'canceled',
		]);
		expect(items[1]).toMatchObject({
			json: { prompt: prompts[1], failure },
			pairedItem: { item: 1 },
		});
		expect(items[1]?.json).not.toHaveProperty('error');
		expect(items[1]?.binary).toBeUndefined();
		await expectVideos([items[0], items[2]]);
	});

	test('Continue (using error output): the whole job under details', async () => {
		const { items, jobs, failed } = await createAndPoll('deepWl', prompts, {}, continueError);
		const [cat, dog, bird, fish] = jobIds();
		expect(jobs.map(({ jobId }) => jobId)).toEqual([cat, bird]);
		await expectVideos(items);
		const details = { provider: 'deepWl', jobId: dog, prompt: prompts[1], failure };
		expect(failed).toMatchObject([
			{ error: expect.stringContaining(String(dog)) as string, details },
			{ details: { jobId: fish, status: 'canceled', failure: { code: 'canceled' } } },
		]);
	});

	test('a failed extension gives its first 8 seconds, in every mode', async () => {
		const poll = async (settings: NodeSettings) => {
			simulator.reset();
			const parameters = { prompt: '={{ $json.prompt }}', promptExtend: 'and then' };
			return await execute(
				[
					remixNode('createExtended', 'newApiRemix', parameters),
					pollNode('newApiRemix', {}, settings),
				],
				['A cat [sim seconds=0 ending=extend_failed]', 'A dog [sim seconds=0]'],
			);
		};
		const partial = {
			status: 'failed',
			remixId: expect.stringMatching(/^video_/) as string,
			videoUrl: expect.stringMatching(/^http.*landscape-8s/) as string,
			failure: { code: 'extend_failed', partial: true },
		};

		const [first, second] = (await poll(continueRegular)).items;
		expect(first?.json).toMatchObject(partial);
		expect(first?.json.videos).toEqual([{ url: first?.json.videoUrl, kind: 'firstSegment' }]);
		await expectVideos([first]);
		await expectVideos([second], 'landscape-15s');

		const { run } = await poll(continueError);
		const [failed] = itemsOf(run, 'Veo Poll Until Done', 1);
		expect(failed?.json).toMatchObject({ details: partial });
		await expectVideos([failed]);

		const { text } = await poll({});
		expect(text).toMatch(/first 8 seconds are there/);
		expect(text).toMatch(/http\S+landscape-8s/);
		expect(text).toContain(jobIds()[1]);
	});
});

describe('the deadline', () => {
	const prompts = [
		'A cat [sim ending=stuck]',
		'A dog [sim seconds=0]',
		'A bird [sim seconds=100000]',
	];

	test('the ID of a job that is still running comes out, or that is still queued', async () => {
		const parameters = { timeoutMinutes: 1 };
		const { items, jobs, failed } = await createAndPoll(
			'deepWl',
			prompts,
			parameters,
			continueError,
		);
		const [stuck, done, queued] = jobIds();
		expect(jobs).toMatchObject([{ jobId: done, status: 'succeeded' }]);
		await expectVideos(items);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/was still running/) as string,
				details: {
					provider: 'deepWl',
					jobId: stuck,
					status: 'running',
					prompt: prompts[0],
					failure: { code: 'deadline', retryable: false },
					description: expect.stringMatching(/may still be running: poll it again/) as string,
				},
			},
			{ details: { jobId: queued, status: 'queued', failure: { code: 'deadline' } } },
		]);
		const elapsed = seconds(failed[0]?.details as IDataObject);
		expect(elapsed).toBeGreaterThanOrEqual(60);
		// Not the next check, at 75.
		expect(elapsed).toBeLessThanOrEqual(61);
	});

	test('with Stop Workflow the error has the ID, and what is still true', async () => {
		const parameters = { timeoutMinutes: 0.5 };
		const { error, text } = await createAndPoll('deepWl', prompts.slice(0, 2), parameters);
		const [stuck, done] = jobIds();
		expect(error?.message).toMatch(new RegExp(`Job ${stuck} was still running at DeepWL`));
		expect(text).toMatch(/may still be running: poll it again later/);
		expect(text).toMatch(new RegExp(`job ${done}: succeeded, http`));
	});

	test('a last check comes shortly before it: a job that ended late is not lost', async () => {
		const parameters = { timeoutMinutes: 0.5, pollIntervalSeconds: 300 };
		const { jobs } = await createAndPoll('deepWl', ['A cat [sim seconds=24]'], parameters);
		expect(jobs).toMatchObject([{ status: 'succeeded', checks: 1 }]);
	});

	test.each<[string, Fault]>([
		['answers', { kind: 'delay', delayMs: 20 }],
		['answers slowly', { kind: 'delay', delayMs: 900 }],
		['never answers', { kind: 'hang' }],
		['answers with errors', { kind: 'html' }],
	])('a hold ends within a second of it where the provider %s', async (_how, fault) => {
		simulator.failNext({ ...fault, route: 'status', times: 1_000 });
		const { jobs } = await createAndPoll(
			'deepWl',
			Array.from({ length: 20 }, (_item, index) => `A cat ${index} [sim ending=stuck]`),
			{ pollIntervalSeconds: 5, timeoutMinutes: 0.1, options: { tolerance: 100 } },
			continueRegular,
		);
		expect(jobs).toHaveLength(20);
		for (const job of jobs) {
			expect(job.failure).toMatchObject({ code: 'deadline' });
			expect(Math.abs(seconds(job) - 6)).toBeLessThanOrEqual(1);
		}
	});
});

describe('checks that fail', () => {
	test('Retry-After of a check is obeyed', async () => {
		const fault = { kind: 'status', httpStatus: 503, retryAfterSeconds: 40 } as const;
		simulator.failNext({ ...fault, route: 'status' });
		await createAndPoll('deepWl', ['A cat [sim seconds=0]'], { pollIntervalSeconds: 5 });
		const [refused, next] = checks();
		expect(Number(next?.at) - Number(refused?.at)).toBeGreaterThanOrEqual(40_000);
	});

	test('too many in a row end the waiting, not the job', async () => {
		simulator.failNext({ kind: 'html', route: 'status', times: 100 });
		const parameters = { pollIntervalSeconds: 5, options: { tolerance: 3 } };
		const prompts = ['A cat [sim seconds=0]'];
		const { failed } = await createAndPoll('deepWl', prompts, parameters, continueError);
		expect(checks()).toHaveLength(3);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/did not answer 3 checks in a row.*web page/) as string,
				details: {
					jobId: jobIds()[0],
					failure: { code: 'no_answer' },
					description: expect.stringMatching(/may still be running/) as string,
				},
			},
		]);
		expect((failed[0]?.details as IDataObject).status).not.toBe('failed');
	});

	test.each(providerNames)(
		'%s: an unknown ID is checked a few times, then reported',
		async (provider) => {
			const jobId = fixtures[provider].checks[0]?.jobId ?? '';
			const { failed } = await execute(pollNode(provider, {}, continueError), [{ jobId }]);
			expect(checks(jobId).length).toBeGreaterThan(1);
			expect(checks(jobId).length).toBeLessThan(10);
			expect(failed).toMatchObject([
				{
					error: expect.stringContaining(`does not know the job ${jobId}`) as string,
					details: {
						provider,
						jobId,
						failure: { code: 'job_not_found' },
						description: expect.stringMatching(/made at this provider/) as string,
					},
				},
			]);
		},
	);
});

describe('answers that are true and odd', () => {
	const odd = (directive: string) => `A cat [sim seconds=0 ${directive}]`;

	test.each(providerNames)('%s: the job succeeds', async (provider) => {
		const { error, items, jobs } = await createAndPoll(
			provider,
			[
				// It is not known yet when it is checked first.
				odd('lagSeconds=8'),
				// The error of an earlier attempt is still there.
				odd('ending=leftoverError'),
				// The file comes 5 seconds after the end.
				odd('ending=lateUrl'),
				// The answer has no link, and the download route has the file.
				...(providersWithContent.includes(provider) ? [odd('ending=noUrl')] : []),
			],
			{ pollIntervalSeconds: 5 },
		);
		expect(error).toBeUndefined();
		for (const job of jobs) {
			expect(job).toMatchObject({ status: 'succeeded' });
			expect(job).not.toHaveProperty('failure');
		}
		expect(checks(jobIds()[0])[0]?.httpStatus).toBeGreaterThanOrEqual(400);
		await expectVideos(items);
	});

	test('an undocumented status word means running, and is shown', async () => {
		const prompt = 'A cat [sim seconds=120 ending=strangeStatus]';
		// The deadline falls into the middle third.
		const { text } = await createAndPoll('deepWl', [prompt], { timeoutMinutes: 1 });
		expect(text).toMatch(/was still running/);
		expect(text).toMatch(/"(?:upstream_)?syncing"/i);
		const later = await execute(pollNode('deepWl'), [{ jobId: jobIds()[0] }]);
		expect(later.jobs).toMatchObject([{ status: 'succeeded' }]);
	});

	test.each(providerNames.filter((name) => providerNamed(name)?.download === undefined))(
		'%s: no link and no other way to the video is an error, not a success without a file',
		async (provider) => {
			const prompts = [odd('ending=noUrl'), odd('')];
			const { jobs, failed } = await createAndPoll(provider, prompts, {}, continueError);
			const [jobId] = jobIds();
			const failure = { code: 'download_failed' };
			expect(jobs).toMatchObject([{ prompt: prompts[1] }]);
			expect(failed).toMatchObject([{ details: { jobId, status: 'succeeded', failure } }]);
			expect(creates()).toHaveLength(2);
		},
	);

	test('openAiVideos: the status and the file on the routes that the credential names', async () => {
		const { items } = await execute(
			[createNode('openAiVideos'), pollNode('openAiVideos')],
			['A cat [sim seconds=20 ending=noUrl]'],
			withCredential('openAiVideos', {
				statusPath: '/v1/video/generations/{id}',
				contentPath: '/v1/videos/{id}/content?variant=video',
			}),
		);
		await expectVideos(items);
		const paths = simulator.calls.filter(({ method }) => method === 'GET').map(({ path }) => path);
		expect(paths.some((path) => path.includes('/v1/video/generations/task_'))).toBe(true);
		expect(paths.some((path) => /\/v1\/videos\/[^/]+$/.test(path))).toBe(false);
		expect(paths.at(-1)).toMatch(/\/content\?variant=video$/);
	});
});
