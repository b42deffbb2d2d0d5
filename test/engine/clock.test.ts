import { setClock, until } from './fastTime';
import { checks, execute } from './scene';
import { createNode, pollNode } from './workflow';

const hourMs = 3_600_000;

/** Waits for a job on hold, and sets the machine's clock after the second check. */
async function holdThroughJump(prompt: string, timeoutMinutes: number, byMs: number) {
	const began = performance.now();
	const waiting = pollNode('deepWl', { pollIntervalSeconds: 5, timeoutMinutes });
	const running = execute([createNode('deepWl'), waiting], [prompt]);
	await until(() => checks().length >= 2);
	setClock(byMs);
	return { ...(await running), tookMs: performance.now() - began };
}

describe.each([
	['three hours forward', 3 * hourMs],
	['three hours back', -3 * hourMs],
])('the clock is set %s while a job is held', (_name, byMs) => {
	test('its end is noticed, and it is checked no more often', async () => {
		const { jobs, tookMs } = await holdThroughJump('A cat [sim seconds=120]', 10, byMs);
		expect(jobs).toMatchObject([{ status: 'succeeded' }]);
		expect(tookMs).toBeGreaterThan(115_000);
		expect(tookMs).toBeLessThan(240_000);
		// At least three seconds apart.
		expect(checks().length).toBeLessThan(42);
	});

	test('the deadline comes neither early nor late', async () => {
		const { text, tookMs } = await holdThroughJump('A cat [sim ending=stuck]', 3, byMs);
		expect(text).toMatch(/after 3 minutes/);
		expect(tookMs).toBeGreaterThan(178_000);
		expect(tookMs).toBeLessThan(230_000);
	});
});

test('set back while a job is suspended: it is late by no more than the suspension', async () => {
	const began = performance.now();
	let suspensions = 0;
	const nodes = [createNode('deepWl'), pollNode('deepWl', { waiting: 'suspend' })];
	const { jobs } = await execute(nodes, ['A cat [sim seconds=300]'], {
		// n8n resumes it at the time it was asked for; then the clock of that machine is set back.
		onResume: () => {
			if (++suspensions === 1) setClock(-3 * hourMs);
		},
	});
	expect(jobs).toMatchObject([{ status: 'succeeded' }]);
	expect(suspensions).toBeGreaterThan(1);
	expect(performance.now() - began).toBeLessThan(600_000);
});
