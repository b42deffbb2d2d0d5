import type { EngineRequest, IBinaryData, IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Clock } from '../jobs/clock';
import { waitUntil } from '../jobs/clock';
import type { Job } from '../jobs/job';
import { limiter } from '../jobs/parallel';
import { persist } from '../jobs/persist';
import type { PollOptions, Watch } from '../jobs/poll';
import { checkDue, nextLookOf, watchOf } from '../jobs/poll';
import type { Waiting } from '../jobs/schedule';
import type { Turn } from '../jobs/suspension';
import { returnControl, suspendUntil } from '../jobs/suspension';
import type { Answer, Call, Provider } from '../providers/provider';
import type { Download } from '../transport/download';
import { downloadVideo, videoFileName } from '../transport/download';
import { exchange } from '../transport/exchange';
import { executionClock } from '../transport/executionClock';
import type { Gateway } from '../transport/send';
import { wrongInput } from '../ui/creationInput';
import { chosenGateway, chosenProvider } from '../ui/gateway';
import type { FailedItem, ItemResult } from '../ui/results';
import { forItem, forNode } from '../ui/results';
import { resultOf } from './resultOf';

const downloadsAtATime = 4;

/** One item with a job to wait for, and what earlier nodes told about that job. */
interface PollItem {
	itemIndex: number;
	jobId: string;
	known: Partial<Job>;
	fileName: string;
	binaryProperty: string;
	includeRaw: boolean;
}

/** What tells one video in n8n's storage from another; the rest is the same for all. */
type StoredFile = Pick<IBinaryData, 'id' | 'data' | 'fileName' | 'fileSize' | 'bytes'>;

const videoFile = { mimeType: 'video/mp4', fileType: 'video', fileExtension: 'mp4' } as const;

/** What holds for the whole node: its jobs share one clock. */
interface PollSettings {
	waiting: Waiting;
	intervalMs: number;
	timeoutMs: number;
	tolerance: number;
	download: boolean;
	maxBytes: number;
}

/** What is handed from one call of the node to the next, and stored while it is suspended. Holds no key. */
export interface PollState {
	startedAt: number;
	watches: Watch[];
	/** The files that are in n8n's storage already, by job id. */
	files: Record<string, StoredFile>;
	raw: Record<string, unknown>;
}

/**
 * Waits until every job of the items has ended, and gives what became of each, in input order; or an
 * engine request, when it wants to be called again with the state it hands over.
 */
export async function pollJobs(
	context: IExecuteFunctions,
	turn: Turn<PollState>,
): Promise<ItemResult[] | EngineRequest> {
	const { state, canReturn } = turn;
	const { name, provider } = chosenProvider(context);
	const gateway = await forNode(context, async () => await chosenGateway(context, provider));
	if (Array.isArray(gateway)) return gateway;
	const settings = readSettings(context);
	const items = await readItems(context, name, provider);
	const clock = executionClock(context);
	const startedAt = state?.startedAt ?? clock.now();
	const watches = state?.watches ?? watchesOf(items, startedAt);

	const downloads = downloadsOf(gateway, clock, settings, items, state?.files ?? {});
	const checks = checksOf(gateway, items, state?.raw ?? {});
	watches.filter(({ ending }) => ending !== undefined).forEach(downloads.start);
	const options: PollOptions = {
		clock,
		pace: {
			waiting: canReturn ? settings.waiting : 'hold',
			intervalMs: settings.intervalMs,
			typicalMs: provider.advice.typicalSeconds * 1000,
			deadline: startedAt + settings.timeoutMs,
		},
		tolerance: settings.tolerance,
		check: checks.check,
		onEnding: downloads.start,
	};
	const handOver = async (): Promise<PollState> => ({
		startedAt,
		watches,
		files: await downloads.stored(),
		raw: checks.raw,
	});

	for (;;) {
		await checkDue(watches, options);
		const next = nextLookOf(watches, options);
		if (next === undefined) break;
		if (next.how === 'suspend') {
			const jobsDone = watches.filter(({ ending }) => ending !== undefined).length;
			const note = { jobsDone, jobsTotal: watches.length };
			return suspendUntil(context, turn, next.at, await handOver(), note);
		}
		await waitUntil(clock, next.at);
		if (clock.isCanceled()) throw canceled(context, provider, watches);
		if (canReturn) return returnControl(turn, await handOver());
	}
	if (!canReturn && settings.waiting !== 'hold')
		context.addExecutionHints({ message: heldInstead });
	return await Promise.all(
		items.map(async (item): Promise<ItemResult> => {
			if ('error' in item) return item;
			const watch = watches.find(({ jobId }) => jobId === item.jobId);
			if (watch === undefined) throw new Error(`Job ${item.jobId} was not watched`);
			return resultOf({
				context,
				provider,
				providerName: name,
				item,
				watch,
				startedAt,
				download: await downloads.of(item.jobId),
				raw: checks.raw[item.jobId],
			});
		}),
	);
}

const heldInstead =
	'The jobs were waited for within the running node, because this run could not be suspended (n8n older than 1.113, a tool of an agent, or no node before this one)';

function watchesOf(items: ReadonlyArray<PollItem | FailedItem>, now: number): Watch[] {
	const watches = new Map<string, Watch>();
	for (const item of items) {
		if ('error' in item) continue;
		const createdAt = Date.parse(item.known.createdAt ?? '') || now;
		watches.set(item.jobId, watchOf(item.jobId, now, createdAt));
	}
	return [...watches.values()];
}

