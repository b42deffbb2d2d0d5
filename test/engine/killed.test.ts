import { passSeconds } from './fastTime';
import type { INode, IRunExecutionData, ITaskData } from 'n8n-workflow';
import type { WorkflowFile } from '../../workbench/engine/engine';
import {
	continueError,
	continueRegular,
	creates,
	execute,
	failCreate,
	jobIds,
	killAtCreate,
	retry,
	retryOnFail,
	startedPrompts,
} from './scene';
import { asTool, createNode, inALoop, inARow, itemsOf, remixNode, runsOf } from './workflow';
import { withCredentialId } from './workflow';

/*
 * What Veo Create has stored when n8n is killed while it runs, what a retry makes of it, and what storing
 * in between changes for the workflow. In a real n8n: test/n8n/killed.test.ts.
 */

const prompts = ['A cat', 'A dog', 'A bird'];
const refused = { kind: 'status', httpStatus: 403 } as const;

const withProgress = (file: WorkflowFile, executionOrder: 'v0' | 'v1' = 'v1'): WorkflowFile => ({
	...file,
	settings: { executionOrder, saveExecutionProgress: true },
});

/** Killed when the second create was accepted and not yet answered. */
async function killAtSecond(file: WorkflowFile): Promise<{ data: IRunExecutionData }> {
	const killed = await killAtCreate(2, file, prompts);
	expect(startedPrompts()).toEqual(prompts.slice(0, 2));
	return killed;
}

describe('killed while the second create is sent', () => {
	const nodes = [
		['Veo Create', createNode('deepWl')],
		[
			'Veo Remix Extend',
			{
				...remixNode('createExtended', 'newApiRemix', {
					prompt: '={{ $json.prompt }}',
					promptExtend: 'It goes on',
				}),
				name: 'Veo Create',
			},
		],
	] as const;

	test.each(nodes)(
		'%s, with saved progress: a retry has the first job, and sends the second never again',
		async (_name, node) => {
			const file = withProgress(inARow(node));
			const { text } = await retry(await killAtSecond(file), file);
			expect(text).toContain(jobIds()[0]);
			expect(text).toMatch(/did not clearly accept or reject [^]*the node ended before an answer/);
			expect(creates()).toHaveLength(2);
		},
	);

	test.each(nodes)('%s, without: a retry from the trigger sends nothing', async (_name, node) => {
		const file = inARow(node);
		const killed = await killAtSecond(file);
		expect(killed.data.resultData.runData).toEqual({});
		for (let times = 1; times <= 2; times++) {
			const { text } = await retry(killed, file);
			expect(text).toMatch(/was already sent, by an earlier run of this execution/);
			expect(text).toMatch(/check the task log/);
		}
		expect(creates()).toHaveLength(2);
	});

	test.each([true, false])(
		'with On Error = Continue the items that were not sent are created (saved: %s)',
		async (isSaved) => {
			const file = inARow(createNode('deepWl'));
			const killed = await killAtSecond(isSaved ? withProgress(file) : file);
			const { jobs } = await retry(killed, createNode('deepWl', {}, continueRegular));
			const lost = { status: 'failed', failure: { code: 'outcome_unknown' } };
			expect(jobs).toMatchObject([
				isSaved ? { status: 'queued', jobId: jobIds()[0] } : lost,
				lost,
				{ status: 'queued', jobId: jobIds()[2] },
			]);
			expect(startedPrompts()).toEqual(prompts);
		},
	);

	test('a retry from the trigger sends nothing either if n8n has added a run of the node from its event log', async () => {
		const file = inARow(createNode('deepWl'));
		const killed = await killAtSecond(file);
		// As after a kill between the end of the node and the next moment when n8n stores the execution.
		const times = { startTime: 0, executionTime: 0, executionIndex: 0 };
		const run: ITaskData = { ...times, executionStatus: 'success', source: [null] };
		killed.data.resultData.runData = { Trigger: [run], 'Veo Create': [run] };
		const { text } = await retry(killed, file);
		expect(text).toMatch(/was already sent, by an earlier run of this execution/);
		expect(creates()).toHaveLength(2);
	});

	test('another execution of the same items buys them', async () => {
		const file = inARow(createNode('deepWl'));
		await killAtSecond(file);
		await execute(file, prompts);
		expect(startedPrompts()).toEqual([...prompts.slice(0, 2), ...prompts]);
	});
});

test('a second retry of the same execution sends nothing that the first retry sent', async () => {
	const file = inARow(createNode('deepWl'));
	failCreate(refused);
	const first = await execute(file, prompts);
	failCreate({ kind: 'delay', delayMs: 1 });
	failCreate(refused);
	const newest = await retry(first.run, file);
	expect(startedPrompts()).toEqual(['A cat']);
	const { text } = await retry(first.run, file);
	expect(text).toMatch(/retry the newest one instead/);
	expect(startedPrompts()).toEqual(['A cat']);
	const { jobs } = await retry(newest.run, file);
	expect(startedPrompts()).toEqual(prompts);
	expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
});

