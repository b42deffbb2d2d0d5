import { fastClock } from './fastTime';
import { parse } from 'flatted';
import type { IDataObject, INode, INodeParameters, IRun, IRunExecutionData } from 'n8n-workflow';
import { runWorkflow } from '../../workbench/engine/engine';
import type { RunOptions, WorkflowFile } from '../../workbench/engine/engine';
import type { Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import {
	checksOf,
	createNode,
	credentialsFor,
	errorOf,
	inARow,
	itemsOf,
	jobsOf,
	mediaOf,
	onTwoBranches,
	runNodes,
	runsOf,
	submitsTo,
	textOf,
	veoNode,
} from './workflow';
import type { NodeSettings } from './workflow';

/*
 * Every suspension here goes through flatted, the form in which n8n's database holds an execution:
 * plain JSON would hide what sharing an object between two stack entries does.
 */

const pollName = 'Veo Poll Until Done';
const leastSuspendMs = 65_000;

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

function waitNode(
	waiting: 'automatic' | 'suspend',
	parameters: INodeParameters = {},
	settings: NodeSettings & Partial<INode> = {},
): INode {
	const node = veoNode('veoPollUntilDone', { provider: 'deepWl', waiting, ...parameters });
	return { ...node, ...settings };
}

const set = (name: string, values: Record<string, string>): INode => ({
	id: name,
	name,
	type: 'n8n-nodes-base.set',
	typeVersion: 3.4,
	position: [0, 0],
	parameters: {
		assignments: {
			assignments: Object.entries(values).map(([key, value]) => ({
				id: key,
				name: key,
				value,
				type: 'string',
			})),
		},
	},
});

const permanent = (seconds: number, ending = 'success') => ({
	prompt: `A boat [sim seconds=${seconds} ending=${ending}]`,
});

/** Runs Create and Poll over the items, and notes each suspension. */
async function pollItems(
	node: INode,
	items: IDataObject[],
	after: INode[] = [],
	{ mode, settings }: Pick<RunOptions, 'mode'> & Pick<WorkflowFile, 'settings'> = {},
) {
	const suspensions: Array<{ stored: string; at: number; forMs: number }> = [];
	const file = inARow(createNode('deepWl'), node, ...after);
	const run = await runWorkflow(
		{ ...file, settings },
		{
			credentials: credentialsFor(simulator),
			items: items.map((json) => ({ json })),
			mode,
			onSuspend: (stored, wakeTime) =>
				suspensions.push({ stored, at: Date.now(), forMs: wakeTime.getTime() - Date.now() }),
		},
	);
	return { run, suspensions };
}

const hintsOf = (run: IRun) => JSON.stringify(runsOf(run, pollName).map(({ hints }) => hints));

test('a job is waited for in the database, and its video comes out', async () => {
	const { run, suspensions } = await pollItems(waitNode('automatic'), [
		permanent(100),
		permanent(60),
	]);

	expect(run.status).toBe('success');
	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	for (const { forMs } of suspensions) expect(forMs).toBeGreaterThan(leastSuspendMs - 2_000);
	const items = itemsOf(run, pollName);
	expect(items.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	expect(await mediaOf(items[0])).toBe('landscape-8s');
	expect(await mediaOf(items[1])).toBe('landscape-8s');
	expect(items[0]?.json.jobId).not.toBe(items[1]?.json.jobId);
	expect(submitsTo(simulator)).toHaveLength(2);
});

test('jobs that are due at nearly the same time need one suspension, not one each', async () => {
	const { run, suspensions } = await pollItems(
		waitNode('automatic'),
		Array.from({ length: 12 }, () => permanent(60)),
	);

	expect(suspensions).toHaveLength(1);
	for (const { checks, elapsedSeconds } of jobsOf(run, pollName)) {
		expect(checks).toBe(2);
		// A second suspension would end after 130 at the earliest.
		expect(Number(elapsedSeconds)).toBeLessThan(110);
	}
});

test('several suspensions in a row end right', async () => {
	const { run, suspensions } = await pollItems(waitNode('suspend'), [permanent(400)]);

	expect(suspensions.length).toBeGreaterThanOrEqual(2);
	expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded', progress: 100 }]);
	expect(submitsTo(simulator)).toHaveLength(1);
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
		{ ...permanent(150), label: 'one' },
		{ ...permanent(90), label: 'two' },
	];
	const { run, suspensions } = await pollItems(waitNode('automatic'), items, [after]);

	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	const [first, second] = jobsOf(run, pollName).map(({ jobId }) => jobId);
	expect(jobsOf(run, 'After')).toEqual([
		{ first, all: 2, own: first, label: 'one', now: first },
		{ first, all: 2, own: second, label: 'two', now: second },
	]);
	expect(runsOf(run, 'After')).toHaveLength(1);
});

test('a finished job is never asked again, also after a resume', async () => {
	const { run, suspensions } = await pollItems(waitNode('suspend'), [
		permanent(20),
		permanent(400),
	]);

	expect(suspensions.length).toBeGreaterThanOrEqual(2);
	const [quick, slow] = jobsOf(run, pollName);
	expect(checksOf(simulator, String(quick?.jobId))).toHaveLength(Number(quick?.checks));
	expect(Number(quick?.checks)).toBe(2);
	expect(Number(slow?.checks)).toBeGreaterThan(2);
	expect(simulator.calls.filter(({ path }) => path.startsWith('/cdn/'))).toHaveLength(2);
});

describe('a job that fails while the execution is suspended', () => {
	const items = [permanent(150), permanent(90, 'failed')];

	test('stops the workflow and names both jobs', async () => {
		const { run } = await pollItems(waitNode('automatic'), items);
		const [good, bad] = simulator.ledger.map(({ jobId }) => jobId);
		expect(run.status).toBe('error');
		expect(textOf(errorOf(run))).toContain(good);
		expect(textOf(errorOf(run))).toContain(bad);
	});

	test('goes on as an item with its failure', async () => {
		const settings = { onError: 'continueRegularOutput' as const };
		const { run } = await pollItems(waitNode('automatic', {}, settings), items);
		expect(jobsOf(run, pollName)).toMatchObject([
			{ status: 'succeeded' },
			{ status: 'failed', failure: { code: 'generation_failed' } },
		]);
	});

	test('goes to the error output with the whole job', async () => {
		const settings = { onError: 'continueErrorOutput' as const };
		const { run } = await pollItems(waitNode('automatic', {}, settings), items);
		const [real] = runsOf(run, pollName).slice(-1);
		expect(real?.data?.main?.[0]?.map(({ json }) => json.status)).toEqual(['succeeded']);
		expect(real?.data?.main?.[1]?.map(({ json }) => json.details)).toMatchObject([
			{ status: 'failed', jobId: simulator.ledger[1]?.jobId },
		]);
	});
});

test('the deadline is kept while suspended, and the job comes out with its id', async () => {
	const settings = { onError: 'continueRegularOutput' as const };
	const node = waitNode('suspend', { timeoutMinutes: 3 }, settings);
	const { run, suspensions } = await pollItems(node, [permanent(60, 'stuck'), permanent(50)]);

	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	const [stuck, done] = jobsOf(run, pollName);
	expect(stuck).toMatchObject({ status: 'running', failure: { code: 'deadline' } });
	expect(stuck?.jobId).toBe(simulator.ledger[0]?.jobId);
	// At the latest one resume after the deadline.
	expect(Number(stuck?.elapsedSeconds)).toBeGreaterThanOrEqual(175);
	expect(Number(stuck?.elapsedSeconds)).toBeLessThanOrEqual(180 + 70);
	expect(done).toMatchObject({ status: 'succeeded' });
});

test('the node twice in a row, and at the end of two branches, waits for its own jobs each time', async () => {
	const second = { ...waitNode('automatic'), name: 'Again' };
	const { run } = await pollItems(waitNode('automatic'), [permanent(120)], [second]);
	expect(jobsOf(run, 'Again')).toMatchObject([{ status: 'succeeded' }]);
	expect(jobsOf(run, 'Again')[0]?.jobId).toBe(jobsOf(run, pollName)[0]?.jobId);

	simulator.reset();
	const branches = onTwoBranches(createNode('deepWl'));
	const poll = waitNode('automatic');
	const file: WorkflowFile = {
		...branches,
		nodes: [...branches.nodes, poll],
		connections: {
			...branches.connections,
			'Veo Create': { main: [[{ node: pollName, type: 'main', index: 0 }]] },
		},
	};
	const twice = await runWorkflow(file, {
		credentials: credentialsFor(simulator),
		items: [{ json: permanent(120) }],
	});
	expect(twice.status).toBe('success');
	expect(simulator.ledger).toHaveLength(2);
	const jobIds = runsOf(twice, pollName).flatMap(({ data }) =>
		(data?.main?.[0] ?? []).map(({ json }) => json.jobId),
	);
	expect(new Set(jobIds)).toEqual(new Set(simulator.ledger.map(({ jobId }) => jobId)));
});

test('Loop Over Items around it: each turn waits for its own job', async () => {
	const loop: INode = {
		id: 'loop',
		name: 'Loop Over Items',
		type: 'n8n-nodes-base.splitInBatches',
		typeVersion: 3,
		position: [0, 0],
		parameters: { batchSize: 1 },
	};
	const label = set('Label', {
		jobId: '={{ $json.jobId }}',
		label: `={{ $('Loop Over Items').item.json.label }}`,
	});
	const row = inARow(loop, createNode('deepWl'), waitNode('automatic'), label);
	const to = (node: string) => [{ node, type: 'main' as const, index: 0 }];
	const file: WorkflowFile = {
		...row,
		nodes: [
			...row.nodes,
			set('Done', { jobId: '={{ $json.jobId }}', label: '={{ $json.label }}' }),
		],
		connections: {
			...row.connections,
			'Loop Over Items': { main: [to('Done'), to('Veo Create')] },
			Label: { main: [to('Loop Over Items')] },
		},
	};
	let suspensions = 0;
	const run = await runWorkflow(file, {
		credentials: credentialsFor(simulator),
		items: ['one', 'two', 'three'].map((name) => ({ json: { ...permanent(120), label: name } })),
		onSuspend: () => suspensions++,
	});
	expect(run.status).toBe('success');
	expect(suspensions).toBeGreaterThanOrEqual(3);
	expect(simulator.ledger).toHaveLength(3);
	expect(jobsOf(run, 'Done')).toEqual(
		['one', 'two', 'three'].map((name, turn) => ({
			jobId: simulator.ledger[turn]?.jobId,
			label: name,
		})),
	);
});

test.each<[string, Partial<INode>, number]>([
	['Always Output Data', { alwaysOutputData: true }, 2],
	['Execute Once', { executeOnce: true }, 1],
	['Retry On Fail', { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 }, 2],
])('%s changes nothing of the waiting', async (_name, settings, count) => {
	const node = waitNode('automatic', {}, settings);
	const { run, suspensions } = await pollItems(
		node,
		[permanent(120), permanent(120)],
		[set('After', { jobId: '={{ $json.jobId }}' })],
	);
	expect(run.status).toBe('success');
	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	expect(jobsOf(run, pollName)).toHaveLength(count);
	expect(jobsOf(run, 'After')).toHaveLength(count);
	expect(runsOf(run, 'After')).toHaveLength(1);
	expect(simulator.ledger).toHaveLength(2);
});

test('what is stored stays small, with no key and no file in it', async () => {
	const items = Array.from({ length: 100 }, (_, index) => permanent(index % 2 === 0 ? 20 : 900));
	const { run, suspensions } = await pollItems(waitNode('suspend'), items);

	expect(suspensions.length).toBeGreaterThanOrEqual(2);
	expect(jobsOf(run, pollName).map(({ status }) => status)).toEqual(items.map(() => 'succeeded'));
	for (const { stored } of suspensions) {
		for (const name of ['deepWl', 'deerApi'] as const) {
			expect(stored).not.toContain(simulator.key(name));
		}
		expect(stored).not.toContain('ftyp');
		expect(Buffer.byteLength(JSON.stringify(stateIn(stored)))).toBeLessThan(64 * 1024);
		// With the items before it, and the jobs as they stand.
		expect(Buffer.byteLength(stored)).toBeLessThan(192 * 1024);
	}
});

describe('the credential is deleted while the execution is suspended', () => {
	async function pollAndDelete(settings: NodeSettings) {
		const credentials = { ...credentialsFor(simulator) };
		return await runNodes(
			simulator,
			[createNode('deepWl'), waitNode('suspend', {}, settings)],
			[permanent(0), permanent(300)],
			{ credentials, onSuspend: () => delete credentials.veoDeepWlApi },
		);
	}

	test('what has ended comes out with its file, and the others with what is known', async () => {
		const run = await pollAndDelete({ onError: 'continueRegularOutput' });
		const [done, other] = itemsOf(run, pollName);
		expect(done?.json).toMatchObject({ status: 'succeeded', jobId: simulator.ledger[0]?.jobId });
		expect(done?.json.videoUrl).toMatch(/^http/);
		expect(done?.json).not.toHaveProperty('failure');
		expect(await mediaOf(done)).toBe('landscape-8s');
		expect(other?.json).toMatchObject({
			provider: 'deepWl',
			jobId: simulator.ledger[1]?.jobId,
			prompt: permanent(300).prompt,
			status: expect.stringMatching(/queued|running/) as string,
			failure: { message: expect.stringMatching(/cannot be read/) as string },
		});
		expect(other?.json).toHaveProperty('model');
	});

	test('Retry On Fail with the error output keeps what has ended, and its file', async () => {
		const credentials = { ...credentialsFor(simulator) };
		const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
		const run = await runNodes(
			simulator,
			[
				createNode('deepWl'),
				waitNode('suspend', {}, { ...settings, onError: 'continueErrorOutput' }),
			],
			[permanent(300), permanent(0)],
			{ credentials, onSuspend: () => delete credentials.veoDeepWlApi },
		);
		const [other, done] = simulator.ledger.map(({ jobId }) => jobId);
		expect(jobsOf(run, pollName)).toMatchObject([{ jobId: done, status: 'succeeded' }]);
		expect(await mediaOf(itemsOf(run, pollName)[0])).toBe('landscape-8s');
		expect(jobsOf(run, pollName, 1)).toMatchObject([{ details: { jobId: other, checks: 1 } }]);
	});

	test('Stop Workflow names every job, and the link of the one that has ended', async () => {
		const text = textOf(errorOf(await pollAndDelete({})));
		expect(text).toMatch(/The DeepWL credential of this node cannot be read/);
		const [done, other] = simulator.ledger;
		expect(text).toMatch(new RegExp(`job ${done?.jobId}: succeeded, http\\S+\\.mp4`));
		expect(text).toContain(`job ${other?.jobId}: `);
		expect(text).toMatch(/may still be running/);
	});
});

test('while suspended, the last output is the jobs as they stand: a webhook answers with it', async () => {
	const { run, suspensions } = await pollItems(
		waitNode('automatic'),
		[permanent(0), permanent(150)],
		[set('After', { jobId: '={{ $json.jobId }}' })],
	);
	const [done, running] = simulator.ledger.map(({ jobId }) => jobId);
	expect(suspensions.length).toBeGreaterThanOrEqual(1);
	const { resultData } = parse(suspensions[0]?.stored ?? '') as IRunExecutionData;
	const waitingRun = resultData.runData[pollName]?.at(-1);
	expect(waitingRun?.data?.main?.[0]?.map(({ json }) => json)).toEqual([
		expect.objectContaining({ provider: 'deepWl', jobId: done, status: 'succeeded' }),
		expect.objectContaining({ provider: 'deepWl', jobId: running, progress: 0 }),
	]);
	// What nodes after it get is the end, once.
	expect(runsOf(run, 'After')).toHaveLength(1);
	expect(jobsOf(run, 'After').map(({ jobId }) => jobId)).toEqual([done, running]);
	expect(jobsOf(run, pollName).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
});

test('the job IDs stand in the highlighted data of a suspended execution', async () => {
	const { suspensions } = await pollItems(waitNode('suspend'), [permanent(50), permanent(60)]);
	const { resultData } = parse(suspensions[0]?.stored ?? '') as IRunExecutionData;
	const saved = Object.values(resultData.metadata ?? {}).join(', ');
	expect(saved.split(', ')).toEqual(simulator.ledger.map(({ jobId }) => jobId));
});

describe('a sub-workflow', () => {
	const called = { mode: 'integrated' } as const;

	test('is held with Automatic, and says why', async () => {
		const items = [permanent(100)];
		const { run, suspensions } = await pollItems(waitNode('automatic'), items, [], called);
		expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded' }]);
		expect(suspensions).toHaveLength(0);
		expect(hintsOf(run)).toMatch(/this is a sub-workflow/);
	});

	test('is suspended with Suspend, and says what that needs', async () => {
		const items = [permanent(50)];
		const { run, suspensions } = await pollItems(waitNode('suspend'), items, [], called);
		expect(suspensions).toHaveLength(1);
		expect(hintsOf(run)).toMatch(/Run once with all items/);
	});
});

describe('the timeout of the workflow', () => {
	test.each(['automatic', 'suspend'] as const)(
		'is too short for a suspension: %s holds, and says why',
		async (waiting) => {
			const settings = { executionTimeout: 100 };
			const { run, suspensions } = await pollItems(waitNode(waiting), [permanent(70)], [], {
				settings,
			});
			expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded' }]);
			expect(suspensions).toHaveLength(0);
			expect(hintsOf(run)).toMatch(/the workflow timeout would have canceled/);
		},
	);

	test.each(['automatic', 'suspend'] as const)(
		'%s resumes before n8n would cancel the execution, and holds from then on',
		async (waiting) => {
			const startedAt = Date.now();
			const node = waitNode(waiting);
			const { run, suspensions } = await pollItems(node, [permanent(255)], [], {
				settings: { executionTimeout: 300 },
			});
			expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded' }]);
			expect(suspensions.length).toBeGreaterThanOrEqual(1);
			for (const { at, forMs } of suspensions) expect(at + forMs - startedAt).toBeLessThan(260_000);
		},
	);
});

test.each(['automatic', 'suspend'] as const)(
	'with the execution order v0 %s holds: the last run of the node has its output',
	async (waiting) => {
		const after = set('After', { status: `={{ $('${pollName}').first().json.status }}` });
		const { run, suspensions } = await pollItems(waitNode(waiting), [permanent(150)], [after], {
			settings: { executionOrder: 'v0' },
		});
		expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded' }]);
		expect(jobsOf(run, 'After')).toEqual([{ status: 'succeeded' }]);
		expect(suspensions).toHaveLength(0);
		expect(hintsOf(run)).toMatch(/Execution Order is v0/);
	},
);

test('the timeout of the workflow counts from the first of two nodes that wait', async () => {
	const startedAt = Date.now();
	const wakeTimes: number[] = [];
	const second = [
		createNode('deepWl', {}, { name: 'Create again' }),
		{ ...waitNode('automatic'), name: 'Again' },
	];
	const file = inARow(createNode('deepWl'), waitNode('automatic'), ...second);
	const run = await runWorkflow(
		{ ...file, settings: { executionTimeout: 600 } },
		{
			credentials: credentialsFor(simulator),
			items: [{ json: permanent(250) }],
			onSuspend: (_stored, wakeTime) => wakeTimes.push(wakeTime.getTime() - startedAt),
		},
	);
	expect(jobsOf(run, 'Again')).toMatchObject([{ status: 'succeeded' }]);
	expect(wakeTimes.length).toBeGreaterThanOrEqual(3);
	expect(Math.max(...wakeTimes)).toBeLessThan(560_000);
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
	const { run, suspensions } = await pollItems(node, [permanent(150)], [], { settings });
	expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded' }]);
	const held = ((suspensions[0]?.at ?? 0) - Number(runsOf(run, 'Veo Create')[0]?.startTime)) / 1000;
	expect(held > 40).toBe(holdsFirst);
});

test('Retry On Fail with the error output keeps the deadline and the files', async () => {
	const node = waitNode(
		'suspend',
		{ timeoutMinutes: 1.2 },
		{ onError: 'continueErrorOutput', retryOnFail: true, maxTries: 3, waitBetweenTries: 1 },
	);
	const items = [permanent(60, 'stuck'), { prompt: 'A boat [sim seconds=0 linkSeconds=30]' }];
	const { run } = await pollItems(node, items);
	expect(itemsOf(run, pollName)).toHaveLength(1);
	expect(await mediaOf(itemsOf(run, pollName)[0])).toBe('landscape-8s');
	const [failed] = jobsOf(run, pollName, 1).map(({ details }) => details as IDataObject);
	expect(failed).toMatchObject({ failure: { code: 'deadline' } });
	// One timeout of 72 seconds, and a resume that is up to a minute late.
	expect(Number(failed?.elapsedSeconds)).toBeLessThan(72 + 65);
	expect(simulator.calls.filter(({ path }) => path.startsWith('/cdn/'))).toHaveLength(1);
	expect(hintsOf(run)).not.toMatch(/could not be suspended/);
});

interface Stored {
	executionData: {
		nodeExecutionStack: Array<{
			metadata?: { subNodeExecutionData?: { metadata: { state: unknown } } };
		}>;
	};
}

/** The state that the node handed over, inside what n8n stores. */
function stateIn(stored: string): unknown {
	const { executionData } = parse(stored) as unknown as Stored;
	const states = executionData.nodeExecutionStack.flatMap(({ metadata }) =>
		metadata?.subNodeExecutionData === undefined
			? []
			: [metadata.subNodeExecutionData.metadata.state],
	);
	expect(states).toHaveLength(1);
	return states[0];
}
