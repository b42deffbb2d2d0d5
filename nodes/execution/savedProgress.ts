import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	NodeExecutionHint,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { Invocation } from './suspension';
import { readOwnItem, requestEntry, resume, showInLastRun } from './suspension';

/*
 * How a node is stored while it runs. If a workflow saves its execution progress, n8n stores the execution
 * after each run of a node, with the contexts of all nodes. So the node asks the engine to run a second
 * entry of itself that does nothing, and to call the node again afterwards. See docs/suspending.md.
 */

/** Returns when n8n has stored what is in the node's context; at once where it cannot. */
export type SaveProgress = () => Promise<void>;

/** The work of a node, which goes on while n8n stores the progress. */
type Work = (context: IExecuteFunctions, save: SaveProgress) => Promise<INodeExecutionData[][]>;

interface Run {
	/** Goes on with the work until it has ended, or wants to be stored. */
	proceed(): Promise<{ kind: 'done'; output: INodeExecutionData[][] } | { kind: 'save' }>;
	hints: NodeExecutionHint[];
}

// Marks the input of the entry that does nothing.
const saveKey = 'veoSavesProgress';

// In memory: between two calls of a run the engine does not leave the process. The key is the context
// object of the node in one execution.
const runs = new WeakMap<object, Run>();

/** Does the work of a node, in several calls of it if the progress is stored meanwhile. */
export async function executeWithProgress(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
	work: Work,
): Promise<INodeExecutionData[][] | EngineRequest> {
	if (readOwnItem(context)?.[saveKey] === true) return endEntry(context);
	const invocation = resume(context, response);
	const executionId = context.getExecutionId();
	const key = context.getContext('node');
	const isCalledAgain = readExecutionId(invocation.state) === executionId;
	const going = isCalledAgain ? runs.get(key) : undefined;
	runs.delete(key);
	// A call of this execution whose work has ended is a further try of Retry On Fail. It must not ask: the
	// engine restarts its count of tries after each request, so that the tries would never end.
	if (going === undefined && (isCalledAgain || !isProgressSaved(context, invocation))) {
		const output = await work(context, async () => undefined);
		showInLastRun(invocation, output);
		return output;
	}
	const run = going ?? startRun(context, work);
	const step = await run.proceed();
	if (step.kind === 'save') {
		runs.set(key, run);
		return requestEntry(context, invocation, { [saveKey]: true }, saveKey, { executionId });
	}
	// The engine drops the hints of a call that ends with a request.
	context.addExecutionHints(...run.hints);
	showInLastRun(invocation, step.output);
	return step.output;
}

/** Returns nothing on an output, so that no other node runs. */
function endEntry(context: IExecuteFunctions): INodeExecutionData[][] {
	const entry = context.getExecuteData();
	entry.node = { ...entry.node, alwaysOutputData: false };
	return [[]];
}

function isProgressSaved(context: IExecuteFunctions, { canCallAgain }: Invocation): boolean {
	// n8n 1.113 and 2.0 do not tell a node the settings of its workflow.
	const { saveExecutionProgress, executionOrder } = context.getWorkflowSettings?.() ?? {};
	// In the order v0 the engine calls the node before the entry that it asked for.
	return canCallAgain && saveExecutionProgress === true && executionOrder === 'v1';
}

// n8n stores an execution in milliseconds.
const abandonedAfterMs = 300_000;

function startRun(context: IExecuteFunctions, work: Work): Run {
	const hints: NodeExecutionHint[] = [];
	const copy: IExecuteFunctions = Object.create(context);
	const addExecutionHints = (...added: NodeExecutionHint[]) => void hints.push(...added);
	// The engine ends an execution that has timed out between two calls, and does not cancel it: no call comes.
	const ending = new AbortController();
	const getExecutionCancelSignal = () => ending.signal;
	let calls = 0;
	let waiting: Array<() => void> = [];
	let saved: Array<() => void> = [];
	let announce = (): void => undefined;
	const proceedAll = () => {
		for (const proceed of [...saved, ...waiting]) proceed();
	};
	// The engine does not call the node again: the work ends by itself.
	ending.signal.addEventListener('abort', proceedAll, { once: true });
	const end = () => ending.abort();
	const canceled = context.getExecutionCancelSignal();
	if (canceled?.aborted) end();
	else canceled?.addEventListener('abort', end, { once: true });
	const endUnlessCalled = async () => {
		const before = calls;
		await sleep(abandonedAfterMs);
		if (calls === before) end();
	};
	const save = async () =>
		await new Promise<void>((resolve) => {
			waiting.push(resolve);
			announce();
			if (ending.signal.aborted) resolve();
		});
	const own = Object.assign(copy, { addExecutionHints, getExecutionCancelSignal });
	const done = work(own, save).then((output) => ({ kind: 'done', output }) as const);
	// After a cancellation no call awaits the work, and an unhandled rejection would end n8n.
	done.catch(() => undefined);
	return {
		hints,
		proceed: async () => {
			calls++;
			for (const proceed of saved) proceed();
			// What was asked for while n8n stored the execution may have come too late: it is stored again.
			if (waiting.length === 0) {
				const wanted = new Promise<void>((resolve) => (announce = resolve));
				await Promise.race([done, wanted]);
			}
			if (waiting.length === 0) return await done;
			saved = waiting;
			waiting = [];
			void endUnlessCalled();
			return { kind: 'save' };
		},
	};
}

function readExecutionId(state: unknown): unknown {
	return typeof state === 'object' && state !== null && 'executionId' in state
		? state.executionId
		: undefined;
}
