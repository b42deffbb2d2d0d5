import { fastClock, until } from './fastTime';
import type { INode } from 'n8n-workflow';
import { runWorkflow } from '../../workbench/engine/engine';
import type { WorkflowFile } from '../../workbench/engine/engine';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { buyUnderFaults, tableOf } from '../faults/randomPurchases';
import { image } from '../simulator/calls';
import { useSimulator } from '../useSimulator';
import type { NodeSettings } from './workflow';
import {
	createNode,
	credentialsFor,
	errorOf,
	inARow,
	jobsOf,
	onTwoBranches,
	runNodes,
	runsOf,
	submitsTo,
	textOf,
} from './workflow';

/* What n8n runs again, and what is bought then. "Retry execution": retry.test.ts. */

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const retryOnFail: NodeSettings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

/** Waits until the first item was accepted, so that a fault from then on meets the second. */
async function firstPurchase(): Promise<void> {
	await until(() => simulator.ledger.length > 0);
}

describe('n8n runs the node again', () => {
	const items = [{ prompt: 'A cat' }, { prompt: 'A dog [sim ending=no_credit]' }];
	const submitted = (prompt: string) =>
		simulator.ledger.filter((purchase) => purchase.prompt === prompt);

	test.each(providerNames)('%s: Retry On Fail buys an accepted item once', async (name) => {
		const run = await runNodes(simulator, [createNode(name, {}, retryOnFail)], items);
		expect(submitted('A cat')).toHaveLength(1);
		// The second was refused, so that each try may send it again: one more submit per try.
		expect(submitsTo(simulator)).toHaveLength(4);
		expect(textOf(errorOf(run))).toContain(String(simulator.ledger[0]?.jobId));
	});

	test.each([2, 3, 4, 5])(
		'%i tries: one purchase, and one submit per try of the other',
		async (maxTries) => {
			const settings = { ...retryOnFail, maxTries };
			await runNodes(simulator, [createNode('deepWl', {}, settings)], items);
			expect(submitted('A cat')).toHaveLength(1);
			expect(submitsTo(simulator)).toHaveLength(1 + maxTries);
		},
	);

	test('a prompt with a seed or a time that is another at each try is the same purchase', async () => {
		const prompt = '={{ $json.prompt + Math.random() + $now.toISO() }}';
		const node = createNode('deepWl', { prompt }, { ...retryOnFail, maxTries: 5 });
		await runNodes(simulator, [node], [{ prompt: 'A cat' }, items[1] ?? {}]);
		expect(simulator.ledger).toHaveLength(1);
		expect(submitsTo(simulator)).toHaveLength(1 + 5);
	});

	test('the try that succeeds gives out the job that the first try bought', async () => {
		const running = runNodes(
			simulator,
			[createNode('deepWl', {}, retryOnFail)],
			[{ prompt: 'A cat' }, { prompt: 'A dog' }],
		);
		await firstPurchase();
		simulator.failNext({ kind: 'status', httpStatus: 403, route: 'create' });
		const run = await running;
		const [cat, dog] = jobsOf(run, 'Veo Create');
		expect(submitsTo(simulator).map(({ httpStatus }) => httpStatus)).toEqual([200, 403, 200]);
		expect(cat).toMatchObject({ prompt: 'A cat', jobId: simulator.ledger[0]?.jobId });
		expect(dog).toMatchObject({ prompt: 'A dog', jobId: simulator.ledger[1]?.jobId });
		expect(Object.keys(cat ?? {}).sort()).toEqual(Object.keys(dog ?? {}).sort());
		const hints = runsOf(run, 'Veo Create').flatMap(({ hints: given = [] }) => given);
		expect(hints.map(({ message }) => message).join()).toContain(String(cat?.jobId));
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'Retry On Fail with %s, the failing item first',
		async (onError) => {
			const node = createNode('deepWl', {}, { ...retryOnFail, onError });
			const run = await runNodes(
				simulator,
				[node],
				[{ prompt: 'A dog [sim ending=no_credit]' }, { prompt: 'A cat' }, { prompt: 'A bird' }],
			);
			expect(run.data.resultData.error).toBeUndefined();
			expect(simulator.ledger.map(({ prompt }) => prompt)).toEqual(['A cat', 'A bird']);
			const ids = jobsOf(run, 'Veo Create').flatMap(({ jobId }) => jobId ?? []);
			expect(ids).toEqual(simulator.ledger.map(({ jobId }) => jobId));
		},
	);

	test('Retry On Fail with the error output: an unknown outcome is still sent once', async () => {
		simulator.failNext({ kind: 'html', route: 'create', acceptFirst: true });
		const node = createNode('deerApi', {}, { ...retryOnFail, onError: 'continueErrorOutput' });
		const run = await runNodes(simulator, [node], [{ prompt: 'A cat' }, { prompt: 'A dog' }]);
		expect(submitsTo(simulator)).toHaveLength(2);
		expect(jobsOf(run, 'Veo Create', 1)).toMatchObject([
			{ details: { prompt: 'A cat', failure: { code: 'outcome_unknown' } } },
		]);
	});

	test('an image from a binary field does not make it another request', async () => {
		const frame = { fileName: 'a.png', mimeType: 'image/png', data: image.toString('base64') };
		const images = { image: [{ source: 'binary', binaryProperty: 'frame' }] };
		const node = createNode('deerApi', { imageMode: 'firstFrame', images }, retryOnFail);
		await runWorkflow(inARow(node), {
			credentials: credentialsFor(simulator),
			items: items.map((json) => ({ json, binary: { frame } })),
		});
		expect(submitted('A cat')).toHaveLength(1);
		expect(submitsTo(simulator)).toHaveLength(4);
	});
});

describe('what must be bought twice', () => {
	test('two items with equal prompts', async () => {
		const run = await runNodes(
			simulator,
			[createNode('deepWl', {}, retryOnFail)],
			[{ prompt: 'A cat' }, { prompt: 'A cat' }],
		);
		expect(simulator.ledger).toHaveLength(2);
		const [first, second] = jobsOf(run, 'Veo Create');
		expect(first?.jobId).not.toBe(second?.jobId);
	});

	test('the same item in a second run of the node, as in a loop', async () => {
		const node = createNode('deepWl', {}, retryOnFail);
		const run = await runWorkflow(onTwoBranches(node), {
			credentials: credentialsFor(simulator),
			items: [{ json: { prompt: 'A cat' } }],
		});
		expect(runsOf(run, 'Veo Create')).toHaveLength(2);
		expect(simulator.ledger).toHaveLength(2);
	});

	test('equal prompts, one after the other in Loop Over Items', async () => {
		const run = await runWorkflow(inALoop(createNode('deepWl', {}, retryOnFail)), {
			credentials: credentialsFor(simulator),
			items: Array.from({ length: 3 }, () => ({ json: { prompt: 'A cat' } })),
		});
		expect(runsOf(run, 'Veo Create')).toHaveLength(3);
		expect(simulator.ledger).toHaveLength(3);
		expect(jobsOf(run, 'Done').map(({ jobId }) => jobId)).toEqual(
			simulator.ledger.map(({ jobId }) => jobId),
		);
	});

	test('but an agent that repeats a request to its tool gets the job it has', async () => {
		const tool: INode = { ...createNode('deepWl'), rewireOutputLogTo: 'ai_tool' };
		const run = await runWorkflow(onTwoBranches(tool), {
			credentials: credentialsFor(simulator),
			items: [{ json: { prompt: 'A cat' } }],
		});
		const answers = runsOf(run, 'Veo Create').map(({ data }) => data?.ai_tool?.[0]?.[0]?.json);
		expect(answers).toHaveLength(2);
		expect(answers[1]).toEqual(answers[0]);
		expect(simulator.ledger.map(({ jobId }) => jobId)).toEqual([answers[0]?.jobId]);
	});

	test('items with one prompt in one call of an agent; a repeated call gets their jobs, in order', async () => {
		const tool: INode = {
			...createNode('deepWl', {}, { onError: 'continueRegularOutput' }),
			rewireOutputLogTo: 'ai_tool',
		};
		const run = await runWorkflow(onTwoBranches(tool), {
			credentials: credentialsFor(simulator),
			items: ['A cat', 'A dog', 'A cat', 'A cat'].map((prompt) => ({ json: { prompt } })),
		});
		const [first, again] = runsOf(run, 'Veo Create').map(({ data }) =>
			data?.ai_tool?.[0]?.map(({ json }) => json.jobId),
		);
		expect(simulator.ledger.map(({ prompt }) => prompt).sort()).toEqual([
			'A cat',
			'A cat',
			'A cat',
			'A dog',
		]);
		expect(new Set(first)).toEqual(new Set(simulator.ledger.map(({ jobId }) => jobId)));
		expect(again).toEqual(first);
	});

	test('two nodes with the same request', async () => {
		const nodes = ['First', 'Second'].map((name) => createNode('deepWl', {}, { name }));
		const run = await runNodes(simulator, nodes, [{ prompt: 'A cat' }]);
		expect(simulator.ledger).toHaveLength(2);
		expect(jobsOf(run, 'First')[0]?.jobId).toBe(simulator.ledger[0]?.jobId);
		expect(jobsOf(run, 'Second')[0]?.jobId).toBe(simulator.ledger[1]?.jobId);
	});
});

function inALoop(node: INode): WorkflowFile {
	const to = (name: string) => [{ node: name, type: 'main' as const, index: 0 }];
	const [trigger] = inARow().nodes;
	const other = (name: string, type: string): INode => ({
		id: name,
		name,
		type: `n8n-nodes-base.${type}`,
		typeVersion: 3,
		position: [0, 0],
		parameters: type === 'splitInBatches' ? { batchSize: 1 } : {},
	});
	const nodes = [other('Loop', 'splitInBatches'), node, other('Done', 'noOp')];
	return {
		name: 'Loop',
		nodes: [...(trigger === undefined ? [] : [trigger]), ...nodes],
		connections: {
			Trigger: { main: [to('Loop')] },
			Loop: { main: [to('Done'), to(node.name)] },
			[node.name]: { main: [to('Loop')] },
		},
	};
}

// The whole of it, 1,000 creates: test/faults/submitOnce.test.ts.
test('200 creates under random faults: none bought twice, none lost', async () => {
	const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
	const purchases = await buyUnderFaults(simulator, 200, seed);
	const table = tableOf(seed, purchases);
	expect({ table, twice: purchases.boughtTwice }).toEqual({ table, twice: [] });
	expect({ table, lost: purchases.lost }).toEqual({ table, lost: [] });
	expect(purchases.cameOut).toBeGreaterThan(20);
	expect(purchases.answerLost).toBeGreaterThan(2);
}, 120_000);
