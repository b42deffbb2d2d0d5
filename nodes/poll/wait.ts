import type { IExecuteFunctions } from 'n8n-workflow';
import { createExecutionClock } from '../execution/executionClock';
import type { FailedItem, NodeError } from '../execution/results';
import type { Invocation } from '../execution/suspension';
import type { ProviderConnection } from '../fields/connection';
import { groupBy } from '../fields/groupBy';
import type { CheckOptions } from '../jobs/checkDueJobs';
import type { HoldReason, WaitRules } from '../jobs/chooseWait';
import { holdUntil } from '../jobs/chooseWait';
import type { DatedClock } from '../jobs/clock';
import type { WatchedJob } from '../jobs/watchedJob';
import { watchJob } from '../jobs/watchedJob';
import type { Provider } from '../providers/provider';
import type { Callbacks } from './callbacks';
import { createCallbacks } from './callbacks';
import type { CreatedJobs, PollCheckpoint } from './checkpoint';
import { measureElapsedMs, readCheckpoint, wasWokenEarly } from './checkpoint';
import type { PollItem, PollSettings } from './pollInput';
import { createFileNames } from './pollInput';
import { createCancel, createDurations, createStatusCheck } from './statusChecks';
import type { VideoFiles } from './videoFiles';
import { createVideoFiles } from './videoFiles';
import { readWaitRules } from './waitRules';

/** Where the jobs to wait for come from. */
export interface JobSource {
	/** Reads the item of each job. Called once, and again after each suspension. */
	readItems(
		providerName: string,
		provider: Provider,
	): Promise<ReadonlyArray<PollItem | FailedItem>>;
	/** The items where an error concerns them all, each with its job as far as it is known. */
	failItems(error: NodeError): Promise<FailedItem[]>;
	/** Kept in the checkpoint, for a source that is read from it. */
	created?: CreatedJobs;
	/** Whether n8n may not have stored the jobs yet: a suspension does, and comes before the first check. */
	isUnstored?: boolean;
}

/** What is known of the jobs before the settings and the credential are read. */
export interface Poll {
	context: IExecuteFunctions;
	invocation: Invocation;
	source: JobSource;
	executionId: string;
	name: string;
	provider: Provider;
	clock: DatedClock;
	checkpoint: PollCheckpoint | undefined;
	items: ReadonlyArray<PollItem | FailedItem>;
	jobs: readonly WatchedJob[];
	jobById: ReadonlyMap<string, WatchedJob>;
	nameFile: ReturnType<typeof createFileNames>;
	/** Whether a call has ended the suspension before its time. */
	isWoken: boolean;
}

/** The jobs of the items, and what an earlier call of the node knew of them. */
export async function openPoll(
	context: IExecuteFunctions,
	invocation: Invocation,
	source: JobSource,
	chosen: Pick<Poll, 'name' | 'provider'>,
): Promise<Poll> {
	const executionId = context.getExecutionId();
	const checkpoint = readCheckpoint(invocation.state, executionId);
	const resumedAt = Date.now();
	const isWoken =
		invocation.wake !== undefined ||
		(checkpoint !== undefined && wasWokenEarly(checkpoint, resumedAt));
	const clock = createExecutionClock(
		context,
		checkpoint === undefined ? 0 : measureElapsedMs(checkpoint, resumedAt, isWoken),
	);
	const items = checkpoint?.items ?? (await source.readItems(chosen.name, chosen.provider));
	const stored = new Map(checkpoint?.jobs.map((job) => [job.jobId, job]));
	// After a suspension the items are read again, and an expression may find another job.
	const jobs = watchJobs(items, clock).map((fresh) => stored.get(fresh.jobId) ?? fresh);
	return {
		context,
		invocation,
		source,
		executionId,
		...chosen,
		clock,
		checkpoint,
		items,
		jobs,
		jobById: new Map(jobs.map((job) => [job.jobId, job])),
		nameFile: createFileNames(items),
		isWoken,
	};
}

/** The wait of one call of the node. */
export interface Wait extends Poll {
	settings: PollSettings;
	connection: ProviderConnection;
	rules: WaitRules;
	options: CheckOptions;
	files: VideoFiles;
	callbacks: Callbacks;
	/** The last answers, by job id, where an item wants them. */
	raw: Record<string, unknown>;
	/** Why the node held although it was to suspend. */
	held: HoldReason | undefined;
}

/** Prepares the checks, and starts the downloads that an earlier call of the node has left. */
export function startWait(
	poll: Poll,
	settings: PollSettings,
	connection: ProviderConnection,
): Wait {
	const { context, invocation, clock, checkpoint, items, jobs } = poll;
	const itemsByJob = groupBy(items.filter(isJob), ({ jobId }) => jobId);
	const raw = checkpoint?.raw ?? {};
	const check = createStatusCheck(connection, itemsByJob, raw);
	const rules = readWaitRules(context, invocation, settings, clock);
	const { deadline } = rules;
	const stored = checkpoint?.files ?? {};
	const wanted = { ...settings, deadline };
	const files = createVideoFiles(connection, clock, wanted, itemsByJob, stored, check);
	jobs.filter(({ ending }) => ending !== undefined).forEach(files.start);
	const callbacks = createCallbacks(poll);
	const { waiting, intervalMs, tolerance, isCanceling } = settings;
	const options: CheckOptions = {
		clock,
		pace: { waiting, intervalMs, deadline, holdUntil: holdUntil(rules) },
		...createDurations(connection, itemsByJob),
		isCallExpected: callbacks.isExpected,
		tolerance,
		check,
		...(isCanceling && { cancel: createCancel(connection) }),
		onEnding: files.start,
	};
	const { held } = checkpoint ?? {};
	return { ...poll, settings, connection, rules, options, files, callbacks, raw, held };
}

/** The jobs of the items, each once, before their first check. */
export function watchJobs(
	items: ReadonlyArray<PollItem | FailedItem>,
	clock: DatedClock,
): WatchedJob[] {
	const jobs = new Map<string, WatchedJob>();
	for (const { jobId, carried } of items.filter(isJob)) {
		const date = Date.parse(carried.createdAt ?? '');
		const createdAt = Number.isNaN(date) ? undefined : clock.fromDate(date);
		jobs.set(jobId, watchJob(jobId, createdAt));
	}
	return [...jobs.values()];
}

const isJob = (item: PollItem | FailedItem): item is PollItem => item.kind !== 'failed';

export const listJobIds = (jobs: readonly WatchedJob[]) => jobs.map(({ jobId }) => jobId);
