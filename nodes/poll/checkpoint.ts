import type { NodeExecutionHint } from 'n8n-workflow';
import type { HoldReason } from '../jobs/chooseWait';
import type { WatchedJob } from '../jobs/watchedJob';
import type { Failure } from '../jobs/job';
import type { FailedItem, ItemResult } from '../execution/results';
import { isRecord } from '../execution/suspension';
import type { PollItem } from './pollInput';
import type { JobFiles } from './videoFiles';

/** The form of the checkpoint. A checkpoint of another version of this package is not read. */
const version = 3;

/** The jobs that the node has created itself, as plain data: no input of the node has them. */
export interface CreatedJobs {
	results: Array<
		Omit<ItemResult, 'error'> & { failed?: { failure: Failure; description: string } }
	>;
	/** What is to be shown at the end. */
	hints: NodeExecutionHint[];
}

/** What one call of the node hands to the next, stored while the execution is suspended. Contains no key. */
export interface PollCheckpoint {
	version: typeof version;
	executionId: string;
	/** How long the node had waited. All other times here are on this scale, so none has to be moved. */
	elapsedMs: number;
	/** By the machine's clock, milliseconds since 1970. */
	storedAt: number;
	/** How long the execution is suspended. Undefined where n8n calls the node again at once. */
	suspendedForMs?: number;
	/** A provider will call when a job has ended, and may end the suspension before its time. */
	isCallbackExpected?: boolean;
	/** Whether a call has ended a suspension. */
	wasWoken?: boolean;
	jobs: WatchedJob[];
	/** The downloads so far, by job id. */
	files: Record<string, JobFiles>;
	/** The last answers, by job id, where an item wants them. */
	raw: Record<string, unknown>;
	/** Why the node held although it was to suspend. */
	held?: HoldReason;
	/** The items as they were read. Not stored during a suspension: n8n has the input already. */
	items?: Array<PollItem | FailedItem>;
	created?: CreatedJobs;
}

/** What a checkpoint says about the waiting itself. */
export function createCheckpoint(
	content: Omit<PollCheckpoint, 'version' | 'storedAt'>,
): PollCheckpoint {
	return { ...content, version, storedAt: Date.now() };
}

/**
 * The checkpoint of the last call in this execution. Undefined where the waiting begins: "Retry execution"
 * brings along the checkpoint of the failed execution, whose waiting is over and whose files are deleted
 * with it. As a copy: each try of Retry On Fail gets the same one.
 */
export function readCheckpoint(state: unknown, executionId: string): PollCheckpoint | undefined {
	return isCheckpoint(state) && state.executionId === executionId
		? { ...state, jobs: structuredClone(state.jobs) }
		: undefined;
}

/** Whether the text in n8n's database, which anybody may have edited, still is what the node has stored. */
function isCheckpoint(state: unknown): state is PollCheckpoint {
	if (!isRecord(state) || state.version !== version) return false;
	const { elapsedMs, storedAt, suspendedForMs = 0, jobs, files, raw, created } = state;
	return (
		[elapsedMs, storedAt, suspendedForMs].every(Number.isFinite) &&
		isListOf(jobs, ({ jobId }) => typeof jobId === 'string') &&
		[files, raw].every(isRecord) &&
		(created === undefined || isCreated(created))
	);
}

const isCreated = (value: unknown): boolean =>
	isRecord(value) &&
	isListOf(value.results, ({ itemIndex, job }) => Number.isInteger(itemIndex) && isRecord(job)) &&
	isListOf(value.hints, ({ message }) => typeof message === 'string');

const isListOf = (value: unknown, isMember: (member: Record<string, unknown>) => boolean) =>
	Array.isArray(value) && value.every((member) => isRecord(member) && isMember(member));

// More is a machine that slept or whose clock was set: n8n calls the node again within milliseconds.
const maxHandBackMs = 30_000;

/**
 * How long the node has waited when it is called again. The machine's clock may have been set meanwhile,
 * or belong to another machine. A suspension lasts at least as long as was asked for, unless a call ended it.
 */
export function measureElapsedMs(checkpoint: PollCheckpoint, now: number, isWoken = false): number {
	const { elapsedMs, storedAt, suspendedForMs } = checkpoint;
	const passedMs = now - storedAt;
	if (suspendedForMs === undefined) {
		return elapsedMs + Math.min(maxHandBackMs, Math.max(0, passedMs));
	}
	return elapsedMs + Math.max(isWoken ? 0 : suspendedForMs, passedMs);
}

/** Whether a call ended the suspension, where no note of it was passed on. */
export function wasWokenEarly(
	{ storedAt, suspendedForMs = 0, isCallbackExpected }: PollCheckpoint,
	now: number,
): boolean {
	return isCallbackExpected === true && now - storedAt < suspendedForMs - maxSkewMs;
}

// Between the clocks of a worker and of the process that resumes its executions.
const maxSkewMs = 2_000;
