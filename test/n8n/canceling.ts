import { setTimeout as sleep } from 'node:timers/promises';
import type { INode } from 'n8n-workflow';
import type { Simulator } from '../../workbench/simulator';
import type { OpenStage } from './openStage';
import { say } from './stage';
import { create, givesItems, job, poll, runByHand, jobsTaking, until } from './workflows';

type Play = Pick<OpenStage, 'client' | 'simulator' | 'credentials'>;

const longestEndMs = 130_000;
const quietMs = 75_000;
// Jobs of different lengths, so that each test finds its own.
const canceledSeconds = 601;
const timedOutSeconds = 602;
const held = { waiting: 'hold', pollIntervalSeconds: 5 };

/** Cancelling ends a hold and a suspension, and no check follows. */
export async function cancelBoth(play: Play): Promise<void> {
	const { client, simulator } = play;
	// The suspended one first: a held one would keep the only worker from it.
	const suspended = await start(play, canceledSeconds, {});
	await client.untilExecution(suspended, 60_000, (status) => status === 'waiting');
	const holding = await start(play, canceledSeconds, held);
	await untilHeld(simulator, canceledSeconds);
	for (const id of [holding, suspended]) {
		await client.stopExecution(id);
		expect((await client.untilExecution(id, 20_000)).status).toBe('canceled');
	}
	await sleep(1_000);
	const before = checksOf(simulator, canceledSeconds);
	expect(before).toBeGreaterThanOrEqual(2);
	say(`waiting to see that no check follows (${quietMs / 1000} s)`);
	await sleep(quietMs);
	expect(checksOf(simulator, canceledSeconds)).toBe(before);
}

/** The workflow timeout ends a hold, and a wait that is too short to be suspended before it. */
export async function timeOutBoth(play: Play): Promise<void> {
	const { client, simulator } = play;
	const settings = { executionTimeout: 12 };
	// One after the other: each of them holds, and there may be one worker only.
	for (const [done, parameters] of [{ ...held, waiting: 'suspend' }, held].entries()) {
		const id = await start(play, timedOutSeconds, parameters, settings);
		await untilHeld(simulator, timedOutSeconds, done + 1);
		const started = Date.now();
		const { status } = await client.untilExecution(id, longestEndMs, (is) => is !== 'running');
		expect(status).toBe('canceled');
		say(`the execution was canceled ${Math.round((Date.now() - started) / 1000)} s later`);
	}
	await sleep(1_000);
	const before = checksOf(simulator, timedOutSeconds);
	await sleep(20_000);
	expect(checksOf(simulator, timedOutSeconds)).toBe(before);
}

/** The checks of the jobs that take this long. */
function checksOf(simulator: Simulator, seconds: number): number {
	const jobIds = jobsTaking(simulator, seconds).map(({ jobId }) => jobId);
	const isCheck = (path: string) => jobIds.some((id) => path.includes(`/video/query?id=${id}`));
	return simulator.calls.filter(({ path }) => isCheck(path)).length;
}

async function start(
	{ client, credentials }: Play,
	seconds: number,
	parameters: INode['parameters'],
	settings: object = {},
): Promise<string> {
	const row = [givesItems([job(seconds)]), create(credentials), poll(credentials, parameters)];
	return await runByHand(client, row, { settings });
}

/** Waits until there are so many jobs, and as many checks. */
async function untilHeld(simulator: Simulator, seconds: number, jobs = 2): Promise<void> {
	const created = () => jobsTaking(simulator, seconds).length;
	await until(async () => created() === jobs && checksOf(simulator, seconds) >= jobs);
}
