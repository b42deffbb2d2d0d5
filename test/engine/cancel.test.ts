import { passSeconds, until } from './fastTime';
import { getEventListeners } from 'node:events';
import { jest } from '@jest/globals';
import type { INode, INodeParameters } from 'n8n-workflow';
import type { Execution } from './scene';
import {
	callsTo,
	checks,
	continueError,
	continueRegular,
	creates,
	execute,
	failCreate,
	jobIds,
	simulator,
} from './scene';
import { createNode, pollNode } from './workflow';
import type { NodeSettings } from './workflow';

/** Runs the nodes, cancels the execution when it is time, and says how long it still took. */
async function runAndCancel(nodes: INode[], prompts: string[], isTime: () => boolean) {
	let cancel = (): void => {
		throw new Error('The execution was never started');
	};
	const running = execute(nodes, prompts, { onStart: (stop) => (cancel = stop) });
	await until(isTime);
	const canceledAt = Date.now();
	const callsBefore = simulator.calls.length;
	cancel();
	const execution = await running;
	return { ...execution, secondsAfter: (Date.now() - canceledAt) / 1000, callsBefore };
}

/** What n8n stores of a stopped execution: the highlighted data, and nothing the running node gives out. */
const savedIds = ({ run }: Execution) =>
	Object.values(run.data.resultData.metadata ?? {})
		.join(', ')
		.split(', ');

const retryFive: NodeSettings = { retryOnFail: true, maxTries: 5, waitBetweenTries: 1 };
const stuck = ['A cat [sim ending=stuck]', 'A dog [sim seconds=1000]'];

describe('a canceled execution', () => {
	test('ends a hold at once, nothing is asked any more, and the job IDs are saved', async () => {
		const nodes = [createNode('deepWl'), pollNode('deepWl', { pollIntervalSeconds: 5 })];
		const canceled = await runAndCancel(nodes, stuck, () => checks().length >= 4);
		expect(canceled.run.status).toBe('canceled');
		// A sleep is cut into slices of half a second.
		expect(canceled.secondsAfter).toBeLessThan(3);
		expect(savedIds(canceled)).toEqual(jobIds());
		await passSeconds(80);
		expect(simulator.calls).toHaveLength(canceled.callsBefore);
		expect(simulator.ledger).toHaveLength(2);
	});

	test.each<[string, INodeParameters, NodeSettings, number]>([
		['where the checks fail', { options: { tolerance: 50 } }, continueError, 2],
		['with Retry On Fail', {}, retryFive, 1],
	])('also %s: the wait does not begin again', async (_where, parameters, settings, count) => {
		simulator.failNext({ kind: 'html', route: 'status', times: 1000 });
		const { secondsAfter, callsBefore } = await runAndCancel(
			[createNode('deepWl'), pollNode('deepWl', parameters, settings)],
			stuck.slice(0, 1),
			() => checks().length === count,
		);
		expect(secondsAfter).toBeLessThan(3);
		await passSeconds(80);
		expect(simulator.calls).toHaveLength(callsBefore);
	});

	test.each([
		['comes', 'hold', { kind: 'hangAfterHeaders' }],
		['is waited for', 'hold', { kind: 'hang' }],
		['is waited for', 'suspend', { kind: 'hang' }],
		['is tried again', 'hold', { kind: 'status', httpStatus: 503 }],
	] as const)('ends a download while its file %s: %s', async (_when, waiting, fault) => {
		simulator.failNext({ ...fault, route: 'cdn', times: 1000 });
		const canceled = await runAndCancel(
			[createNode('apimp'), pollNode('apimp', { waiting })],
			Array.from({ length: 8 }, (_item, index) => `A cat ${index} [sim seconds=0]`),
			() => callsTo('/cdn/').length >= 4,
		);
		expect(canceled.run.status).toBe('canceled');
		expect(canceled.secondsAfter).toBeLessThan(5);
		expect(savedIds(canceled)).toEqual(jobIds());
		// What was on its way may still arrive: at most four files are fetched at a time.
		await passSeconds(5);
		const callsAfter = simulator.calls.length;
		expect(callsAfter - canceled.callsBefore).toBeLessThanOrEqual(4);
		await passSeconds(80);
		expect(simulator.calls).toHaveLength(callsAfter);
	});

	test.each([
		['one after the other', 'stopWorkflow', 1],
		['four at a time', 'continueRegularOutput', 4],
	] as const)(
		'while jobs are started %s: what was sent comes out, and no more is sent',
		async (_way, onError, limit) => {
			failCreate({ kind: 'delay', delayMs: 100, times: 20 });
			const canceled = await runAndCancel(
				[createNode('deepWl', {}, { onError })],
				Array.from({ length: 12 }, (_item, index) => `A cat ${index}`),
				() => creates().length === 2 * limit,
			);
			await passSeconds(50);
			expect(creates()).toHaveLength(2 * limit);
			expect(jobIds()).toHaveLength(2 * limit);
			expect(canceled.jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
			expect(savedIds(canceled)).toEqual(jobIds());
		},
	);

	test('with Retry On Fail: no try of a create begins after it', async () => {
		failCreate({ kind: 'delay', delayMs: 100, times: 1 });
		failCreate({ kind: 'status', httpStatus: 403, times: 20 });
		await runAndCancel(
			[createNode('deepWl', {}, { ...retryFive, waitBetweenTries: 100 })],
			['A cat', 'A dog'],
			() => creates().length === 2 && simulator.calls[1]?.httpStatus === 403,
		);
		await passSeconds(10);
		expect(creates()).toHaveLength(2);
	});

	test('does not send again what was to come later', async () => {
		failCreate({ kind: 'status', httpStatus: 429, retryAfterSeconds: 30, times: 10 });
		const { jobs, secondsAfter } = await runAndCancel(
			[createNode('deepWl')],
			['A cat'],
			() => simulator.calls[0]?.httpStatus === 429,
		);
		expect(secondsAfter).toBeLessThan(3);
		await passSeconds(50);
		expect(creates()).toHaveLength(1);
		expect(jobs).toEqual([]);
	});
});

test.each<[string, NodeSettings, boolean]>([
	['that succeeds', {}, false],
	['that fails', {}, true],
	['that fails and continues', continueRegular, true],
])('no listener is left of a run %s', async (_name, settings, fails) => {
	const signals = new Set<EventTarget>();
	const { addEventListener } = EventTarget.prototype;
	const listening = jest
		.spyOn(EventTarget.prototype, 'addEventListener')
		.mockImplementation(function (this: EventTarget, ...given) {
			if (given[0] === 'abort') signals.add(this);
			addEventListener.apply(this, given);
		});
	if (fails) failCreate({ kind: 'status', httpStatus: 403, times: 10 });
	const nodes = ['First', 'Second', 'Third'].map((name) =>
		createNode('deepWl', { prompt: 'A cat [sim seconds=0]' }, { ...settings, name }),
	);
	await execute([...nodes, pollNode('deepWl', { download: false }, settings)], ['A cat']);
	listening.mockRestore();
	expect(signals.size).toBeGreaterThan(0);
	for (const signal of signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
});
