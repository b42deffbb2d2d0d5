import type {
	EngineRequest,
	IExecuteFunctions,
	INodeExecutionData,
	NodeExecutionHint,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { ItemResult } from './results';
import type { Invocation } from './suspension';
import { keepForNextTry, readOwnItem, requestEntry } from './suspension';

/*
 * How a node is stored while it runs. If a workflow saves its execution progress, n8n stores the execution
 * after each run of a node, with the contexts of all nodes. So the node asks the engine to run a second
 * entry of itself that does nothing, and to call the node again afterwards. See docs/suspending.md.
 */

/** Returns when n8n has stored what is in the node's context; at once where it cannot. */
export type SaveProgress = () => Promise<void>;

/** What a node comes to that starts jobs. */
export interface StartedJobs {
	results: ItemResult[];
	/** Whether this execution has started a job, now or in an earlier try: n8n may not have stored it yet. */
	hasStarted: boolean;
}

/** The work of a node, which goes on while n8n stores the progress. */
type Work = (context: IExecuteFunctions, save: SaveProgress) => Promise<StartedJobs>;

/** Work that has ended, with the hints that it added, or the request with which n8n stores the progress. */
type Step =
	| (StartedJobs & { kind: 'done'; hints: NodeExecutionHint[] })
	| { kind: 'save'; request: EngineRequest };

interface Run {
	/** Goes on with the work until it has ended, or wants to be stored. */
	proceed(): Promise<Exclude<Step, { kind: 'save' }> | { kind: 'save' }>;
}

// Marks the input of the entry that does nothing.
const saveKey = 'veoSavesProgress';

// In memory: between two calls of a run the engine does not leave the process. The key is the context
// object of the node in one execution.
const runs = new WeakMap<object, Run>();

/** Does the work of a node, in several calls of it if the progress is stored meanwhile. */
export async function workWithProgress(
	context: IExecuteFunctions,
	invocation: Invocation,
	work: Work,
): Promise<Step> {
	const executionId = context.getExecutionId();
	const key = context.getContext('node');
	const isCalledAgain = readExecutionId(invocation.state) === executionId;
	const going = isCalledAgain ? runs.get(key) : undefined;
	runs.delete(key);
	// A call of this execution whose work has ended is a further try of Retry On Fail. It must not ask: the
	// engine restarts its count of tries after each request, so that the tries would never end.
	if (going === undefined && (isCalledAgain || !isProgressSaved(context, invocation))) {
		const { copy, hints } = collectHints(context);
		return { kind: 'done', ...(await work(copy, async () => undefined)), hints };
	}
	const run = going ?? startRun(context, work);
	const step = await run.proceed();
	if (step.kind === 'done') return step;
	runs.set(key, run);
	const request = requestEntry(context, invocation, { [saveKey]: true }, saveKey, { executionId });
	return { kind: 'save', request };
}

/** Lets a further try of Retry On Fail go on as a part of this one, without its work. */
export function keepForNextWork(context: IExecuteFunctions, invocation: Invocation): void {
	keepForNextTry(context, invocation, { executionId: context.getExecutionId() });
}

/** Whether this is the entry that was asked for to have the progress stored. */
export const isProgressEntry = (context: IExecuteFunctions): boolean =>
	readOwnItem(context)?.[saveKey] === true;

/** Returns nothing on an output, so that no other node runs. */
export function endProgressEntry(context: IExecuteFunctions): INodeExecutionData[][] {
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

/** The engine drops the hints of a call that ends with a request: they are collected for the last one. */
export function collectHints(context: IExecuteFunctions): {
	copy: IExecuteFunctions;
	hints: NodeExecutionHint[];
} {
	const hints: NodeExecutionHint[] = [];
	const copy: IExecuteFunctions = Object.create(context);
	const addExecutionHints = (...added: NodeExecutionHint[]) => void hints.push(...added);
	return { copy: Object.assign(copy, { addExecutionHints }), hints };
}

// n8n stores an execution in milliseconds.
const abandonedAfterMs = 300_000;

function startRun(context: IExecuteFunctions, work: Work): Run {
	const { copy, hints } = collectHints(context);
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
	const own = Object.assign(copy, { getExecutionCancelSignal });
	const done = work(own, save).then((ended) => ({ kind: 'done', ...ended, hints }) as const);
	// After a cancellation no call awaits the work, and an unhandled rejection would end n8n.
	done.catch(() => undefined);
	return {
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
