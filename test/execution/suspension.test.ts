import type { EngineResponse, IExecuteFunctions, INode, ISourceData } from 'n8n-workflow';
import {
	keepForNextTry,
	requestSuspension,
	resume,
	readWakeTime,
} from '../../nodes/execution/suspension';

/* What the engine does with all this is tested on the engine: test/engine/suspend.test.ts. */

interface Around {
	source?: ISourceData | null;
	node?: Partial<INode>;
	engineType?: 'v1' | 'v2';
	json?: Record<string, unknown>;
	runIndex?: number;
	nodeContext?: object;
}

const fed: ISourceData = { previousNode: 'Veo Create', previousNodeRun: 0 };
const empty: EngineResponse = { actionResponses: [], metadata: {} };

/** The parts of n8n's context that suspending reads. */
function contextOf(around: Around = {}) {
	const { source = fed, node = {}, engineType, json = {}, runIndex = 0, nodeContext = {} } = around;
	const entry = { source: source === null ? null : { main: [source] } };
	const context = {
		getExecuteData: () => entry,
		getWorkflowSettings: () => ({ engineType }),
		getInputData: () => [{ json }],
		getContext: () => nodeContext,
		getWorkflowDataProxy: () => ({ $runIndex: runIndex }),
		getNode: () => ({ name: 'Poll', type: 'n8n-nodes-veo.veoPollUntilDone', ...node }),
	};
	return { context: context as unknown as IExecuteFunctions, entry };
}

test.each<[string, Around, EngineResponse | undefined, boolean]>([
	['n8n 1.113 and newer', {}, empty, true],
	['an n8n that hands over nothing', {}, undefined, false],
	['the second engine', { engineType: 'v2' }, empty, false],
	['a node that nothing feeds', { source: null }, empty, false],
	['a tool by its type', { node: { type: 'n8n-nodes-veo.veoPollUntilDoneTool' } }, empty, false],
	['a tool that an agent called', { node: { rewireOutputLogTo: 'ai_tool' } }, empty, false],
	['a node that has suspended before', { node: { rewireOutputLogTo: 'main' } }, empty, true],
])('%s: whether the node can be called again', (_name, around, response, canCallAgain) => {
	expect(resume(contextOf(around).context, response).canCallAgain).toBe(canCallAgain);
});

test('what is handed over comes back, and puts the source right', () => {
	const first = resume(contextOf().context, empty);
	expect(first.state).toBeUndefined();
	const note = { jobsDone: 1, jobsTotal: 2, isCallbackExpected: false, jobs: [] };
	const request = requestSuspension(contextOf().context, first, 1_000, { jobs: 2 }, note);

	const miscounted = contextOf({ source: { previousNode: 'Veo Create', previousNodeRun: 7 } });
	const stored = JSON.parse(JSON.stringify(request.metadata)) as object;
	const second = resume(miscounted.context, { actionResponses: [], metadata: stored });
	expect(second.state).toEqual({ jobs: 2 });
	expect(miscounted.entry.source?.main).toEqual([fed]);
});

test('only the entry that waits has a wake time', () => {
	const note = { jobsDone: 0, jobsTotal: 1, isCallbackExpected: false, jobs: [] };
	const invocation = resume(contextOf().context, empty);
	const { actions } = requestSuspension(contextOf().context, invocation, 123_456, {}, note);
	expect(actions).toHaveLength(1);
	const json = { ...actions[0]?.input };
	expect(readWakeTime(contextOf({ json, source: { previousNode: 'Poll' } }).context)).toBe(123_456);
	// An item from outside that looks like it is an item like any other.
	expect(readWakeTime(contextOf({ json }).context)).toBeUndefined();
	expect(readWakeTime(contextOf({ json: { jobId: 'job-1' } }).context)).toBeUndefined();
});

describe('the state of a failed try', () => {
	let nodeContext = {};
	beforeEach(() => {
		nodeContext = {};
	});
	const retried = (around: Around = {}) =>
		contextOf({ node: { retryOnFail: true }, nodeContext, ...around }).context;
	const fail = (around: Around = {}) =>
		keepForNextTry(retried(around), resume(retried(around), empty), { try: 1 });

	test('comes back in the next try, which n8n calls without a response', () => {
		fail();
		expect(resume(retried(), undefined)).toMatchObject({ state: { try: 1 }, canCallAgain: true });
	});

	test('comes back once', () => {
		fail();
		resume(retried(), undefined);
		expect(resume(retried(), empty).state).toBeUndefined();
	});

	test.each<[string, Around]>([
		['the next round of a loop', { runIndex: 1 }],
		['another execution', { nodeContext: {} }],
		['a node that is not retried', { node: {} }],
	])('is not found by %s', (_title, around) => {
		fail();
		expect(resume(retried(around), empty).state).toBeUndefined();
	});

	test.each<[string, Around['node']]>([
		['where nothing is retried', {}],
		['of a tool', { retryOnFail: true, rewireOutputLogTo: 'ai_tool' }],
	])('is not kept %s', (_title, node) => {
		fail({ node });
		expect(resume(retried(), empty).state).toBeUndefined();
	});
});
