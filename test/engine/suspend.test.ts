import {
	callsTo,
	checks,
	continueError,
	continueRegular,
	creates,
	executeSuspending,
	expectVideos,
	jobIds,
	retryOnFail,
	simulator,
} from './scene';
import type { Suspension } from './scene';
import { parse } from 'flatted';
import type { IDataObject, INode, INodeParameters, IRunExecutionData } from 'n8n-workflow';
import type { RunOptions, WorkflowFile } from '../../workbench/engine/engine';
import { fields } from '../exampleFiles';
import type { NodeSettings } from './workflow';
import {
	createNode,
	credentialsFor,
	inALoop,
	inARow,
	jobsOf,
	onTwoBranches,
	pollNode,
	runsOf,
} from './workflow';

/*
 * Every suspension here goes through flatted, the form in which n8n's database holds an execution:
 * plain JSON would hide what sharing an object between two stack entries does. When a node suspends:
 * test/jobs/chooseWait.test.ts and schedule.test.ts.
 */

const pollName = 'Veo Poll Until Done';
const waitings = ['automatic', 'suspend'] as const;

const waitNode = (
	waiting: 'automatic' | 'suspend',
	parameters: INodeParameters = {},
	settings: NodeSettings & Partial<INode> = {},
): INode => ({ ...pollNode('deepWl', { waiting, ...parameters }), ...settings });

const set = (name: string, values: Record<string, string>): INode => ({
	id: name,
	name,
	type: 'n8n-nodes-base.set',
	typeVersion: 3.4,
	position: [0, 0],
	parameters: fields(values),
});

/** Makes the jobs 20 seconds older than they are: those just created are not checked at once. */
const older: INode = {
	...set('Older', {}),
	parameters: {
		mode: 'raw',
		jsonOutput: '={{ JSON.stringify({ ...$json, createdAt: $now.minus(20_000).toISO() }) }}',
	},
};

const job = (seconds: number, ending = 'success') =>
	`A boat [sim seconds=${seconds} ending=${ending}]`;

/** Runs a workflow over the items, or Create and Poll in a row, and notes each suspension. */
async function wait(
	given: INode | INode[] | WorkflowFile,
	items: Array<string | IDataObject>,
	{ settings, ...options }: Partial<RunOptions> & Pick<WorkflowFile, 'settings'> = {},
) {
	const file = 'connections' in given ? given : inARow(createNode('deepWl'), ...[given].flat());
	return await executeSuspending({ ...file, settings }, items, options);
}

const storedIn = ({ stored }: Suspension = { stored: '', checks: 0, at: 0, forMs: 0 }) =>
	parse(stored) as IRunExecutionData;

test('a job is waited for in the database, and its video comes out', async () => {
	const { run, items, jobs, suspensions } = await wait(waitNode('automatic'), [job(100), job(60)]);
	expect(run.status).toBe('success');
	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	for (const { forMs } of suspensions) expect(forMs).toBeGreaterThan(63_000);
	expect(jobs).toMatchObject(jobIds().map((jobId) => ({ jobId, status: 'succeeded' })));
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	await expectVideos(items);
	expect(creates()).toHaveLength(2);
});

test('after one suspension and a hold, the execution can be returned as JSON', async () => {
	const { run, jobs, suspensions } = await wait(waitNode('automatic'), [job(100)]);
	expect(suspensions).toHaveLength(1);
	// After the check that ended the suspension, the node held and was called again.
	expect(Number(jobs[0]?.checks)).toBeGreaterThan(1);
	// n8n answers "retry execution" with all of it as JSON, so that nothing may contain itself.
	expect(() => JSON.stringify(run.data)).not.toThrow();
});

test('jobs that are due at nearly the same time need one suspension, not one each', async () => {
	const { jobs, suspensions } = await wait(waitNode('automatic'), Array(12).fill(job(60)));
	expect(suspensions).toHaveLength(1);
	for (const { checks: count, elapsedSeconds } of jobs) {
		expect(count).toBe(1);
		// A second suspension would end after 130 at the earliest.
		expect(Number(elapsedSeconds)).toBeLessThan(110);
	}
});

test('a short job is suspended for at first, and held for once ten of them were seen', async () => {
	const poll = pollNode('openAiVideos', { waiting: 'automatic' });
	const file = inARow(createNode('openAiVideos'), poll);
	expect((await wait(file, Array(10).fill(job(12)))).suspensions).toHaveLength(1);
	const { suspensions, jobs } = await wait(file, [job(12)]);
	expect(suspensions).toHaveLength(0);
	expect(jobs).toMatchObject([{ status: 'succeeded' }]);
	expect(Number(jobs[0]?.elapsedSeconds)).toBeLessThan(60);
});

