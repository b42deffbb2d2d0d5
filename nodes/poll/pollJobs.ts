import type { EngineRequest, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { HoldReason } from '../jobs/chooseWait';
import { holdReason, holdUntil } from '../jobs/chooseWait';
import type { CheckOptions } from '../jobs/checkDueJobs';
import { checkDueJobs, skipFirstCheck } from '../jobs/checkDueJobs';
import type { DatedClock } from '../jobs/clock';
import { waitUntil } from '../jobs/clock';
import { decide, findFirstResume, holdInstead } from '../jobs/decide';
import type { JobStatus } from '../jobs/job';
import type { WatchedJob } from '../jobs/watchedJob';
import { watchAgain, watchJob } from '../jobs/watchedJob';
import { isRehearsalId } from '../rehearsal/rehearsal';
import type { Provider } from '../providers/provider';
import type { ProviderConnection } from '../fields/connection';
import { chosenProvider, connectionOrError, offlineConnection } from '../fields/connection';
import { createExecutionClock } from '../execution/executionClock';
import type { FailedItem, ItemResult, NodeError } from '../execution/results';
import { catchForAllItems } from '../execution/results';
import { saveJobIds, saveJobIdsOnCancel } from '../execution/savedJobIds';
import { addUndocumentedHints } from '../execution/undocumentedAnswers';
import type { Invocation } from '../execution/suspension';
import { keepForNextTry, requestNextCall, requestSuspension } from '../execution/suspension';
import type { CreatedJobs, PollCheckpoint } from './checkpoint';
import { createCheckpoint, measureElapsedMs, readCheckpoint, wasWokenEarly } from './checkpoint';
import { createCallbacks } from './callbacks';
import type { PollItem, PollSettings } from './pollInput';
import { createFileNames, readSettings } from './pollInput';
import { createCancel, createDurations, createStatusCheck } from './statusChecks';
import { toResult, toResultWithoutConnection } from './toResult';
import { createVideoFiles, keepFetched } from './videoFiles';
import { addCallbackHint, addCancelHint, addWaitHints } from './waitHints';
import { createWaitingNote } from './waitingNote';
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

/** What is known before the settings and the credential are read. */
interface Poll {
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

/**
 * Waits until every job of the items has ended, and returns what became of each, in input order; or an
 * engine request when it is to be called again with the checkpoint in it.
 */
export async function pollJobs(
	context: IExecuteFunctions,
	invocation: Invocation,
	source: JobSource,
): Promise<ItemResult[] | EngineRequest> {
	const chosen = await catchForAllItems(context, () => chosenProvider(context));
	if (chosen instanceof Error) return await source.failItems(chosen);
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
	const jobById = new Map(jobs.map((job) => [job.jobId, job]));
	const poll = {
		context,
		invocation,
		source,
		executionId,
		...chosen,
		clock,
		checkpoint,
		items,
		jobs,
		jobById,
		nameFile: createFileNames(items),
		isWoken,
	};
	const saver = saveJobIdsOnCancel(context);
	for (const { jobId } of jobs) saver.add(jobId);
	try {
		// Read after the jobs, so that without them every job is returned with all that is known of it.
		const settings = await catchForAllItems(context, () => readSettings(context));
		if (settings instanceof Error) return resultsWithoutConnection(poll, settings, true);
		const isRehearsed = jobs.every(({ jobId }) => isRehearsalId(jobId));
		const connection = isRehearsed
			? offlineConnection(context, poll.provider)
			: await connectionOrError(context, poll.provider);
		if (connection instanceof Error) {
			return resultsWithoutConnection(poll, connection, settings.download);
		}
		return await waitForJobs(poll, settings, connection);
	} finally {
		saver.end();
	}
}

async function waitForJobs(
	poll: Poll,
	settings: PollSettings,
	connection: ProviderConnection,
): Promise<ItemResult[] | EngineRequest> {
	const { context, invocation, source, clock, checkpoint, items, jobs, provider } = poll;
	const itemsByJob = groupByJob(items);
	const raw = checkpoint?.raw ?? {};
	const check = createStatusCheck(connection, itemsByJob, raw);
	const rules = readWaitRules(context, invocation, settings, clock);
	const { deadline } = rules;
	const stored = checkpoint?.files ?? {};
	const files = createVideoFiles(
		connection,
		clock,
		{ ...settings, deadline },
		itemsByJob,
		stored,
		check,
	);
	jobs.filter(({ ending }) => ending !== undefined).forEach(files.start);
	const callbacks = createCallbacks(poll);
	const options: CheckOptions = {
		clock,
		pace: {
			waiting: settings.waiting,
			intervalMs: settings.intervalMs,
			deadline,
			holdUntil: holdUntil(rules),
		},
		...createDurations(connection, itemsByJob),
		isCallExpected: callbacks.isExpected,
		tolerance: settings.tolerance,
		check,
		...(settings.isCanceling && { cancel: createCancel(connection) }),
		onEnding: files.start,
	};
	const holdIfNeeded = (): HoldReason | undefined => {
		const reason = holdReason(rules, clock.now(), files.areInMemory());
		if (reason === undefined) return undefined;
		options.pace.waiting = 'hold';
		holdInstead(jobs, clock.now() + settings.intervalMs);
		return reason;
	};
	let held = checkpoint?.held;
	const saveCheckpoint = async (suspendedForMs?: number): Promise<PollCheckpoint> => {
		const isSuspended = suspendedForMs !== undefined;
		return toCheckpoint(poll, {
			files: await files.collect(isSuspended ? 'suspend' : 'hold'),
			raw,
			held,
			wasWoken: callbacks.wereCalled,
			isCallbackExpected: callbacks.arePending(),
			...(isSuspended ? { suspendedForMs } : { items: [...items] }),
		});
	};
	const handBack = async () => requestNextCall(invocation, await saveCheckpoint());

	const suspend = async (until: number, now: number) => {
		const suspendedForMs = until - now;
		const note = createWaitingNote(poll.name, items, jobs, callbacks.arePending());
		// n8n resumes by the machine's clock, which may have been set since this call began.
		const wakeTime = Date.now() + suspendedForMs;
		const state = await saveCheckpoint(suspendedForMs);
		return requestSuspension(context, invocation, wakeTime, state, note);
	};

	const mustHold = holdIfNeeded() !== undefined;
	if (checkpoint === undefined) skipRepeatedChecks(poll, options);
	if (checkpoint === undefined && source.isUnstored && !mustHold && arePaidRunning(items)) {
		if (clock.isCanceled()) return await stop(poll, handBack);
		saveJobIds(context, listJobIds(jobs));
		const now = clock.now();
		return await suspend(findFirstResume(jobs, rules, now), now);
	}
	callbacks.beforeChecks();
	for (let isFirstRound = checkpoint === undefined; ; isFirstRound = false) {
		const roundBeganAt = clock.now();
		await checkDueJobs(jobs, options);
		if (rules.waiting !== 'hold') callbacks.afterChecks(roundBeganAt);
		const reason = holdIfNeeded();
		const now = clock.now();
		const areFilesRunning = files.areRunning();
		const decision = decide(jobs, { rules, holdReason: reason, now, areFilesRunning });
		if (decision.kind === 'done') break;
		if (isFirstRound) saveJobIds(context, listJobIds(jobs));
		held ??= reason;
		switch (decision.kind) {
			case 'suspend':
				return await suspend(decision.until, now);
			case 'handBack':
				await waitUntil(clock, decision.until);
				if (clock.isCanceled()) return await stop(poll, handBack);
				return await handBack();
			case 'wait':
				await waitUntil(
					clock,
					decision.until,
					() => decision.mayEndWithFiles && !files.areRunning(),
				);
				if (clock.isCanceled()) return await stop(poll, handBack);
		}
	}
	const results = await Promise.all(
		items.map(async (item): Promise<ItemResult> => {
			if (item.kind === 'failed') return item;
			const { jobId } = item;
			const downloads = await files.wait(jobId);
			const address = readCheckedAddress(connection, jobId);
			return toResult({ ...describeWait(poll, item), downloads, raw: raw[jobId], address });
		}),
	);
	if (clock.isCanceled()) return await stop(poll, handBack);
	addUndocumentedHints(context, provider.label, jobs);
	const hasSuspended = invocation.lastRun !== undefined;
	addWaitHints(context, { held, hasSuspended });
	const { areExpected: isExpected, wereCalled } = callbacks;
	addCallbackHint(context, provider, { isExpected, hasSuspended, wereCalled });
	if (settings.isCanceling) addCancelHint(context, provider);
	if (results.some(({ error }) => error !== undefined)) {
		keepForRetry(poll, { files: await files.collect('retry'), raw, held });
	}
	return results;
}

/** The engine ends a canceled execution as soon as it has control; an error of the node would hide that. */
async function stop(
	{ context, invocation, provider: { label }, jobs }: Poll,
	handBack: () => Promise<EngineRequest>,
): Promise<EngineRequest> {
	if (invocation.canCallAgain) return await handBack();
	throw new NodeOperationError(context.getNode(), 'The execution was canceled while it waited', {
		description: `The jobs continue at ${label}. Poll them again to get their videos: ${listJobIds(jobs).join(', ')}`,
	});
}

/** The results where the settings or the credential cannot be read: nothing was checked. */
function resultsWithoutConnection(
	poll: Poll,
	cause: NodeError,
	isFileWanted: boolean,
): ItemResult[] {
	const { items, checkpoint } = poll;
	const { files = {}, raw = {}, held } = checkpoint ?? {};
	const results = items.map((item) => {
		if (item.kind === 'failed') return item;
		const { jobId } = item;
		const downloads = files[jobId] ?? [];
		const waited = { ...describeWait(poll, item), downloads, raw: raw[jobId] };
		return toResultWithoutConnection(waited, cause, isFileWanted);
	});
	keepForRetry(poll, { files: keepFetched(files), raw, held });
	return results;
}

/** Keeps for the next try of Retry On Fail what has ended; every other job is checked again at once. */
function keepForRetry(poll: Poll, content: Pick<PollCheckpoint, 'files' | 'raw' | 'held'>): void {
	const { context, invocation, clock, items, jobById } = poll;
	const jobs = watchJobs(items, clock).map((fresh) => {
		const job = jobById.get(fresh.jobId);
		return job === undefined ? fresh : watchAgain(job, fresh);
	});
	const checkpoint = toCheckpoint({ ...poll, jobs }, { ...content, items: [...items] });
	keepForNextTry(context, invocation, checkpoint);
}

function toCheckpoint(
	{ executionId, clock, jobs, source: { created } }: Poll,
	content: Omit<
		PollCheckpoint,
		'version' | 'storedAt' | 'executionId' | 'elapsedMs' | 'jobs' | 'created'
	>,
): PollCheckpoint {
	const elapsedMs = clock.now();
	return createCheckpoint({
		executionId,
		elapsedMs,
		jobs: [...jobs],
		...(created && { created }),
		...content,
	});
}

function describeWait({ context, provider, name, clock, jobById, nameFile }: Poll, item: PollItem) {
	const job = jobById.get(item.jobId);
	if (job === undefined) throw new Error(`Job ${item.jobId} was not watched`);
	return { context, provider, providerName: name, item, watched: job, now: clock.now(), nameFile };
}

/** The address that is asked for the state of a job: the Base URL, or a host that the provider names. */
function readCheckedAddress(
	{ provider, settings, baseUrl }: ProviderConnection,
	jobId: string,
): string {
	if (isRehearsalId(jobId)) return baseUrl;
	const { path } = provider.status.request(jobId, settings);
	return URL.canParse(path) ? new URL(path).origin : baseUrl;
}

// n8n starts the next node within milliseconds, and a create answers within seconds.
const justCreatedMs = 10_000;

/**
 * Leaves out the first check of each job whose item says what a check would: it has just been created. A call
 * that came before the suspension was refused: n8n refuses them while an execution is running.
 */
function skipRepeatedChecks({ items, jobById, clock, source }: Poll, options: CheckOptions): void {
	for (const item of items) {
		if (item.kind === 'failed') continue;
		const { jobId, carried } = item;
		const at = clock.fromDate(Date.parse(carried.createdAt ?? ''));
		const mayBeCalled = options.isCallExpected?.(jobId) === true;
		const isNew =
			Math.abs(clock.now() - at) < justCreatedMs || (source.isUnstored === true && !mayBeCalled);
		const job = jobById.get(jobId);
		if (job === undefined || !isNew || !isRunning(carried.status)) continue;
		skipFirstCheck(job, Math.min(at, clock.now()), options);
	}
}

const isRunning = (status: JobStatus | undefined) => status === 'queued' || status === 'running';

/** Whether a job has not ended that is paid for. A rehearsal may be lost. */
const arePaidRunning = (items: ReadonlyArray<PollItem | FailedItem>): boolean =>
	items.some(
		(item) => item.kind === 'job' && isRunning(item.carried.status) && !isRehearsalId(item.jobId),
	);

function watchJobs(items: ReadonlyArray<PollItem | FailedItem>, clock: DatedClock): WatchedJob[] {
	const jobs = new Map<string, WatchedJob>();
	for (const item of items) {
		if (item.kind === 'failed') continue;
		const date = Date.parse(item.carried.createdAt ?? '');
		const createdAt = Number.isNaN(date) ? undefined : clock.fromDate(date);
		jobs.set(item.jobId, watchJob(item.jobId, createdAt));
	}
	return [...jobs.values()];
}

function groupByJob(items: ReadonlyArray<PollItem | FailedItem>): Map<string, PollItem[]> {
	const groups = new Map<string, PollItem[]>();
	for (const item of items) {
		if (item.kind === 'failed') continue;
		const group = groups.get(item.jobId);
		if (group === undefined) groups.set(item.jobId, [item]);
		else group.push(item);
	}
	return groups;
}

const listJobIds = (jobs: readonly WatchedJob[]) => jobs.map(({ jobId }) => jobId);
