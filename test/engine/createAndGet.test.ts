import { until } from './fastTime';
import { parse, stringify } from 'flatted';
import type { INode, INodeParameters, IRunExecutionData } from 'n8n-workflow';
import type { WorkflowFile } from '../../workbench/engine/engine';
import { retryWorkflow } from '../../workbench/engine/engine';
import type { Execution } from './scene';
import {
	checks,
	continueError,
	continueRegular,
	creates,
	execute,
	executeSuspending,
	expectVideos,
	failCreate,
	jobIds,
	killAtCreate,
	readExecution,
	retryOnFail,
	simulator,
	startedPrompts,
} from './scene';
import type { NodeSettings } from './workflow';
import { createNode, credentialsFor, inALoop, inARow, itemsOf, pollNode, runsOf } from './workflow';

/*
 * Veo Create with the operation Create and Get Video. How it waits is as in Veo Poll Until Done:
 * test/engine/suspend.test.ts. In a real n8n: test/n8n/createAndGet.test.ts.
 */

const oneNode = (
	parameters: INodeParameters = {},
	settings: NodeSettings & Partial<INode> = {},
): INode => ({ ...createNode('deepWl', { mode: 'createAndGet', ...parameters }), ...settings });

const film = (prompt: string, seconds = 100, ending = 'success') =>
	`${prompt} [sim seconds=${seconds} ending=${ending}]`;
const films = ['A cat', 'A dog', 'A bird'].map((prompt) => film(prompt));

async function retry(
	data: IRunExecutionData,
	file: WorkflowFile,
	nodes: 'original' | 'saved' = 'saved',
): Promise<Execution> {
	const options = { credentials: credentialsFor(simulator) };
	return readExecution(await retryWorkflow(file, { data }, options, nodes), 'Veo Create');
}

/** Makes the first checkpoint one of another version of this package. */
function makeOlder(): (stored: IRunExecutionData) => void {
	let isDone = false;
	return ({ executionData }) => {
		if (isDone) return;
		const states = (executionData?.nodeExecutionStack ?? []).flatMap(({ metadata }) => {
			const { state } = (metadata?.subNodeExecutionData?.metadata ?? {}) as { state?: object };
			return state === undefined ? [] : [state];
		});
		expect(states).toHaveLength(1);
		for (const state of states) Object.assign(state, { version: 1 });
		isDone = true;
	};
}

test('the videos come out in order, and the execution was suspended before the first check', async () => {
	const after: INode = {
		...pollNode('deepWl'),
		id: 'After',
		name: 'After',
		type: 'n8n-nodes-base.noOp',
		parameters: {},
	};
	const result = await executeSuspending([oneNode(), after], films);
	expect(result.error).toBeUndefined();
	expect(startedPrompts()).toEqual(films);
	await expectVideos(result.items);
	expect(result.jobs.map(({ jobId, status, prompt }) => [jobId, status, prompt])).toEqual(
		jobIds().map((jobId, index) => [jobId, 'succeeded', films[index]]),
	);
	expect(result.items.map(({ pairedItem }) => pairedItem)).toMatchObject(
		films.map((_film, item) => ({ item })),
	);
	expect(runsOf(result.run, 'After')).toHaveLength(1);
	const [first] = result.suspensions;
	expect(first?.checks).toBe(0);
	expect(first?.forMs).toBeGreaterThanOrEqual(64_900);
	for (const jobId of jobIds()) expect(first?.stored).toContain(jobId);
	// n8n answers "retry execution" with all of it as JSON.
	expect(() => JSON.stringify(result.run.data)).not.toThrow();
});

