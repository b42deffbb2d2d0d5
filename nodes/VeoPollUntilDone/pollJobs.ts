import type { EngineRequest, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { waitUntil } from '../jobs/clock';
import type { PollOptions, Watch } from '../jobs/poll';
import { noteDuration, typicalOf } from '../jobs/experience';
import { checkDue, nextLookOf, watchOf } from '../jobs/poll';
import type { JobIdSaver } from '../jobs/savedJobIds';
import { saveJobIdsOnCancel } from '../jobs/savedJobIds';
import type { Turn } from '../jobs/suspension';
import { returnControl, suspendUntil } from '../jobs/suspension';
import type { Answer, Provider } from '../providers/provider';
import { exchange } from '../transport/exchange';
import { executionClock } from '../transport/executionClock';
import type { Gateway } from '../transport/send';
import { chosenProvider, gatewayOrError } from '../ui/gateway';
import type { FailedItem, ItemResult } from '../ui/results';
import type { PollItem } from './pollInput';
import { readItems, readSettings } from './pollInput';
import type { PollState } from './pollState';
import { takeUpState } from './pollState';
import { resultOf, resultWithoutGateway } from './resultOf';
import { videoFilesOf } from './videoFiles';

/**
 * Waits until every job of the items has ended, and gives what became of each, in input order; or an
 * engine request, when it wants to be called again with the state it hands over.
 */
export async function pollJobs(
	context: IExecuteFunctions,
	turn: Turn<PollState>,
): Promise<ItemResult[] | EngineRequest> {
	const saver = saveJobIdsOnCancel(context);
	try {
		return await waitForJobs(context, turn, saver);
	} finally {
		saver.end();
	}
}

async function waitForJobs(
	context: IExecuteFunctions,
	turn: Turn<PollState>,
	saver: JobIdSaver,
): Promise<ItemResult[] | EngineRequest> {
	const { canReturn } = turn;
	const { name, provider } = chosenProvider(context);
	const settings = readSettings(context);
	const clock = executionClock(context);
	const executionId = context.getExecutionId();
	const state = takeUpState(turn.state, executionId, clock.now());
	const items = state?.items ?? (await readItems(context, name, provider));
	const startedAt = state?.startedAt ?? clock.now();
	const watches = state?.watches ?? watchesOf(items, startedAt);
	watches.forEach(({ jobId }) => saver.add(jobId));
	const watchById = new Map(watches.map((watch) => [watch.jobId, watch]));
	const waitedFor = (item: PollItem) => {
		const watch = watchById.get(item.jobId);
		if (watch === undefined) throw new Error(`Job ${item.jobId} was not watched`);
		const now = clock.now();
		const raw = state?.raw[item.jobId];
		return { context, provider, providerName: name, item, watch, startedAt, now, raw };
	};
	// Read after the jobs: without it they still come out with all that is known of them.
	const gateway = await gatewayOrError(context, provider);
	if (gateway instanceof Error) {
		return items.map((item) => {
			if ('error' in item) return item;
			const download = state?.files[item.jobId];
			return resultWithoutGateway({ ...waitedFor(item), download }, gateway, settings.download);
		});
	}

	const checks = checksOf(gateway, items, state?.raw ?? {});
	const files = state?.files ?? {};
	const videoFiles = videoFilesOf(gateway, clock, settings, items, files, checks.check);
	watches.filter(({ ending }) => ending !== undefined).forEach(videoFiles.start);
	const options: PollOptions = {
		clock,
		pace: {
			waiting: canReturn ? settings.waiting : 'hold',
			intervalMs: settings.intervalMs,
			deadline: startedAt + settings.timeoutMs,
		},
		...experienceOf(gateway, items),
		tolerance: settings.tolerance,
		check: checks.check,
		onEnding: videoFiles.start,
	};
	const handOver = async (calledAgain: PollState['calledAgain']): Promise<PollState> => ({
		executionId,
		startedAt,
		calledAgain,
		watches,
		files: await videoFiles.handOver(calledAgain.how === 'suspend'),
		raw: checks.raw,
		...(calledAgain.how === 'hold' && { items }),
	});

	for (;;) {
		await checkDue(watches, options);
		const next = nextLookOf(watches, options);
		if (next === undefined) break;
		if (next.how === 'suspend' && !videoFiles.areRunning()) {
			const jobsDone = watches.filter(({ ending }) => ending !== undefined).length;
			const note = { jobsDone, jobsTotal: watches.length };
			// n8n wakes by the machine's clock, which may have been set since this call began.
			const wakeTime = Date.now() + next.at - clock.now();
			return suspendUntil(context, turn, wakeTime, await handOver(next), note);
		}
		// Handing over waits for the files: the checks and the deadline of the other jobs must not.
		const isFree = () => next.how === 'suspend' && !videoFiles.areRunning();
		await waitUntil(clock, next.at, isFree);
		// The engine ends a cancelled execution as soon as it is in control; an error of ours would hide that.
		if (canReturn && (clock.isCanceled() || !videoFiles.areRunning())) {
			return returnControl(turn, await handOver({ at: clock.now(), how: 'hold' }));
		}
		if (clock.isCanceled()) throw canceled(context, provider, watches);
	}
	if (!canReturn && settings.waiting !== 'hold')
		context.addExecutionHints({ message: heldInstead });
	return await Promise.all(
		items.map(async (item): Promise<ItemResult> => {
			if ('error' in item) return item;
			return resultOf({
				...waitedFor(item),
				download: await videoFiles.of(item.jobId),
				raw: checks.raw[item.jobId],
				address: checkedAddress(gateway, item.jobId),
			});
		}),
	);
}

/** The address that is asked for the state of a job: the Base URL, or a host that the provider names. */
function checkedAddress({ provider, settings, baseUrl }: Gateway, jobId: string): string {
	const { path } = provider.status.request(jobId, settings);
	return URL.canParse(path) ? new URL(path).origin : baseUrl;
}

const heldInstead =
	'The jobs were waited for within the running node, because this run could not be suspended (n8n older than 1.113, a tool of an agent, or no node before this one)';

function watchesOf(items: ReadonlyArray<PollItem | FailedItem>, now: number): Watch[] {
	const watches = new Map<string, Watch>();
	for (const item of items) {
		if ('error' in item) continue;
		const createdAt = Date.parse(item.known.createdAt ?? '');
		watches.set(item.jobId, watchOf(item.jobId, now, createdAt || undefined));
	}
	return [...watches.values()];
}

/** The one way this node asks for a state, and the last answer to each job whose item wants it. */
function checksOf(
	gateway: Gateway,
	items: ReadonlyArray<PollItem | FailedItem>,
	raw: Record<string, unknown>,
): { check: PollOptions['check']; raw: Record<string, unknown> } {
	const { provider, settings } = gateway;
	const wantsRaw = new Set(
		items.flatMap((item) => ('error' in item || !item.includeRaw ? [] : [item.jobId])),
	);
	return {
		raw,
		check: async (jobId, timeoutMs) => {
			const known = provider.status.known?.(jobId);
			if (known !== undefined) return { kind: 'read', value: known };
			const call = provider.status.request(jobId, settings);
			const read = (answer: Answer) => {
				if (wantsRaw.has(jobId)) raw[jobId] = answer.body;
				return provider.status.read(answer);
			};
			return await exchange(gateway, call, read, { timeoutMs });
		},
	};
}

/** Jobs of one model at one gateway are of a kind: they take about as long. */
function experienceOf(
	{ baseUrl }: Gateway,
	items: ReadonlyArray<PollItem | FailedItem>,
): Required<Pick<PollOptions, 'typicalOf' | 'onDuration'>> {
	const known = new Map(
		items.flatMap((item) => ('error' in item ? [] : [[item.jobId, item.known] as const])),
	);
	const kindOf = ({ jobId, state }: Watch) =>
		`${baseUrl} ${state?.model ?? known.get(jobId)?.model}`;
	return {
		typicalOf: (watch) => typicalOf(kindOf(watch)),
		onDuration: (watch, durationMs) => {
			// Of a job that came as an ID alone nobody may know when it began.
			const createdAt = watch.state?.createdAt ?? known.get(watch.jobId)?.createdAt;
			if (createdAt !== undefined) noteDuration(kindOf(watch), durationMs);
		},
	};
}

function canceled(context: IExecuteFunctions, provider: Provider, watches: Watch[]): Error {
	const jobIds = watches.flatMap(({ jobId, ending }) => (ending === undefined ? [jobId] : []));
	return new NodeOperationError(context.getNode(), 'The execution was canceled while it waited', {
		description: `The jobs go on at ${provider.label}, and can be polled again: ${jobIds.join(', ')}`,
	});
}