test('later nodes read the node as they read any other', async () => {
	const after = set('After', {
		first: `={{ $('${pollName}').first().json.jobId }}`,
		all: `={{ $('${pollName}').all().length }}`,
		own: `={{ $('${pollName}').item.json.jobId }}`,
		label: `={{ $('Trigger').item.json.label }}`,
		now: '={{ $json.jobId }}',
	});
	const items = [
		{ prompt: job(150), label: 'one' },
		{ prompt: job(90), label: 'two' },
	];
	const { run, jobs, suspensions } = await wait([waitNode('automatic'), after], items);
	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	const [first, second] = jobIds();
	expect(jobs).toEqual([
		{ first, all: 2, own: first, label: 'one', now: first },
		{ first, all: 2, own: second, label: 'two', now: second },
	]);
	expect(runsOf(run, 'After')).toHaveLength(1);
});

test('after several resumes a finished job is still never checked or fetched again', async () => {
	const { jobs, suspensions } = await wait(waitNode('suspend'), [job(20), job(400)]);
	expect(suspensions.length).toBeGreaterThanOrEqual(2);
	const [quick, slow] = jobs;
	expect(checks(quick?.jobId)).toHaveLength(1);
	expect(quick?.checks).toBe(1);
	expect(slow).toMatchObject({ status: 'succeeded', progress: 100 });
	expect(Number(slow?.checks)).toBeGreaterThan(2);
	expect(callsTo('/cdn/')).toHaveLength(2);
	expect(creates()).toHaveLength(2);
});

test('a job ID that can be read only after a suspension is waited for from then on', async () => {
	const jobId =
		'={{ $itemIndex === 0 || $execution.customData.get("veo_jobs_1") ? $json.jobId : "" }}';
	const node = waitNode('automatic', { jobId }, continueRegular);
	const { items, jobs } = await wait(node, [job(100), job(300)]);
	expect(jobs).toMatchObject(jobIds().map((id) => ({ jobId: id, status: 'succeeded' })));
	await expectVideos(items);
});

test('a job that fails while the execution is suspended, in each mode of On Error', async () => {
	const waitWith = async (settings: NodeSettings) => {
		simulator.reset();
		return await wait(waitNode('automatic', {}, settings), [job(150), job(90, 'failed')]);
	};
	const { text } = await waitWith({});
	for (const jobId of jobIds()) expect(text).toContain(jobId);
	const failure = { code: 'generation_failed' };
	expect((await waitWith(continueRegular)).jobs).toMatchObject([
		{ status: 'succeeded' },
		{ status: 'failed', failure },
	]);
	const { jobs, failed } = await waitWith(continueError);
	expect(jobs).toMatchObject([{ status: 'succeeded' }]);
	expect(failed).toMatchObject([{ details: { status: 'failed', jobId: jobIds()[1], failure } }]);
});

test('the deadline is kept while suspended, and the job comes out with its ID', async () => {
	const node = waitNode('suspend', { timeoutMinutes: 3 }, continueRegular);
	const { jobs, suspensions } = await wait(node, [job(60, 'stuck'), job(50)]);
	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	const [stuck] = jobs;
	const failure = { code: 'deadline' };
	expect(jobs).toMatchObject([
		{ jobId: jobIds()[0], status: 'running', failure },
		{ status: 'succeeded' },
	]);
	// At the latest one resume after the deadline.
	expect(Number(stuck?.elapsedSeconds)).toBeGreaterThanOrEqual(175);
	expect(Number(stuck?.elapsedSeconds)).toBeLessThanOrEqual(180 + 70);
});

describe('the node runs several times', () => {
	test('twice in a row', async () => {
		const again = { ...waitNode('automatic'), name: 'Again' };
		const { run, jobs } = await wait([waitNode('automatic'), again], [job(120)]);
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
		expect(jobs[0]?.jobId).toBe(jobsOf(run, pollName)[0]?.jobId);
	});

	test('at the end of two branches', async () => {
		const branches = onTwoBranches(createNode('deepWl'));
		const file: WorkflowFile = {
			...branches,
			nodes: [...branches.nodes, waitNode('automatic')],
			connections: {
				...branches.connections,
				'Veo Create': { main: [[{ node: pollName, type: 'main', index: 0 }]] },
			},
		};
		const { run } = await wait(file, [job(120)]);
		expect(run.status).toBe('success');
		const ids = runsOf(run, pollName).flatMap(({ data }) =>
			(data?.main?.[0] ?? []).map(({ json }) => json.jobId),
		);
		expect(new Set(ids)).toEqual(new Set(jobIds()));
		expect(jobIds()).toHaveLength(2);
	});

	test('in Loop Over Items: each turn waits for its own job', async () => {
		const label = set('Label', {
			jobId: '={{ $json.jobId }}',
			label: `={{ $('Loop').item.json.label }}`,
		});
		const labels = ['one', 'two', 'three'];
		const { run, jobs, suspensions } = await wait(
			inALoop(createNode('deepWl'), waitNode('automatic'), label),
			labels.map((each) => ({ prompt: job(120), label: each })),
		);
		expect(run.status).toBe('success');
		expect(suspensions.length).toBeGreaterThanOrEqual(3);
		expect(jobs).toEqual(jobIds().map((jobId, turn) => ({ jobId, label: labels[turn] })));
		expect(jobs).toHaveLength(3);
	});
});

