import { passSeconds, until } from './fastTime';
import {
	checks,
	continueRegular,
	execute,
	expectVideos,
	jobIds,
	retryOnFail,
	simulator,
} from './scene';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { createNode, pollNode } from './workflow';

/* The option On Timeout. Its rules, job by job: test/jobs/checkDueJobs.test.ts. */

const cancels = () => simulator.calls.filter(({ route }) => route === 'cancel');
const parameters: INodeParameters = {
	timeoutMinutes: 1,
	waiting: 'hold',
	options: { onDeadline: 'cancel' },
};

const createAndPoll = async (
	prompts: string[],
	more: INodeParameters = {},
	provider: ProviderName = 'replicate',
	settings: NonNullable<Parameters<typeof pollNode>[2]> = continueRegular,
) =>
	await execute(
		[createNode(provider), pollNode(provider, { ...parameters, ...more }, settings)],
		prompts,
	);

const stuck = 'A cat [sim ending=stuck]';
const waiting = 'A bird [sim seconds=100000]';
const canceled = {
	status: 'canceled',
	failure: {
		code: 'deadline',
		message: expect.stringMatching(
			/had not ended at Replicate after .* and was canceled$/,
		) as string,
		retryable: true,
	},
};
const failures = (jobs: IDataObject[]) =>
	jobs.map(({ failure }) => (failure as IDataObject | undefined)?.message);

test.each(['hold', 'suspend'])('%s: every job that has not ended is canceled once', async (how) => {
	const prompts = [stuck, 'A dog [sim seconds=0]', waiting];
	const { items, jobs } = await createAndPoll(prompts, { waiting: how, timeoutMinutes: 5 });
	const [first, , third] = jobIds();
	expect(cancels().map(({ path }) => path)).toEqual(
		[first, third].map((id) => `/replicate/v1/predictions/${id}/cancel`),
	);
	expect(jobs).toMatchObject([canceled, { status: 'succeeded' }, canceled]);
	await expectVideos(items.slice(1, 2));
	for (const cancel of cancels()) {
		expect(cancel.headers.authorization).toBe(`Bearer ${simulator.key('replicate')}`);
		const later = simulator.calls.slice(simulator.calls.indexOf(cancel) + 1);
		const ofJob = later.filter(({ path }) => cancel.path.startsWith(path));
		expect(ofJob).toMatchObject([{ route: 'status' }]);
	}
});

test('with Stop Workflow the error says what was canceled, and who decides what it costs', async () => {
	const { text } = await createAndPoll([stuck], {}, 'replicate', {});
	expect(text).toMatch(/had not ended at Replicate after 1 minute, and was canceled/);
	expect(text).toMatch(/What a canceled job costs is up to Replicate/);
	expect(text).not.toMatch(/may still be running/);
});

test('by default every job continues', async () => {
	const { jobs } = await createAndPoll([stuck], { options: {} });
	expect(cancels()).toEqual([]);
	expect(jobs).toMatchObject([{ status: 'running', failure: { code: 'deadline' } }]);
});

test('a job that ends before the request arrives is a success, with its file', async () => {
	simulator.failNext({ kind: 'delay', delayMs: 5_000, route: 'cancel' });
	const { items, jobs } = await createAndPoll(['A cat [sim seconds=62]']);
	expect(cancels()).toHaveLength(1);
	expect(jobs).toMatchObject([{ status: 'succeeded' }]);
	expect(jobs[0]).not.toHaveProperty('failure');
	await expectVideos(items);
});

test('where the provider does not answer, the job may still be running', async () => {
	simulator.failNext({ kind: 'hang', route: 'cancel', times: 1_000 });
	const { jobs, items } = await createAndPoll([stuck, stuck]);
	expect(cancels()).toHaveLength(2);
	expect(failures(jobs)).toEqual(
		[0, 1].map(() => expect.stringMatching(/, and could not be canceled: /) as string),
	);
	expect(jobs).toMatchObject(
		[0, 1].map(() => ({ status: 'running', failure: { code: 'deadline', retryable: false } })),
	);
	for (const { json } of items) expect(Number(json.elapsedSeconds)).toBeLessThan(61);
});

test('Retry On Fail does not cancel a job again', async () => {
	const { text } = await createAndPoll([stuck], {}, 'replicate', retryOnFail);
	expect(text).toMatch(/and was canceled/);
	expect(cancels()).toHaveLength(1);
	expect(jobIds()).toHaveLength(1);
});

test('a canceled execution cancels no job', async () => {
	let cancel = (): void => undefined;
	const running = execute(
		[createNode('replicate'), pollNode('replicate', parameters)],
		[stuck, waiting],
		{ onStart: (stop) => (cancel = stop) },
	);
	await until(() => checks().length >= 4);
	cancel();
	expect((await running).run.status).toBe('canceled');
	await passSeconds(80);
	expect(cancels()).toEqual([]);
});

test('where the provider cannot cancel, a hint says so and the job continues', async () => {
	const { jobs, hints } = await createAndPoll([stuck], {}, 'deepWl');
	expect(jobs).toMatchObject([{ status: 'running', failure: { code: 'deadline' } }]);
	expect(hints).toMatch(/DeepWL cannot cancel a job: a job that is still running at the timeout/);
	expect((await createAndPoll([stuck])).hints).not.toMatch(/cannot cancel/);
});