describe('stored', () => {
	test('a job that failed, and "Retry execution": the others have their videos, nothing is bought', async () => {
		const file = inARow(oneNode());
		const failing = [...films.slice(0, 2), film('A fox', 100, 'failed')];
		const { run: failed, text } = await executeSuspending(file, failing);
		for (const jobId of jobIds()) expect(text).toContain(jobId);
		const checksBefore = checks().length;
		const again = await retry(failed.data, inARow(oneNode({}, continueRegular)));
		expect(startedPrompts()).toEqual(failing);
		expect(again.jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		await expectVideos(again.items.slice(0, 2));
		// They have ended long ago: nothing is suspended for them.
		expect(checks().length - checksBefore).toBe(3);
	});

	test('a checkpoint of another version of this package: the jobs come from the ledger', async () => {
		const { items, jobs } = await executeSuspending(oneNode(), films, { onResume: makeOlder() });
		expect(startedPrompts()).toEqual(films);
		expect(jobs.map(({ jobId }) => jobId)).toEqual(jobIds());
		await expectVideos(items);
	});

	/** What n8n has stored when it is killed while the third create is answered, and what a retry makes of it. */
	test.each([true, false])(
		'killed while the last create is answered (saved progress: %s): no job is bought twice',
		async (saveExecutionProgress) => {
			const file: WorkflowFile = {
				...inARow(oneNode({}, continueRegular)),
				settings: { executionOrder: 'v1', saveExecutionProgress },
			};
			const { data } = await killAtCreate(3, file, films);
			const { jobs } = await retry(data, file);
			expect(startedPrompts()).toHaveLength(3);
			const lost = { failure: { code: 'outcome_unknown' } };
			expect(jobs).toMatchObject([lost, lost, lost]);
		},
	);

	test.each(['original', 'saved'] as const)(
		'killed in the second turn of a loop: a retry that waits for the first job again buys none twice (%s)',
		async (nodes) => {
			const file = inALoop(oneNode({ timeoutMinutes: 4 }, continueRegular));
			let stored = '';
			let kill = (): void => undefined;
			const running = execute(file, [film('A cat', 4000), ...films.slice(1)], {
				onSuspend: (text) => (stored = text),
				onStart: (cancel) => (kill = cancel),
			});
			await until(() => creates().length === 2);
			const data = parse(stored) as IRunExecutionData;
			kill();
			await running;
			const { run: again } = await retry(data, file, nodes);
			expect(creates()).toHaveLength(3);
			const [, second, third] = itemsOf(again, 'Done').map(({ json }) => json);
			expect(second).toMatchObject({ failure: { code: 'outcome_unknown' } });
			expect(third).toMatchObject({ status: 'succeeded', jobId: jobIds()[2] });
		},
	);

	test('with saved progress, the jobs are stored one by one, and the last of them too', async () => {
		const file: WorkflowFile = {
			...inARow(oneNode()),
			settings: { executionOrder: 'v1', saveExecutionProgress: true },
		};
		const stored: string[] = [];
		const suspendedAt: number[] = [];
		const { items } = await executeSuspending(file, films, {
			onStore: (text) => stored.push(text),
			onSuspend: () => suspendedAt.push(stored.length),
		});
		await expectVideos(items);
		const countIn = (text = '') => jobIds().filter((jobId) => text.includes(jobId)).length;
		const beforeWait = stored.slice(0, suspendedAt[0]).map(countIn);
		expect(beforeWait).toEqual([0, 0, 0, 1, 2, 3, 3]);
	});
});

describe('where it cannot suspend', () => {
	const withSettings = (settings: object, node = oneNode()): WorkflowFile => ({
		...inARow(node),
		settings: { executionOrder: 'v1', ...settings },
	});
	test.each([
		['Execution Order v0', withSettings({ executionOrder: 'v0' }), {}, /Execution Order is v0/],
		['a sub-workflow', inARow(oneNode()), { mode: 'integrated' }, /this is a sub-workflow/],
		[
			'a short workflow timeout',
			withSettings({ executionTimeout: 100 }),
			{},
			/the workflow timeout/,
		],
		["n8n's second engine", withSettings({ engineType: 'v2' }), {}, /there is no previous node/],
		[
			'Waiting = Hold, by an expression',
			inARow(oneNode({ waiting: '={{ "hold" }}' })),
			{},
			/Waiting is Hold/,
		],
		[
			'a rehearsal',
			withSettings({ executionOrder: 'v0' }, oneNode({ options: { rehearse: true } })),
			{},
			/v0/,
		],
		[
			'a timeout that cannot be read',
			inARow(oneNode({ timeoutMinutes: '={{ $("Nowhere").first().json.minutes }}' as never })),
			{},
			/Referenced node/,
		],
	] as const)('%s: nothing is sent', async (_where, file, options, says) => {
		const { text } = await executeSuspending(file, films, options);
		expect(text).toMatch(says);
		expect(simulator.calls).toEqual([]);
		const failing = { ...file, nodes: file.nodes.map((node) => ({ ...node, ...continueRegular })) };
		const { jobs } = await executeSuspending(failing, films, options);
		expect(jobs).toMatchObject(Array(3).fill({ failure: { code: 'bad_request' } }));
		expect(simulator.calls).toEqual([]);
	});

	test('where that is so only after the creates, their jobs are waited for', async () => {
		failCreate({ kind: 'delay', delayMs: 45_000, times: 3 });
		const file = withSettings({ saveExecutionProgress: true, executionTimeout: 240 });
		const prompts = films.map((_film, index) => film(`A film ${index}`, 20));
		const { items, text } = await executeSuspending(file, prompts);
		expect(text).toBe('');
		expect(creates()).toHaveLength(3);
		await expectVideos(items);
	});

	test('where that is so at the resume, with a checkpoint that cannot be read, their jobs come out', async () => {
		const file = withSettings({ executionTimeout: 150 });
		const { items, text } = await executeSuspending(file, films, { onResume: makeOlder() });
		expect(text).toBe('');
		expect(creates()).toHaveLength(3);
		await expectVideos(items);
	});

	test('as the tool of an agent: nothing is sent', async () => {
		const { text } = await executeSuspending({ ...oneNode(), rewireOutputLogTo: 'ai_tool' }, films);
		expect(text).toMatch(/an agent called the node as a tool/);
		expect(simulator.calls).toEqual([]);
	});

	test('in a sub-workflow it suspends if that is chosen', async () => {
		const { items, suspensions } = await executeSuspending(oneNode({ waiting: 'suspend' }), films, {
			mode: 'integrated',
		});
		expect(suspensions.length).toBeGreaterThan(0);
		await expectVideos(items);
	});
});

describe('failed creates', () => {
	const refused = { kind: 'status', httpStatus: 403 } as const;

	test('with On Error = Stop the execution ends at once, and the error has the jobs that were started', async () => {
		const { text, suspensions } = await executeSuspending(oneNode(), [
			films[0] ?? '',
			film('A dog', 100, 'no_credit'),
		]);
		expect(text).toContain(`Item 0, job ${jobIds()[0]}: queued`);
		expect(suspensions).toEqual([]);
	});

	test.each([
		['regular output', continueRegular],
		['error output', continueError],
	])('with the %s they come out as from Veo Create, after the wait', async (_name, settings) => {
		const items = [
			{ prompt: '' },
			{ prompt: films[0] },
			{ prompt: film('A dog', 100, 'no_credit') },
		];
		const node = oneNode({}, settings);
		const two = await execute(createNode('deepWl', {}, settings), items);
		const one = await executeSuspending(node, items);
		const withoutId = (text: string) => text.replace(/request id: \w+/g, '');
		const failuresOf = ({ jobs, failed }: Execution) =>
			[...failed, ...jobs]
				.filter(({ status }) => status !== 'queued' && status !== 'succeeded')
				.map((each) => withoutId(JSON.stringify(each)));
		expect(failuresOf(two)).toHaveLength(2);
		expect(failuresOf(one)).toEqual(failuresOf(two));
		await expectVideos(
			one.items.slice(settings === continueError ? 0 : 1, settings === continueError ? 1 : 2),
		);
		expect(one.suspensions.length).toBeGreaterThan(0);
	});

	test('if no job was started, nothing is waited for', async () => {
		failCreate({ ...refused, times: 3 });
		const { jobs, suspensions } = await executeSuspending(oneNode({}, continueRegular), films);
		expect(jobs).toHaveLength(3);
		expect(suspensions).toEqual([]);
	});

	test.each([
		['Stop', {}, false],
		['Stop, with saved progress', {}, true],
		['error output', continueError, false],
		['error output, with saved progress', continueError, true],
	])(
		'Retry On Fail sends a refused create again: %s',
		async (_name, settings, saveExecutionProgress) => {
			failCreate({ ...refused, times: 2 });
			const file: WorkflowFile = {
				...inARow(oneNode({}, { ...retryOnFail, ...settings })),
				settings: { executionOrder: 'v1', saveExecutionProgress },
			};
			const { items, hints } = await executeSuspending(file, films.slice(0, 1));
			expect(creates()).toHaveLength(3);
			await expectVideos(items);
			expect(hints).toMatch(/Retry On Fail is on/);
		},
	);

	test('Retry On Fail does not send it again after the wait: the other jobs come out once', async () => {
		failCreate({ ...refused, times: 1 });
		const node = oneNode({}, { ...retryOnFail, ...continueError });
		const { items, failed } = await executeSuspending(node, films);
		expect(creates()).toHaveLength(3);
		expect(failed).toMatchObject([{ details: { failure: { code: 'key_refused' } } }]);
		expect(items).toHaveLength(2);
		await expectVideos(items);
	});

	test.each([true, false])('its tries end (saved progress: %s)', async (saveExecutionProgress) => {
		failCreate({ ...refused, times: 20 });
		const file: WorkflowFile = {
			...inARow(oneNode({}, retryOnFail)),
			settings: { executionOrder: 'v1', saveExecutionProgress },
		};
		const { error } = await executeSuspending(file, films.slice(0, 1));
		expect(error).toBeDefined();
		expect(creates()).toHaveLength(3);
	});
});

describe('the fields of both nodes', () => {
	test('several prompts and Include Input Fields: each scene has its video and its row', async () => {
		const node = oneNode({
			prompts: 'several',
			prompt: '={{ $json.scenes }}',
			options: { includeInput: true, fileName: 'story.mp4' },
		});
		const { jobs, items } = await executeSuspending(node, [{ scenes: films, row: 7 }]);
		expect(startedPrompts()).toEqual(films);
		expect(jobs).toMatchObject(
			films.map((prompt, index) => ({
				prompt,
				row: 7,
				scene: index + 1,
				scenes: 3,
				status: 'succeeded',
			})),
		);
		const names = items.map(({ binary }) => binary?.video?.fileName);
		expect(new Set(names).size).toBe(3);
		expect(names[0]).toBe('story.mp4');
	});

	test('a rehearsal shows its request, sends nothing, and ends without a suspension', async () => {
		const { jobs, items, suspensions } = await executeSuspending(
			oneNode({ options: { rehearse: true } }),
			['A cat'],
		);
		expect(jobs).toMatchObject([
			{ rehearsal: true, status: 'succeeded', request: { json: { prompt: 'A cat' } } },
		]);
		expect(items[0]?.binary?.video).toBeDefined();
		expect(suspensions).toEqual([]);
		expect(simulator.calls).toEqual([]);
	});

	test('Maximum Jobs starts none of too many', async () => {
		const { text } = await executeSuspending(oneNode({ options: { maxJobs: 2 } }), films);
		expect(text).toMatch(/would start 3 paid jobs/);
		expect(simulator.calls).toEqual([]);
	});

	test('in a loop, each turn waits for its own job', async () => {
		const { run: ended } = await executeSuspending(inALoop(oneNode()), films);
		expect(startedPrompts()).toEqual(films);
		expect(itemsOf(ended, 'Done').map(({ json }) => json.jobId)).toEqual(jobIds());
	});

	test('a call that came while the creates were sent is lost: such a job is checked at the next resume', async () => {
		failCreate({ kind: 'delay', delayMs: 20_000, times: 3 });
		const node = oneNode({ provider: 'kie', options: { wakeByCallback: true } });
		const { items, suspensions } = await executeSuspending(
			node,
			films.map((_film, index) => film(`A film ${index}`, 15)),
		);
		await expectVideos(items);
		expect(suspensions[0]?.forMs).toBeLessThanOrEqual(65_000);
	});

	test('without a download the links come out', async () => {
		const { jobs, items } = await executeSuspending(
			oneNode({ download: false }),
			films.slice(0, 1),
		);
		expect(jobs).toMatchObject([{ videoUrl: expect.stringMatching(/^http/) }]);
		expect(items[0]?.binary).toBeUndefined();
	});

	test.each([
		[20, 'succeeded'],
		[300, 'running'],
	])(
		'a timeout below the shortest suspension: a job of %i seconds is %s',
		async (seconds, status) => {
			const node = oneNode({ timeoutMinutes: 0.5 }, continueRegular);
			const { jobs, suspensions } = await executeSuspending(node, [film('A cat', seconds)]);
			expect(jobs).toMatchObject([{ jobId: jobIds()[0], status }]);
			expect(suspensions).toHaveLength(1);
			expect(suspensions[0]?.forMs).toBeLessThanOrEqual(30_000);
		},
	);

	test('a job that does not end: its ID comes out at the timeout, and a retry gets its video', async () => {
		const prompt = film('A cat', 250);
		const node = oneNode({
			timeoutMinutes: 2,
			prompt: '={{ $json.prompt }} {{ $now.toMillis() }}',
		});
		const { run: ended, text } = await executeSuspending(node, [prompt]);
		expect(text).toMatch(new RegExp(`Job ${jobIds()[0]} was still`));
		// The fields of waiting are no reason to buy again, also where an expression has another value each time.
		const longer = inARow(
			oneNode({ ...node.parameters, timeoutMinutes: 10, options: { tolerance: 9 } }),
		);
		const { items } = await retry(ended.data, longer);
		expect(creates()).toHaveLength(1);
		await expectVideos(items);
	});
});

test('canceled while the creates are sent: nothing more is sent, and the ID is in the highlighted data', async () => {
	let cancel = (): void => undefined;
	failCreate({ kind: 'delay', delayMs: 1_000 });
	const running = executeSuspending(oneNode(), films, { onStart: (given) => (cancel = given) });
	await until(() => creates().length === 1);
	cancel();
	const { run: ended } = await running;
	expect(startedPrompts()).toEqual(films.slice(0, 1));
	expect(checks()).toEqual([]);
	expect(stringify(ended.data.resultData.metadata)).toContain(jobIds()[0]);
});