function readSettings(context: IExecuteFunctions): PollSettings {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const number = (value: unknown, otherwise: number) => {
		const read = Number(value);
		return Number.isFinite(read) && read > 0 ? read : otherwise;
	};
	const waiting = context.getNodeParameter('waiting', 0, 'automatic');
	return {
		waiting: waiting === 'hold' || waiting === 'suspend' ? waiting : 'automatic',
		intervalMs: Math.max(5, number(context.getNodeParameter('pollIntervalSeconds', 0), 15)) * 1000,
		timeoutMs: number(context.getNodeParameter('timeoutMinutes', 0), 30) * 60_000,
		tolerance: number(options.tolerance, 5),
		// By expression it may come as text. In doubt a paid video is fetched.
		download: String(context.getNodeParameter('download', 0)) !== 'false',
		maxBytes: number(options.maxSizeMb, 512) * 1024 * 1024,
	};
}

async function readItems(
	context: IExecuteFunctions,
	providerName: string,
	provider: Provider,
): Promise<Array<PollItem | FailedItem>> {
	const inputs = context.getInputData();
	return await Promise.all(
		inputs.map(
			async ({ json }, itemIndex) =>
				await forItem(context, itemIndex, async () => {
					const wrong = (message: string, description: string) =>
						wrongInput(context, itemIndex, message, description);
					const jobId = String(context.getNodeParameter('jobId', itemIndex, '') ?? '').trim();
					if (jobId === '') throw wrong('The item has no job ID', whyNoJobId(json));
					const known: Partial<Job> = json.jobId === jobId ? json : {};
					if (known.provider !== undefined && known.provider !== providerName) {
						throw wrong(
							`Job ${jobId} was made by the provider "${known.provider}", and this node asks ${provider.label}`,
							'Choose the same provider here and where the job was created.',
						);
					}
					const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
					return {
						itemIndex,
						jobId,
						known,
						fileName: videoFileName(String(options.fileName || jobId)),
						binaryProperty: String(options.binaryProperty || 'video'),
						includeRaw: options.includeRaw === true,
					};
				}),
		),
	);
}

function whyNoJobId({ failure }: IDataObject): string {
	const message = (failure as { message?: unknown } | undefined)?.message;
	return typeof message === 'string'
		? `The job was not started: ${message}`
		: 'Connect Veo Create before this node, or give the ID in the field Job ID.';
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

interface Downloads {
	/** Starts the download of a job's video at once: its link may be good for an hour only. */
	start(watch: Watch): void;
	of(jobId: string): Promise<Download | undefined>;
	/** Waits for the running downloads, and gives what is safe in n8n's storage. */
	stored(): Promise<Record<string, StoredFile>>;
}

function downloadsOf(
	gateway: Gateway & { context: IExecuteFunctions },
	clock: Clock,
	{ download, maxBytes }: PollSettings,
	items: ReadonlyArray<PollItem | FailedItem>,
	files: Readonly<Record<string, StoredFile>>,
): Downloads {
	const atATime = limiter(downloadsAtATime);
	const running = new Map<string, Promise<Download>>(
		Object.entries(files).map(([jobId, file]) => [
			jobId,
			Promise.resolve({ binary: { ...videoFile, ...file } }),
		]),
	);
	return {
		start: (watch) => {
			const { jobId } = watch;
			const sources = sourcesOf(gateway.provider, watch);
			if (!download || sources.length === 0 || running.has(jobId)) return;
			const item = items.find((each): each is PollItem => 'jobId' in each && each.jobId === jobId);
			const fileName = item?.fileName ?? videoFileName(jobId);
			const attempt = async () => await downloadVideo(gateway, { sources, fileName, maxBytes });
			const failsInPassing = (result: Download) => 'failure' in result && result.isPassing;
			running.set(
				jobId,
				atATime(async () => await persist(attempt, failsInPassing, clock)),
			);
		},
		of: async (jobId) => await running.get(jobId),
		stored: async () => {
			const stored: Record<string, StoredFile> = {};
			for (const [jobId, ended] of running) {
				const file = await ended;
				// Without an id the file itself would be in the stored state. It is fetched again instead.
				if (!('binary' in file) || file.binary.id === undefined) continue;
				const { id, data, fileName, fileSize, bytes } = file.binary;
				stored[jobId] = { id, data, fileName, fileSize, bytes };
			}
			return stored;
		},
	};
}

/** Where a job's video may be had: its links, then the provider's download route. */
function sourcesOf(provider: Provider, { jobId, state }: Watch): Call[] {
	if (state === undefined || !('videos' in state) || state.videos === undefined) return [];
	const videos = typeof state.videos === 'string' ? [] : state.videos;
	// A first segment is downloaded only where there is nothing better: after a failed extension.
	const wanted = videos.filter(({ kind }) => kind === videos[0]?.kind);
	const links = wanted.map(({ url }): Call => ({ method: 'GET', path: url }));
	const route = state.status === 'succeeded' ? provider.download?.(jobId) : undefined;
	return route === undefined ? links : [...links, route];
}

function canceled(context: IExecuteFunctions, provider: Provider, watches: Watch[]): Error {
	const jobIds = watches.flatMap(({ jobId, ending }) => (ending === undefined ? [jobId] : []));
	return new NodeOperationError(context.getNode(), 'The execution was canceled while it waited', {
		description: `The jobs go on at ${provider.label}, and can be polled again: ${jobIds.join(', ')}`,
	});
}
