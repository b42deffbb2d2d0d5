/*
 * What a power cut costs, in a real n8n in queue mode and in real minutes. First all contestants work in
 * peace: it shows that the figures of virtual time are those of a real n8n. Then main instance and worker
 * are killed with -9 half-way, started again, and everything is waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution } from '../../n8n/client';
import type { Contestant } from '../contestants';
import { contestants } from '../contestants';
import { varied } from '../durations';
import { executionsOf, newestExecution, untilAllAreOver, watchHeldSeconds } from '../executions';
import { mean, rounded, sum } from '../figures';
import type { BenchGateway, GatewayJob } from '../gateway';
import { startBenchGateway } from '../gateway';
import type { Workflows } from '../published';
import { publish } from '../published';
import type { QueueMode } from '../queueMode';
import { startQueueMode } from '../queueMode';
import { randomNumbers } from '../randomNumbers';
import { runPart, say } from './part';

export interface KilledRow {
	contestant: string;
	executions: number;
	/** Seconds in which an execution was running and not stored as waiting, for each job. */
	heldSecondsPerJob: number;
	checksPerJob: number;
	/** None where no video came out. */
	lateMeanSeconds: number | null;
	bought: number;
	delivered: number;
	/** Bought, and its video came out nowhere. */
	lost: number;
	/** Bought for a prompt that had been bought already. */
	boughtTwice: number;
	/** How the executions ended, and how often. */
	endings: Record<string, number>;
}

/** What came of it once a person had pressed Retry on every execution that had not succeeded. */
export interface RetriedRow {
	contestant: string;
	retried: number;
	lost: number;
	boughtTwice: number;
}

export interface KilledResult {
	executions: number;
	jobSeconds: number;
	killedAfterSeconds: number;
	/** From the kill until main instance and worker answered again. */
	downSeconds: number;
	peace: KilledRow[];
	killed: KilledRow[];
	retried: RetriedRow[];
}

const executions = 6;
const jobSeconds = 120;
const killedAfterSeconds = 50;
const longestWaitMs = 360_000;

async function measureKilled(): Promise<KilledResult> {
	const gateway = await startBenchGateway();
	const n8n = await startQueueMode(200, say);
	try {
		const workflows = await publish(n8n, gateway, contestants);
		say(`${executions} executions of each contestant in peace, jobs of ${jobSeconds} s`);
		const peace = await round(n8n, gateway, workflows);
		gateway.reset();
		say(`the same again, killed after ${killedAfterSeconds} s`);
		let downSeconds = NaN;
		const killed = await round(n8n, gateway, workflows, async () => {
			await sleep(killedAfterSeconds * 1000);
			const killedAt = performance.now();
			await n8n.powerCut();
			downSeconds = rounded((performance.now() - killedAt) / 1000);
			say(`started again after ${downSeconds} s`);
		});
		say('pressing Retry on what did not succeed');
		const retried = await retry(n8n, gateway, workflows);
		return { executions, jobSeconds, killedAfterSeconds, downSeconds, peace, killed, retried };
	} finally {
		await n8n.stop();
		await gateway.close();
	}
}

/** Starts all executions, lets something happen to them, and counts once all of them are over. */
async function round(
	n8n: QueueMode,
	gateway: BenchGateway,
	workflows: Workflows,
	happening?: () => Promise<void>,
): Promise<KilledRow[]> {
	const { random } = randomNumbers(7);
	const newest = await newestExecution(n8n);
	const held = watchHeldSeconds(n8n, newest);
	for (let run = 0; run < executions; run++) {
		const calls = contestants.map(async ({ id }) => {
			const seconds = varied(jobSeconds, random).toFixed(1);
			await n8n.client.callWebhook(id, { prompt: `${id} ${run} [sim seconds=${seconds}]` });
		});
		await Promise.all(calls);
	}
	await happening?.();
	await untilOver(n8n);
	const heldSeconds = await held.stop();
	const rows: KilledRow[] = [];
	for (const [workflowId, contestant] of workflows) {
		const ended = await executionsOf(n8n, workflowId, newest);
		rows.push(rowOf(contestant, gateway, ended, heldSeconds.get(workflowId) ?? 0));
	}
	return rows;
}

