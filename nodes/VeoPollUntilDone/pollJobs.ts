import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Job } from '../jobs/job';
import { limiter } from '../jobs/parallel';
import type { PollOptions, Watch } from '../jobs/poll';
import { hold, watchOf } from '../jobs/poll';
import type { Call, Provider } from '../providers/provider';
import type { Download } from '../transport/download';
import { downloadVideo, videoFileName } from '../transport/download';
import { exchange } from '../transport/exchange';
import { executionClock } from '../transport/executionClock';
import type { Gateway } from '../transport/send';
import { wrongInput } from '../ui/creationInput';
import { chosenGateway, chosenProvider } from '../ui/gateway';
import type { FailedItem, ItemResult } from '../ui/results';
import { forItem } from '../ui/results';
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

/** What holds for the whole node: its jobs share one clock. */
interface PollSettings {
	intervalMs: number;
	timeoutMs: number;
	tolerance: number;
	download: boolean;
	maxBytes: number;
}

/** Waits until every job of the items has ended, and gives what became of each, in input order. */
export async function pollJobs(context: IExecuteFunctions): Promise<ItemResult[]> {
	const { name, provider } = chosenProvider(context);
	const gateway = await chosenGateway(context, provider);
	const settings = readSettings(context);
	const items = await readItems(context, name, provider);
	const clock = executionClock(context);
	const startedAt = clock.now();

	const watches = new Map<string, Watch>();
	const fileNames = new Map<string, string>();
	for (const item of items) {
		if ('error' in item) continue;
		const createdAt = Date.parse(item.known.createdAt ?? '') || startedAt;
		watches.set(item.jobId, watchOf(item.jobId, startedAt, createdAt));
		fileNames.set(item.jobId, item.fileName);
	}
	const downloads = downloadsOf(gateway, settings, fileNames);
	const { check, rawAnswerOf } = checksOf(gateway);
	await hold([...watches.values()], {
		clock,
		pace: {
			intervalMs: settings.intervalMs,
			typicalMs: provider.advice.typicalSeconds * 1000,
			deadline: startedAt + settings.timeoutMs,
		},
		tolerance: settings.tolerance,
		check,
		onEnding: downloads.start,
	});
	if (clock.isCanceled()) throw canceled(context, provider, [...watches.keys()]);

	return await Promise.all(
		items.map(async (item): Promise<ItemResult> => {
			if ('error' in item) return item;
			const watch = watches.get(item.jobId);
			if (watch === undefined) throw new Error(`Job ${item.jobId} was not watched`);
			return resultOf({
				context,
				provider,
				providerName: name,
				item,
				watch,
				startedAt,
				tolerance: settings.tolerance,
				download: await downloads.of(item.jobId),
				raw: item.includeRaw ? rawAnswerOf(item.jobId) : undefined,
			});
		}),
	);
}

function readSettings(context: IExecuteFunctions): PollSettings {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const number = (value: unknown, otherwise: number) => {
		const read = Number(value);
		return Number.isFinite(read) && read > 0 ? read : otherwise;
	};
	return {
		intervalMs: Math.max(5, number(context.getNodeParameter('pollIntervalSeconds', 0), 15)) * 1000,
		timeoutMs: number(context.getNodeParameter('timeoutMinutes', 0), 30) * 60_000,
		tolerance: number(options.tolerance, 5),
		download: context.getNodeParameter('download', 0) === true,
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

/** The one way this node asks for a state, and the last answer to each job as it came. */
function checksOf(gateway: Gateway): {
	check: PollOptions['check'];
	rawAnswerOf(jobId: string): unknown;
} {
	const { provider, settings } = gateway;
	const answers = new Map<string, unknown>();
	return {
		rawAnswerOf: (jobId) => answers.get(jobId),
		check: async (jobId, timeoutMs) => {
			const known = provider.status.known?.(jobId);
			if (known !== undefined) return { kind: 'read', value: known };
			const call = provider.status.request(jobId, settings);
			return await exchange(
				gateway,
				call,
				(answer) => {
					answers.set(jobId, answer.body);
					return provider.status.read(answer);
				},
				{ timeoutMs },
			);
		},
	};
}

/** Starts the download of a job's video as soon as it is there: its link may be good for an hour only. */
function downloadsOf(
	gateway: Gateway & { context: IExecuteFunctions },
	{ download, maxBytes }: PollSettings,
	fileNames: ReadonlyMap<string, string>,
): { start(watch: Watch): void; of(jobId: string): Promise<Download | undefined> } {
	const running = new Map<string, Promise<Download>>();
	const atATime = limiter(downloadsAtATime);
	return {
		start: (watch) => {
			const sources = sourcesOf(gateway.provider, watch);
			if (!download || sources.length === 0) return;
			const fileName = fileNames.get(watch.jobId) ?? videoFileName(watch.jobId);
			const work = async () => await downloadVideo(gateway, { sources, fileName, maxBytes });
			running.set(watch.jobId, atATime(work));
		},
		of: async (jobId) => await running.get(jobId),
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

function canceled(context: IExecuteFunctions, provider: Provider, jobIds: string[]): Error {
	return new NodeOperationError(context.getNode(), 'The execution was canceled while it waited', {
		description: `The jobs go on at ${provider.label}, and can be polled again: ${jobIds.join(', ')}`,
	});
}
