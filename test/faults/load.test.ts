import { fastClock } from '../engine/fastTime';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Call, Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { createNode, itemsOf, jobsOf, pollNode, runNodes, submitsTo } from '../engine/workflow';

/* A thousand items in one node, in virtual time: what takes the processor alone takes no time. All is printed. */

const count = 1_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const say = (text: string) => process.stdout.write(`  ${text}\n`);

function heapMb(): number {
	collectGarbage();
	return process.memoryUsage().heapUsed / 1024 / 1024;
}

/** The most requests that were open at the same time. */
function mostAtOnce(calls: readonly Call[]): number {
	const events = calls.flatMap(({ at, answeredAt = at }) => [
		{ at, by: 1 },
		{ at: answeredAt, by: -1 },
	]);
	events.sort((one, other) => one.at - other.at || one.by - other.by);
	let open = 0;
	return Math.max(...events.map(({ by }) => (open += by)));
}

const unlimited = { options: { maxJobs: count } };

test('1,000 jobs in one Poll node, one in ten failing', async () => {
	// About as long as jobs take here: one that ends far too early is noticed later, to spare checks.
	const seconds = (index: number) => 160 + (index % 61);
	const prompts = Array.from({ length: count }, (_item, index) => ({
		prompt: `Boat ${index} [sim seconds=${seconds(index)}${index % 10 === 0 ? ' ending=failed' : ''}]`,
	}));
	simulator.failNext({ kind: 'delay', delayMs: 5, route: 'status', times: Infinity });
	const heap: number[] = [];
	const sampling = setInterval(() => heap.push(heapMb()), 4_000);
	const waiting = pollNode('deepWl', { download: false }, { onError: 'continueErrorOutput' });
	const run = await runNodes(simulator, [createNode('deepWl', unlimited), waiting], prompts);
	clearInterval(sampling);

	const name = 'Veo Poll Until Done';
	const indexOf = ({ prompt }: { prompt?: unknown }) => Number(/\d+/.exec(String(prompt))?.[0]);
	const succeeded = jobsOf(run, name).map(indexOf);
	const failed = jobsOf(run, name, 1).map(({ details }) => indexOf(details as object));
	const all = Array.from({ length: count }, (_none, index) => index);
	expect(succeeded).toEqual(all.filter((index) => index % 10 !== 0));
	expect(failed).toEqual(all.filter((index) => index % 10 === 0));
	expect(itemsOf(run, name)[0]?.pairedItem).toEqual({ item: 1 });
	expect(simulator.ledger).toHaveLength(count);

	const checks = simulator.calls.filter(({ method }) => method === 'GET');
	const most = mostAtOnce(checks);
	const lastEnd = Math.max(...simulator.ledger.map(({ at }, index) => at + seconds(index) * 1_000));
	const firstCheck = Math.min(...checks.map(({ at }) => at));
	const noticed = Math.max(...checks.map(({ answeredAt = 0 }) => answeredAt));
	// The first round asks for every job.
	const oneRound = (checks[count - 1]?.answeredAt ?? 0) - firstCheck;
	const ratio = (noticed - firstCheck) / (lastEnd - firstCheck + oneRound);
	const growth = (heap.at(-1) ?? 0) - (heap[0] ?? 0);
	say(`1,000 jobs: ${checks.length} checks, ${most} at a time at most`);
	say(
		`waited ${((noticed - firstCheck) / 1000).toFixed(0)} s for the last end, ratio ${ratio.toFixed(2)}`,
	);
	say(`heap ${heap.map((each) => each.toFixed(0)).join(', ')} MB while waiting`);
	expect(most).toBeLessThanOrEqual(16);
	expect(most).toBeGreaterThan(8);
	expect(ratio).toBeLessThan(1.2);
	expect(growth).toBeLessThan(40);
});

test.each([
	['stopWorkflow', 1],
	['continueRegularOutput', 4],
] as const)('1,000 creates in one Create node: %s', async (onError, limit) => {
	const prompts = Array.from({ length: count }, (_item, index) => ({ prompt: `Boat ${index}` }));
	simulator.failNext({ kind: 'delay', delayMs: 20, route: 'create', times: count });
	const began = performance.now();
	const run = await runNodes(simulator, [createNode('deepWl', unlimited, { onError })], prompts);
	const took = (performance.now() - began) / 1000;

	expect(jobsOf(run, 'Veo Create').map(({ prompt }) => prompt)).toEqual(
		prompts.map(({ prompt }) => prompt),
	);
	expect(simulator.ledger).toHaveLength(count);
	const most = mostAtOnce(submitsTo(simulator));
	say(`1,000 creates of 20 ms, ${onError}: ${took.toFixed(1)} s, ${most} at a time at most`);
	expect(most).toBe(limit);
});
