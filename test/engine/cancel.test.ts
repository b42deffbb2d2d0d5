import { fastClock, passSeconds, until } from './fastTime';
import { getEventListeners } from 'node:events';
import { jest } from '@jest/globals';
import type { IDataObject, INode, IRun } from 'n8n-workflow';
import type { Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { checksOf, createNode, itemsOf, jobsOf, pollNode, runNodes, submitsTo } from './workflow';
import type { NodeSettings } from './workflow';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

/** Runs the nodes, cancels the execution when `isTime`, and says how long it still took. */
async function runAndCancel(
	nodes: INode[],
	items: IDataObject[],
	isTime: () => boolean,
): Promise<{ run: IRun; secondsAfter: number; callsBefore: number }> {
	let cancel = (): void => {
		throw new Error('The execution was never started');
	};
	const running = runNodes(simulator, nodes, items, {
		onStart: (stop) => {
			cancel = stop;
		},
	});
	await until(isTime);
	const canceledAt = Date.now();
	const callsBefore = simulator.calls.length;
	cancel();
	const run = await running;
	return { run, secondsAfter: (Date.now() - canceledAt) / 1000, callsBefore };
}

describe('a canceled execution', () => {
	test('ends a hold at once, and nothing is asked any more', async () => {
		const nodes = [createNode('deepWl'), pollNode('deepWl', { pollIntervalSeconds: 5 })];
		const { run, secondsAfter, callsBefore } = await runAndCancel(
			nodes,
			[{ prompt: 'A cat [sim ending=stuck]' }, { prompt: 'A dog [sim seconds=1000]' }],
			() => checksOf(simulator).length >= 4,
		);
		expect(run.status).toBe('canceled');
		// A sleep is cut into slices of half a second.
		expect(secondsAfter).toBeLessThan(3);
		await passSeconds(80);
		expect(simulator.calls).toHaveLength(callsBefore);
		expect(simulator.ledger).toHaveLength(2);
	});

	test('also where the checks fail and are asked for ever less often', async () => {
		simulator.failNext({ kind: 'html', route: 'status', times: 1000 });
		const nodes = [
			createNode('deepWl'),
			pollNode('deepWl', { options: { tolerance: 50 } }, { onError: 'continueErrorOutput' }),
		];
		const { secondsAfter, callsBefore } = await runAndCancel(
			nodes,
			[{ prompt: 'A cat' }],
			() => checksOf(simulator).length === 2,
		);
		expect(secondsAfter).toBeLessThan(3);
		await passSeconds(80);
		expect(simulator.calls).toHaveLength(callsBefore);
	});

	test.each(['hold', 'suspend'] as const)('during a download: %s', async (waiting) => {
		simulator.failNext({ kind: 'hang', route: 'cdn', times: 10 });
		const { run } = await runAndCancel(
			[createNode('deepWl'), pollNode('deepWl', { waiting })],
			[{ prompt: 'A cat [sim seconds=0]' }],
			() => simulator.calls.some(({ path }) => path.startsWith('/cdn/')),
		);
		expect(run.status).toBe('canceled');
		const ids = simulator.ledger.map(({ jobId }) => jobId);
		expect(run.data.resultData.metadata).toEqual({ veo_jobs_1: ids.join(', ') });
	});

	test('while it waits: the job IDs stand in the highlighted data', async () => {
		const nodes = [createNode('deepWl'), pollNode('deepWl')];
		const prompts = ['A cat', 'A dog'].map((prompt) => ({
			prompt: `${prompt} [sim ending=stuck]`,
		}));
		const { run } = await runAndCancel(nodes, prompts, () => checksOf(simulator).length >= 4);
		const saved = Object.values(run.data.resultData.metadata ?? {}).join(', ');
		expect(saved.split(', ')).toEqual(simulator.ledger.map(({ jobId }) => jobId));
	});

	test.each([
		['comes', { kind: 'hangAfterHeaders' }],
		['is waited for', { kind: 'hang' }],
		['is tried again', { kind: 'status', httpStatus: 503 }],
	] as const)('ends a download at once, while its file %s', async (_when, fault) => {
		simulator.failNext({ ...fault, route: 'cdn', times: 1000 });
		const files = () => simulator.calls.filter(({ path }) => path.startsWith('/cdn/'));
		const { secondsAfter, callsBefore } = await runAndCancel(
			[createNode('apimp'), pollNode('apimp')],
			Array.from({ length: 8 }, (_item, index) => ({ prompt: `A cat ${index} [sim seconds=0]` })),
			() => files().length >= 4,
		);
		expect(secondsAfter).toBeLessThan(5);
		// What was on its way may still arrive: at most four files are fetched at a time.
		await passSeconds(5);
		const callsAfter = simulator.calls.length;
		expect(callsAfter - callsBefore).toBeLessThanOrEqual(4);
		await passSeconds(80);
		expect(simulator.calls).toHaveLength(callsAfter);
	});

	test('with Retry On Fail: the wait does not begin again', async () => {
		const settings = { retryOnFail: true, maxTries: 5, waitBetweenTries: 1 };
		const nodes = [createNode('deepWl'), pollNode('deepWl', {}, settings)];
		const { callsBefore } = await runAndCancel(
			nodes,
			[{ prompt: 'A cat [sim ending=stuck]' }],
			() => checksOf(simulator).length === 1,
		);
		await passSeconds(80);
		expect(simulator.calls).toHaveLength(callsBefore);
	});

	test.each([
		['one after the other', 'stopWorkflow', 1],
		['four at a time', 'continueRegularOutput', 4],
	] as const)(
		'while jobs are started %s: what was sent comes out, and no more is sent',
		async (_way, onError, limit) => {
			simulator.failNext({ kind: 'delay', delayMs: 100, route: 'create', times: 20 });
			const items = Array.from({ length: 12 }, (_item, index) => ({ prompt: `A cat ${index}` }));
			const { run } = await runAndCancel(
				[createNode('deepWl', {}, { onError })],
				items,
				() => submitsTo(simulator).length === 2 * limit,
			);
			await passSeconds(50);
			expect(submitsTo(simulator)).toHaveLength(2 * limit);
			const ids = simulator.ledger.map(({ jobId }) => jobId);
			expect(ids).toHaveLength(2 * limit);
			expect(jobsOf(run, 'Veo Create').map(({ jobId }) => jobId)).toEqual(ids);
			// n8n stores this of a stopped execution, and nothing that the running node gives out.
			const highlighted = Object.values(run.data.resultData.metadata ?? {}).join(', ');
			expect(highlighted.split(', ')).toEqual(ids);
		},
	);

	test('with Retry On Fail: no try begins after it', async () => {
		simulator.failNext({ kind: 'delay', delayMs: 100, route: 'create', times: 1 });
		simulator.failNext({ kind: 'status', httpStatus: 403, route: 'create', times: 20 });
		const settings = { retryOnFail: true, maxTries: 5, waitBetweenTries: 100 };
		await runAndCancel(
			[createNode('deepWl', {}, settings)],
			[{ prompt: 'A cat' }, { prompt: 'A dog' }],
			() => submitsTo(simulator).length === 2 && simulator.calls[1]?.httpStatus === 403,
		);
		await passSeconds(10);
		expect(submitsTo(simulator)).toHaveLength(2);
	});

	test('does not send again what was told to come later', async () => {
		simulator.failNext({
			kind: 'status',
			httpStatus: 429,
			retryAfterSeconds: 30,
			route: 'create',
			times: 10,
		});
		const { run, secondsAfter } = await runAndCancel(
			[createNode('deepWl')],
			[{ prompt: 'A cat' }],
			() => simulator.calls[0]?.httpStatus === 429,
		);
		expect(secondsAfter).toBeLessThan(3);
		await passSeconds(50);
		expect(submitsTo(simulator)).toHaveLength(1);
		expect(jobsOf(run, 'Veo Create')).toEqual([]);
	});

	test('while the node after Veo Create waits: its jobs are kept as well', async () => {
		const { run } = await runAndCancel(
			[createNode('deepWl'), pollNode('deepWl')],
			[{ prompt: 'A cat [sim ending=stuck]' }, { prompt: 'A dog [sim ending=stuck]' }],
			() => checksOf(simulator).length >= 2,
		);
		const ids = simulator.ledger.map(({ jobId }) => jobId);
		expect(run.data.resultData.metadata).toEqual({ veo_jobs_1: ids.join(', ') });
	});

	test.each<[string, NodeSettings, boolean]>([
		['that succeeds', {}, false],
		['that fails', {}, true],
		['that fails and continues', { onError: 'continueRegularOutput' }, true],
	])('leaves no listener of a run %s', async (_name, settings, fails) => {
		const signals = new Set<EventTarget>();
		const { addEventListener } = EventTarget.prototype;
		const listening = jest
			.spyOn(EventTarget.prototype, 'addEventListener')
			.mockImplementation(function (this: EventTarget, ...given) {
				if (given[0] === 'abort') signals.add(this);
				addEventListener.apply(this, given);
			});
		if (fails) {
			simulator.failNext({ kind: 'status', httpStatus: 403, route: 'create', times: 10 });
		}
		const creates = ['First', 'Second', 'Third'].map((name) =>
			createNode('deepWl', { prompt: 'A cat [sim seconds=0]' }, { ...settings, name }),
		);
		const poll = pollNode('deepWl', { download: false }, settings);
		await runNodes(simulator, [...creates, poll], [{ prompt: 'A cat' }]);
		listening.mockRestore();
		expect(signals.size).toBeGreaterThan(0);
		for (const signal of signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
	});

	test('one that is not canceled goes on: the checks above would be seen', async () => {
		const run = await runNodes(
			simulator,
			[createNode('deepWl'), pollNode('deepWl', { pollIntervalSeconds: 5 })],
			[{ prompt: 'A cat [sim seconds=60]' }],
		);
		expect(run.status).toBe('success');
		expect(itemsOf(run, 'Veo Poll Until Done')).toHaveLength(1);
		expect(checksOf(simulator).length).toBeGreaterThan(1);
	});
});
