import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject, INode, INodeParameters } from 'n8n-workflow';
import type { Execution, N8nClient, WorkflowInput } from '../../workbench/n8n/client';
import type { Fault, Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import {
	call,
	called,
	create,
	createCredentials,
	givesItems,
	inARow,
	job,
	jsonsOf,
	manualTrigger,
	poll,
	runByHand,
	until,
} from './workflows';

/*
 * What n8n really hands to a node at "retry execution", at "Execute step", when it is stopped and when it
 * crashes. What the nodes make of it in every other case: test/engine/retry.test.ts and runAgain.test.ts.
 */

const createName = 'Veo Create';

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;
let suspendedTwice: ReturnType<typeof retryAfterSuspension>;

beforeAll(async () => {
	stage = await openStage(15_800);
	({ client, simulator } = stage);
	say('waiting for two suspensions (65 s each) beside the other tests');
	suspendedTwice = retryAfterSuspension();
	suspendedTwice.catch(() => undefined);
});
beforeEach(() => simulator.reset());
afterAll(async () => await stage?.close());

const prompts = ['A cat', 'A dog', 'A bird'];
const items = (count = prompts.length) =>
	givesItems(prompts.slice(0, count).map((prompt) => ({ prompt })));

/** Accepts the first create and spoils the second. */
function spoilSecond(fault: Partial<Fault> = {}): void {
	simulator.failNext({ kind: 'delay', delayMs: 1, route: 'create' });
	simulator.failNext({ kind: 'status', httpStatus: 403, route: 'create', ...fault });
}

interface Failed {
	workflow: WorkflowInput & { id: string };
	execution: Execution;
}

/** Runs the nodes by hand, and gives the execution that failed. */
async function fail(...row: INode[]): Promise<Failed> {
	const file = inARow('Retried', manualTrigger(), ...row);
	const { id } = await client.createWorkflow(file);
	const execution = await client.untilExecution(await client.runManually(id, 'Start'), 150_000);
	expect(execution.status).toBe('error');
	return { workflow: { ...file, id }, execution };
}

/** Creates three jobs, of which the second is refused. */
async function failAtSecond(parameters: INodeParameters = {}): Promise<Failed> {
	spoilSecond();
	return await fail(items(), create(stage.credentials, parameters));
}

async function retry({ id }: Execution, options = { loadWorkflow: false }): Promise<Execution> {
	return await client.untilExecution(await client.retryExecution(id, options), 150_000);
}

const idsOf = (execution: Execution, name = createName) =>
	jsonsOf(execution, name).map(({ jobId }) => jobId);
const hintsOf = ({ data }: Execution): string =>
	JSON.stringify(data.resultData.runData[createName]?.at(-1)?.hints ?? []);
const errorText = ({ data }: Execution): string => JSON.stringify(data.resultData.error ?? {});
const paidPrompts = () => simulator.ledger.map(({ prompt }) => prompt);
const paidIds = () => simulator.ledger.map(({ jobId }) => jobId);
const createsSent = () => simulator.calls.filter(({ method }) => method === 'POST').length;

describe.each([
	['the original workflow', { loadWorkflow: false }],
	['the saved workflow', { loadWorkflow: true }],
])('retried with %s', (_which, options) => {
	test('item 2 of 3 was refused: items 2 and 3 are created, item 1 is handed back', async () => {
		const { execution } = await failAtSecond();
		expect(errorText(execution)).toContain(paidIds()[0]);

		const retried = await retry(execution, options);
		expect(retried.status).toBe('success');
		expect(paidPrompts()).toEqual(prompts);
		expect(idsOf(retried)).toEqual(paidIds());
		expect(hintsOf(retried)).toContain(paidIds()[0]);
	});

	test('item 2 of 3 has an unknown outcome: it is never sent again', async () => {
		spoilSecond({ kind: 'html', httpStatus: 502, acceptFirst: true });
		let { execution } = await fail(items(), create(stage.credentials));
		expect(paidPrompts()).toEqual(['A cat', 'A dog']);
		for (let times = 1; times <= 2; times++) {
			execution = await retry(execution, options);
			expect(execution.status).toBe('error');
			expect(createsSent()).toBe(2);
			expect(errorText(execution)).toMatch(/may have been started and paid for/);
			expect(errorText(execution)).toContain(paidIds()[0]);
		}
	});
});

test('a retry of a retry knows the jobs of both', async () => {
	const first = await failAtSecond();
	spoilSecond();
	const second = await retry(first.execution, { loadWorkflow: true });
	expect(second.status).toBe('error');
	expect(paidPrompts()).toEqual(['A cat', 'A dog']);
	const third = await retry(second);
	expect(third.status).toBe('success');
	expect(idsOf(third)).toEqual(paidIds());
	expect(paidPrompts()).toEqual(prompts);
});

test('a second retry of the same execution sends nothing that the first one sent', async () => {
	const { execution } = await failAtSecond();
	spoilSecond();
	const newest = await retry(execution);
	expect(paidPrompts()).toEqual(['A cat', 'A dog']);
	expect(errorText(await retry(execution))).toMatch(/retry the newest one instead/);
	expect(paidPrompts()).toEqual(['A cat', 'A dog']);
	const third = await retry(newest);
	expect(hintsOf(third)).toMatch(/retry its newest retry instead/);
	expect(idsOf(third)).toEqual(paidIds());
	expect(paidPrompts()).toEqual(prompts);
});

describe('the saved workflow was changed', () => {
	async function failThenChange(change: Partial<INode>, parameters?: INodeParameters) {
		const { workflow, execution } = await failAtSecond(parameters);
		const nodes = workflow.nodes.map((each) =>
			each.name === createName ? { ...each, ...change } : each,
		);
		await client.updateWorkflow(workflow.id, inARow(workflow.name, ...nodes));
		return execution;
	}

	test('another prompt starts another job, for the item created before as well', async () => {
		const { parameters } = create(stage.credentials, { prompt: '={{ $json.prompt }} in the rain' });
		const retried = await retry(await failThenChange({ parameters }), { loadWorkflow: true });
		expect(paidPrompts()).toEqual(['A cat', ...prompts.map((prompt) => `${prompt} in the rain`)]);
		expect(idsOf(retried)).toEqual(paidIds().slice(1));
	});

	test('an expression with another value at each run starts no second job', async () => {
		const prompt = '={{ $json.prompt }} {{ $execution.id }} {{ $now.toMillis() }}';
		const retried = await retry(await failThenChange({}, { prompt }), { loadWorkflow: true });
		expect(retried.status).toBe('success');
		expect(simulator.ledger).toHaveLength(3);
		expect(idsOf(retried)).toEqual(paidIds());
	});

	test('n8n refuses to retry where the node was renamed, and nothing is created', async () => {
		const { id } = await failThenChange({ name: 'Make Videos' });
		await expect(client.retryExecution(id, { loadWorkflow: true })).rejects.toThrow(
			/Could not find the node/,
		);
		expect(paidPrompts()).toEqual(['A cat']);
	});
});

test('"Execute step" on Veo Create starts a new job each time', async () => {
	const row = [manualTrigger(), items(1), create(stage.credentials)];
	const { id } = await client.createWorkflow({ ...inARow('Step', ...row), pinData: {} });
	const first = await client.untilExecution(await client.runManually(id, 'Start'), 20_000);
	for (let times = 1; times <= 2; times++) {
		const before = { ...first.data.resultData.runData };
		Reflect.deleteProperty(before, createName);
		const step = await client.untilExecution(await client.runStep(id, createName, before), 20_000);
		expect(idsOf(step)).toEqual([paidIds().at(-1)]);
		expect(simulator.ledger).toHaveLength(1 + times);
	}
});

test('a stopped execution keeps the ids of the jobs that it started', async () => {
	simulator.failNext({ kind: 'delay', delayMs: 1_500, route: 'create', times: 20 });
	const run = await runByHand(client, [items(), create(stage.credentials)]);
	await until(async () => simulator.ledger.length === 1);
	await client.stopExecution(run);
	await until(async () => simulator.ledger.length === 2);
	await sleep(2_500);
	expect(paidPrompts()).toEqual(['A cat', 'A dog']);
	const stopped = await client.execution(run);
	expect(stopped.status).toBe('canceled');
	expect(Object.values(stopped.customData ?? {}).join()).toContain(paidIds()[0]);
	// n8n has stored the execution by then: the last job id is in its log.
	const log = readFileSync(path.join(stage.userFolder, 'start-15800.log'), 'utf8');
	for (const jobId of paidIds()) expect(log).toContain(jobId);
});

test('a sub-workflow that is called twice with the same item starts two jobs', async () => {
	const child = await client.createWorkflow(inARow('Child', called(), create(stage.credentials)));
	await client.publish(child);
	const row = [items(1), call('Once', child.id), call('Twice', child.id)];
	const parent = await runByHand(client, row);
	const run = await client.untilExecution(parent, 30_000);
	expect(run.status).toBe('success');
	expect([...idsOf(run, 'Once'), ...idsOf(run, 'Twice')]).toEqual(paidIds());
	expect(paidPrompts()).toEqual(['A cat', 'A cat']);
});

/** At a simulator of its own, which the other tests do not reset. */
async function retryAfterSuspension() {
	const own = await startSimulator();
	try {
		const credentials = await createCredentials(client, own);
		const waiting = poll(credentials, { waiting: 'suspend', timeoutMinutes: 1.1 });
		const { execution } = await fail(givesItems([job(125)]), create(credentials), waiting);
		return { execution, retried: await retry(execution), jobs: own.ledger.length };
	} finally {
		await own.close();
	}
}

test('Veo Poll Until Done past its deadline after a suspension: a retry waits and suspends again', async () => {
	const { execution, retried, jobs } = await suspendedTwice;
	expect(errorText(execution)).toMatch(/was still running/);
	expect(retried.status).toBe('success');
	expect(jsonsOf(retried)).toMatchObject([{ status: 'succeeded' }]);
	expect(jobs).toBe(1);
});

test('stopped while it creates: a retry of it buys nothing twice', async () => {
	for (const saveExecutionProgress of [false, true]) {
		simulator.reset();
		simulator.failNext({ kind: 'delay', delayMs: 1_500, route: 'create', times: 20 });
		const settings = { saveExecutionProgress };
		const run = await runByHand(client, [items(), create(stage.credentials)], { settings });
		await until(async () => createsSent() === 2);
		await client.stopExecution(run);
		await until(async () => simulator.ledger.length === 2);
		const retried = client.retryExecution(run);
		if (saveExecutionProgress) {
			const { data, status } = await client.execution(await retried);
			expect(status).toBe('error');
			expect(JSON.stringify(data.resultData.error)).toContain(paidIds()[0]);
		} else {
			await expect(retried).rejects.toThrow(/cannot be retried/);
		}
		expect(paidPrompts()).toEqual(['A cat', 'A dog']);
	}
});

test('a crash while Veo Poll Until Done holds, with saved progress: the jobs are polled again', async () => {
	// Longer than the interval: the first check still finds them running, and n8n dies while the node holds.
	const two: IDataObject[] = [job(20), job(20)];
	const settings = { saveExecutionProgress: true };
	const hold = poll(stage.credentials, {
		waiting: 'hold',
		pollIntervalSeconds: 5,
		download: false,
	});
	const row = [givesItems(two), create(stage.credentials), hold];
	const holding = await runByHand(client, row, { settings });
	await until(async () => simulator.calls.some(({ method }) => method === 'GET'));
	await stage.kill();
	await stage.startAgain();
	await client.untilExecution(holding, 60_000, isCrashed);
	expect(jsonsOf(await retry(await client.execution(holding)))).toHaveLength(2);
	expect(simulator.ledger).toHaveLength(2);
});

const isCrashed = (status: string) => status === 'crashed';
