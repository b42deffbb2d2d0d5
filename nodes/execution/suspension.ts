import type {
	EngineRequest,
	EngineResponse,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	ISourceData,
	ITaskData,
	NodeExecutionHint,
} from 'n8n-workflow';
import type { ItemResult } from './results';
import { outputItems } from './results';
import type { WakeNote } from './wake';
import { takeWakeNote } from './wake';

/*
 * How a single node waits in n8n's database. See docs/suspending.md.
 *
 * n8n never runs a node again after putExecutionToWait. So the node asks the engine to run a second entry
 * of itself, which only waits, and to call the node again afterwards with the state of the last call. All
 * parts are public types of n8n-workflow: EngineRequest, EngineResponse.
 */

// Marks the input of the waiting entry. The other members are the note.
const wakeTimeKey = 'veoWaitsUntil';

/** What the waiting entry shows and returns. */
export interface WaitingNote {
	jobsDone: number;
	jobsTotal: number;
	/** Whether a provider will call when a job has ended. */
	isCallbackExpected: boolean;
	/** The json of each item as it is. Stored with the execution until it resumes: keep it small. */
	jobs: object[];
}

/** One call of the node. */
export interface Invocation {
	/** The state that the last call returned; undefined in the first call. It has been in n8n's database: check it. */
	state?: unknown;
	/** False where the engine cannot call the node again, so that it must finish within this call. */
	canCallAgain: boolean;
	/** The source of the first call's input: the engine loses it from the second run on. */
	source?: ISourceData;
	/** The run of the last waiting entry, the very object that the engine keeps. */
	lastRun?: ITaskData;
	/** What the call said that has just ended the wait. n8n before 2.26 does not pass it on. */
	wake?: WakeNote;
}

/** What the engine passes on from one call to the next. */
type Handover = Pick<Invocation, 'state' | 'source' | 'lastRun'>;

/** Until when this entry waits; undefined where it is not the waiting entry. */
export function readWakeTime(context: IExecuteFunctions): number | undefined {
	const time = readOwnItem(context)?.[wakeTimeKey];
	return typeof time === 'number' ? time : undefined;
}

/** The item that the node asked for itself. An item from another node may have any members. */
export function readOwnItem(context: IExecuteFunctions): IDataObject | undefined {
	const isFromItself = readSource(context)?.previousNode === context.getNode().name;
	return isFromItself ? context.getInputData()[0]?.json : undefined;
}

/**
 * Suspends the execution: it uses no worker and survives a crash. Must be the last act of a call. Returns the
 * jobs as they are: n8n drops them at the resume, but a webhook or chat set to "When Last Node Finishes"
 * answers now, and without an item that is HTTP 500.
 */
export async function suspendUntil(
	context: IExecuteFunctions,
	wakeTime: number,
): Promise<INodeExecutionData[][]> {
	const entry = context.getExecuteData();
	const { jobs } = context.getInputData()[0]?.json ?? {};
	addWaitingHint(context, wakeTime);
	entry.data.main = [[]];
	// The engine disables this entry's node when it resumes, and its database format (flatted) keeps shared
	// objects shared: without a copy the real entry would be skipped as well.
	entry.node = { ...entry.node, alwaysOutputData: false };
	await context.putExecutionToWait(new Date(wakeTime));
	// Without a paired item: this entry's source is the node itself, and Execute Sub-workflow, which follows
	// the pairs, would loop for ever.
	return [Array.isArray(jobs) ? jobs.filter(isRecord).map((json) => ({ json })) : []];
}

/** A hint in the node's panel, because the expression of a waiting tooltip has no access to the run's data. */
function addWaitingHint(context: IExecuteFunctions, wakeTime: number): void {
	const { jobsDone, jobsTotal, isCallbackExpected } = context.getInputData()[0]?.json ?? {};
	// In UTC: the workflow's zone may be unknown to JavaScript ('DEFAULT') and differ from the reader's.
	const time = new Date(wakeTime).toISOString().slice(11, 19);
	const end = isCallbackExpected
		? `until the provider calls, at the latest until ${time} UTC`
		: `until ${time} UTC. No callback is expected`;
	context.addExecutionHints({
		message: `Jobs ended: ${String(jobsDone)} of ${String(jobsTotal)}. Suspended ${end}.`,
		location: 'outputPane',
	});
}

/** Reads what the last call passed on, and repairs what the engine lost. */
export function resume(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
): Invocation {
	const failedTry = takeFailedTry(context);
	if (failedTry !== undefined) return failedTry;
	const previous = readHandover(response?.metadata);
	const sources = context.getExecuteData().source?.main;
	if (previous.state !== undefined && previous.source && sources) sources[0] = previous.source;
	const waitingRun = response?.actionResponses.at(-1)?.data;
	return {
		state: previous.state,
		canCallAgain: canCallAgain(context, response),
		source: previous.source ?? sources?.[0] ?? undefined,
		lastRun: waitingRun ?? previous.lastRun,
		wake: takeWakeNote(waitingRun),
	};
}

