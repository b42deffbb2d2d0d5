import { fastClock } from './fastTime';
import type { INode, IRun } from 'n8n-workflow';
import { retryWorkflow } from '../../workbench/engine/engine';
import type { Fault, Simulator } from '../../workbench/simulator';
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
	submitsTo,
	textOf,
	veoNode,
} from './workflow';
import type { NodeSettings } from './workflow';

/* n8n's "retry execution" on the engine; in a real n8n: test/n8n/retry.test.ts. */

const pollName = 'Veo Poll Until Done';

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const items = ['A cat', 'A dog', 'A bird'].map((prompt) => ({ prompt }));

/** Lets the first submit through and spoils the second. */
function spoilSecond(fault: Fault): void {
	simulator.failNext({ kind: 'delay', delayMs: 1, route: fault.route });
	simulator.failNext(fault);
}

const retry = async (failed: IRun, ...nodes: INode[]) =>
	await retryWorkflow(inARow(...nodes), failed, { credentials: credentialsFor(simulator) });

const ids = () => simulator.ledger.map(({ jobId }) => jobId);

const remix = veoNode('veoRemixExtend', {
	operation: 'createExtended',
	provider: 'newApiRemix',
	prompt: '={{ $json.prompt }}',
	promptExtend: 'It goes on',
});

test.each([
	['Veo Create', createNode('deepWl')],
	['Veo Remix Extend', remix],
	[
		'Veo Create',
		createNode('deepWl', { prompt: '={{ $json.prompt + $execution.id + Math.random() }}' }),
	],
])('%s: what the failed execution bought is handed back', async (name, node) => {
	spoilSecond({ kind: 'status', httpStatus: 403, route: 'create' });
	const failed = await runNodes(simulator, [node], items);
	expect(simulator.ledger).toHaveLength(1);
	const retried = await retry(failed, node);
	expect(retried.status).toBe('success');
	expect(simulator.ledger).toHaveLength(3);
	expect(jobsOf(retried, name).map(({ jobId }) => jobId)).toEqual(ids());
});

test('without its credential the node still hands back what was bought, or names it', async () => {
	spoilSecond({ kind: 'status', httpStatus: 403, route: 'create' });
	const failed = await runNodes(simulator, [createNode('deepWl')], items);
	const without = async (settings: NodeSettings) =>
		await retryWorkflow(inARow(createNode('deepWl', {}, settings)), failed, { credentials: {} });
	const jobs = jobsOf(await without({ onError: 'continueRegularOutput' }), 'Veo Create');
	expect(jobs).toMatchObject([
		{ jobId: ids()[0], status: 'queued' },
		{ failure: { code: 'bad_request' } },
		{ failure: { code: 'bad_request' } },
	]);
	expect(textOf(errorOf(await without({})))).toContain(ids()[0]);
	expect(simulator.ledger).toHaveLength(1);
});

test('a node changed to another provider buys there', async () => {
	spoilSecond({ kind: 'status', httpStatus: 403, route: 'create' });
	const failed = await runNodes(simulator, [createNode('deerApi')], items);
	const retried = await retry(failed, createNode('newApiRemix'));
	expect(jobsOf(retried, 'Veo Create').map(({ provider }) => provider)).toEqual(
		items.map(() => 'newApiRemix'),
	);
	expect(simulator.ledger).toHaveLength(1 + 3);
});

describe('Veo Poll Until Done', () => {
	async function failAndRetry(prompt: string, waiting: 'hold' | 'suspend') {
		const nodes = [createNode('deepWl'), pollNode('deepWl', { waiting, timeoutMinutes: 2 })];
		const failed = await runNodes(simulator, nodes, [{ prompt }]);
		return { failed, retried: await retry(failed, ...nodes) };
	}

	test.each(['hold', 'suspend'] as const)(
		'past its deadline it waits anew: %s',
		async (waiting) => {
			// A suspension may end a minute after the deadline, when n8n looks next; the retry ends at 240 or later.
			const { failed, retried } = await failAndRetry('A cat [sim seconds=200]', waiting);
			expect(textOf(errorOf(failed))).toMatch(/was still running/);
			expect(retried.data.resultData.error).toBeUndefined();
			expect(jobsOf(retried, pollName)).toMatchObject([{ status: 'succeeded' }]);
			expect(submitsTo(simulator)).toHaveLength(1);
		},
	);

	test('a failed job fails again after one look', async () => {
		const { failed, retried } = await failAndRetry('A cat [sim seconds=0 ending=failed]', 'hold');
		expect(errorOf(retried).message).toBe(errorOf(failed).message);
		expect(checksOf(simulator)).toHaveLength(2);
		expect(submitsTo(simulator)).toHaveLength(1);
	});

	test('Retry On Fail looks again, within the same deadline', async () => {
		const settings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
		const waiting = pollNode('deepWl', { options: { tolerance: 2 } }, settings);
		simulator.failNext({ kind: 'delay', delayMs: 0, route: 'status' });
		simulator.failNext({ kind: 'html', route: 'status', times: 3 });
		const prompt = 'A cat [sim seconds=100]';
		const run = await runNodes(simulator, [createNode('deepWl'), waiting], [{ prompt }]);
		expect(run.status).toBe('success');
		expect(Number(jobsOf(run, pollName)[0]?.elapsedSeconds)).toBeGreaterThan(80);
	});
});
