import { setTimeout as sleep } from 'node:timers/promises';
import { N8nClient } from '../../workbench/n8n/client';
import type { Instance } from '../../workbench/n8n/instance';
import { startN8n } from '../../workbench/n8n/instance';
import type { QueueServers } from '../../workbench/n8n/queue';
import { startQueueServers } from '../../workbench/n8n/queue';
import type { Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import type { Stage } from './stage';
import { say, setStage } from './stage';
import type { Credentials } from './workflows';
import { cancelBoth, timeOutBoth } from './canceling';
import { testSideBySide } from './sideBySide';
import {
	code,
	create,
	createCredentials,
	inARow,
	itemsOf,
	poll,
	until,
	webhook,
} from './workflows';

const mainPort = 15_688;
const workerPort = 15_698;
const secondWorkerPort = 15_708;
const suspendedExecutions = 200;
const rounds = Number(process.env.KILL_ROUNDS ?? 20);

let stage: Stage;
let servers: QueueServers;
let simulator: Simulator;
let main: Instance;
let worker: Instance;
let client: N8nClient;
let credentials: Credentials;

const startMain = async () =>
	await startN8n(stage.installed, {
		userFolder: stage.userFolder,
		port: mainPort,
		environment: servers.environment,
	});

const startWorker = async (port = workerPort, concurrency = 1) =>
	await startN8n(stage.installed, {
		userFolder: stage.userFolder,
		port,
		command: 'worker',
		arguments: [`--concurrency=${concurrency}`],
		environment: { ...servers.environment, QUEUE_HEALTH_CHECK_PORT: String(port) },
	});

beforeAll(async () => {
	stage = await setStage();
	simulator = await startSimulator();
	servers = startQueueServers(stage.folder, say);
	say('starting n8n in queue mode: a main instance and one worker of concurrency 1');
	main = await startMain();
	worker = await startWorker();
	client = new N8nClient(main.baseUrl);
	await client.logIn();
	credentials = await createCredentials(client, simulator);
});

afterAll(async () => {
	await Promise.all([main?.stop(), worker?.stop()]);
	servers?.stop();
	await simulator?.close();
	stage?.clear();
});

/** A published workflow: each call of its webhook makes two videos that take this long. */
async function publishVideos(
	name: string,
	seconds: number,
	waiting: 'automatic' | 'hold' | 'suspend',
	timeoutMinutes = 30,
): Promise<string> {
	const prompts = code(
		'Prompts',
		`const { run } = $input.first().json.body;
return [1, 2].map((each) => ({ json: { prompt: \`${name} \${run}.\${each} [sim seconds=${seconds}]\` } }));`,
	);
	const pollNode = poll(credentials, { waiting, pollIntervalSeconds: 5, timeoutMinutes });
	const row = [webhook(name), prompts, create(credentials), pollNode];
	const workflow = await client.createWorkflow(inARow(name, ...row));
	await client.publish(workflow);
	return workflow.id;
}

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

	const videos = await publishVideos('suspended', 3600, 'suspend');
	say(`suspending ${suspendedExecutions} executions of two jobs each`);
	for (let run = 0; run < suspendedExecutions; run++) {
		await client.callWebhook('suspended', { run });
	}
	await until(async () => (await client.countOf(videos, 'waiting')) === suspendedExecutions);
	expect(simulator.ledger).toHaveLength(2 * suspendedExecutions);
	const besideSuspended = median(await repeated(5, timeOfAnother));

	// The deadline lets them be checked soon after their end.
	const held = await publishVideos('held', 15, 'hold', 0.3);
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
	const another = await startWorker(secondWorkerPort, 20);
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
	worker = await startWorker();
	say('waiting until n8n has noticed that its worker is gone (a minute or two)');
	await until(async () => (await countUnfinished(workflow.id)) === 0, 300_000);
	const [{ id, status } = { id: '', status: '' }] = await client.executionsOf(workflow.id);
	const { data } = await client.execution(id);
	const paid = started().length;
	const retried = await client.retryExecution(id).catch(String);
	say(
		`${status}; its ledger: ${JSON.stringify(data.executionData?.contextData ?? {}).length} characters; retried: ${retried}`,
	);
	await until(async () => (await countUnfinished(workflow.id)) === 0);
	expect(started()).toHaveLength(paid);
	await client.deleteWorkflow(workflow.id);
});

