import type {
	EngineRequest,
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	ISourceData,
	ITaskData,
} from 'n8n-workflow';

/*
 * The one place that knows how a single node waits in n8n's database.
 *
 * n8n never runs a node again after putExecutionToWait. So the node asks the engine to run a second
 * entry of itself, which does nothing but wait, and to call it again afterwards with the state it
 * handed over. All of this is in n8n-workflow's public types: EngineRequest, EngineResponse.
 */

// Marks the entry that only waits. What stands beside it is the note.
const wakeTimeKey = 'veoWaitsUntil';

/** What the waiting entry shows and returns while it waits. */
export interface WaitingNote {
	jobsDone: number;
	jobsTotal: number;
	/** The json of each item as it stands. Stored with the execution until it resumes: keep it small. */
	jobs: object[];
}

/** One call of the node: how it came about, and what it can do. */
export interface Invocation<State> {
	/** What the last call handed over; undefined in the first call. */
	state?: State;
	/** False where the engine cannot call the node again: it must finish within this call. */
	canCallAgain: boolean;
	/** What fed the node in its first call: the engine loses count of it from the second run on. */
	source?: ISourceData | null;
	/** The run of the last entry that only waited, as the engine keeps it. */
	lastRun?: ITaskData;
}

type Handover<State> = Pick<Invocation<State>, 'state' | 'source' | 'lastRun'>;

/** The time this entry shall wait until, where it is the one that only waits. */
export function readWakeTime(context: IExecuteFunctions): number | undefined {
	// Only the node itself feeds that entry: an item from elsewhere may carry whatever it likes.
	const isFromItself = sourceOf(context)?.previousNode === context.getNode().name;
	const time = context.getInputData()[0]?.json[wakeTimeKey];
	return isFromItself && typeof time === 'number' ? time : undefined;
}

/**
 * Waits in n8n's database: no worker is held, and a crash loses nothing. Must be the last thing a call
 * does. Returns the jobs as they stand: n8n drops them at the resume, but a webhook or chat that answers
 * "When Last Node Finishes" answers now, and without an item that is HTTP 500.
 */
export async function suspendUntil(
	context: IExecuteFunctions,
	wakeTime: number,
): Promise<INodeExecutionData[][]> {
	const entry = context.getExecuteData();
	const jobs = (context.getInputData()[0]?.json.jobs ?? []) as IDataObject[];
	addWaitingHint(context, wakeTime);
	entry.data.main = [[]];
	// The engine marks this entry's node as disabled when it wakes, and its database format keeps shared
	// objects shared: without a copy of its own the real entry would be skipped as well.
	entry.node = { ...entry.node, alwaysOutputData: false };
	await context.putExecutionToWait(new Date(wakeTime));
	// Without a paired item: this entry's source is the node itself, and Execute Sub-workflow, which
	// follows the pairs of what it gets, would go round in a circle for ever.
	return [jobs.map((json) => ({ json }))];
}

/** Tells a person who looks into the node's panel: the expression of a waiting tooltip sees no data of the run. */
function addWaitingHint(context: IExecuteFunctions, wakeTime: number): void {
	const { jobsDone, jobsTotal } = context.getInputData()[0]?.json ?? {};
	// The workflow's own zone may be one that JavaScript does not know ('DEFAULT'), and need not be the person's.
	const time = new Date(wakeTime).toISOString().slice(11, 19);
	context.addExecutionHints({
		message: `Jobs ended: ${String(jobsDone)} of ${String(jobsTotal)}. Suspended until ${time} UTC.`,
		location: 'outputPane',
	});
}

/** Takes up what the last call handed over, and puts right what the engine lost. */
export function resume<State>(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
): Invocation<State> {
	const failedTry = takeFailedInvocation<State>(context);
	if (failedTry !== undefined) return failedTry;
	const before = (response?.metadata ?? {}) as Handover<State>;
	const sources = context.getExecuteData().source?.main;
	if (before.state !== undefined && before.source && sources) sources[0] = before.source;
	return {
		state: before.state,
		canCallAgain: canCallAgain(context, response),
		source: before.source ?? sources?.[0] ?? null,
		lastRun: response?.actionResponses.at(-1)?.data ?? before.lastRun,
	};
}

