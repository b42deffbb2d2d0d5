/*
 * What a power cut costs, in a real n8n in queue mode and in real minutes. First all contestants work in
 * peace: it shows that the figures of virtual time are those of a real n8n. Then main instance and worker
 * are killed with -9 half-way, started again, and everything is waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import type { Execution } from '../../n8n/client';
import type { Contestant } from '../contestants';
import { benchCredentials, contestants, node, workflowOf } from '../contestants';
import { mean, rounded, sum } from '../figures';
import type { BenchGateway, GatewayJob } from '../gateway';
import { startBenchGateway } from '../gateway';
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
	lateMeanSeconds: number;
	bought: number;
	delivered: number;
	/** Bought, and its video came out nowhere. */
	lost: number;
	/** Bought for a prompt that had been bought already. */
	boughtTwice: number;
	/** How the executions ended, and how often. */
	endings: Record<string, number>;
}

export interface KilledResult {
	executions: number;
	jobSeconds: number;
	killedAfterSeconds: number;
	peace: KilledRow[];
	killed: KilledRow[];
}

const executions = 6;
const jobSeconds = 120;
const killedAfterSeconds = 60;
const longestWaitMs = 360_000;

type Workflows = Map<string, Contestant>;

async function measureKilled(): Promise<KilledResult> {
	const gateway = await startBenchGateway();
	const n8n = await startQueueMode(200, say);
	try {
		const workflows = await publishAll(n8n, gateway);
		say(`${executions} executions of each contestant in peace, jobs of ${jobSeconds} s`);
		const peace = await round(n8n, gateway, workflows, async () => undefined);
		gateway.reset();
		say(`the same again, killed after ${killedAfterSeconds} s`);
		const killed = await round(n8n, gateway, workflows, async () => {
			await sleep(killedAfterSeconds * 1000);
			await n8n.powerCut();
			say('started again');
		});
		return { executions, jobSeconds, killedAfterSeconds, peace, killed };
	} finally {
		await n8n.stop();
		await gateway.close();
	}
}

async function publishAll({ client }: QueueMode, gateway: BenchGateway): Promise<Workflows> {
	const credentials: NonNullable<INode['credentials']> = {};
	for (const [type, values] of Object.entries(benchCredentials(gateway))) {
		const { id } = await client.createCredential(type, type, values);
		credentials[type] = { id, name: type };
	}
	const workflows: Workflows = new Map();
	for (const contestant of contestants) {
		const before = [webhook(contestant.id), promptOfBody];
		const workflow = workflowOf(contestant, before, gateway.origin, { credentials });
		const created = await client.createWorkflow(workflow);
		await client.publish(created);
		workflows.set(created.id, contestant);
	}
	return workflows;
}

const webhook = (path: string): INode => ({
	...node('Webhook', 'n8n-nodes-base.webhook', 2, { httpMethod: 'POST', path, options: {} }),
	webhookId: path,
});

const promptOfBody = node('Prompt', 'n8n-nodes-base.set', 3.4, {
	assignments: {
		assignments: [
			{ id: 'prompt', name: 'prompt', type: 'string', value: '={{ $json.body.prompt }}' },
		],
	},
	options: {},
});

/** Starts all executions, lets something happen to them, and counts once all of them are over. */
async function round(
	n8n: QueueMode,
	gateway: BenchGateway,
	workflows: Workflows,
	happening: () => Promise<void>,
): Promise<KilledRow[]> {
	const { random } = randomNumbers(7);
	const [newest = '0'] = n8n.query('select coalesce(max(id), 0) from execution_entity')[0] ?? [];
	for (let run = 0; run < executions; run++) {
		for (const { id } of contestants) {
			const seconds = (jobSeconds * (0.85 + 0.3 * random())).toFixed(1);
			await n8n.client.callWebhook(id, { prompt: `${id} ${run} [sim seconds=${seconds}]` });
		}
	}
	const held = holdsOf(n8n, Number(newest));
	await happening();
	await untilAllAreOver(n8n);
	const heldSeconds = held.stop();
	const ids = n8n.query(
		`select id, "workflowId" from execution_entity where id > ${newest} order by id`,
	);
	const rows: KilledRow[] = [];
	for (const [workflowId, contestant] of workflows) {
		const own = ids.filter(([, of]) => of === workflowId).map(([id = '']) => id);
		const ended = await Promise.all(own.map(async (id) => await n8n.client.execution(id)));
		rows.push(rowOf(contestant, gateway, ended, heldSeconds.get(workflowId) ?? 0));
	}
	return rows;
}

/** Looks twice a second which executions are running, until it is stopped. */
function holdsOf(n8n: QueueMode, after: number): { stop(): Map<string, number> } {
	const held = new Map<string, number>();
	const sql = `select "workflowId", count(*) from execution_entity where id > ${after} and status = 'running' group by 1`;
	let lookedAt = performance.now();
	const timer = setInterval(() => {
		const seconds = (performance.now() - lookedAt) / 1000;
		lookedAt = performance.now();
		for (const [workflowId = '', count] of n8n.query(sql)) {
			held.set(workflowId, (held.get(workflowId) ?? 0) + Number(count) * seconds);
		}
	}, 500);
	return {
		stop: () => {
			clearInterval(timer);
			return held;
		},
	};
}

async function untilAllAreOver(n8n: QueueMode): Promise<void> {
	const deadline = Date.now() + longestWaitMs;
	for (;;) {
		await sleep(1_000);
		const [[count] = []] = n8n.query(
			"select count(*) from execution_entity where status in ('new', 'running', 'waiting')",
		);
		if (count === '0') return;
		if (Date.now() < deadline) continue;
		say(`${count} executions are still not over after ${longestWaitMs / 60_000} minutes`);
		return;
	}
}

function rowOf(
	contestant: Contestant,
	{ jobs }: BenchGateway,
	ended: Execution[],
	heldSeconds: number,
): KilledRow {
	const own = jobs.filter(({ prompt }) => prompt.startsWith(`${contestant.id} `));
	const delivered = ended.filter((execution) => hasVideo(contestant, execution));
	const prompts = new Set(own.map(({ prompt }) => prompt));
	const lates = delivered.map((execution) => lateSeconds(own, execution));
	const endings: Record<string, number> = {};
	for (const { status } of ended) endings[status] = (endings[status] ?? 0) + 1;
	return {
		contestant: contestant.id,
		executions: ended.length,
		heldSecondsPerJob: rounded(heldSeconds / executions),
		checksPerJob: rounded(sum(own.map(({ checks }) => checks)) / executions),
		lateMeanSeconds: rounded(mean(lates)),
		bought: own.length,
		delivered: delivered.length,
		lost: prompts.size - delivered.length,
		boughtTwice: own.length - prompts.size,
		endings,
	};
}

function hasVideo({ lastNode }: Contestant, { data }: Execution): boolean {
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
