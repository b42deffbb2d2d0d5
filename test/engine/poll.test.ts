import { fastClock, passSeconds } from './fastTime';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { videoBytes } from '../../workbench/simulator/files';
import { create } from '../simulator/creates';
import { providersWithContent } from '../simulator/creates';
import { useSimulator } from '../useSimulator';
import type { NodeSettings } from './workflow';
import {
	checksOf,
	createNode,
	credentialsWith,
	errorOf,
	fileOf,
	itemsOf,
	jobsOf,
	mediaOf,
	pollNode,
	runNodes,
	textOf,
	veoNode,
} from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const name = 'Veo Poll Until Done';
const onError = (value: 'continueRegularOutput' | 'continueErrorOutput'): NodeSettings => ({
	onError: value,
});

/** Creates a job per prompt and waits for all of them. */
async function createAndPoll(
	provider: ProviderName,
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
const bought = (provider: ProviderName) =>
	simulator.ledger.filter((each) => each.provider === provider);

/** DeerAPI's and OpenAI's own video object have no link: the file is behind a route with the key. */
const namesNoLink = (provider: ProviderName) =>
	provider === 'deerApi' || provider === 'openAiVideos';
const speaksChat = (provider: ProviderName) =>
	provider === 'eronmind' || provider === 'deerApiChat';

/** The same for every provider, all at once. */
async function atEach(
	providers: readonly ProviderName[],
	check: (provider: ProviderName) => Promise<void>,
): Promise<void> {
	const outcomes = await Promise.allSettled(providers.map(async (each) => await check(each)));
	const failed = outcomes.flatMap((outcome, index) =>
		outcome.status === 'rejected' ? [`${providers[index]}: ${String(outcome.reason)}`] : [],
	);
	expect(failed).toEqual([]);
}

describe('jobs that succeed', () => {
	test('the jobs and their files, in input order', async () => {
		await atEach(providerNames, async (provider) => {
			const run = await createAndPoll(provider, [
				'A cat [sim seconds=40]',
				'A dog [sim seconds=20]',
				'A bird [sim seconds=0]',
			]);
			expect(run.data.resultData.error).toBeUndefined();
			const purchases = bought(provider);
			expect(purchases).toHaveLength(3);
			const items = itemsOf(run, name);
			expect(items.map(({ json }) => json.jobId)).toEqual(purchases.map(({ jobId }) => jobId));
			expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
				{ item: 0 },
				{ item: 1 },
				{ item: 2 },
			]);
			for (const [index, item] of items.entries()) {
				const { prompt, model } = purchases[index] ?? {};
				const job = { provider, status: 'succeeded', progress: 100, prompt, model };
				expect(item.json).toMatchObject(job);
				for (const key of ['error', 'failure', 'raw']) expect(item.json).not.toHaveProperty(key);
				expect(Object.keys(item.binary ?? {})).toEqual(['video']);
				const file = fileOf(item);
				expect(file.mimeType).toBe('video/mp4');
				expect(file.fileName).toBe(`${String(item.json.jobId).replace(/:/g, '_')}.mp4`);
				expect(file.fileExtension).toBe('mp4');
				expect(await mediaOf(item)).toBe('landscape-8s');
			}
			// The job that was over at once was looked at once, and never after its end.
			expect(items[2]?.json.checks).toBe(1);
			expect(checksOf(simulator, String(items[2]?.json.jobId))).toHaveLength(1);
		});
	});

	test('times are ISO 8601 in UTC, and those of the job', async () => {
		await atEach(providerNames, async (provider) => {
			const run = await createAndPoll(provider, ['A cat [sim seconds=30]']);
			const [job] = jobsOf(run, name);
			const boughtAt = Number(bought(provider)[0]?.at);
			const timeOf = (field: 'createdAt' | 'completedAt') => {
				expect(job?.[field]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
				return Date.parse(String(job?.[field]));
			};
			// Providers tell whole seconds.
			expect(Math.abs(timeOf('createdAt') - boughtAt)).toBeLessThanOrEqual(2000);
			// APIMP tells no time of the end.
			if (provider === 'apimp') expect(job).not.toHaveProperty('completedAt');
			else expect(Math.abs(timeOf('completedAt') - boughtAt - 30_000)).toBeLessThanOrEqual(2000);
		});
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
		expect(await mediaOf(itemsOf(run, name)[0])).toBe('portrait-8s');
	});

	test('the job id alone is enough, as from a sheet', async () => {
		const created = await runNodes(
			simulator,
			[createNode('deepWl')],
			[{ prompt: 'A cat [sim seconds=0]' }, { prompt: 'A dog [sim seconds=0]' }],
		);
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
		expect(await mediaOf(itemsOf(run, name)[1])).toBe('landscape-8s');
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
		for (const item of items) expect(await mediaOf(item)).toBe('landscape-8s');
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
		expect(await mediaOf(second, 'other')).toBe('landscape-8s');
	});

	test.each(providerNames)('%s: the raw answer, where it is asked for', async (provider) => {
		const run = await createAndPoll(provider, ['A cat [sim seconds=0]', 'A dog [sim seconds=0]'], {
			options: { includeRaw: '={{ $json.prompt.includes("cat") }}' },
		});
		const [first, second] = jobsOf(run, name);
		expect(JSON.stringify(first?.raw)).toContain(String(first?.jobId));
		expect(second).not.toHaveProperty('raw');
	});

	test('of two items with one job, the raw answer for the one that asks for it', async () => {
		const created = await runNodes(simulator, [createNode('deepWl')], [{ prompt: 'A cat' }]);
		const [{ jobId } = {}] = jobsOf(created, 'Veo Create');
		const options = { includeRaw: '={{ $json.wantsRaw }}' };
		const items = [true, false].map((wantsRaw) => ({ jobId, wantsRaw }));
		const run = await runNodes(simulator, [pollNode('deepWl', { options })], items);
		expect(jobsOf(run, name).map((job) => 'raw' in job)).toEqual([true, false]);
	});

	test('a video larger than allowed is not kept, and its link comes out', async () => {
		const smallest = videoBytes('landscape-8s').length / 1024 / 1024;
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
		expect(await mediaOf(fits)).toBe('landscape-8s');
	});
});

