import { passSeconds } from './fastTime';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import {
	continueError,
	continueRegular,
	creates,
	execute,
	failCreate,
	jobIds,
	retryOnFail,
	simulator,
	startedPrompts,
} from './scene';
import type { NodeSettings } from './workflow';
import { asTool, createNode, inALoop, withCredentialId } from './workflow';

/* How many paid jobs a node may start: in an execution, and in a day with one credential. */

const prompts = (count: number) => Array.from({ length: count }, (_each, index) => `Cat ${index}`);
const limitedNode = (options: INodeParameters, settings: NodeSettings = {}) =>
	createNode('deerApi', { options }, settings);

describe('in one execution', () => {
	test('10,000 rows without a limit of their own: an error, and no request', async () => {
		const { text } = await execute(createNode('deerApi'), prompts(10_000));
		expect(text).toMatch(
			/would start 10000 paid jobs; 0 were started before in this execution; the limit is 100/,
		);
		expect(text).toMatch(/Nothing was sent/);
		expect(simulator.calls).toEqual([]);
	});

	test('with On Error = Continue the items up to the limit are not sent either', async () => {
		const { failed } = await execute(limitedNode({ maxJobs: 2 }, continueError), prompts(3));
		expect(failed).toHaveLength(3);
		for (const { details } of failed) {
			expect(details).toMatchObject({ failure: { code: 'limit_reached', retryable: false } });
		}
		expect(simulator.calls).toEqual([]);
	});

	test('a loop: each turn counts those before it', async () => {
		const { error, text } = await execute(inALoop(limitedNode({ maxJobs: 5 })), prompts(20));
		expect(error).toBeDefined();
		expect(text).toMatch(/would start 1 paid job; 5 were started before/);
		expect(startedPrompts()).toEqual(prompts(5));
		expect(creates()).toHaveLength(5);
	});

	test('a loop of 1,000 single items without a limit of its own ends after 100', async () => {
		const { text } = await execute(inALoop(createNode('deerApi')), prompts(1_000));
		expect(text).toMatch(/100 were started before/);
		expect(creates()).toHaveLength(100);
	});

	test('an agent that asks its tool again and again, with other words, gets 5', async () => {
		await execute(inALoop(asTool(createNode('deerApi'))), prompts(50));
		expect(creates()).toHaveLength(5);
	});

	test('a tool with more scenes than its limit starts none, and hands back those it started', async () => {
		const parameters = { prompts: 'several', prompt: '={{ $json.scenes }}' };
		const tool = asTool(createNode('deerApi', parameters));
		await execute(tool, [{ scenes: prompts(6) }]);
		expect(creates()).toEqual([]);
		const five = { scenes: prompts(5) };
		await execute(inALoop(tool), [five, five]);
		expect(startedPrompts()).toEqual(prompts(5));
	});

	test('what the provider refused does not count', async () => {
		const node = limitedNode({ maxJobs: 2 }, continueRegular);
		await execute(inALoop(node), ['[sim ending=no_credit]', ...prompts(3)]);
		expect(startedPrompts()).toEqual(prompts(2));
	});

	test('a request whose outcome is unknown counts', async () => {
		failCreate({ kind: 'resetBeforeHeaders', acceptFirst: true });
		await execute(inALoop(limitedNode({ maxJobs: 2 }, continueRegular)), prompts(3));
		expect(startedPrompts()).toEqual(prompts(2));
	});

	test('what Retry On Fail hands back does not', async () => {
		failCreate({ kind: 'status', httpStatus: 401 });
		const node = limitedNode({ maxJobs: 2 }, retryOnFail);
		const { jobs } = await execute(node, ['A cat', 'A dog']);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		expect(simulator.ledger).toHaveLength(2);
	});

	test.each([0, -1, 1.5, 'many', '', null, true, [3]])(
		'%j is no limit: an error, and no request',
		async (value) => {
			const node = limitedNode({ maxJobs: '={{ $json.limit }}' });
			const { text } = await execute(node, [{ prompt: 'A cat', limit: value }]);
			expect(text).toMatch(
				/Maximum Jobs is [^]* must be a whole number from 1[^]*Nothing was sent/,
			);
			expect(simulator.calls).toEqual([]);
		},
	);

	test('of an expression per item, the smallest value counts', async () => {
		const node = limitedNode({ maxJobs: '={{ $json.limit }}' });
		const items: IDataObject[] = [9, '2', 5].map((limit) => ({ prompt: 'A cat', limit }));
		const { text } = await execute(node, items);
		expect(text).toMatch(/would start 3 paid jobs[^]*the limit is 2/);
		expect(simulator.calls).toEqual([]);
	});
});

describe('in a day', () => {
	const daily = (maxJobsPerDay: number, credentialId: string, settings: NodeSettings = {}) =>
		withCredentialId(limitedNode({ maxJobsPerDay }, settings), credentialId);

	test('200 executions at once start no more than the limit together', async () => {
		const node = daily(20, 'at-once');
		const runs = Array.from({ length: 200 }, async () => await execute(node, ['A cat']));
		const texts = (await Promise.all(runs)).map(({ text }) => text);
		expect(simulator.ledger).toHaveLength(20);
		const refused = texts.filter((text) => text !== '');
		expect(refused).toHaveLength(180);
		for (const text of refused) {
			expect(text).toMatch(/20 were started before today with this credential; the limit per day/);
		}
	});

	test('an agent whose tool has a limit per day gets no more', async () => {
		const tool = asTool(daily(2, 'tool'));
		await execute(inALoop(tool), prompts(4));
		await execute(tool, ['In another execution']);
		expect(startedPrompts()).toEqual(prompts(2));
	});

	test('a run that would exceed it starts none, and takes no places', async () => {
		const node = daily(3, 'whole-run');
		await execute(node, prompts(2));
		await execute(node, prompts(2));
		expect(simulator.ledger).toHaveLength(2);
		await execute(node, ['The third']);
		expect(simulator.ledger).toHaveLength(3);
	});

	test('places of jobs that were not started are free again', async () => {
		const node = daily(1, 'freed', continueRegular);
		await execute(node, ['[sim ending=no_credit]']);
		await execute(node, ['A cat']);
		expect(startedPrompts()).toEqual(['A cat']);
	});

	test('the next day begins at none', async () => {
		const node = daily(1, 'next-day');
		await execute(node, ['A cat']);
		await passSeconds(24 * 3600);
		await execute(node, ['A dog']);
		expect(startedPrompts()).toEqual(['A cat', 'A dog']);
	});
});