/** Presses Retry on all that did not succeed in the last round, and counts again. */
async function retry(
	n8n: QueueMode,
	gateway: BenchGateway,
	workflows: Workflows,
): Promise<RetriedRow[]> {
	const before = (await newestExecution(n8n)) - executions * contestants.length;
	const retried = new Map<string, number>();
	const retries: Array<Promise<unknown>> = [];
	for (const [workflowId] of workflows) {
		const ended = await executionsOf(n8n, workflowId, before);
		const failed = ended.filter(({ status }) => status !== 'success');
		retried.set(workflowId, failed.length);
		// n8n answers a retry only once it is over, and refuses one of an execution that ended all the same.
		retries.push(
			...failed.map(async ({ id }) => await n8n.client.retryExecution(id).catch(() => undefined)),
		);
	}
	await Promise.race([Promise.all(retries), sleep(longestWaitMs)]);
	await untilOver(n8n);
	const rows: RetriedRow[] = [];
	for (const [workflowId, contestant] of workflows) {
		const ended = await executionsOf(n8n, workflowId, before);
		const { lost, boughtTwice } = purchasesOf(contestant, gateway, ended);
		rows.push({
			contestant: contestant.id,
			retried: retried.get(workflowId) ?? 0,
			lost,
			boughtTwice,
		});
	}
	return rows;
}

async function untilOver(n8n: QueueMode): Promise<void> {
	const open = await untilAllAreOver(n8n, longestWaitMs);
	if (open > 0) say(`${open} executions are not over after ${longestWaitMs / 60_000} minutes`);
}

function rowOf(
	contestant: Contestant,
	gateway: BenchGateway,
	ended: Execution[],
	heldSeconds: number,
): KilledRow {
	const { own, delivered, lost, boughtTwice } = purchasesOf(contestant, gateway, ended);
	const lates = delivered.map((execution) => lateSeconds(own, execution));
	const endings: Record<string, number> = {};
	for (const { status } of ended) endings[status] = (endings[status] ?? 0) + 1;
	return {
		contestant: contestant.id,
		executions: ended.length,
		heldSecondsPerJob: rounded(heldSeconds / executions),
		checksPerJob: rounded(sum(own.map(({ checks }) => checks)) / executions),
		lateMeanSeconds: lates.length === 0 ? null : rounded(mean(lates)),
		bought: own.length,
		delivered: delivered.length,
		lost,
		boughtTwice,
		endings,
	};
}

/** What a contestant bought, and what came out of it. */
function purchasesOf({ id, lastNode }: Contestant, { jobs }: BenchGateway, ended: Execution[]) {
	const own = jobs.filter(({ prompt }) => prompt.startsWith(`${id} `));
	const prompts = new Set(own.map(({ prompt }) => prompt));
	const delivered = ended.filter((execution) => hasVideo(lastNode, execution));
	return {
		own,
		delivered,
		lost: prompts.size - delivered.length,
		boughtTwice: own.length - prompts.size,
	};
}

function hasVideo(lastNode: string, { data }: Execution): boolean {
	const runs = data.resultData.runData[lastNode] ?? [];
	return runs.some((run) => run.data?.main?.[0]?.some(({ binary }) => binary !== undefined));
}

/** From the end of the job that this execution bought last. */
function lateSeconds(jobs: GatewayJob[], { data, stoppedAt }: Execution): number {
	const given = data.resultData.runData.Prompt?.at(-1)?.data?.main?.[0]?.[0]?.json.prompt;
	const job = jobs.filter(({ prompt }) => prompt === given).at(-1);
	return (Date.parse(stoppedAt ?? '') - (job?.endsAt ?? NaN)) / 1000;
}

runPart('killed', measureKilled);
