import { fastClock } from './fastTime';
import type { Fault, Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { createNode, jobsOf, pollNode, runNodes } from './workflow';

const deadlineSeconds = 6;

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

test.each<[string, Fault]>([
	['answers', { kind: 'delay', delayMs: 20 }],
	['answers slowly', { kind: 'delay', delayMs: 900 }],
	['never answers', { kind: 'hang' }],
	['answers with errors', { kind: 'html' }],
])('a hold ends within a second of its deadline where the provider %s', async (_how, fault) => {
	simulator.failNext({ ...fault, route: 'status', times: 1_000 });
	const waiting = pollNode(
		'deepWl',
		{ pollIntervalSeconds: 5, timeoutMinutes: deadlineSeconds / 60, options: { tolerance: 100 } },
		{ onError: 'continueRegularOutput' },
	);
	const prompts = Array.from({ length: 20 }, (_item, index) => ({
		prompt: `A cat ${index} [sim ending=stuck]`,
	}));
	const run = await runNodes(simulator, [createNode('deepWl'), waiting], prompts);
	const jobs = jobsOf(run, 'Veo Poll Until Done');
	expect(jobs).toHaveLength(20);
	for (const { elapsedSeconds, failure } of jobs) {
		expect(failure).toMatchObject({ code: 'deadline' });
		expect(Math.abs(Number(elapsedSeconds) - deadlineSeconds)).toBeLessThanOrEqual(1);
	}
});
