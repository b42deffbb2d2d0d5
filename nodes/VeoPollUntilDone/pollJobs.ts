import type { EngineRequest, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { HoldReason } from '../jobs/chooseWait';
import { chooseWait, holdReason } from '../jobs/chooseWait';
import { waitUntil } from '../jobs/clock';
import type { PollOptions, WatchedJob } from '../jobs/poll';
import { recordDuration, readTypicalDuration } from '../jobs/learnedDurations';
import { checkDue, holdInstead, chooseNextCheck, watchJob } from '../jobs/poll';
import type { JobIdSaver } from '../execution/savedJobIds';
import { saveJobIds, saveJobIdsOnCancel } from '../execution/savedJobIds';
import type { Invocation } from '../execution/suspension';
import { keepForNextTry, requestNextCall, requestSuspension } from '../execution/suspension';
import { rawBody } from '../wire/answers';
import type { Provider } from '../providers/provider';
import type { Answer } from '../wire/call';
import { callAndRead } from '../transport/callAndRead';
import { createExecutionClock } from '../execution/executionClock';
import { createSecretMask } from '../transport/secrets';
import type { ProviderConnection } from '../fields/connection';
import { chosenProvider, connectionOrError } from '../fields/connection';
import type { FailedItem, ItemResult, NodeError } from '../execution/results';
import { catchForAllItems } from '../execution/results';
import { createWaitingNote } from './waitingNote';
import type { PollItem } from './pollInput';
import { failedItems, readItems, readSettings, readCarriedState } from './pollInput';
import type { PollCheckpoint } from './checkpoint';
import { restoreCheckpoint } from './checkpoint';
import { toResult, resultWithoutConnection } from './toResult';
import { fetchedFiles, createVideoFiles } from './videoFiles';
import { addWaitHints } from './waitHints';
import { readWaitRules } from './waitRules';

/**
 * Waits until every job of the items has ended, and gives what became of each, in input order; or an
 * engine request, when it wants to be called again with the state it hands over.
 */
export async function pollJobs(
	context: IExecuteFunctions,
	turn: Invocation<PollCheckpoint>,
): Promise<ItemResult[] | EngineRequest> {
	const saver = saveJobIdsOnCancel(context);
	try {
		return await waitForJobs(context, turn, saver.add);
	} finally {
		saver.end();
	}
}

async function waitForJobs(
	context: IExecuteFunctions,
	turn: Invocation<PollCheckpoint>,
	saveOnCancel: JobIdSaver['add'],
): Promise<ItemResult[] | EngineRequest> {
	const { canCallAgain } = turn;
	const chosen = await catchForAllItems(context, () => chosenProvider(context));
	if (chosen instanceof Error) return await failedItems(context, chosen);
	const { name, provider } = chosen;
	const clock = createExecutionClock(context);
	const executionId = context.getExecutionId();
	const state = restoreCheckpoint(turn.state, executionId, clock.now());
	const items = state?.items ?? (await readItems(context, name, provider));
	const startedAt = state?.startedAt ?? clock.now();
	const watches = state?.watches ?? watchesOf(items, startedAt);
	const jobIds = watches.map(({ jobId }) => jobId);
	jobIds.forEach(saveOnCancel);
	const watchById = new Map(watches.map((watch) => [watch.jobId, watch]));
	const waitedFor = (item: PollItem) => {
		const watch = watchById.get(item.jobId);
		if (watch === undefined) throw new Error(`Job ${item.jobId} was not watched`);
		const now = clock.now();
		const raw = state?.raw[item.jobId];
		return { context, provider, providerName: name, item, watch, startedAt, now, raw };
	};
	const withoutConnection = (cause: NodeError, isFileWanted: boolean): ItemResult[] => {
		const results = items.map((item) => {
			if ('error' in item) return item;
			const download = state?.files[item.jobId];
			return resultWithoutConnection({ ...waitedFor(item), download }, cause, isFileWanted);
		});
		keepForNextTry(context, turn, {
			executionId,
			startedAt,
			calledAgain: { at: clock.now(), how: 'hold' },
			watches: waitAgain(watches, items, startedAt),
			files: fetchedFiles(state?.files ?? {}),
			raw: state?.raw ?? {},
			held: state?.held,
			items,
		});
		return results;
	};
	// Read after the jobs: without them the jobs still come out with all that is known of them.
	const settings = await catchForAllItems(context, () => readSettings(context));
	if (settings instanceof Error) return withoutConnection(settings, true);
	const connection = await connectionOrError(context, provider);
	if (connection instanceof Error) return withoutConnection(connection, settings.download);

	const checks = checksOf(connection, items, state?.raw ?? {});
	const files = state?.files ?? {};
	const rules = readWaitRules(context, turn, settings, startedAt);
	const fileSettings = { ...settings, deadline: rules.deadline };
	const videoFiles = createVideoFiles(connection, clock, fileSettings, items, files, checks.check);
	watches.filter(({ ending }) => ending !== undefined).forEach(videoFiles.start);
	const options: PollOptions = {
		clock,
		pace: {
			waiting: settings.waiting,
			intervalMs: settings.intervalMs,
			deadline: rules.deadline,
		},
		...experienceOf(connection, items),
		tolerance: settings.tolerance,
		check: checks.check,
		onEnding: videoFiles.start,
	};
	const handOver = async (calledAgain: PollCheckpoint['calledAgain']): Promise<PollCheckpoint> => ({
		executionId,
		startedAt,
		calledAgain,
		watches,
		files: await videoFiles.handOver(calledAgain.how),
		raw: checks.raw,
		held,
		...(calledAgain.how === 'hold' && { items }),
	});
	const stop = async (): Promise<EngineRequest> => {
		// The engine ends a canceled execution as soon as it is in control; an error of ours would hide that.
		if (canCallAgain)
			return requestNextCall(turn, await handOver({ at: clock.now(), how: 'hold' }));
		throw canceled(context, provider, jobIds);
	};
	const holdWhereNeeded = (): HoldReason | undefined => {
		const reason = holdReason(rules, clock.now(), videoFiles.areInMemory());
		if (reason === undefined) return undefined;
		options.pace.waiting = 'hold';
		holdInstead(watches, clock.now() + settings.intervalMs);
		return reason;
	};

	let held = state?.held;
	holdWhereNeeded();
	let isFirstWait = state === undefined;
	for (;;) {
		await checkDue(watches, options);
		const reason = holdWhereNeeded();
		const planned = chooseNextCheck(watches, options);
		if (planned === undefined) break;
		if (isFirstWait) saveJobIds(context, jobIds);
		isFirstWait = false;
		held ??= reason;
		const next = reason === undefined ? chooseWait(planned, rules, clock.now()) : planned;
		if (next.how === 'suspend' && !videoFiles.areRunning()) {
			// n8n wakes by the machine's clock, which may have been set since this call began.
			const wakeTime = Date.now() + next.at - clock.now();
			const note = createWaitingNote(name, items, watches);
			return requestSuspension(context, turn, wakeTime, await handOver(next), note);
		}
		// Handing over waits for the files: the checks and the deadline of the other jobs must not.
		const isFree = () => next.how === 'suspend' && !videoFiles.areRunning();
		await waitUntil(clock, next.at, isFree);
		if (clock.isCanceled()) return await stop();
		if (canCallAgain && !videoFiles.areRunning()) {
			return requestNextCall(turn, await handOver({ at: clock.now(), how: 'hold' }));
		}
	}
	const results = await Promise.all(
		items.map(async (item): Promise<ItemResult> => {
			if ('error' in item) return item;
			return toResult({
				...waitedFor(item),
				download: await videoFiles.of(item.jobId),
				raw: checks.raw[item.jobId],
				address: checkedAddress(connection, item.jobId),
			});
		}),
	);
	if (clock.isCanceled()) return await stop();
	addWaitHints(context, { held, hasSuspended: turn.lastRun !== undefined });
	if (results.some(({ error }) => error !== undefined)) {
		keepForNextTry(context, turn, {
			...(await handOver({ at: clock.now(), how: 'hold' })),
			watches: waitAgain(watches, items, startedAt),
			files: await videoFiles.handOver('retry'),
		});
	}
	return results;
}

/** The address that is asked for the state of a job: the Base URL, or a host that the provider names. */
function checkedAddress(
	{ provider, settings, baseUrl }: ProviderConnection,
	jobId: string,
): string {
	const { path } = provider.status.request(jobId, settings);
	return URL.canParse(path) ? new URL(path).origin : baseUrl;
}

/** The jobs for the next try: one that has ended stays so, any other is checked again at once. */
function waitAgain(
	watches: readonly WatchedJob[],
	items: ReadonlyArray<PollItem | FailedItem>,
	startedAt: number,
): WatchedJob[] {
	const before = new Map(watches.map((watch) => [watch.jobId, watch]));
	return watchesOf(items, startedAt).map((fresh) => {
		const watch = before.get(fresh.jobId);
		if (watch?.ending?.kind === 'ended') return watch;
		return { ...fresh, checks: watch?.checks ?? 0, state: watch?.state };
	});
}

function watchesOf(items: ReadonlyArray<PollItem | FailedItem>, now: number): WatchedJob[] {
	const watches = new Map<string, WatchedJob>();
	for (const item of items) {
		if ('error' in item) continue;
		const createdAt = Date.parse(item.carried.createdAt ?? '');
		watches.set(item.jobId, watchJob(item.jobId, now, createdAt || undefined));
	}
	return [...watches.values()];
}

/** The one way this node asks for a state, and the last answer to each job whose item wants it. */
function checksOf(
	connection: ProviderConnection,
	items: ReadonlyArray<PollItem | FailedItem>,
	raw: Record<string, unknown>,
): { check: PollOptions['check']; raw: Record<string, unknown> } {
	const { provider, settings } = connection;
	const carried = new Map(
		items.flatMap((item) =>
			'error' in item ? [] : [[item.jobId, readCarriedState(item.carried)] as const],
		),
	);
	const wantsRaw = new Set(
		items.flatMap((item) => ('error' in item || !item.includeRaw ? [] : [item.jobId])),
	);
	return {
		raw,
		check: async (jobId, timeoutMs) => {
			const state = carried.get(jobId);
			if (state !== undefined && provider.status.cannotCheck?.(jobId)) {
				return { kind: 'read', value: state };
			}
			const call = provider.status.request(jobId, settings);
			const read = (answer: Answer) => {
				const reading = provider.status.read(answer);
				if (wantsRaw.has(jobId))
					raw[jobId] = rawBody(createSecretMask(connection.secrets).raw(answer.body));
				return reading;
			};
			return await callAndRead(connection, call, read, { timeoutMs });
		},
	};
}

/** Jobs of one model at one provider are of a kind: they take about as long. */
function experienceOf(
	{ baseUrl }: ProviderConnection,
	items: ReadonlyArray<PollItem | FailedItem>,
): Required<Pick<PollOptions, 'typicalOf' | 'onDuration'>> {
	const known = new Map(
		items.flatMap((item) => ('error' in item ? [] : [[item.jobId, item.carried] as const])),
	);
	const kindOf = ({ jobId, state }: WatchedJob) =>
		`${baseUrl} ${state?.model ?? known.get(jobId)?.model}`;
	return {
		typicalOf: (watch) => readTypicalDuration(kindOf(watch)),
		onDuration: (watch, durationMs) => {
			// Of a job that came as an ID alone nobody may know when it began.
			const createdAt = watch.state?.createdAt ?? known.get(watch.jobId)?.createdAt;
			if (createdAt !== undefined) recordDuration(kindOf(watch), durationMs);
		},
	};
}

function canceled(
	context: IExecuteFunctions,
	{ label }: Provider,
	jobIds: readonly string[],
): Error {
	return new NodeOperationError(context.getNode(), 'The execution was canceled while it waited', {
		description: `The jobs continue at ${label}. Poll them again to get their videos: ${jobIds.join(', ')}`,
	});
}
