import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nClient } from '../../workbench/n8n/client';
import type { Instance } from '../../workbench/n8n/instance';
import type { Simulator } from '../../workbench/simulator';
import type { QueueStage } from './openQueueStage';
import { openQueueStage } from './openQueueStage';
import { say } from './stage';
import { countUnfinished, publishVideos, until } from './workflows';

const workerPort = 15_908;
const rounds = Number(process.env.KILL_ROUNDS ?? 10);
const executionsPerRound = 2;

let stage: QueueStage;
let client: N8nClient;
let simulator: Simulator;
let main: Instance;
let worker: Instance;

beforeAll(async () => {
	// Minutes after which n8n looks again for executions that were lost with their worker. Its default is 180,
	// and a look when the main instance starts may come too early: Redis still has the job as active.
	stage = await openQueueStage(15_898, { N8N_EXECUTIONS_QUEUE_RECOVERY_INTERVAL: '1' });
	({ main, client, simulator } = stage);
	worker = await stage.startWorker(workerPort);
});

afterAll(async () => await stage?.close());

let killed: string;

test(`${rounds} times kill -9, with suspended jobs in flight`, async () => {
	killed = await publishVideos(stage, 'killed', 50, 'suspend');
	// Each start of n8n takes 7 seconds of the processor: both are killed in one round of five.
	const victims = ['both', 'worker', 'main', 'worker', 'main'] as const;
	say(`killing n8n ${rounds} times at random moments`);
	for (let run = 0; run < rounds; run++) {
		for (let each = 0; each < executionsPerRound; each++) {
			await client.callWebhook('killed', { run: `${run}-${each}` });
			// From here on the jobs are created and stored in n8n's database.
			await untilSuspended(run * executionsPerRound + each);
			await sleep(Math.random() * 2_000);
		}
		const victim = victims[run % victims.length];
		await Promise.all([victim !== 'main' && worker.kill(), victim !== 'worker' && main.kill()]);
		[main, worker] = await Promise.all([
			victim === 'worker' ? main : stage.startMain(),
			victim === 'main' ? worker : stage.startWorker(workerPort),
		]);
	}
});

test('after that every job has ended once, and none was created twice', async () => {
	say('waiting for the last jobs to end (about two minutes)');
	await until(async () => (await countUnfinished(client, killed)) === 0, 300_000);
	const executions = await client.executionsOf(killed);
	const retried = executions.filter(({ status }) => status !== 'success');
	// A kill in the middle of a check: n8n calls the execution crashed, and a person retries it.
	for (const { id } of retried) {
		const retry = await client.retryExecution(id);
		await client.untilExecution(retry, 200_000);
		expect(await endOf(retry)).toEqual({ status: 'success', error: undefined });
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
	expect(executions).toHaveLength(executionsPerRound * rounds);
	expect(new Set(prompts).size).toBe(2 * executionsPerRound * rounds);
	expect(prompts).toHaveLength(2 * executionsPerRound * rounds);
});

/** Waits until the newest execution, before which there were so many, is suspended. */
async function untilSuspended(countBefore: number): Promise<void> {
	let newest = { id: '', status: 'new' };
	await until(async () => {
		const executions = await client.executionsOf(killed);
		// Not the first: n8n lists those before it that are running, as one is that was killed during a check.
		newest = executions.reduce(
			(one, other) => (Number(other.id) >= Number(one.id) ? other : one),
			newest,
		);
		return executions.length === countBefore + 1 && !['new', 'running'].includes(newest.status);
	});
	expect(await endOf(newest.id)).toEqual({ status: 'waiting', error: undefined });
}

/** The state of an execution, with its error. */
async function endOf(id: string) {
	const { status, data } = await client.execution(id);
	return { status, error: data.resultData.error };
}
