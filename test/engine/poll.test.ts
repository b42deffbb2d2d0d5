import { fastClock } from './fastTime';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { GatewayName, Simulator } from '../../workbench/simulator';
import { gatewayNames, startSimulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import { create } from '../simulator/creates';
import type { NodeSettings } from './workflow';
import {
	bytesOf,
	checksOf,
	createNode,
	credentialsWith,
	errorOf,
	fileOf,
	itemsOf,
	jobsOf,
	pollNode,
	runNodes,
	textOf,
	veoNode,
} from './workflow';

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({ clock: fastClock });
});
afterEach(() => simulator.reset());
afterAll(() => simulator.close());

const name = 'Veo Poll Until Done';
const video = videoBytes('landscape-8s');
const onError = (value: 'continueRegularOutput' | 'continueErrorOutput'): NodeSettings => ({
	onError: value,
});

/** Creates a job per prompt and waits for all of them. */
async function createAndPoll(
	provider: GatewayName,
	prompts: string[],
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
) {
	return await runNodes(
		simulator,
		[createNode(provider), pollNode(provider, parameters, settings)],
		prompts.map((prompt) => ({ prompt })),
	);
}

const seconds = (job: IDataObject | undefined) => Number(job?.elapsedSeconds);

describe('jobs that succeed', () => {
	test.each(gatewayNames)('%s: the jobs and their files, in input order', async (provider) => {
		const run = await createAndPoll(provider, [
			'A cat [sim seconds=80]',
			'A dog [sim seconds=20]',
			'A bird [sim seconds=0]',
		]);
		expect(run.data.resultData.error).toBeUndefined();
		const items = itemsOf(run, name);
		expect(items.map(({ json }) => json.jobId)).toEqual(
			simulator.ledger.map(({ jobId }) => jobId),
		);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		for (const [index, item] of items.entries()) {
			const { prompt, model } = simulator.ledger[index] ?? {};
			expect(item.json).toMatchObject({
				provider,
				status: 'succeeded',
				progress: 100,
				prompt,
				model,
			});
			expect(item.json).not.toHaveProperty('error');
			expect(item.json).not.toHaveProperty('failure');
			expect(item.json).not.toHaveProperty('raw');
			expect(Number(item.json.checks)).toBeGreaterThanOrEqual(1);
			expect(Object.keys(item.binary ?? {})).toEqual(['video']);
			const file = fileOf(item);
			expect(file.mimeType).toBe('video/mp4');
			expect(file.fileName).toBe(`${String(item.json.jobId).replace(/:/g, '_')}.mp4`);
			expect(file.fileExtension).toBe('mp4');
			expect(await bytesOf(item)).toEqual(video);
		}
		// The job that was over at once was looked at once, and nothing after its end.
		expect(items[2]?.json.checks).toBe(1);
		expect(checksOf(simulator, String(items[2]?.json.jobId))).toHaveLength(1);
		expect(simulator.ledger).toHaveLength(3);
	});

	test.each(gatewayNames)('%s: times are ISO 8601 in UTC, and those of the job', async (provider) => {
		const run = await createAndPoll(provider, ['A cat [sim seconds=30]']);
		const [job] = jobsOf(run, name);
		const boughtAt = Number(simulator.ledger[0]?.at);
		const timeOf = (field: 'createdAt' | 'completedAt') => {
			expect(job?.[field]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
			return Date.parse(String(job?.[field]));
		};
		// Gateways tell whole seconds.
		expect(Math.abs(timeOf('createdAt') - boughtAt)).toBeLessThanOrEqual(2000);
		// APIMP tells no time of the end.
		if (provider === 'apimp') expect(job).not.toHaveProperty('completedAt');
		else expect(Math.abs(timeOf('completedAt') - boughtAt - 30_000)).toBeLessThanOrEqual(2000);
	});

	test('jobs share one clock: the node waits as long as the slowest', async () => {
		const lengths = [100, 80, 120, 90];
		const run = await createAndPoll(
			'deerApi',
			lengths.map((length) => `A cat [sim seconds=${length}]`),
		);
		const jobs = jobsOf(run, name);
		const slowest = Math.max(...jobs.map(seconds));
		expect(slowest).toBeGreaterThanOrEqual(115);
		expect(slowest).toBeLessThan(200);
	});

	test('the end of a job is noticed within an interval of it', async () => {
		const run = await createAndPoll('deepWl', ['A cat [sim seconds=100]'], {
			pollIntervalSeconds: 5,
		});
		const [job] = jobsOf(run, name);
		expect(seconds(job)).toBeGreaterThanOrEqual(98);
		expect(seconds(job)).toBeLessThan(125);
	});

	test('portrait videos are portrait', async () => {
		const nodes = [createNode('deepWl', { aspectRatio: '9:16' }), pollNode('deepWl')];
		const run = await runNodes(simulator, nodes, [{ prompt: 'A cat [sim seconds=0]' }]);
		expect(await bytesOf(itemsOf(run, name)[0])).toEqual(videoBytes('portrait-8s'));
	});

	test('the job id alone is enough, as from a sheet', async () => {
		const created = await runNodes(simulator, [createNode('deepWl')], [
			{ prompt: 'A cat [sim seconds=0]' },
			{ prompt: 'A dog [sim seconds=0]' },
		]);
		const rows = jobsOf(created, 'Veo Create').map(({ jobId }) => ({ number: jobId }));
		const run = await runNodes(
			simulator,
			[pollNode('deepWl', { jobId: '={{ $json.number }}' })],
			rows,
		);
		expect(jobsOf(run, name)).toMatchObject([
			{ jobId: rows[0]?.number, status: 'succeeded', provider: 'deepWl' },
			{ jobId: rows[1]?.number, status: 'succeeded', provider: 'deepWl' },
		]);
		expect(await bytesOf(itemsOf(run, name)[1])).toEqual(video);
	});

	test('the same job in two items is checked once, and each item has its file', async () => {
		await create(simulator, 'deepWl', 'A cat [sim seconds=0]');
		const jobId = simulator.ledger[0]?.jobId;
		const run = await runNodes(
			simulator,
			[pollNode('deepWl', { options: { fileName: '={{ $json.name }}' } })],
			[
				{ jobId, name: 'one' },
				{ jobId, name: 'two' },
			],
		);
		expect(checksOf(simulator)).toHaveLength(1);
		const items = itemsOf(run, name);
		expect(items.map((item) => fileOf(item).fileName)).toEqual(['one.mp4', 'two.mp4']);
		for (const item of items) expect(await bytesOf(item)).toEqual(video);
	});
});

describe('options', () => {
	test('download off: the link, and no file is fetched', async () => {
		const run = await createAndPoll('deepWl', ['A cat [sim seconds=0]', 'A dog [sim seconds=0]'], {
			download: false,
		});
		for (const { json, binary } of itemsOf(run, name)) {
			expect(binary).toBeUndefined();
			expect(json.videoUrl).toMatch(/^http.*\.mp4$/);
			expect(json.videos).toEqual([{ url: json.videoUrl, kind: 'final' }]);
		}
		expect(simulator.calls.filter(({ path }) => /\/cdn\/|\/content/.test(path))).toEqual([]);
	});

	test('file name and field per item', async () => {
		const run = await runNodes(
			simulator,
			[
				createNode('deepWl'),
				pollNode('deepWl', {
					options: {
						fileName: '={{ $json.prompt.slice(0, 5) }}',
						binaryProperty: '={{ $json.prompt.includes("cat") ? "cat" : "other" }}',
					},
				}),
			],
			[{ prompt: 'A/cat [sim seconds=0]' }, { prompt: 'A dog [sim seconds=0]' }],
		);
		const [first, second] = itemsOf(run, name);
		expect(Object.keys(first?.binary ?? {})).toEqual(['cat']);
		expect(fileOf(first, 'cat').fileName).toBe('A_cat.mp4');
		expect(Object.keys(second?.binary ?? {})).toEqual(['other']);
		expect(fileOf(second, 'other').fileName).toBe('A dog.mp4');
		expect(await bytesOf(second, 'other')).toEqual(video);
	});

	test.each(gatewayNames)('%s: the raw answer, where it is asked for', async (provider) => {
		const run = await createAndPoll(provider, ['A cat [sim seconds=0]', 'A dog [sim seconds=0]'], {
			options: { includeRaw: '={{ $json.prompt.includes("cat") }}' },
		});
		const [first, second] = jobsOf(run, name);
		expect(JSON.stringify(first?.raw)).toContain(String(first?.jobId));
		expect(second).not.toHaveProperty('raw');
	});

	test('a video larger than allowed is not kept, and its link comes out', async () => {
		const smallest = video.length / 1024 / 1024;
		const poll = (maxSizeMb: number) =>
			createAndPoll(
				'deepWl',
				['A cat [sim seconds=0]'],
				{ options: { maxSizeMb } },
				onError('continueRegularOutput'),
			);
		const [tooLarge] = itemsOf(await poll(smallest * 0.9), name);
		expect(tooLarge?.binary).toBeUndefined();
		expect(tooLarge?.json).toMatchObject({
			status: 'succeeded',
			videoUrl: expect.stringMatching(/\.mp4$/) as string,
			failure: {
				code: 'download_failed',
				message: expect.stringMatching(/larger than the allowed/) as string,
			},
		});
		const [fits] = itemsOf(await poll(smallest), name);
		expect(await bytesOf(fits)).toEqual(video);
	});
});

describe('a job that does not succeed', () => {
	const prompts = (ending: string) => [
		'A cat [sim seconds=30]',
		`A dog [sim seconds=20 ending=${ending}]`,
		'A bird [sim seconds=60]',
	];
	const endings: Array<[string, Partial<Record<GatewayName, string>> & { otherwise: string }]> = [
		['failed', { otherwise: 'generation_failed', newApiRemix: 'generate_failed' }],
		['safety', { otherwise: 'content_policy', newApiRemix: 'generate_failed' }],
		[
			'canceled',
			{ otherwise: 'generation_failed', deepWl: 'canceled', newApiRemix: 'generate_failed' },
		],
		['busy', { otherwise: 'busy', newApiRemix: 'generate_failed' }],
	];

	describe.each(gatewayNames)('%s', (provider) => {
		test.each(endings)('Stop Workflow, %s: all are waited for and named', async (ending, codes) => {
			const run = await createAndPoll(provider, prompts(ending));
			const error = errorOf(run);
			const [cat, dog, bird] = simulator.ledger.map(({ jobId }) => jobId);
			expect(error.name).toBe('NodeApiError');
			expect(error.context).toMatchObject({ itemIndex: 1 });
			expect(error.message).toContain(`Job ${dog} `);
			expect(error.message).toMatch(
				(codes[provider] ?? codes.otherwise) === 'canceled' ? /was canceled at/ : /failed at/,
			);
			const text = textOf(error);
			for (const jobId of [cat, bird]) expect(text).toContain(`job ${jobId}: succeeded`);
			// DeerAPI names no link.
			const links = text.match(/http\S+\.mp4/g) ?? [];
			if (provider === 'deerApi') expect(links).toEqual([]);
			else expect(links).toHaveLength(2);
			// Nothing was bought again, and the ended job was not asked about for longer.
			expect(simulator.ledger).toHaveLength(3);
		});

		test.each(endings)('Continue, %s', async (ending, codes) => {
			const run = await createAndPoll(
				provider,
				prompts(ending),
				{},
				onError('continueRegularOutput'),
			);
			const [cat, dog, bird, ...others] = itemsOf(run, name);
			expect(others).toEqual([]);
			const code = codes[provider] ?? codes.otherwise;
			expect(dog?.json).toMatchObject({
				provider,
				jobId: simulator.ledger[1]?.jobId,
				status: code === 'canceled' ? 'canceled' : 'failed',
				prompt: prompts(ending)[1],
				failure: { code },
			});
			expect(dog?.json).not.toHaveProperty('error');
			expect(dog?.binary).toBeUndefined();
			expect(dog?.pairedItem).toEqual({ item: 1 });
			for (const item of [cat, bird]) {
				expect(item?.json.status).toBe('succeeded');
				expect(await bytesOf(item)).toEqual(video);
			}
		});

		test.each(endings)('Continue (using error output), %s', async (ending, codes) => {
			const run = await createAndPoll(provider, prompts(ending), {}, onError('continueErrorOutput'));
			const items = itemsOf(run, name);
			expect(items.map(({ json }) => json.jobId)).toEqual([
				simulator.ledger[0]?.jobId,
				simulator.ledger[2]?.jobId,
			]);
			for (const item of items) expect(await bytesOf(item)).toEqual(video);
			const [dog, ...others] = jobsOf(run, name, 1);
			expect(others).toEqual([]);
			expect(dog).toMatchObject({
				error: expect.stringContaining(String(simulator.ledger[1]?.jobId)) as string,
				details: {
					provider,
					jobId: simulator.ledger[1]?.jobId,
					prompt: prompts(ending)[1],
					failure: { code: codes[provider] ?? codes.otherwise },
				},
			});
		});
	});

	test('two failed jobs are counted, and both are named', async () => {
		const run = await createAndPoll('deepWl', [
			'A cat [sim seconds=10 ending=failed]',
			'A dog [sim seconds=0]',
			'A bird [sim seconds=20 ending=safety]',
		]);
		const text = textOf(errorOf(run));
		expect(text).toMatch(/2 items failed/);
		for (const { jobId } of simulator.ledger) expect(text).toContain(jobId);
		expect(text).toMatch(/http\S+\.mp4/);
	});

	test('a failed extension gives its first 8 seconds, in every mode', async () => {
		const poll = async (settings: NodeSettings) => {
			simulator.reset();
			return await runNodes(
				simulator,
				[
					veoNode('veoRemixExtend', {
						operation: 'createExtended',
						provider: 'newApiRemix',
						prompt: '={{ $json.prompt }}',
						promptExtend: 'and then',
					}),
					pollNode('newApiRemix', {}, settings),
				],
				[
					{ prompt: 'A cat [sim seconds=20 ending=extend_failed]' },
					{ prompt: 'A dog [sim seconds=20]' },
				],
			);
		};
		const partial = {
			status: 'failed',
			remixId: expect.stringMatching(/^video_/) as string,
			videoUrl: expect.stringMatching(/^http.*landscape-8s/) as string,
			failure: { code: 'extend_failed', partial: true },
		};

		const [first, second] = itemsOf(await poll(onError('continueRegularOutput')), name);
		expect(first?.json).toMatchObject(partial);
		expect(first?.json.videos).toEqual([{ url: first?.json.videoUrl, kind: 'firstSegment' }]);
		expect(await bytesOf(first)).toEqual(videoBytes('landscape-8s'));
		expect(await bytesOf(second)).toEqual(videoBytes('landscape-15s'));

		const [failed] = itemsOf(await poll(onError('continueErrorOutput')), name, 1);
		expect(failed?.json).toMatchObject({ details: partial });
		expect(await bytesOf(failed)).toEqual(videoBytes('landscape-8s'));

		const text = textOf(errorOf(await poll({})));
		expect(text).toMatch(/first 8 seconds are there/);
		expect(text).toMatch(/http\S+landscape-8s/);
		expect(text).toContain(String(simulator.ledger[1]?.jobId));
	});
});

describe('the deadline', () => {
	test.each(gatewayNames)('%s: the id of a job that is still running comes out', async (provider) => {
		const run = await createAndPoll(
			provider,
			['A cat [sim ending=stuck]', 'A dog [sim seconds=20]'],
			{ timeoutMinutes: 1 },
			onError('continueErrorOutput'),
		);
		const [stuck] = jobsOf(run, name, 1);
		expect(stuck).toMatchObject({
			error: expect.stringMatching(/was still running/) as string,
			details: {
				provider,
				jobId: simulator.ledger[0]?.jobId,
				status: 'running',
				prompt: 'A cat [sim ending=stuck]',
				failure: { code: 'deadline', retryable: false },
				description: expect.stringMatching(/may still be running: poll it again/) as string,
			},
		});
		const elapsed = seconds((stuck?.details ?? {}) as IDataObject);
		expect(elapsed).toBeGreaterThanOrEqual(60);
		expect(elapsed).toBeLessThanOrEqual(62);
		const [dog] = itemsOf(run, name);
		expect(dog?.json).toMatchObject({ jobId: simulator.ledger[1]?.jobId, status: 'succeeded' });
		expect(await bytesOf(dog)).toEqual(video);
	});

	test('a last look comes shortly before it: a job that ended late is not lost', async () => {
		const run = await createAndPoll('deepWl', ['A cat [sim seconds=54]'], {
			timeoutMinutes: 1,
			pollIntervalSeconds: 300,
		});
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded', checks: 2 }]);
	});

	test('a job that never got out of the queue is still queued', async () => {
		const run = await createAndPoll(
			'deepWl',
			['A cat [sim seconds=100000]'],
			{ timeoutMinutes: 1 },
			onError('continueRegularOutput'),
		);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'queued', failure: { code: 'deadline' } }]);
	});
});

