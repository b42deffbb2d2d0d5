import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject, INode, INodeParameters, IWorkflowSettings } from 'n8n-workflow';
import type { Execution, N8nClient, WorkflowInput } from '../../workbench/n8n/client';
import type { Fault, Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import type { Credentials } from './workflows';
import {
	create,
	createCredentials,
	givesItems,
	inARow,
	job,
	manualTrigger,
	node,
	poll,
	until,
} from './workflows';

/* What n8n's "retry execution" buys: the list of executions offers it for each one that failed. */

const createName = 'Veo Create';
const pollName = 'Veo Poll Until Done';

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;
let credentials: Credentials;
let suspendedTwice: ReturnType<typeof waitsAnewAfterSuspension>;

beforeAll(async () => {
	stage = await openStage(15_800);
	({ client, simulator } = stage);
	credentials = await createCredentials(client, simulator);
	say('waiting for two suspensions (65 s each) beside the other tests');
	suspendedTwice = waitsAnewAfterSuspension();
	suspendedTwice.catch(() => undefined);
});
beforeEach(() => simulator.reset());
afterAll(async () => await stage?.close());

/** n8n offers two: with the workflow as it was, and as it is saved now. */
const withWhich = [
	['the original workflow', { loadWorkflow: false }],
	['the saved workflow', { loadWorkflow: true }],
] as const;

const remix = (more: Partial<INode> = {}) =>
	node(
		'Veo Remix Extend',
		'n8n-nodes-veo.veoRemixExtend',
		{
			operation: 'createExtended',
			provider: 'newApiRemix',
			prompt: '={{ $json.prompt }}',
			promptExtend: 'It goes on',
		},
		{ credentials, ...more },
	);

const threeItems = ['A cat', 'A dog', 'A bird'].map((prompt) => ({ prompt }));

interface Failed {
	workflow: WorkflowInput & { id: string };
	execution: Execution;
}

/** Runs the nodes by hand, and gives the execution that failed. */
async function fail(items: IDataObject[], ...row: INode[]): Promise<Failed> {
	const file = inARow('Retried', manualTrigger(), givesItems(items), ...row);
	const { id } = await client.createWorkflow(file);
	const execution = await client.untilExecution(await client.runManually(id, 'Start'), 150_000);
	expect(execution.status).toBe('error');
	return { workflow: { ...file, id }, execution };
}

/** Lets the first submits through and spoils the next. */
function spoilSubmit(after: number, fault: Fault): void {
	const route = fault.route ?? 'create';
	if (after > 0) simulator.failNext({ kind: 'delay', delayMs: 1, route, times: after });
	simulator.failNext({ route, ...fault });
}

async function retry({ id }: Execution, options: { loadWorkflow: boolean }): Promise<Execution> {
	return await client.untilExecution(await client.retryExecution(id, options), 150_000);
}

const outputOf = ({ data }: Execution, name: string): IDataObject[] =>
	(data.resultData.runData[name]?.at(-1)?.data?.main?.[0] ?? []).map(({ json }) => json);
const idsOf = (execution: Execution, name: string) =>
	outputOf(execution, name).map(({ jobId }) => jobId);
const hintsOf = ({ data }: Execution, name: string): string =>
	JSON.stringify(data.resultData.runData[name]?.at(-1)?.hints ?? []);
const errorText = ({ data }: Execution): string => JSON.stringify(data.resultData.error ?? {});
const bought = () => simulator.ledger.map(({ prompt }) => prompt);
const purchases = () => simulator.ledger.map(({ jobId }) => jobId);
const submits = () => simulator.calls.filter(({ method }) => method === 'POST').length;

const creations = [
	['Veo Create', () => create(credentials)],
	['Veo Remix Extend', remix],
] as const;

describe.each(creations)('%s', (name, nodeOf) => {
	describe.each(withWhich)('retried with %s', (_which, options) => {
		test('item 2 of 3 was refused: items 2 and 3 are bought, item 1 is not bought again', async () => {
			spoilSubmit(1, { kind: 'status', httpStatus: 403 });
			const { execution } = await fail(threeItems, nodeOf());
			expect(bought()).toEqual(['A cat']);
			expect(errorText(execution)).toContain(purchases()[0]);

			const retried = await retry(execution, options);
			expect(retried.status).toBe('success');
			expect(bought()).toEqual(['A cat', 'A dog', 'A bird']);
			expect(idsOf(retried, name)).toEqual(purchases());
			expect(hintsOf(retried, name)).toContain(purchases()[0]);
		});

		test('item 2 of 3 has an unknown outcome: it is never sent again, and says so', async () => {
			spoilSubmit(1, { kind: 'html', httpStatus: 502, acceptFirst: true });
			const { execution } = await fail(threeItems, nodeOf());
			expect(bought()).toEqual(['A cat', 'A dog']);

			let last = execution;
			for (let times = 1; times <= 2; times++) {
				last = await retry(last, options);
				expect(last.status).toBe('error');
				expect(submits()).toBe(2);
				expect(errorText(last)).toMatch(/may have been started and paid for/);
				expect(errorText(last)).toContain(purchases()[0]);
			}
		});
	});
});

test('a retry of a retry remembers what both bought', async () => {
	spoilSubmit(1, { kind: 'status', httpStatus: 403 });
	const first = await fail(threeItems, create(credentials));
	spoilSubmit(1, { kind: 'status', httpStatus: 403 });
	const second = await retry(first.execution, { loadWorkflow: true });
	expect(second.status).toBe('error');
	expect(bought()).toEqual(['A cat', 'A dog']);
	const third = await retry(second, { loadWorkflow: false });
	expect(third.status).toBe('success');
	expect(idsOf(third, createName)).toEqual(purchases());
	expect(bought()).toEqual(['A cat', 'A dog', 'A bird']);
});

test('with Retry On Fail within the retry', async () => {
	spoilSubmit(1, { kind: 'status', httpStatus: 403, times: 6 });
	const patient = { ...create(credentials), retryOnFail: true, maxTries: 5, waitBetweenTries: 0 };
	const { execution } = await fail(threeItems, patient);
	expect(submits()).toBe(1 + 5);
	const retried = await retry(execution, { loadWorkflow: false });
	expect(retried.status).toBe('success');
	expect(submits()).toBe(1 + 5 + 1 + 2);
	expect(bought()).toEqual(['A cat', 'A dog', 'A bird']);
});

describe('the saved workflow was changed', () => {
	async function failThenChange(
		prompt: string,
		change: (node: INode) => INodeParameters,
		name = createName,
	): Promise<Execution> {
		spoilSubmit(1, { kind: 'status', httpStatus: 403 });
		const { workflow, execution } = await fail(threeItems, create(credentials, { prompt }));
		const nodes = workflow.nodes.map((each) =>
			each.name === createName ? { ...each, name, parameters: change(each) } : each,
		);
		await client.updateWorkflow(workflow.id, inARow(workflow.name, ...nodes));
		return execution;
	}

	test('another prompt is another purchase, for the item bought before as well', async () => {
		const execution = await failThenChange('={{ $json.prompt }}', ({ parameters }) => ({
			...parameters,
			prompt: '={{ $json.prompt }} in the rain',
		}));
		const retried = await retry(execution, { loadWorkflow: true });
		expect(bought()).toEqual(['A cat', ...threeItems.map(({ prompt }) => `${prompt} in the rain`)]);
		expect(idsOf(retried, createName)).toEqual(purchases().slice(1));
	});

	test('a field that changes nothing for an item buys nothing for it', async () => {
		const execution = await failThenChange('={{ $json.prompt }}', ({ parameters }) => ({
			...parameters,
			prompt: '={{ $json.prompt.trim() }}',
		}));
		await retry(execution, { loadWorkflow: true });
		expect(bought()).toEqual(['A cat', 'A dog', 'A bird']);
	});

	test('an expression that gives something else each time is the same purchase', async () => {
		const prompt = '={{ $json.prompt }} {{ $execution.id }} {{ $now.toMillis() }}';
		const execution = await failThenChange(prompt, ({ parameters }) => parameters);
		const retried = await retry(execution, { loadWorkflow: true });
		expect(retried.status).toBe('success');
		expect(simulator.ledger).toHaveLength(3);
		expect(idsOf(retried, createName)).toEqual(purchases());
	});

	test('n8n refuses to retry where the node was renamed, and nothing is bought', async () => {
		const execution = await failThenChange(
			'={{ $json.prompt }}',
			({ parameters }) => parameters,
			'Make Videos',
		);
		await expect(client.retryExecution(execution.id, { loadWorkflow: true })).rejects.toThrow(
			/Could not find the node/,
		);
		expect(bought()).toEqual(['A cat']);
	});
});

test('what one retry bought, another retry of the same execution does not know, and says so', async () => {
	spoilSubmit(1, { kind: 'status', httpStatus: 403 });
	const { execution } = await fail(threeItems, create(credentials));
	spoilSubmit(1, { kind: 'status', httpStatus: 403 });
	await retry(execution, { loadWorkflow: false });
	expect(bought()).toEqual(['A cat', 'A dog']);
	const again = await retry(execution, { loadWorkflow: false });
	expect(hintsOf(again, createName)).toMatch(/retry its newest retry instead/);
	expect(bought()).toEqual(['A cat', 'A dog', 'A dog', 'A bird']);
});

describe('Veo Poll Until Done', () => {
	const quick: INodeParameters = { waiting: 'hold', pollIntervalSeconds: 5 };

	test.each(withWhich)('past its deadline, retried with %s: it waits anew', async (_w, options) => {
		const waiting = poll(credentials, { ...quick, timeoutMinutes: 0.1 });
		const { execution } = await fail([job(9)], create(credentials), waiting);
		const retried = await retry(execution, options);
		expect(retried.status).toBe('success');
		expect(outputOf(retried, pollName)).toMatchObject([{ status: 'succeeded' }]);
		expect(retried.data.resultData.runData[pollName]?.map(({ error }) => error)).toEqual([
			undefined,
		]);
		expect(submits()).toBe(1);
	});

	test('with a failed job: it fails again at once, and nothing is bought', async () => {
		const waiting = poll(credentials, quick);
		const { execution } = await fail([job(0, 'failed')], create(credentials), waiting);
		const started = Date.now();
		const retried = await retry(execution, { loadWorkflow: false });
		expect(retried.status).toBe('error');
		expect(errorText(retried)).toContain(purchases()[0]);
		expect(Date.now() - started).toBeLessThan(5_000);
		expect(submits()).toBe(1);
	});
});

test('"Execute step" on Veo Create, asked for by a person, is a new purchase each time', async () => {
	const row = [manualTrigger(), givesItems(threeItems.slice(0, 1)), create(credentials)];
	const { id } = await client.createWorkflow({ ...inARow('Step', ...row), pinData: {} });
	const first = await client.untilExecution(await client.runManually(id, 'Start'), 20_000);
	for (let times = 1; times <= 2; times++) {
		const before = { ...first.data.resultData.runData };
		Reflect.deleteProperty(before, createName);
		const step = await client.untilExecution(await client.runStep(id, createName, before), 20_000);
		expect(idsOf(step, createName)).toEqual([purchases().at(-1)]);
		expect(simulator.ledger).toHaveLength(1 + times);
	}
});

test('a stopped execution keeps the ids of the jobs that it started', async () => {
	simulator.failNext({ kind: 'delay', delayMs: 1_500, route: 'create', times: 20 });
	const file = inARow('Stopped', manualTrigger(), givesItems(threeItems), create(credentials));
	const { id } = await client.createWorkflow(file);
	const run = await client.runManually(id, 'Start');
	await until(async () => simulator.ledger.length === 1);
	await client.stopExecution(run);
	await until(async () => simulator.ledger.length === 2);
	await sleep(2_500);
	expect(bought()).toEqual(['A cat', 'A dog']);
	const stopped = await client.execution(run);
	expect(stopped.status).toBe('canceled');
	expect(Object.values(stopped.customData ?? {}).join()).toContain(purchases()[0]);
	// n8n has stored the execution by then: the last answer is told in its log.
	const log = readFileSync(path.join(stage.userFolder, 'start-15800.log'), 'utf8');
	for (const jobId of purchases()) expect(log).toContain(jobId);
});

test('a sub-workflow that is called twice with the same item buys twice', async () => {
	const called = node(
		'Called',
		'n8n-nodes-base.executeWorkflowTrigger',
		{ inputSource: 'passthrough' },
		{ typeVersion: 1.1 },
	);
	const child = await client.createWorkflow(inARow('Child', called, create(credentials)));
	await client.publish(child);
	const call = (name: string, more: Partial<INode> = {}) =>
		node(
			name,
			'n8n-nodes-base.executeWorkflow',
			{ workflowId: { __rl: true, mode: 'id', value: child.id }, options: {} },
			{ typeVersion: 1.2, ...more },
		);
	const row = [givesItems(threeItems.slice(0, 1)), call('Once'), call('Twice')];
	const parent = await client.createWorkflow(inARow('Parent', manualTrigger(), ...row));
	const run = await client.untilExecution(await client.runManually(parent.id, 'Start'), 30_000);
	expect(run.status).toBe('success');
	expect([...idsOf(run, 'Once'), ...idsOf(run, 'Twice')]).toEqual(purchases());
	expect(bought()).toEqual(['A cat', 'A cat']);
});

/** At a simulator of its own, which the other tests do not reset. */
async function waitsAnewAfterSuspension() {
	const own = await startSimulator();
	try {
		const chosen = await createCredentials(client, own);
		const waiting = poll(chosen, { waiting: 'suspend', timeoutMinutes: 1.1 });
		const { execution } = await fail([job(125)], create(chosen), waiting);
		const retried = await retry(execution, { loadWorkflow: false });
		return { execution, retried, jobsBought: own.ledger.length };
	} finally {
		await own.close();
	}
}

test('Veo Poll Until Done past its deadline after a suspension waits anew and can suspend again', async () => {
	const { execution, retried, jobsBought } = await suspendedTwice;
	expect(errorText(execution)).toMatch(/was still running/);
	expect(retried.status).toBe('success');
	expect(outputOf(retried, pollName)).toMatchObject([{ status: 'succeeded' }]);
	expect(jobsBought).toBe(1);
});

test('a crash: n8n forgets what a running node had started, and keeps what it has saved', async () => {
	const start = async (settings: IWorkflowSettings, ...row: INode[]) => {
		const file = inARow('Crashed', manualTrigger(), givesItems([job(5), job(5)]), ...row);
		const { id } = await client.createWorkflow({ ...file, settings });
		return await client.runManually(id, 'Start');
	};
	const waiting = poll(credentials, { waiting: 'hold', pollIntervalSeconds: 5, download: false });
	const holding = await start({ saveExecutionProgress: true }, create(credentials), waiting);
	await until(async () => simulator.calls.some(({ method }) => method === 'GET'));
	simulator.failNext({ kind: 'delay', delayMs: 3_000, route: 'create', times: 1 });
	const creating = await start({}, create(credentials));
	await until(async () => submits() === 3);
	await stage.kill();
	await until(async () => simulator.ledger.length === 3);

	say('n8n was killed; starting it again');
	await stage.startAgain();
	const isCrashed = (status: string) => status === 'crashed';
	for (const id of [holding, creating]) await client.untilExecution(id, 60_000, isCrashed);

	const held = await retry(await client.execution(holding), { loadWorkflow: false });
	expect(outputOf(held, pollName)).toHaveLength(2);
	expect(simulator.ledger).toHaveLength(3);
	// Of the other nothing was saved: n8n does not retry it, and so buys nothing again.
	await expect(client.retryExecution(creating)).rejects.toThrow(/cannot be retried/);
	expect(simulator.ledger).toHaveLength(3);
});
