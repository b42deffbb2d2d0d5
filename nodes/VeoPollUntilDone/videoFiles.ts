import type { Clock } from '../jobs/clock';
import { listVideos } from '../jobs/job';
import { createLimiter } from '../jobs/limiter';
import { retryTransient } from '../jobs/retryTransient';
import type { PollOptions, WatchedJob } from '../jobs/poll';
import type { TimeBudget } from '../jobs/timeBudget';
import { startTimeBudget } from '../jobs/timeBudget';
import type { Call } from '../wire/call';
import type { Download } from '../transport/download/downloadVideo';
import { downloadVideo } from '../transport/download/downloadVideo';
import { videoFileName } from '../transport/download/fileName';
import type { ProviderConnection } from '../fields/connection';
import type { FailedItem } from '../execution/results';
import type { PollItem, PollSettings } from './pollInput';

const maxParallelDownloads = 4;

/** The files of the jobs one node waits for. */
export interface VideoFiles {
	/** Starts the download of a job's video at once: its link may be good for an hour only. */
	start(watch: WatchedJob): void;
	areRunning(): boolean;
	/** Whether a file is in memory: n8n would store it with a suspended execution, so it would be dropped. */
	areInMemory(): boolean;
	of(jobId: string): Promise<Download | undefined>;
	/**
	 * Waits for the running downloads and returns what later calls need of them. For a suspension only
	 * files in n8n's storage: one in memory would be stored itself. A failed download is tried again after
	 * a suspension and by Retry On Fail.
	 */
	handOver(reason: 'hold' | 'suspend' | 'retry'): Promise<Record<string, Download>>;
}

/**
 * Files already stored by an earlier call of the node are taken over from `files`. `deadline` is the
 * node's, by the same clock.
 */
export function createVideoFiles(
	connection: ProviderConnection,
	clock: Clock,
	{ download, maxBytes, deadline }: PollSettings & { deadline: number },
	items: ReadonlyArray<PollItem | FailedItem>,
	files: Readonly<Record<string, Download>>,
	check: PollOptions['check'],
): VideoFiles {
	const limit = createLimiter(maxParallelDownloads);
	const running = new Map<string, Promise<Download>>(
		Object.entries(files).map(([jobId, file]) => [jobId, Promise.resolve(file)]),
	);
	const fileNames = new Map(
		items
			.flatMap((item) => ('error' in item ? [] : [[item.jobId, item.fileName] as const]))
			.reverse(),
	);
	let unfinished = 0;
	let inMemory = Object.values(files).some(isInMemory);
	return {
		areRunning: () => unfinished > 0,
		areInMemory: () => inMemory,
		start: (watch) => {
			const { jobId } = watch;
			if (!download || listSources(connection, watch).length === 0 || running.has(jobId)) return;
			const fileName = fileNames.get(jobId) ?? videoFileName(jobId);
			const budget = startTimeBudget(clock, deadline);
			const { leftMs } = budget;
			const fetchIt = async (): Promise<Download> => {
				const sources = listSources(connection, watch);
				return await downloadVideo(connection, { sources, fileName, maxBytes, leftMs });
			};
			const attempt = async () => {
				budget.begin();
				const result = await fetchIt();
				const mayHelp = 'failure' in result && result.isRefused;
				return mayHelp && (await refreshLinks(watch, check, budget)) ? await fetchIt() : result;
			};
			const failsInPassing = (result: Download) => 'failure' in result && result.isTransient;
			// A download holds a place only while an attempt runs, not while it waits for the next one.
			const attemptInTurn = async () => await limit(attempt);
			const ended = retryTransient(attemptInTurn, failsInPassing, clock, budget);
			unfinished++;
			const noteEnd = async () => {
				try {
					const file = await ended;
					inMemory ||= isInMemory(file);
					return file;
				} finally {
					unfinished--;
				}
			};
			running.set(jobId, noteEnd());
		},
		of: async (jobId) => await running.get(jobId),
		handOver: async (reason) => {
			const handedOver: Record<string, Download> = {};
			for (const [jobId, ended] of running) {
				const file = await ended;
				const isLost = reason === 'suspend' ? !isStored(file) : !('binary' in file);
				if (reason === 'hold' || !isLost) handedOver[jobId] = file;
			}
			return handedOver;
		},
	};
}

/** The downloads that brought a file. */
export const fetchedFiles = (files: Readonly<Record<string, Download>>): Record<string, Download> =>
	Object.fromEntries(Object.entries(files).filter(([, file]) => 'binary' in file));

const isStored = (file: Download) => 'binary' in file && file.binary.id !== undefined;
const isInMemory = (file: Download) => 'binary' in file && file.binary.id === undefined;

const maxCheckMs = 60_000;

/** Asks for the job once more, whose links may have expired. Tells whether there are other ones now. */
async function refreshLinks(
	watch: WatchedJob,
	check: PollOptions['check'],
	{ leftMs }: TimeBudget,
): Promise<boolean> {
	if (leftMs() <= 0) return false;
	const before = JSON.stringify(listLinks(watch));
	watch.checks++;
	const outcome = await check(watch.jobId, Math.min(maxCheckMs, leftMs()));
	if (outcome.kind !== 'read' || outcome.value.status !== watch.state?.status) return false;
	const fresh = { ...watch, state: outcome.value };
	if (listLinks(fresh).length === 0 || JSON.stringify(listLinks(fresh)) === before) return false;
	watch.state = fresh.state;
	return true;
}

/** Where a job's video may be had: its links, then the provider's download route. */
function listSources({ provider, settings }: ProviderConnection, watch: WatchedJob): Call[] {
	const { jobId, state } = watch;
	if (state === undefined) return [];
	// A host that is asked without the key cannot lead a call with the key to the credential's origin.
	const { withoutKey } = provider.status.request(jobId, settings);
	const links = listLinks(watch).map((path): Call => ({ method: 'GET', path, withoutKey }));
	const route = state.status === 'succeeded' ? provider.download?.(jobId, settings) : undefined;
	return route === undefined ? links : [...links, route];
}

/** A first segment is wanted only where there is nothing better: after a failed extension. */
function listLinks({ state }: WatchedJob): string[] {
	const [best] = state === undefined ? [] : listVideos(state);
	// Some providers name the same link twice.
	return [...new Set(best?.links)];
}