interface FailedTry {
	runIndex: number;
	turn: Invocation<unknown>;
}

// n8n repeats a try within one process and before it stores anything, so that memory is enough. The key
// is the object that n8n keeps for a node of one execution.
const failedTries = new WeakMap<object, FailedTry>();

/**
 * Keeps the state of a try that failed for the next try, where Retry On Fail is on. n8n repeats a try
 * whose first item carries an error without the response, and with it what was handed over.
 */
export function keepForNextTry<State>(
	context: IExecuteFunctions,
	turn: Invocation<State>,
	state: State,
): void {
	if (!isRetried(context)) return;
	const failed = { runIndex: runIndexOf(context), turn: { ...turn, state } };
	failedTries.set(context.getContext('node'), failed);
}

/** The failed try that this call repeats. What another run of the node left behind is dropped. */
function takeFailedInvocation<State>(context: IExecuteFunctions): Invocation<State> | undefined {
	if (!isRetried(context)) return undefined;
	const key = context.getContext('node');
	const failed = failedTries.get(key);
	failedTries.delete(key);
	return failed?.runIndex === runIndexOf(context) ? (failed.turn as Invocation<State>) : undefined;
}

/** Not for a tool: the calls of an agent cannot be told from the tries of one call. */
const isRetried = (context: IExecuteFunctions) =>
	context.getNode().retryOnFail === true && !isTool(context);

/** All tries of one run have one index; the next round of a loop has another. */
const runIndexOf = (context: IExecuteFunctions) =>
	Number(context.getWorkflowDataProxy(0).$runIndex);

function canCallAgain(context: IExecuteFunctions, response: EngineResponse | undefined): boolean {
	// n8n before 1.113, and an engine without requests, hand over nothing.
	if (response === undefined) return false;
	if (context.getWorkflowSettings?.().engineType === 'v2') return false;
	// The engine drops the request of a node that nothing feeds, and an agent waits for its tools.
	return sourceOf(context)?.previousNode !== undefined && !isTool(context);
}

function sourceOf(context: IExecuteFunctions): ISourceData | null | undefined {
	return context.getExecuteData().source?.main?.[0];
}

/** Whether an AI agent calls the node as its tool. */
export function isTool(context: IExecuteFunctions): boolean {
	const { rewireOutputLogTo, type } = context.getNode();
	return rewireOutputLogTo === 'ai_tool' || type.endsWith('Tool');
}

/** Asks the engine to call the node again at a time, and to hold no worker until then. */
export function requestSuspension<State>(
	context: IExecuteFunctions,
	{ source }: Invocation<State>,
	wakeTime: number,
	state: State,
	note: WaitingNote,
): EngineRequest {
	const metadata: Handover<State> = { state, source };
	const { name } = context.getNode();
	const input: IDataObject = { [wakeTimeKey]: wakeTime, ...note };
	return {
		actions: [
			{
				actionType: 'ExecutionNodeAction',
				nodeName: name,
				type: 'main',
				input,
				id: `${name}-${wakeTime}`,
				metadata: {},
			},
		],
		metadata,
	};
}

/**
 * Asks the engine to call the node again at once. A queue worker looks at the time-out and the
 * cancellation of an execution only between two calls.
 */
export function requestNextCall<State>(
	{ source, lastRun }: Invocation<State>,
	state: State,
): EngineRequest {
	const metadata: Handover<State> = { state, source, lastRun };
	return { actions: [], metadata };
}

/**
 * Shows the output in the last waiting run as well: the editor and $('…').first() read the last run,
 * and the real one comes before it.
 */
export function showInLastRun<State>(
	{ lastRun }: Invocation<State>,
	output: INodeExecutionData[][],
): void {
	if (lastRun !== undefined) lastRun.data = { main: output };
}
