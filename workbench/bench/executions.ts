import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution } from '../n8n/client';
import type { QueueMode } from './queueMode';

/** The number of the last execution that n8n has begun. */
export async function newestExecution({ query }: QueueMode): Promise<number> {
	const [[id] = []] = await query('select coalesce(max(id), 0) from execution_entity');
	return Number(id);
}

/** The executions of a workflow that began after one. */
export async function executionsOf(
	{ client, query }: QueueMode,
	workflowId: string,
	after: number,
): Promise<Execution[]> {
	const rows = await query(
		`select id from execution_entity where "workflowId" = '${workflowId}' and id > ${after} order by id`,
	);
	return await Promise.all(rows.map(async ([id = '']) => await client.execution(id)));
}

/** How many executions there are in one of these states. */
async function countExecutions(
	{ query }: QueueMode,
	statuses: readonly string[],
	after = 0,
): Promise<number> {
	const named = statuses.map((status) => `'${status}'`).join(', ');
	const [[count] = []] = await query(
		`select count(*) from execution_entity where status in (${named}) and id > ${after}`,
	);
	return Number(count);
}

// A thousand jobs in one execution take minutes.
const longestWaitMs = 600_000;

/** Waits until so many executions after one are in one of these states. */
export async function untilExecutions(
	n8n: QueueMode,
	statuses: readonly string[],
	count: number,
	after = 0,
): Promise<void> {
	const deadline = Date.now() + longestWaitMs;
	for (;;) {
		const counted = await countExecutions(n8n, statuses, after);
		if (counted >= count) return;
		if (Date.now() > deadline)
			throw new Error(`Only ${counted} executions are ${statuses.join(' or ')}`);
		await sleep(200);
	}
}

/** Waits until all executions are over, and gives how many are not when the time is up. */
export async function untilAllAreOver(n8n: QueueMode, longestWaitMs: number): Promise<number> {
	const deadline = Date.now() + longestWaitMs;
	for (;;) {
		await sleep(1_000);
		const open = await countExecutions(n8n, ['new', 'running', 'waiting']);
		if (open === 0 || Date.now() > deadline) return open;
	}
}

/** Looks twice a second which executions are running, until it is stopped: seconds by workflow. */
export function watchHeldSeconds(
	n8n: QueueMode,
	after: number,
): { stop(): Promise<Map<string, number>> } {
	const held = new Map<string, number>();
	const sql = `select "workflowId", count(*) from execution_entity where id > ${after} and status = 'running' group by 1`;
	let lookedAt = performance.now();
	const abort = new AbortController();
	const watching = (async () => {
		while (!abort.signal.aborted) {
			await sleep(500);
			const running = await n8n.query(sql);
			const seconds = (performance.now() - lookedAt) / 1000;
			lookedAt = performance.now();
			for (const [workflowId = '', count] of running) {
				held.set(workflowId, (held.get(workflowId) ?? 0) + Number(count) * seconds);
			}
		}
	})();
	return {
		stop: async () => {
			abort.abort();
			await watching;
			return held;
		},
	};
}