describe('with saved progress', () => {
	const after = { ...createNode('deepWl'), id: 'After', name: 'After' };
	/** Passes on what it gets. */
	const noOp: INode = { ...after, type: 'n8n-nodes-base.noOp', parameters: {} };

	test('the output, its pairs and the next node are as without', async () => {
		const { run } = await execute(withProgress(inARow(createNode('deepWl'), noOp)), prompts);
		expect(startedPrompts()).toEqual(prompts);
		expect(runsOf(run, 'After')).toHaveLength(1);
		for (const name of ['Veo Create', 'After']) {
			const items = itemsOf(run, name);
			expect(items.map(({ json }) => json.jobId)).toEqual(jobIds());
			expect(items.map(({ pairedItem }) => pairedItem)).toMatchObject(
				prompts.map((_prompt, item) => ({ item })),
			);
		}
		expect(runsOf(run, 'Veo Create')[0]?.source).toMatchObject([{ previousNode: 'Trigger' }]);
	});

	test.each([1, 3])('of %i items, the node shows as many runs', async (count) => {
		const { run } = await execute(
			withProgress(inARow(createNode('deepWl'))),
			prompts.slice(0, count),
		);
		expect(runsOf(run, 'Veo Create')).toHaveLength(count);
		// n8n answers "retry execution" with all of it as JSON, so that nothing may contain itself.
		expect(() => JSON.stringify(run.data)).not.toThrow();
	});

	test('the hints of every item are kept', async () => {
		const node = createNode('deepWl', {}, retryOnFail);
		const { hints } = await execute(withProgress(inARow(node)), prompts);
		expect(hints).toMatch(/Retry On Fail is on/);
	});

	test('a refused item is sent once for each try of Retry On Fail', async () => {
		failCreate({ ...refused, times: 20 });
		const node = createNode('deepWl', {}, retryOnFail);
		const { error } = await execute(withProgress(inARow(node)), ['A cat']);
		expect(error).toBeDefined();
		expect(creates()).toHaveLength(3);
	});

	test('a failed item goes to the error output, and the others on', async () => {
		failCreate(refused);
		const node = createNode('deepWl', {}, continueError);
		const { jobs, failed } = await execute(withProgress(inARow(node)), prompts);
		expect(jobs).toHaveLength(2);
		expect(failed).toHaveLength(1);
	});

	test('a loop: each turn starts its job once', async () => {
		const file = withProgress(inALoop(createNode('deepWl')));
		const { run } = await execute(file, prompts);
		expect(startedPrompts()).toEqual(prompts);
		expect(itemsOf(run, 'Done').map(({ json }) => json.jobId)).toEqual(jobIds());
	});

	test('"Always Output Data" adds nothing to it', async () => {
		const node = { ...createNode('deepWl'), alwaysOutputData: true };
		const { run } = await execute(withProgress(inARow(node, noOp)), prompts.slice(0, 1));
		expect(runsOf(run, 'After')).toHaveLength(1);
		expect(itemsOf(run, 'After')).toHaveLength(1);
	});

	test.each([
		['in the execution order v0', createNode('deepWl'), 'v0'],
		['as the tool of an agent', asTool(createNode('deepWl')), 'v1'],
	] as const)('the node is called once %s', async (_where, node, order) => {
		const { run } = await execute(withProgress(inARow(node), order), prompts);
		expect(startedPrompts()).toEqual(prompts);
		expect(runsOf(run, 'Veo Create')).toHaveLength(1);
	});

	test('canceled while n8n stores it: nothing is sent, and its place of the day is free', async () => {
		const node = createNode('deepWl', { options: { maxJobsPerDay: 1 } });
		const file = withProgress(inARow(withCredentialId(node, 'canceled')));
		let cancel = (): void => undefined;
		await execute(file, ['A cat'], {
			onStart: (given) => (cancel = given),
			onNode: (name) => name === 'Veo Create' && cancel(),
		});
		expect(creates()).toEqual([]);
		await execute(file, ['A dog']);
		expect(startedPrompts()).toEqual(['A dog']);
	});

	test('timed out unknown to the node: the rest is not sent, and takes no places', async () => {
		const node = createNode('deepWl', { options: { maxJobsPerDay: 3 } });
		const file = withProgress(inARow(withCredentialId(node, 'timed out')));
		failCreate({ kind: 'delay', delayMs: 2_000 });
		const { run } = await execute(file, prompts, { timeoutMs: 1_000 });
		expect(run.status).toBe('canceled');
		await passSeconds(600);
		expect(startedPrompts()).toEqual(['A cat']);
		await execute(file, ['A dog', 'A bird']);
		expect(startedPrompts()).toEqual(prompts);
	});
});
