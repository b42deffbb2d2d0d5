import { setTimeout as sleep } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import type { N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import { say } from './stage';
import type { Credentials } from './workflows';
import { create, givesItems, inARow, job, manualTrigger, poll } from './workflows';

export interface Play {
	client: N8nClient;
	simulator: Simulator;
	credentials: Credentials;
}

const longestEndMs = 130_000;
const quietMs = 75_000;

/**
 * Cancelling and timing out, held and suspended, on SQLite and in queue mode. `timedOut` is how a
 * suspended execution ends after its workflow's time-out: a main instance cancels it as it resumes; a
 * queue worker counts the time-out anew then, and our node itself ends it with its deadline.
 */
export function cancelingEnds(played: () => Play, timedOut: 'canceled' | 'error'): void {
	test('cancelling ends a hold and a suspension, and nothing is asked any more', async () => {
		const { client, simulator } = played();
		const submits = simulator.ledger.length;
		// The suspended one first: a held one would keep the only worker from it.
		const suspended = await start(played(), {});
		await client.untilExecution(suspended, 60_000, (status) => status === 'waiting');
		const holding = await start(played(), { waiting: 'hold', pollIntervalSeconds: 5 });
		await untilHeld(played(), submits);
		for (const id of [holding, suspended]) {
			await client.stopExecution(id);
			expect((await client.untilExecution(id, 20_000)).status).toBe('canceled');
		}
		await sleep(1_000);
		const before = checksOf(simulator, submits);
		expect(before).toBeGreaterThanOrEqual(2);
		say(`waiting to see that nobody asks any more (${quietMs / 1000} s)`);
		await sleep(quietMs);
		expect(checksOf(simulator, submits)).toBe(before);
	});

	test('the workflow time-out ends a hold and a suspension', async () => {
		const { client, simulator } = played();
		const submits = simulator.ledger.length;
		const limit = { executionTimeout: 12 };
		const suspended = await start(played(), { waiting: 'suspend' }, limit);
		await client.untilExecution(suspended, 60_000, (status) => status === 'waiting');
		const holding = await start(played(), { waiting: 'hold', pollIntervalSeconds: 5 }, limit);
		await untilHeld(played(), submits);
		say('waiting for the time-out of both (up to 70 s)');
		const started = Date.now();
		expect((await client.untilExecution(holding, longestEndMs)).status).toBe('canceled');
		say(`the held execution ended ${Math.round((Date.now() - started) / 1000)} s later`);
		expect((await client.untilExecution(suspended, longestEndMs)).status).toBe(timedOut);
		await sleep(1_000);
		const before = checksOf(simulator, submits);
		expect(before).toBeGreaterThanOrEqual(2);
		await sleep(20_000);
		expect(checksOf(simulator, submits)).toBe(before);
	});
}

/** The checks of the jobs that were submitted since the ledger had that many entries. */
export function checksOf({ ledger, calls }: Simulator, submits: number): number {
	const jobIds = ledger.slice(submits).map(({ jobId }) => jobId);
	const isCheck = (path: string) => jobIds.some((id) => path.includes(`/video/query?id=${id}`));
	return calls.filter(({ path }) => isCheck(path)).length;
}

async function start(
	{ client, credentials }: Play,
	parameters: INode['parameters'],
	settings: object = {},
): Promise<string> {
	const row = [givesItems([job(600)]), create(credentials), poll(credentials, parameters)];
	const workflow = await client.createWorkflow({
		...inARow('Canceled', manualTrigger(), ...row),
		settings,
	});
	return await client.runManually(workflow.id, 'Start');
}

/** Waits until both jobs have been asked for at least once. */
async function untilHeld({ simulator }: Play, submits: number): Promise<void> {
	while (simulator.ledger.length < submits + 2 || checksOf(simulator, submits) < 2) {
		await sleep(100);
	}
}
