import { until } from './fastTime';
import type { INode, IRun } from 'n8n-workflow';
import { providerNames } from '../../nodes/providers';
import type { WorkflowFile } from '../../workbench/engine/engine';
import type { Fault } from '../../workbench/simulator';
import type { Execution } from './scene';
import {
	checks,
	continueRegular,
	creates,
	execute,
	failCreate,
	jobIds,
	retry,
	retryOnFail,
	simulator,
	startedPrompts,
} from './scene';
import type { NodeSettings } from './workflow';
import { asTool, createNode, inALoop, jobsOf, onTwoBranches } from './workflow';
import { pollNode, remixNode, runsOf } from './workflow';

/*
 * What n8n runs again, and what is bought then: Retry On Fail, "retry execution", loops, branches, the
 * tool of an agent. Which job belongs to which request: test/jobs/ledger.test.ts. Random faults:
 * test/faults. In a real n8n: test/n8n/retry.test.ts.
 */

const refused: Omit<Fault, 'route'> = { kind: 'status', httpStatus: 403 };

describe('Retry On Fail', () => {
	const prompts = ['A cat', 'A dog [sim ending=no_credit]'];

	test.each(providerNames)('%s: an accepted item is bought once', async (provider) => {
		const settings = { ...retryOnFail, maxTries: 5 };
		const { text } = await execute(createNode(provider, {}, settings), prompts);
		expect(startedPrompts()).toEqual(['A cat']);
		// The second was refused, so that each try may send it again.
		expect(creates()).toHaveLength(1 + 5);
		expect(text).toContain(jobIds()[0]);
	});

	test('the try that succeeds gives out the job that the first try bought', async () => {
		const running = execute(createNode('deepWl', {}, retryOnFail), ['A cat', 'A dog']);
		await until(() => simulator.ledger.length > 0);
		failCreate(refused);
		const { run, jobs } = await running;
		const [cat, dog] = jobs;
		expect(creates().map(({ httpStatus }) => httpStatus)).toEqual([200, 403, 200]);
		expect(jobs).toMatchObject(simulator.ledger.map(({ prompt, jobId }) => ({ prompt, jobId })));
		expect(Object.keys(cat ?? {}).sort()).toEqual(Object.keys(dog ?? {}).sort());
		expect(JSON.stringify(runsOf(run, 'Veo Create').map(({ hints }) => hints))).toContain(
			cat?.jobId,
		);
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'with %s, the failing item first',
		async (onError) => {
			const node = createNode('deepWl', {}, { ...retryOnFail, onError });
			const { error, jobs } = await execute(node, [...prompts, 'A bird'].slice(-2));
			expect(error).toBeUndefined();
			expect(startedPrompts()).toEqual(['A bird']);
			expect(jobs.flatMap(({ jobId }) => jobId ?? [])).toEqual(jobIds());
		},
	);

	test('Veo Poll Until Done checks again, within the same deadline', async () => {
		simulator.failNext({ kind: 'delay', delayMs: 0, route: 'status' });
		simulator.failNext({ kind: 'html', route: 'status', times: 3 });
		const waiting = pollNode('deepWl', { options: { tolerance: 2 } }, retryOnFail);
		const { jobs } = await execute([createNode('deepWl'), waiting], ['A cat [sim seconds=100]']);
		expect(Number(jobs[0]?.elapsedSeconds)).toBeGreaterThan(80);
	});
});

describe('"Retry execution"', () => {
	const prompts = ['A cat', 'A dog', 'A bird'];

	/** Runs the node until the second item is refused. */
	async function failAtSecond(node: INode): Promise<IRun> {
		simulator.failNext({ kind: 'delay', delayMs: 1, route: 'create' });
		failCreate(refused);
		const { run } = await execute(node, prompts);
		expect(startedPrompts()).toEqual(['A cat']);
		return run;
	}

	const remix = { prompt: '={{ $json.prompt }}', promptExtend: 'It goes on' };

	test.each([
		['Veo Create', createNode('deepWl')],
		['Veo Remix Extend', remixNode('createExtended', 'newApiRemix', remix)],
	])('%s: what the failed execution bought is handed back', async (_name, node) => {
		const { error, jobs } = await retry(await failAtSecond(node), node);
		expect(error).toBeUndefined();
		expect(startedPrompts()).toEqual(prompts);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
	});

	test('without its credential the node still hands back what was bought, or names it', async () => {
		const failed = await failAtSecond(createNode('deepWl'));
		const without = async (settings: NodeSettings) =>
			await retry(failed, createNode('deepWl', {}, settings), {});
		expect((await without(continueRegular)).jobs).toMatchObject([
			{ jobId: jobIds()[0], status: 'queued' },
			{ failure: { code: 'bad_request' } },
			{ failure: { code: 'bad_request' } },
		]);
		expect((await without({})).text).toContain(jobIds()[0]);
		expect(simulator.ledger).toHaveLength(1);
	});

	test('a node changed to another provider buys there', async () => {
		const failed = await failAtSecond(createNode('deerApi'));
		const { jobs } = await retry(failed, createNode('newApiRemix'));
		expect(jobs.map(({ provider }) => provider)).toEqual(prompts.map(() => 'newApiRemix'));
		expect(simulator.ledger).toHaveLength(1 + 3);
	});

	/** Waits until the deadline or the failure, and once more in a retry. */
	async function waitTwice(prompt: string, waiting: 'hold' | 'suspend') {
		const nodes = [createNode('deepWl'), pollNode('deepWl', { waiting, timeoutMinutes: 2 })];
		const failed = await execute(nodes, [prompt]);
		const retried = await retry(failed.run, nodes);
		expect(creates()).toHaveLength(1);
		return { failed, retried };
	}

	test.each(['hold', 'suspend'] as const)(
		'past its deadline it waits again: %s',
		async (waiting) => {
			// A suspension may end a minute after the deadline; the retry ends at 240 or later.
			const { failed, retried } = await waitTwice('A cat [sim seconds=200]', waiting);
			expect(failed.text).toMatch(/was still running/);
			expect(retried.error).toBeUndefined();
			expect(retried.jobs).toMatchObject([{ status: 'succeeded' }]);
		},
	);

	test('a failed job fails again after one check', async () => {
		const { failed, retried } = await waitTwice('A cat [sim seconds=0 ending=failed]', 'hold');
		expect(retried.text).toBe(failed.text);
		expect(checks()).toHaveLength(2);
	});
});

describe('what is bought once for each run of the node', () => {
	const jobsOfRuns = ({ run }: Execution, name = 'Veo Create') =>
		runsOf(run, name).flatMap(({ data }) => data?.main?.[0]?.map(({ json }) => json.jobId) ?? []);

	test.each<[string, (node: INode) => WorkflowFile, string[]]>([
		['at the end of two branches', onTwoBranches, ['A cat']],
		['in Loop Over Items', inALoop, ['A cat', 'A cat']],
	])('equal prompts %s', async (_where, workflowWith, prompts) => {
		const execution = await execute(workflowWith(createNode('deepWl', {}, retryOnFail)), prompts);
		expect(jobsOfRuns(execution)).toEqual(jobIds());
		expect(new Set(jobIds()).size).toBe(2);
		expect(runsOf(execution.run, 'Veo Create')).toHaveLength(2);
	});

	test('two nodes with the same request', async () => {
		const nodes = ['First', 'Second'].map((name) => createNode('deepWl', {}, { name }));
		const { run } = await execute(nodes, ['A cat']);
		const ids = ['First', 'Second'].map((name) => jobsOf(run, name)[0]?.jobId);
		expect(ids).toEqual(jobIds());
		expect(new Set(ids).size).toBe(2);
	});

	test('but an agent that repeats a request to its tool gets the jobs it has, in order', async () => {
		const prompts = ['A cat', 'A dog', 'A cat'];
		const { run } = await execute(onTwoBranches(asTool(createNode('deepWl'))), prompts);
		const [first, again] = runsOf(run, 'Veo Create').map(({ data }) => data?.ai_tool?.[0]);
		expect(startedPrompts().sort()).toEqual([...prompts].sort());
		expect(first?.map(({ json }) => json.jobId).sort()).toEqual(jobIds().sort());
		expect(again?.map(({ json }) => json)).toEqual(first?.map(({ json }) => json));
	});
});
