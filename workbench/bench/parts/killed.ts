/*
 * The cost of a power cut, in a real n8n in queue mode and in real time: main instance and worker are killed
 * half-way and started again, then every execution that did not succeed is retried.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import type { Execution, N8nClient } from '../../n8n/client';
import type { Contestant } from '../contestants';
import { benchCredentials, buildWorkflow, contestants } from '../contestants';
import type { BenchProvider } from '../provider';
import { startBenchProvider } from '../provider';
import { startQueueMode } from '../queueMode';
import { randomNumbers, vary } from '../randomNumbers';
import { buildNode } from '../../workflowFile';

export interface KilledRow {
	contestant: string;
	bought: number;
	/** Executions that returned their video. */
	delivered: number;
	/** How many executions ended in each status. */
	endings: Record<string, number>;
	/** Jobs bought in addition by Retry. */
	boughtByRetry: number;
}

// Few are enough: all executions of a contestant are in the same state when n8n is killed.
const executions = 6;
const jobSeconds = 120;
// Before the end of the shortest job (102 s).
const killedAfterMs = 50_000;
// Several times the duration of the slowest contestant.
const maxWaitMs = 600_000;

export async function measureKilled(): Promise<KilledRow[]> {
	const provider = await startBenchProvider();
	const n8n = await startQueueMode();
	try {
		const workflows = await publishWorkflows(n8n.client, provider);
		await startExecutions(n8n.client);
		await sleep(killedAfterMs);
		console.log('killing main instance and worker');
		await n8n.killAndRestart();
		await waitUntilOver(n8n.client);
		return await Promise.all(
			[...workflows].map(
				async ([id, contestant]) => await retryAndCount(n8n.client, provider, id, contestant),
			),
		);
	} finally {
		await n8n.stop();
		await provider.close();
	}
}

/** Publishes a workflow for each contestant, with the contestant's id as the path of its webhook. */
async function publishWorkflows(
	client: N8nClient,
	provider: BenchProvider,
): Promise<Map<string, Contestant>> {
	const credentials: NonNullable<INode['credentials']> = {};
	for (const [type, values] of Object.entries(benchCredentials(provider))) {
		credentials[type] = { id: (await client.createCredential(type, type, values)).id, name: type };
	}
	const workflows = new Map<string, Contestant>();
	for (const contestant of contestants) {
		const before = [webhook(contestant.id), promptOfBody];
		const workflow = buildWorkflow(contestant, before, provider.origin, { credentials });
		const created = await client.createWorkflow(workflow);
		await client.publish(created);
		workflows.set(created.id, contestant);
	}
	return workflows;
}

const webhook = (path: string): INode => ({
	...buildNode('Webhook', 'n8n-nodes-base.webhook', { httpMethod: 'POST', path, options: {} }, 2),
	webhookId: path,
});

const promptOfBody = buildNode('Prompt', 'n8n-nodes-base.splitOut', {
	fieldToSplitOut: 'body.prompt',
	options: { destinationFieldName: 'prompt' },
});

async function startExecutions(client: N8nClient): Promise<void> {
	const { random } = randomNumbers(7);
	for (let run = 0; run < executions; run++) {
		const calls = contestants.map(async ({ id }) => {
			const seconds = vary(jobSeconds, random).toFixed(1);
			await client.callWebhook(id, { prompt: `${id} ${run} [sim seconds=${seconds}]` });
		});
		await Promise.all(calls);
	}
}

async function waitUntilOver(client: N8nClient): Promise<void> {
	const deadline = Date.now() + maxWaitMs;
	const filter = encodeURIComponent('{"status":["new","running","waiting"]}');
	for (;;) {
		const path = `/rest/executions?filter=${filter}&limit=100`;
		const { results } = await client.send<{ results: unknown[] }>('GET', path);
		if (results.length === 0) return;
		if (Date.now() > deadline) throw new Error(`${results.length} executions have not ended`);
		await sleep(1_000);
	}
}

/** Counts, retries what did not succeed, and counts what the retries bought. */
async function retryAndCount(
	client: N8nClient,
	{ jobs }: BenchProvider,
	workflowId: string,
	{ id: contestant, lastNode }: Contestant,
): Promise<KilledRow> {
	const list = await client.executionsOf(workflowId);
	const ended = await Promise.all(list.map(async ({ id }) => await client.execution(id)));
	const countBought = () => jobs.filter(({ prompt }) => prompt.startsWith(`${contestant} `)).length;
	const bought = countBought();
	const endings: Record<string, number> = {};
	for (const { status } of ended) endings[status] = (endings[status] ?? 0) + 1;
	const failed = ended.filter(({ status }) => status !== 'success');
	await Promise.all(
		// n8n responds when the retry has ended, and rejects the retry of an execution that has ended meanwhile.
		failed.map(async ({ id }) => await client.retryExecution(id).catch(() => undefined)),
	);
	await waitUntilOver(client);
	return {
		contestant,
		bought,
		delivered: ended.filter((execution) => hasVideo(execution, lastNode)).length,
		endings,
		boughtByRetry: countBought() - bought,
	};
}

const hasVideo = ({ data }: Execution, lastNode: string): boolean =>
	(data.resultData.runData[lastNode] ?? []).some((run) =>
		run.data?.main?.[0]?.some(({ binary }) => binary !== undefined),
	);
