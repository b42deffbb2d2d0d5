import type { N8nClient } from '../../workbench/n8n/client';
import type { Instance } from '../../workbench/n8n/instance';
import type { Simulator } from '../../workbench/simulator';
import { cancelBoth, timeOutBoth } from './canceling';
import type { QueueStage } from './openQueueStage';
import { openQueueStage } from './openQueueStage';
import { testSideBySide } from './sideBySide';
import { say } from './stage';
import type { Credentials } from './workflows';
import {
	code,
	countUnfinished,
	create,
	inARow,
	itemsOf,
	poll,
	publishVideos,
	until,
	webhook,
} from './workflows';

const workerPort = 15_698;
const secondWorkerPort = 15_708;
const suspendedExecutions = 200;

let stage: QueueStage;
let client: N8nClient;
let simulator: Simulator;
let credentials: Credentials;
let worker: Instance;

beforeAll(async () => {
	stage = await openQueueStage(15_688);
	({ client, simulator, credentials } = stage);
	worker = await stage.startWorker(workerPort);
});

afterAll(async () => await stage?.close());

/** How long another execution takes from the call of its webhook to its answer. */
async function timeOfAnother(): Promise<number> {
	const started = performance.now();
	await client.callWebhook('another');
	return Math.round(performance.now() - started);
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

test('200 suspended executions leave the only worker free; held ones do not', async () => {
	const another = await client.createWorkflow(
		inARow('Another', webhook('another', 'lastNode'), code('Nothing', 'return [{ json: {} }];')),
	);
	await client.publish({ ...another });
	const free = median(await repeated(5, timeOfAnother));

	const videos = await publishVideos(stage, 'suspended', 3600, 'suspend');
	say(`suspending ${suspendedExecutions} executions of two jobs each`);
	for (let run = 0; run < suspendedExecutions; run++) {
		await client.callWebhook('suspended', { run });
	}
	await until(async () => (await client.countOf(videos, 'waiting')) === suspendedExecutions);
	expect(simulator.ledger).toHaveLength(2 * suspendedExecutions);
	const besideSuspended = median(await repeated(5, timeOfAnother));

	// The deadline lets them be checked soon after their end.
	const held = await publishVideos(stage, 'held', 15, 'hold', 0.3);
	for (const run of [1, 2]) await client.callWebhook('held', { run });
	await until(async () => simulator.ledger.some(({ prompt }) => prompt.startsWith('held')));
	const besideHeld = await timeOfAnother();
	await until(async () => (await client.countOf(held, 'success')) === 2);

	say(`another execution, from webhook to answer: ${free} ms with nothing else to do`);
	say(`  beside ${suspendedExecutions} suspended executions: ${besideSuspended} ms`);
	say(`  beside two that hold jobs of 15 s: ${besideHeld} ms`);
	expect(besideHeld).toBeGreaterThan(5_000);
	// On busy cores everything takes longer.
	expect(besideSuspended).toBeLessThan(besideHeld / 3);
	// Nothing of this may be in the way of what comes next.
	await client.deleteWorkflow(videos);
});

test('a limit per day: executions at once start at most as many in each process', async () => {
	const maxJobsPerDay = 20;
	const row = [
		webhook('limited'),
		create(credentials, { prompt: '={{ $json.body.prompt }}', options: { maxJobsPerDay } }),
	];
	const workflow = await client.createWorkflow(inARow('Limited', ...row));
	await client.publish(workflow);
	const another = await stage.startWorker(secondWorkerPort, 20);
	const started = () => simulator.ledger.filter(({ prompt }) => prompt.startsWith('limited'));
	const countEnded = async () =>
		(await client.countOf(workflow.id, 'success')) + (await client.countOf(workflow.id, 'error'));
	let calls = 0;
	const callAtOnce = async (count: number) => {
		const prompts = Array.from({ length: count }, () => `limited ${++calls}`);
		await Promise.all(prompts.map((prompt) => client.callWebhook('limited', { prompt })));
		await until(async () => (await countEnded()) === calls);
	};
	try {
		await callAtOnce(60);
		const atOnce = started().length;
		say(`60 executions at once on two workers, 20 a day: ${atOnce} jobs`);
		expect(atOnce).toBeGreaterThanOrEqual(maxJobsPerDay);
		expect(atOnce).toBeLessThanOrEqual(2 * maxJobsPerDay);
		// The static data has what the last execution to end has stored: a worker may go on to its own limit.
		await callAtOnce(20);
		expect(started().length).toBeLessThanOrEqual(2 * maxJobsPerDay);
	} finally {
		await another.stop();
	}
	await client.deleteWorkflow(workflow.id);
});

test('a worker that is killed while Veo Create runs: no retry buys again', async () => {
	const row = [
		webhook('creating'),
		code('Prompts', 'return [1, 2, 3].map((n) => ({ json: { prompt: `creating ${n}` } }));'),
		create(credentials),
	];
	const settings = { saveExecutionProgress: true };
	const workflow = await client.createWorkflow({ ...inARow('Creating', ...row), settings });
	await client.publish(workflow);
	const started = () => simulator.ledger.filter(({ prompt }) => prompt.startsWith('creating'));
	simulator.failNext({ kind: 'delay', delayMs: 1_000, route: 'create', times: 3 });
	await client.callWebhook('creating');
	await until(async () => started().length === 1);
	await worker.kill();
	worker = await stage.startWorker(workerPort);
	say('waiting until n8n has noticed that its worker is gone (a minute or two)');
	await until(async () => (await countUnfinished(client, workflow.id)) === 0, 300_000);
	const [{ id, status } = { id: '', status: '' }] = await client.executionsOf(workflow.id);
	const { data } = await client.execution(id);
	const paid = started().length;
	const retried = await client.retryExecution(id).catch(String);
	say(
		`${status}; its ledger: ${JSON.stringify(data.executionData?.contextData ?? {}).length} characters; retried: ${retried}`,
	);
	await until(async () => (await countUnfinished(client, workflow.id)) === 0);
	expect(started()).toHaveLength(paid);
	await client.deleteWorkflow(workflow.id);
});

testSideBySide({
	'a rehearsal is suspended, and gives a video': rehearsalRuns,
	'cancelling ends a hold and a suspension, and no check follows': async () =>
		await cancelBoth({ client, simulator, credentials }),
	'the workflow timeout ends a hold, and what is too short to be suspended': async () =>
		await timeOutBoth({ client, simulator, credentials }),
});

async function rehearsalRuns(): Promise<void> {
	// With credentials, because n8n publishes no workflow without.
	const row = [
		webhook('rehearsed'),
		create(credentials, { prompt: 'rehearsed', options: { rehearse: true } }),
		poll(credentials, { waiting: 'suspend' }),
	];
	const workflow = await client.createWorkflow(inARow('Rehearsed', ...row));
	await client.publish(workflow);
	await client.callWebhook('rehearsed');
	await until(async () => (await client.countOf(workflow.id, 'waiting')) === 1);
	await until(async () => (await countUnfinished(client, workflow.id)) === 0);
	const [{ id } = { id: '' }] = await client.executionsOf(workflow.id);
	const [{ json, binary } = { json: {} }] = itemsOf(await client.execution(id));
	expect(json).toMatchObject({ status: 'succeeded', rehearsal: true });
	expect(binary?.video).toMatchObject({ mimeType: 'video/mp4' });
	expect(simulator.ledger.filter(({ prompt }) => prompt === 'rehearsed')).toEqual([]);
}

async function repeated<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
	const results: Result[] = [];
	for (let time = 0; time < times; time++) results.push(await work());
	return results;
}
