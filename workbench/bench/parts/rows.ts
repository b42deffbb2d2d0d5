/*
 * Many executions at once in a real n8n in queue mode, with one worker of n8n's default concurrency: how
 * large their rows are, and how fast they are suspended and resumed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { contestantNamed } from '../contestants';
import { rounded } from '../figures';
import { startBenchGateway } from '../gateway';
import { publish } from '../published';
import type { QueueMode } from '../queueMode';
import { startQueueMode } from '../queueMode';
import { runPart, say } from './part';

export interface RowsResult {
	executions: number;
	workerConcurrency: number;
	/** From the first call of the webhook until all of them are suspended. */
	suspendSeconds: number;
	/** From the first check of the resume until all of them have ended. */
	resumeSeconds: number;
	mostChecksInASecond: number;
	/** Of one suspended execution: what n8n stores, and what it takes on PostgreSQL's disk. */
	storedBytes: number;
	diskBytes: number;
	succeeded: number;
}

const executions = 500;
const callsAtATime = 20;
// n8n's default.
const workerConcurrency = 10;

async function measureRows(): Promise<RowsResult> {
	const gateway = await startBenchGateway();
	const n8n = await startQueueMode(workerConcurrency, say);
	try {
		const suspend = contestantNamed('suspend');
		await publish(n8n, gateway, [suspend], {
			parameters: { [suspend.lastNode]: { download: false } },
		});
		// Loaded and warm, as in a worker that has been running for a while.
		await n8n.client.callWebhook(suspend.id, { prompt: 'Warm [sim seconds=1]' });
		await until(n8n, 'waiting', 1);
		const startedAt = performance.now();
		let left = executions;
		const lane = async () => {
			while (left-- > 0) {
				await n8n.client.callWebhook(suspend.id, { prompt: `A boat ${left} [sim seconds=20]` });
			}
		};
		await Promise.all(Array.from({ length: callsAtATime }, lane));
		await until(n8n, 'waiting', executions + 1);
		const suspendSeconds = rounded((performance.now() - startedAt) / 1000);
		say(`${executions} executions were suspended within ${suspendSeconds} s`);
		const [[storedBytes, diskBytes] = []] = await n8n.query(
			`select avg(length(data)), (pg_total_relation_size('execution_data') + pg_total_relation_size('execution_entity')) / ${executions} from execution_data`,
		);
		const submitted = gateway.checks.length;
		// The one that warmed it up is among them.
		await until(n8n, 'success', executions + 1);
		const resumed = gateway.checks.slice(submitted).map(({ at }) => at);
		const resumeSeconds = rounded((Date.now() - (resumed[0] ?? NaN)) / 1000);
		say(`they ended within ${resumeSeconds} s`);
		const [[succeeded] = []] = await n8n.query(
			"select count(*) from execution_entity where status = 'success'",
		);
		return {
			executions,
			workerConcurrency,
			suspendSeconds,
			resumeSeconds,
			mostChecksInASecond: mostInASecond(resumed),
			storedBytes: Math.round(Number(storedBytes)),
			diskBytes: Math.round(Number(diskBytes)),
			succeeded: Number(succeeded) - 1,
		};
	} finally {
		await n8n.stop();
		await gateway.close();
	}
}

async function until({ query }: QueueMode, status: string, count: number): Promise<void> {
	const deadline = Date.now() + 300_000;
	for (;;) {
		const [[counted] = []] = await query(
			`select count(*) from execution_entity where status = '${status}'`,
		);
		if (Number(counted) >= count) return;
		if (Date.now() > deadline) throw new Error(`Only ${counted} executions are ${status}`);
		await sleep(200);
	}
}

/** The most of these times that lie within one second. */
function mostInASecond(times: readonly number[]): number {
	const perSecond = new Map<number, number>();
	for (const at of times) {
		const second = Math.floor(at / 1000);
		perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
	}
	return Math.max(...perSecond.values());
}

runPart('rows', measureRows);