describe('a job that does not succeed', () => {
	const prompts = (ending: string) => [
		'A cat [sim seconds=0]',
		`A dog [sim seconds=0 ending=${ending}]`,
		'A bird [sim seconds=0]',
	];
	/** The failure.code at each provider. Only DeepWL has a word for canceled. */
	const codes: Record<string, Partial<Record<ProviderName, string>> & { otherwise: string }> = {
		failed: { otherwise: 'generation_failed' },
		safety: { otherwise: 'content_policy' },
		canceled: { otherwise: 'generation_failed', deepWl: 'canceled', deepWlVideos: 'canceled' },
		busy: { otherwise: 'busy' },
	};
	const codeOf = (ending: string, provider: ProviderName) =>
		codes[ending]?.[provider] ?? codes[ending]?.otherwise;
	const endings = Object.keys(codes);

	describe.each(providerNames)('%s', (provider) => {
		test.each(endings)('Stop Workflow, %s: the error names every job', async (ending) => {
			const run = await createAndPoll(provider, prompts(ending));
			const error = errorOf(run);
			const [cat, dog, bird] = simulator.ledger.map(({ jobId }) => jobId);
			expect(error.name).toBe('NodeApiError');
			expect(error.context).toMatchObject({ itemIndex: 1 });
			expect(error.message).toContain(`Job ${dog} `);
			const isCanceled = codeOf(ending, provider) === 'canceled';
			expect(error.message).toMatch(isCanceled ? /was canceled at/ : /failed at/);
			const text = textOf(error);
			for (const jobId of [cat, bird]) expect(text).toContain(`job ${jobId}: succeeded`);
			const linkCount = namesNoLink(provider) ? 0 : 2;
			expect(text.match(/http\S+\.mp4/g) ?? []).toHaveLength(linkCount);
			expect(simulator.ledger).toHaveLength(3);
		});

		test.each(endings)(
			'Continue, %s: the job in its place, the others with files',
			async (ending) => {
				const settings = onError('continueRegularOutput');
				const run = await createAndPoll(provider, prompts(ending), {}, settings);
				const [cat, dog, bird, ...others] = itemsOf(run, name);
				expect(others).toEqual([]);
				const code = codeOf(ending, provider);
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
					expect(await mediaOf(item)).toBe('landscape-8s');
				}
			},
		);

		test.each(endings)('Continue (using error output), %s', async (ending) => {
			const settings = onError('continueErrorOutput');
			const run = await createAndPoll(provider, prompts(ending), {}, settings);
			const items = itemsOf(run, name);
			expect(items.map(({ json }) => json.jobId)).toEqual([
				simulator.ledger[0]?.jobId,
				simulator.ledger[2]?.jobId,
			]);
			for (const item of items) expect(await mediaOf(item)).toBe('landscape-8s');
			const [dog, ...others] = jobsOf(run, name, 1);
			expect(others).toEqual([]);
			expect(dog).toMatchObject({
				error: expect.stringContaining(String(simulator.ledger[1]?.jobId)) as string,
				details: {
					provider,
					jobId: simulator.ledger[1]?.jobId,
					prompt: prompts(ending)[1],
					failure: { code: codeOf(ending, provider) },
				},
			});
		});
	});

	test('Stop Workflow comes after every job has ended', async () => {
		const run = await createAndPoll('deepWl', [
			'A cat [sim seconds=10 ending=failed]',
			'A dog [sim seconds=130]',
		]);
		const text = textOf(errorOf(run));
		expect(text).toContain(`job ${simulator.ledger[1]?.jobId}: succeeded, http`);
	});

	test('two failed jobs are counted, and both are named', async () => {
		const run = await createAndPoll('deepWl', [
			'A cat [sim seconds=0 ending=failed]',
			'A dog [sim seconds=0]',
			'A bird [sim seconds=0 ending=safety]',
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
					{ prompt: 'A cat [sim seconds=0 ending=extend_failed]' },
					{ prompt: 'A dog [sim seconds=0]' },
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
		expect(await mediaOf(first)).toBe('landscape-8s');
		expect(await mediaOf(second)).toBe('landscape-15s');

		const [failed] = itemsOf(await poll(onError('continueErrorOutput')), name, 1);
		expect(failed?.json).toMatchObject({ details: partial });
		expect(await mediaOf(failed)).toBe('landscape-8s');

		const text = textOf(errorOf(await poll({})));
		expect(text).toMatch(/first 8 seconds are there/);
		expect(text).toMatch(/http\S+landscape-8s/);
		expect(text).toContain(String(simulator.ledger[1]?.jobId));
	});
});

describe('the deadline', () => {
	test('the id of a job that is still running comes out', async () => {
		await atEach(providerNames, async (provider) => {
			const prompts = ['A cat [sim ending=stuck]', 'A dog [sim seconds=0]'];
			const settings = onError('continueErrorOutput');
			const run = await createAndPoll(provider, prompts, { timeoutMinutes: 1 }, settings);
			const [stuckPurchase, donePurchase] = bought(provider);
			const [stuck] = jobsOf(run, name, 1);
			expect(stuck).toMatchObject({
				error: expect.stringMatching(/was still running/) as string,
				details: {
					provider,
					jobId: stuckPurchase?.jobId,
					status: 'running',
					prompt: prompts[0],
					failure: { code: 'deadline', retryable: false },
					description: expect.stringMatching(/may still be running: poll it again/) as string,
				},
			});
			const elapsed = seconds((stuck?.details ?? {}) as IDataObject);
			expect(elapsed).toBeGreaterThanOrEqual(60);
			// Not the next check, at 75.
			expect(elapsed).toBeLessThanOrEqual(61);
			const [dog] = itemsOf(run, name);
			expect(dog?.json).toMatchObject({ jobId: donePurchase?.jobId, status: 'succeeded' });
			expect(await mediaOf(dog)).toBe('landscape-8s');
		});
	});

	test('with Stop Workflow the error has the id, and what is still true', async () => {
		const run = await createAndPoll(
			'deepWl',
			['A cat [sim ending=stuck]', 'A dog [sim seconds=0]'],
			{
				timeoutMinutes: 0.5,
			},
		);
		const [cat, dog] = simulator.ledger;
		const error = errorOf(run);
		expect(error.message).toMatch(new RegExp(`Job ${cat?.jobId} was still running at DeepWL`));
		expect(textOf(error)).toMatch(/may still be running: poll it again later/);
		expect(textOf(error)).toMatch(new RegExp(`job ${dog?.jobId}: succeeded, http`));
	});

	test('a last look comes shortly before it: a job that ended late is not lost', async () => {
		const run = await createAndPoll('deepWl', ['A cat [sim seconds=24]'], {
			timeoutMinutes: 0.5,
			pollIntervalSeconds: 300,
		});
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded', checks: 2 }]);
	});

	test('a job that never got out of the queue is still queued', async () => {
		const run = await createAndPoll(
			'deepWl',
			['A cat [sim seconds=100000]'],
			{ timeoutMinutes: 0.5 },
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
	test.each(gone.map((fault) => [Object.values(fault).join(' '), fault] as const))(
		'%s: two in a row are no failed job, at no provider',
		async (_name, fault) => {
			await atEach(providerNames, async (provider) => {
				simulator.failNext({ ...fault, provider, route: 'status', times: 2 });
				if (speaksChat(provider)) {
					simulator.failNext({ ...fault, provider, route: 'taskData', times: 2 });
				}
				const prompts = ['A cat [sim seconds=0]'];
				const run = await createAndPoll(provider, prompts, { pollIntervalSeconds: 5 });
				expect(run.data.resultData.error).toBeUndefined();
				const [item] = itemsOf(run, name);
				expect(item?.json).toMatchObject({ status: 'succeeded', checks: 3 });
				expect(await mediaOf(item)).toBe('landscape-8s');
			});
		},
	);

	test('Retry-After of a check is obeyed', async () => {
		simulator.failNext({
			kind: 'status',
			httpStatus: 503,
			retryAfterSeconds: 40,
			route: 'status',
		});
		await createAndPoll('deepWl', ['A cat [sim seconds=0]'], { pollIntervalSeconds: 5 });
		const [refused, next] = checksOf(simulator);
		expect(Number(next?.at) - Number(refused?.at)).toBeGreaterThanOrEqual(40_000);
	});

	test('too many in a row end the waiting, not the job', async () => {
		simulator.failNext({ kind: 'html', route: 'status', times: 100 });
		const run = await createAndPoll(
			'deepWl',
			['A cat [sim seconds=0]'],
			{ pollIntervalSeconds: 5, options: { tolerance: 3 } },
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
		const run = await runNodes(
			simulator,
			[pollNode('deepWl', { options: { tolerance: 2 } })],
			[{ jobId: cat?.jobId }, { jobId: 'video_that_nobody_knows' }],
		);
		const text = textOf(errorOf(run));
		expect(text).toMatch(/DeepWL does not know the job video_that_nobody_knows/);
		expect(text).toMatch(new RegExp(`job ${cat?.jobId}: succeeded, http\\S+\\.mp4`));
	});

	test.each(providerNames)(
		'%s: an id nobody knows is asked a few times and then told',
		async (provider) => {
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
		},
	);

	test.each(providerNames)('%s: a new job that is not known yet is fine', async (provider) => {
		const run = await createAndPoll(provider, ['A cat [sim seconds=0 lagSeconds=8]']);
		expect(run.data.resultData.error).toBeUndefined();
		expect(jobsOf(run, name)).toMatchObject([{ status: 'succeeded' }]);
		expect(checksOf(simulator)[0]?.httpStatus).toBeGreaterThanOrEqual(400);
	});

	test.each(providerNames.filter((provider) => !speaksChat(provider)))(
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
	test('a status word that nobody documented means running', async () => {
		await atEach(providerNames, async (provider) => {
			const prompt = 'A cat [sim seconds=120 ending=strangeStatus]';
			const run = await createAndPoll(provider, [prompt], { timeoutMinutes: 1 });
			// The deadline falls into the middle third, and the word is told.
			const text = textOf(errorOf(run));
			expect(text).toMatch(/was still running/);
			expect(text).toMatch(/"(?:upstream_)?syncing"/i);
			const later = await runNodes(
				simulator,
				[pollNode(provider)],
				[{ jobId: bought(provider)[0]?.jobId }],
			);
			expect(jobsOf(later, name)).toMatchObject([{ status: 'succeeded' }]);
			expect(await mediaOf(itemsOf(later, name)[0])).toBe('landscape-8s');
		});
	});

	test('an old or empty error in the answer of a job that completed', async () => {
		await atEach(providerNames, async (provider) => {
			const run = await createAndPoll(provider, ['A cat [sim seconds=0 ending=leftoverError]']);
			expect(run.data.resultData.error).toBeUndefined();
			const [item] = itemsOf(run, name);
			expect(item?.json).toMatchObject({ status: 'succeeded' });
			expect(item?.json).not.toHaveProperty('failure');
			expect(await mediaOf(item)).toBe('landscape-8s');
		});
	});

	test.each(providerNames)('%s: the file comes 5 seconds after the end', async (provider) => {
		const run = await createAndPoll(provider, ['A cat [sim seconds=0 ending=lateUrl]']);
		expect(run.data.resultData.error).toBeUndefined();
		const [item] = itemsOf(run, name);
		expect(item?.json).toMatchObject({ status: 'succeeded' });
		expect(await mediaOf(item)).toBe('landscape-8s');
	});

	test.each(providersWithContent)(
		'%s: no link in the answer, and the download route has the file',
		async (provider) => {
			const run = await createAndPoll(provider, ['A cat [sim seconds=0 ending=noUrl]']);
			const [item] = itemsOf(run, name);
			expect(item?.json).toMatchObject({ status: 'succeeded' });
			expect(await mediaOf(item)).toBe('landscape-8s');
		},
	);

	test.each(['apimp', 'eronmind', 'deerApiChat'] as const)(
		'%s: no link and no other way to the video is an error, not a success without a file',
		async (provider) => {
			const run = await createAndPoll(
				provider,
				['A cat [sim seconds=0 ending=noUrl]', 'A dog [sim seconds=0]'],
				{},
				onError('continueErrorOutput'),
			);
			expect(jobsOf(run, name)).toMatchObject([{ prompt: 'A dog [sim seconds=0]' }]);
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

	test('newApiRemix in each of its three shapes', async () => {
		const run = await createAndPoll(
			'newApiRemix',
			[
				'A cat [sim seconds=30 shape=bare]',
				'A dog [sim seconds=30 shape=wrapped]',
				'A bird [sim seconds=30 shape=openai]',
				'A fish [sim seconds=0 shape=openai ending=safety]',
			],
			{},
			onError('continueRegularOutput'),
		);
		const succeeded = { status: 'succeeded', progress: 100 };
		expect(jobsOf(run, name)).toMatchObject([
			succeeded,
			succeeded,
			succeeded,
			{ status: 'failed', failure: { code: 'content_policy' } },
		]);
		for (const item of itemsOf(run, name).slice(0, 3)) {
			expect(await mediaOf(item)).toBe('landscape-8s');
		}
	});

	test('openAiVideos in each shape, and with its link in each place', async () => {
		const shapes = ['openai', 'bare', 'wrapped', 'gemini', 'flat'].map((word) => `shape=${word}`);
		const links = [
			...['video_url', 'metadata.url', 'url', 'result_url', 'output', 'content.video_url'],
			...['video.url', 'result.videos', 'files', 'detail.video_url', 'urls', 'unsigned_urls'],
		].map((place) => `link=${place}`);
		const words = [...shapes, ...links, 'shape=bare link=fail_reason'];
		const run = await createAndPoll(
			'openAiVideos',
			words.map((word) => `A cat [sim seconds=20 ${word}]`),
		);
		expect(run.data.resultData.error).toBeUndefined();
		const items = itemsOf(run, name);
		expect(items).toHaveLength(words.length);
		for (const [index, item] of items.entries()) {
			expect(await mediaOf(item)).toBe('landscape-8s');
			const hasLink = words[index] !== 'shape=openai';
			expect('videoUrl' in item.json).toBe(hasLink);
		}
		// A link in the answer is fetched there, and the content route is asked only without one.
		expect(simulator.calls.filter(({ path }) => path.endsWith('/content'))).toHaveLength(1);
	});

	test('openAiVideos in each shape fails with the same words', async () => {
		const shapes = ['openai', 'bare', 'wrapped', 'gemini'];
		const run = await createAndPoll(
			'openAiVideos',
			shapes.map((shape) => `A cat [sim seconds=0 ending=safety shape=${shape}]`),
			{},
			onError('continueRegularOutput'),
		);
		const failure = {
			code: 'content_policy',
			message: expect.stringContaining('blocked by our safety system') as string,
		};
		expect(jobsOf(run, name)).toMatchObject(shapes.map(() => ({ status: 'failed', failure })));
	});

	test('openAiVideos: the status and the file on the routes that the credential names', async () => {
		const run = await runNodes(
			simulator,
			[createNode('openAiVideos'), pollNode('openAiVideos')],
			[{ prompt: 'A cat [sim seconds=20 ending=noUrl]' }],
			{
				credentials: credentialsWith(simulator, 'openAiVideos', {
					statusPath: '/v1/video/generations/{id}',
					contentPath: '/v1/videos/{id}/content?variant=video',
				}),
			},
		);
		expect(await mediaOf(itemsOf(run, name)[0])).toBe('landscape-8s');
		const asked = simulator.calls.filter(({ method }) => method === 'GET').map(({ path }) => path);
		expect(asked.some((path) => path.includes('/v1/video/generations/task_'))).toBe(true);
		expect(asked.some((path) => /\/v1\/videos\/[^/]+$/.test(path))).toBe(false);
		expect(asked.at(-1)).toMatch(/\/content\?variant=video$/);
	});

	test('an attempt that the provider itself tries again is not the end', async () => {
		await atEach(['deepWl', 'eronmind', 'deerApiChat'], async (provider) => {
			const prompt = 'A cat [sim seconds=60 words=retrying,detail]';
			const created = await runNodes(simulator, [createNode(provider)], [{ prompt }]);
			const [job] = jobsOf(created, 'Veo Create');
			// Until the middle third, in which an attempt has failed.
			await passSeconds(25);
			const run = await runNodes(simulator, [pollNode(provider)], [job ?? {}]);
			const [item] = itemsOf(run, name);
			expect(item?.json).toMatchObject({ status: 'succeeded' });
			expect(Number(item?.json.checks)).toBeGreaterThan(1);
			expect(await mediaOf(item)).toBe('landscape-8s');
		});
	});

	test.each([
		['deepWl', ['ms', 'detail']],
		['deerApi', ['url']],
	] as const)('%s: words=%s', async (provider, words) => {
		const run = await createAndPoll(
			provider,
			words.map((word) => `A cat [sim seconds=30 words=${word}]`),
		);
		const items = itemsOf(run, name);
		expect(items).toHaveLength(words.length);
		for (const [index, item] of items.entries()) {
			expect(item.json).toMatchObject({
				status: 'succeeded',
				videoUrl: expect.stringMatching(/\.mp4$/) as string,
			});
			expect(await mediaOf(item)).toBe('landscape-8s');
			const endedAt = Number(simulator.ledger[index]?.at) + 30_000;
			expect(Math.abs(Date.parse(String(item.json.completedAt)) - endedAt)).toBeLessThan(2000);
		}
	});
});