function readHandover(metadata: unknown): Handover {
	if (!isRecord(metadata)) return {};
	const { state, source, lastRun } = metadata;
	return {
		state,
		source: isSource(source) ? source : undefined,
		lastRun: isTaskData(lastRun) ? lastRun : undefined,
	};
}

export const isRecord = (value: unknown): value is IDataObject =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const isSource = (value: unknown): value is ISourceData =>
	isRecord(value) && typeof value.previousNode === 'string';
const isTaskData = (value: unknown): value is ITaskData =>
	isRecord(value) && typeof value.startTime === 'number' && Array.isArray(value.source);

interface FailedTry {
	runIndex: number;
	invocation: Invocation;
}

// In memory: n8n repeats a try within one process, before it stores anything. The key is the context
// object of the node in one execution.
const failedTries = new WeakMap<object, FailedTry>();

/**
 * Keeps the state of a failed try for the next try, if Retry On Fail is on. n8n repeats a try whose first
 * item has an error, without the response and so without the state in it.
 */
export function keepForNextTry(
	context: IExecuteFunctions,
	invocation: Invocation,
	state: object,
): void {
	if (!isRetried(context)) return;
	const failed = { runIndex: readRunIndex(context), invocation: { ...invocation, state } };
	failedTries.set(context.getContext('node'), failed);
}

/** The failed try that this call repeats. Drops what another run of the node left. */
function takeFailedTry(context: IExecuteFunctions): Invocation | undefined {
	if (!isRetried(context)) return undefined;
	const key = context.getContext('node');
	const failed = failedTries.get(key);
	failedTries.delete(key);
	return failed?.runIndex === readRunIndex(context) ? failed.invocation : undefined;
}

/** Not for a tool: the calls of an agent cannot be distinguished from the tries of one call. */
const isRetried = (context: IExecuteFunctions) =>
	context.getNode().retryOnFail === true && !isTool(context);

/** All tries of one run have one index; the next round of a loop has another. */
const readRunIndex = (context: IExecuteFunctions) =>
	Number(context.getWorkflowDataProxy(0).$runIndex);

function canCallAgain(context: IExecuteFunctions, response: EngineResponse | undefined): boolean {
	// n8n before 1.113, and an engine without requests, pass no response.
	if (response === undefined) return false;
	if (context.getWorkflowSettings?.().engineType === 'v2') return false;
	// The engine drops the request of a node without a previous node, and an agent waits for its tools.
	return readSource(context)?.previousNode !== undefined && !isTool(context);
}

function readSource(context: IExecuteFunctions): ISourceData | null | undefined {
	return context.getExecuteData().source?.main?.[0];
}

/** Whether an AI agent calls the node as a tool. */
export function isTool(context: IExecuteFunctions): boolean {
	const { rewireOutputLogTo, type } = context.getNode();
	return rewireOutputLogTo === 'ai_tool' || type.endsWith('Tool');
}

/** Asks the engine to suspend the execution until a time and then to call the node again. */
export function requestSuspension(
	context: IExecuteFunctions,
	invocation: Invocation,
	wakeTime: number,
	state: object,
	note: WaitingNote,
): EngineRequest {
	return requestEntry(context, invocation, { [wakeTimeKey]: wakeTime, ...note }, wakeTime, state);
}

/** Asks the engine to run a second entry of the node, with this item, and then to call the node again. */
export function requestEntry(
	context: IExecuteFunctions,
	{ source }: Invocation,
	input: IDataObject,
	id: string | number,
	state: object,
): EngineRequest {
	const metadata: Handover = { state, source };
	const { name } = context.getNode();
	return {
		actions: [
			{
				actionType: 'ExecutionNodeAction',
				nodeName: name,
				type: 'main',
				input,
				id: `${name}-${id}`,
				metadata: {},
			},
		],
		metadata,
	};
}

/**
 * Asks the engine to call the node again at once. A queue worker checks the timeout and the cancellation of
 * an execution only between two calls.
 */
export function requestNextCall({ source, lastRun }: Invocation, state: object): EngineRequest {
	const metadata: Handover = { state, source };
	// The engine keeps the metadata in the run of this node. After one suspension that is `lastRun` itself,
	// which as JSON would have no end.
	Object.defineProperty(metadata, 'lastRun', { value: lastRun, enumerable: false });
	return { actions: [], metadata };
}

/**
 * The output of the last call of a run. It is copied into the last waiting run: the editor and $('…').first()
 * read the last run, and the real one comes before it.
 */
export function endRun(
	context: IExecuteFunctions,
	{ lastRun }: Invocation,
	results: readonly ItemResult[],
	hints: readonly NodeExecutionHint[] = [],
): INodeExecutionData[][] {
	const output = [outputItems(context, results)];
	context.addExecutionHints(...hints);
	if (lastRun !== undefined) lastRun.data = { main: output };
	return output;
}