test.each<[string, Partial<INode>, number]>([
	['Always Output Data', { alwaysOutputData: true }, 2],
	['Execute Once', { executeOnce: true }, 1],
	['Retry On Fail', { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 }, 2],
])('%s changes nothing of the waiting', async (_name, settings, count) => {
	const after = set('After', { jobId: '={{ $json.jobId }}' });
	const node = waitNode('automatic', {}, settings);
	const { run, jobs, suspensions } = await wait([node, after], [job(120), job(120)]);
	expect(run.status).toBe('success');
	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	expect(jobsOf(run, pollName)).toHaveLength(count);
	expect(jobs).toHaveLength(count);
	expect(runsOf(run, 'After')).toHaveLength(1);
	expect(simulator.ledger).toHaveLength(2);
});

/** The checkpoint that the node handed over, inside what n8n stores. */
function checkpointIn(suspension: Suspension): unknown {
	const { executionData } = storedIn(suspension);
	const states = (executionData?.nodeExecutionStack ?? []).flatMap(({ metadata }) => {
		const handedOver = metadata?.subNodeExecutionData?.metadata;
		return handedOver !== undefined && 'state' in handedOver ? [handedOver.state] : [];
	});
	expect(states).toHaveLength(1);
	return states[0];
}

describe('what is stored while suspended', () => {
	test('stays small, with no key and no file in it', async () => {
		const items = Array.from({ length: 100 }, (_, index) => job(index % 2 === 0 ? 20 : 900));
		const { jobs, suspensions } = await wait(waitNode('suspend'), items);
		expect(suspensions.length).toBeGreaterThanOrEqual(2);
		expect(jobs.map(({ status }) => status)).toEqual(items.map(() => 'succeeded'));
		for (const suspension of suspensions) {
			expect(suspension.stored).not.toContain(simulator.key('deepWl'));
			expect(suspension.stored).not.toContain('ftyp');
			expect(JSON.stringify(checkpointIn(suspension)).length).toBeLessThan(64 * 1024);
			// With the items before it, and the jobs as they stand.
			expect(suspension.stored.length).toBeLessThan(192 * 1024);
		}
	});

	test('ends with the jobs as they stand, which a webhook answers with, and has their IDs', async () => {
		const after = set('After', { jobId: '={{ $json.jobId }}' });
		const nodes = [older, waitNode('suspend'), after];
		const { run, jobs, suspensions } = await wait(nodes, [job(0), job(150)]);
		const [done, running] = jobIds();
		const { resultData } = storedIn(suspensions[0]);
		const waitingRun = resultData.runData[pollName]?.at(-1);
		expect(waitingRun?.data?.main?.[0]?.map(({ json }) => json)).toEqual([
			expect.objectContaining({ provider: 'deepWl', jobId: done, status: 'succeeded' }),
			expect.objectContaining({ provider: 'deepWl', jobId: running, progress: 0 }),
		]);
		expect(resultData.metadata).toEqual({ veo_jobs_1: `${done}, ${running}` });
		// What nodes after it get is the end, once.
		expect(runsOf(run, 'After')).toHaveLength(1);
		expect(jobs).toEqual([{ jobId: done }, { jobId: running }]);
	});
});

describe('the credential is deleted while the execution is suspended', () => {
	async function waitAndDelete(settings: NodeSettings, prompts = [job(0), job(300)]) {
		const credentials = { ...credentialsFor(simulator) };
		return await wait([older, waitNode('suspend', {}, settings)], prompts, {
			credentials,
			onSuspend: () => delete credentials.veoDeepWlApi,
		});
	}

	test('what has ended comes out with its file, and the others with what is known', async () => {
		const { items, jobs } = await waitAndDelete(continueRegular);
		const [done, other] = jobIds();
		const videoUrl = expect.stringMatching(/^http/) as string;
		expect(jobs).toMatchObject([
			{ status: 'succeeded', jobId: done, videoUrl },
			{
				provider: 'deepWl',
				jobId: other,
				prompt: job(300),
				model: expect.any(String) as string,
				status: expect.stringMatching(/queued|running/) as string,
				failure: { message: expect.stringMatching(/cannot be read/) as string },
			},
		]);
		expect(jobs[0]).not.toHaveProperty('failure');
		await expectVideos(items.slice(0, 1));
	});

	test('Retry On Fail with the error output keeps what has ended, and its file', async () => {
		const settings = { ...retryOnFail, ...continueError };
		const { items, jobs, failed } = await waitAndDelete(settings, [job(300), job(0)]);
		const [other, done] = jobIds();
		expect(jobs).toMatchObject([{ jobId: done, status: 'succeeded' }]);
		await expectVideos(items);
		expect(failed).toMatchObject([{ details: { jobId: other, checks: 1 } }]);
	});

	test('Stop Workflow names every job, and the link of the one that has ended', async () => {
		const { text } = await waitAndDelete({});
		const [done, other] = jobIds();
		expect(text).toMatch(/The DeepWL credential of this node cannot be read/);
		expect(text).toMatch(new RegExp(`job ${done}: succeeded, http\\S+\\.mp4`));
		expect(text).toContain(`job ${other}: `);
		expect(text).toMatch(/may still be running/);
	});
});