let killed: string;

test(`${rounds} times kill -9, with suspended jobs in flight`, async () => {
	killed = await publishVideos('killed', 50, 'suspend');
	const victims = ['both', 'worker', 'main'] as const;
	say(`killing n8n ${rounds} times at random moments`);
	for (let run = 0; run < rounds; run++) {
		await client.callWebhook('killed', { run });
		// From here on the jobs are created and stored in n8n's database.
		await until(async () => await isSuspended(killed, run));
		await sleep(Math.random() * 2_000);
		const victim = victims[run % victims.length];
		await Promise.all([victim !== 'main' && worker.kill(), victim !== 'worker' && main.kill()]);
		[main, worker] = await Promise.all([
			victim === 'worker' ? main : startMain(),
			victim === 'main' ? worker : startWorker(),
		]);
	}
});

testSideBySide({
	'a rehearsal is suspended, and gives a video': rehearsalRuns,
	'after that every job has ended once, and none was created twice': killedJobsEnd,
	'cancelling ends a hold and a suspension, and no check follows': async () =>
		await cancelBoth({ client, simulator, credentials }),
	'the workflow timeout ends a hold, and what is too short to be suspended': async () =>
		await timeOutBoth({ client, simulator, credentials }),
});

async function killedJobsEnd(): Promise<void> {
	say('waiting for the last jobs to end (about two minutes)');
	await until(async () => (await countUnfinished(killed)) === 0, 300_000);
	const executions = await client.executionsOf(killed);
	const retried = executions.filter(({ status }) => status !== 'success');
	// A kill in the middle of a check: n8n calls the execution crashed, and a person retries it.
	for (const { id } of retried) {
		const retry = await client.retryExecution(id);
		expect((await client.untilExecution(retry, 200_000)).status).toBe('success');
	}
	for (const { id } of executions.filter(({ status }) => status === 'success')) {
		const { data } = await client.execution(id);
		const items = data.resultData.runData['Veo Poll Until Done']?.at(-1)?.data?.main?.[0] ?? [];
		expect(items.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(items.every(({ binary }) => binary?.video !== undefined)).toBe(true);
	}
	const prompts = simulator.ledger
		.map(({ prompt }) => prompt)
		.filter((prompt) => prompt.startsWith('killed'));
	say(
		`${executions.length} executions, ${prompts.length} jobs: ${executions.length - retried.length} ended by themselves, ${retried.length} after a retry`,
	);
	expect(executions).toHaveLength(rounds);
	expect(new Set(prompts).size).toBe(2 * rounds);
	expect(prompts).toHaveLength(2 * rounds);
}

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
	await until(async () => (await countUnfinished(workflow.id)) === 0);
	const [{ id } = { id: '' }] = await client.executionsOf(workflow.id);
	const [{ json, binary } = { json: {} }] = itemsOf(await client.execution(id));
	expect(json).toMatchObject({ status: 'succeeded', rehearsal: true });
	expect(binary?.video).toMatchObject({ mimeType: 'video/mp4' });
	expect(simulator.ledger.filter(({ prompt }) => prompt === 'rehearsed')).toEqual([]);
}

async function countUnfinished(workflowId: string): Promise<number> {
	const counts = ['new', 'running', 'waiting'].map((each) => client.countOf(workflowId, each));
	return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
}

/** Whether the newest execution is there and suspended. */
async function isSuspended(workflowId: string, run: number): Promise<boolean> {
	const executions = await client.executionsOf(workflowId);
	return executions.length === run + 1 && executions[0]?.status === 'waiting';
}

async function repeated<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
	const results: Result[] = [];
	for (let time = 0; time < times; time++) results.push(await work());
	return results;
}
