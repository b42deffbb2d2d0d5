import { fastClock } from './fastTime';
import type { Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { createNode, jobsOf, runNodes, veoNode } from './workflow';

const pollName = 'Veo Poll Until Done';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

/** Makes videos of 12 s, so many in one execution, and counts how often it was suspended. */
async function makeVideos(count: number) {
	let suspensions = 0;
	const nodes = [
		createNode('openAiVideos'),
		veoNode('veoPollUntilDone', { provider: 'openAiVideos', waiting: 'automatic' }),
	];
	const items = Array.from({ length: count }, () => ({ prompt: 'A boat [sim seconds=12]' }));
	const run = await runNodes(simulator, nodes, items, { onSuspend: () => suspensions++ });
	return { suspensions, jobs: jobsOf(run, pollName) };
}

test('a short job is suspended for at first, and held for once ten of them were seen', async () => {
	const first = await makeVideos(10);
	expect(first.suspensions).toBe(1);
	const next = await makeVideos(1);
	expect(next.suspensions).toBe(0);
	expect(next.jobs).toMatchObject([{ status: 'succeeded' }]);
	expect(Number(next.jobs[0]?.elapsedSeconds)).toBeLessThan(60);
});
