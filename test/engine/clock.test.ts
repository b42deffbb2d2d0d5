import { setClock, until } from './fastTime';
import { runWorkflow } from '../../workbench/engine/engine';
import type { Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import {
	checksOf,
	createNode,
	credentialsFor,
	errorOf,
	inARow,
	jobsOf,
	pollNode,
	runNodes,
	textOf,
} from './workflow';

const pollName = 'Veo Poll Until Done';
const hourMs = 3_600_000;

/** Time as it passes, whatever the machine's clock says. */
const steady = { now: () => Math.round(performance.now()) + 1_700_000_000_000 };

let simulator: Simulator;
useSimulator(steady, (started) => (simulator = started));

/** Waits for a job, and sets the machine's clock once it was asked for so many times. */
async function waitThroughJump(
	prompt: string,
	parameters: { waiting: 'hold' | 'automatic' | 'suspend'; timeoutMinutes: number },
	jump: { byMs: number; afterChecks: number },
) {
	const began = performance.now();
	const running = runNodes(
		simulator,
		[createNode('deepWl'), pollNode('deepWl', { pollIntervalSeconds: 5, ...parameters })],
		[{ prompt }],
	);
	await until(() => checksOf(simulator).length >= jump.afterChecks);
	setClock(jump.byMs);
	const run = await running;
	return { run, tookMs: performance.now() - began };
}

const jumps = [
	['three hours forward', 3 * hourMs],
	['three hours back', -3 * hourMs],
] as const;

describe.each(jumps)('the clock is set %s', (_name, byMs) => {
	test('while a job is held: its end is noticed, and it is asked no more often', async () => {
		const jump = { byMs, afterChecks: 2 };
		const waiting = { waiting: 'hold', timeoutMinutes: 10 } as const;
		const { run, tookMs } = await waitThroughJump('A cat [sim seconds=120]', waiting, jump);
		expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded' }]);
		expect(tookMs).toBeGreaterThan(115_000);
		expect(tookMs).toBeLessThan(240_000);
		// Three seconds apart at the least.
		expect(checksOf(simulator).length).toBeLessThan(42);
	});

	test('while a job is held: the deadline comes neither early nor late', async () => {
		const jump = { byMs, afterChecks: 2 };
		const waiting = { waiting: 'hold', timeoutMinutes: 3 } as const;
		const { run, tookMs } = await waitThroughJump('A cat [sim ending=stuck]', waiting, jump);
		expect(textOf(errorOf(run))).toMatch(/after 3 minutes/);
		expect(tookMs).toBeGreaterThan(178_000);
		expect(tookMs).toBeLessThan(230_000);
	});
});

test('set back while a job is suspended: it is late by no more than the suspension', async () => {
	const began = performance.now();
	let suspensions = 0;
	const nodes = [createNode('deepWl'), pollNode('deepWl', { waiting: 'suspend' })];
	const run = await runWorkflow(inARow(...nodes), {
		credentials: credentialsFor(simulator),
		items: [{ json: { prompt: 'A cat [sim seconds=300]' } }],
		// n8n wakes it at the time that was asked for; then the clock of that machine is set back.
		onResume: () => {
			if (++suspensions === 1) setClock(-3 * hourMs);
		},
	});
	expect(jobsOf(run, pollName)).toMatchObject([{ status: 'succeeded' }]);
	expect(suspensions).toBeGreaterThan(1);
	expect(performance.now() - began).toBeLessThan(600_000);
});