describe('where a suspension does not fit, the node holds and says why', () => {
	const called = { mode: 'integrated' } as const;
	const short = { settings: { executionTimeout: 100 } };
	const v0 = { settings: { executionOrder: 'v0' } } as const;

	test.each([
		['a sub-workflow', 'automatic', called, 100, 0, /this is a sub-workflow/],
		['a sub-workflow', 'suspend', called, 50, 1, /Run once with all items/],
		['a short workflow timeout', 'automatic', short, 70, 0, /timeout would have canceled/],
		['a short workflow timeout', 'suspend', short, 70, 0, /timeout would have canceled/],
		['the execution order v0', 'automatic', v0, 150, 0, /Execution Order is v0/],
		['the execution order v0', 'suspend', v0, 150, 0, /Execution Order is v0/],
	] as const)('%s, %s', async (_where, waiting, options, seconds, count, says) => {
		const { jobs, hints, suspensions } = await wait(waitNode(waiting), [job(seconds)], options);
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
		expect(suspensions).toHaveLength(count);
		expect(hints).toMatch(says);
	});

	test.each(waitings)(
		'%s resumes before n8n would cancel the execution, and holds from then on',
		async (waiting) => {
			const startedAt = Date.now();
			const settings = { executionTimeout: 300 };
			const { jobs, suspensions } = await wait(waitNode(waiting), [job(255)], { settings });
			expect(jobs).toMatchObject([{ status: 'succeeded' }]);
			expect(suspensions.length).toBeGreaterThanOrEqual(1);
			for (const { at, forMs } of suspensions) expect(at + forMs - startedAt).toBeLessThan(260_000);
		},
	);

	test('the timeout of the workflow counts from the first of two nodes that wait', async () => {
		const startedAt = Date.now();
		const second = createNode('deepWl', {}, { name: 'Create again' });
		const nodes = [waitNode('automatic'), second, { ...waitNode('automatic'), name: 'Again' }];
		const settings = { executionTimeout: 600 };
		const { jobs, suspensions } = await wait(nodes, [job(250)], { settings });
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
		expect(suspensions.length).toBeGreaterThanOrEqual(3);
		const ends = suspensions.map(({ at, forMs }) => at + forMs - startedAt);
		expect(Math.max(...ends)).toBeLessThan(560_000);
	});
});

test.each([
	['before a hold of more than 30 seconds the jobs are stored', {}, false],
	[
		'where n8n stores each step, the first wait is the planned one',
		{ saveExecutionProgress: true },
		true,
	],
])('%s', async (_title, settings, holdsFirst) => {
	simulator.failNext({ kind: 'html', route: 'status' });
	const node = waitNode('automatic', { pollIntervalSeconds: 50 });
	const { run, jobs, suspensions } = await wait([older, node], [job(150)], { settings });
	expect(jobs).toMatchObject([{ status: 'succeeded' }]);
	const createdAt = Number(runsOf(run, 'Veo Create')[0]?.startTime);
	expect(Number(suspensions[0]?.at) - createdAt > 40_000).toBe(holdsFirst);
});

test('Retry On Fail with the error output keeps the deadline and the files', async () => {
	const settings = { ...retryOnFail, ...continueError };
	const node = waitNode('suspend', { timeoutMinutes: 1.2 }, settings);
	const prompts = [job(60, 'stuck'), 'A boat [sim seconds=0 linkSeconds=30]'];
	const { items, failed, hints } = await wait(node, prompts);
	expect(items).toHaveLength(1);
	await expectVideos(items);
	expect(failed).toMatchObject([{ details: { failure: { code: 'deadline' } } }]);
	// One timeout of 72 seconds, and a resume that is up to a minute late.
	const { elapsedSeconds } = failed[0]?.details as IDataObject;
	expect(Number(elapsedSeconds)).toBeLessThan(72 + 65);
	expect(callsTo('/cdn/')).toHaveLength(1);
	expect(hints).not.toMatch(/could not be suspended/);
});