describe('checks that fail', () => {
	const gone = [
		{ kind: 'html' },
		{ kind: 'htmlOk' },
		{ kind: 'resetBeforeHeaders' },
		{ kind: 'resetMidBody' },
		{ kind: 'truncatedJson' },
		{ kind: 'empty' },
		{ kind: 'wrongType' },
		{ kind: 'status', httpStatus: 500 },
		{ kind: 'status', httpStatus: 503, retryAfterSeconds: 20 },
		{ kind: 'status', httpStatus: 429, retryAfterSeconds: 20 },
		{ kind: 'redirect' },
	] as const;
	const routeOf = (provider: GatewayName) => (provider === 'eronmind' ? 'taskData' : 'status');

	describe.each(gatewayNames)('%s', (provider) => {
		test.each(gone.map((fault) => [Object.values(fault).join(' '), fault] as const))(
			'%s: once or twice is no failed job',
			async (_name, fault) => {
				simulator.failNext({ ...fault, route: routeOf(provider), times: 3 });
				const run = await createAndPoll(provider, [
					'A cat [sim seconds=30]',
					'A dog [sim seconds=30]',
				]);
				expect(run.data.resultData.error).toBeUndefined();
				expect(jobsOf(run, name).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
				for (const item of itemsOf(run, name)) expect(await bytesOf(item)).toEqual(video);
			},
		);
	});

	test('Retry-After of a check is obeyed', async () => {
		simulator.failNext({
			kind: 'status',
			httpStatus: 503,
			retryAfterSeconds: 100,
			route: 'status',
		});
		await createAndPoll('deepWl', ['A cat [sim seconds=0]'], { pollIntervalSeconds: 5 });
		const [refused, next] = checksOf(simulator);
		expect(Number(next?.at) - Number(refused?.at)).toBeGreaterThanOrEqual(99_000);
	});

	test('too many in a row end the waiting, not the job', async () => {
		simulator.failNext({ kind: 'html', route: 'status', times: 100 });
		const run = await createAndPoll(
			'deepWl',
			['A cat [sim seconds=30]'],
			{ options: { tolerance: 3 } },
			onError('continueErrorOutput'),
		);
		expect(checksOf(simulator)).toHaveLength(3);
		const [failed] = jobsOf(run, name, 1);
		expect(failed).toMatchObject({
			error: expect.stringMatching(/did not answer 3 checks in a row.*web page/) as string,
			details: {
				jobId: simulator.ledger[0]?.jobId,
				failure: { code: 'no_answer' },
				description: expect.stringMatching(/may still be running/) as string,
			},
		});
		expect((failed?.details as IDataObject).status).not.toBe('failed');
	});

	test('with Stop Workflow as well, and the others are kept', async () => {
		await create(simulator, 'deepWl', 'A cat [sim seconds=0]');
		const [cat] = simulator.ledger;
		const run = await runNodes(simulator, [pollNode('deepWl', { options: { tolerance: 2 } })], [
			{ jobId: cat?.jobId },
			{ jobId: 'video_that_nobody_knows' },
		]);
		const text = textOf(errorOf(run));
		expect(text).toMatch(/DeepWL does not know the job video_that_nobody_knows/);
		expect(text).toMatch(new RegExp(`job ${cat?.jobId}: succeeded, http\\S+\\.mp4`));
	});

	test.each(gatewayNames)('%s: an id nobody knows is asked a few times and then told', async (provider) => {
		const run = await runNodes(
			simulator,
			[pollNode(provider, {}, onError('continueErrorOutput'))],
			[{ jobId: 'video_that_nobody_knows' }],
		);
		const asked = checksOf(simulator, 'video_that_nobody_knows').length;
		expect(asked).toBeGreaterThan(1);
		expect(asked).toBeLessThan(10);
		expect(jobsOf(run, name, 1)).toMatchObject([
			{
				error: expect.stringMatching(/does not know the job video_that_nobody_knows/) as string,
				details: {
					provider,
					jobId: 'video_that_nobody_knows',
					failure: { code: 'job_not_found' },
					description: expect.stringMatching(/made at this provider/) as string,
				},
			},
		]);
	});

	test.each(gatewayNames)('%s: a new job that is not known yet is fine', async (provider) => {
		const run = await createAndPoll(provider, ['A cat [sim seconds=30 lagSeconds=8]']);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		expect(checksOf(simulator)[0]?.httpStatus).toBeGreaterThanOrEqual(400);
	});

	test.each(gatewayNames.filter((provider) => provider !== 'eronmind'))(
		'%s: a wrong key is told at once, with what is still true',
		async (provider) => {
			await create(simulator, provider, 'A cat [sim seconds=0]');
			const jobId = String(simulator.ledger[0]?.jobId);
			simulator.calls.length = 0;
			const run = await runNodes(simulator, [pollNode(provider)], [{ jobId }], {
				credentials: credentialsWith(simulator, provider, { apiKey: 'sk-wrong-and-secret' }),
			});
			expect(simulator.calls).toHaveLength(1);
			const text = textOf(errorOf(run));
			expect(text).toContain(jobId);
			expect(text).toMatch(/Check the API key and the Base URL in the credential/);
			expect(text).toMatch(/may still be running/);
			expect(JSON.stringify(run.data)).not.toContain('sk-wrong-and-secret');
		},
	);
});

describe('answers that are true and odd', () => {
	test.each(gatewayNames)('%s: a status word that nobody documented', async (provider) => {
		const run = await createAndPoll(
			provider,
			['A cat [sim seconds=90 ending=strangeStatus]'],
			{ pollIntervalSeconds: 5 },
		);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		expect(await bytesOf(itemsOf(run, name)[0])).toEqual(video);
	});

	test.each(['strangeStatus', 'leftoverError', 'lateUrl'])('%s', async (ending) => {
		for (const provider of gatewayNames) {
			const run = await createAndPoll(provider, [`A cat [sim seconds=20 ending=${ending}]`]);
			const outcome = [provider, run.data.resultData.error?.message];
			expect(outcome).toEqual([provider, undefined]);
			expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
			expect(await bytesOf(itemsOf(run, name)[0])).toEqual(video);
		}
	});

	test.each(['deerApi', 'deepWl', 'newApiRemix'] as const)(
		'%s: no link in the answer, and the download route has the file',
		async (provider) => {
			const run = await createAndPoll(provider, ['A cat [sim seconds=20 ending=noUrl]']);
			const [item] = itemsOf(run, name);
			expect(item?.json).toMatchObject({ status: 'succeeded' });
			expect(await bytesOf(item)).toEqual(video);
		},
	);

	test.each(['apimp', 'eronmind'] as const)(
		'%s: no link and no other way to the video is an error, not a success without a file',
		async (provider) => {
			const run = await createAndPoll(
				provider,
				['A cat [sim seconds=20 ending=noUrl]', 'A dog [sim seconds=20]'],
				{},
				onError('continueErrorOutput'),
			);
			expect(jobsOf(run, name)).toMatchObject([{ prompt: 'A dog [sim seconds=20]' }]);
			expect(jobsOf(run, name, 1)).toMatchObject([
				{
					details: {
						jobId: simulator.ledger[0]?.jobId,
						status: 'succeeded',
						failure: { code: 'download_failed' },
					},
				},
			]);
		},
	);

	test.each(['bare', 'wrapped', 'openai'])('newApiRemix in the shape %s', async (shape) => {
		const run = await createAndPoll('newApiRemix', [`A cat [sim seconds=20 shape=${shape}]`]);
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		expect(await bytesOf(itemsOf(run, name)[0])).toEqual(video);
	});

	test.each([
		['deepWl', 'ms'],
		['deepWl', 'detail'],
		['deepWl', 'retrying,detail'],
		['deerApi', 'url'],
		['eronmind', 'retrying'],
	] as const)('%s: words=%s', async (provider, words) => {
		const run = await createAndPoll(provider, [`A cat [sim seconds=90 words=${words}]`], {
			pollIntervalSeconds: 5,
		});
		const [item] = itemsOf(run, name);
		expect(item?.json).toMatchObject({ status: 'succeeded' });
		expect(await bytesOf(item)).toEqual(video);
		const completedAt = Date.parse(String(item?.json.completedAt));
		expect(Math.abs(completedAt - Number(simulator.ledger[0]?.at) - 90_000)).toBeLessThan(3000);
	});
});
