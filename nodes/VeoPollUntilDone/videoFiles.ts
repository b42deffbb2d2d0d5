import type { CheckOptions } from '../jobs/checkDueJobs';
import type { Clock } from '../jobs/clock';
import { listVideos } from '../jobs/job';
import { createLimiter } from '../jobs/limiter';
import { retryTransient } from '../jobs/retryTransient';
import type { TimeBudget } from '../jobs/timeBudget';
import { startTimeBudget } from '../jobs/timeBudget';
import type { WatchedJob } from '../jobs/watchedJob';
import type { Call } from '../wire/call';
import type { Download } from '../transport/download/downloadVideo';
import { downloadVideo } from '../transport/download/downloadVideo';
import { videoFileName } from '../transport/download/fileName';
import type { ProviderConnection } from '../fields/connection';
import type { PollItem, PollSettings } from './pollInput';

const maxParallelDownloads = 4;

/** The files of the jobs that one node waits for. */
export interface VideoFiles {
	/** Starts the download of a job's video at once: its link may expire within an hour. */
	start(job: WatchedJob): void;
	areRunning(): boolean;
	/** Whether a file is in memory. n8n would store it with a suspended execution, so it would be dropped. */
	areInMemory(): boolean;
	/** The file of a job; undefined if none was to be downloaded. */
	wait(jobId: string): Promise<Download | undefined>;
	/**
	 * Waits for the running downloads and returns those that the next call of the node takes over. With
	 * `suspend` only files in n8n's storage, because a file in memory would be stored in the checkpoint. A
	 * failed download is tried again after a suspension and by Retry On Fail.
	 */
	collect(reason: 'hold' | 'suspend' | 'retry'): Promise<Record<string, Download>>;
}

/** `stored` are the files of earlier calls. `deadline` is the node's, by the same clock. */
export function createVideoFiles(
	connection: ProviderConnection,
	clock: Clock,
	{ download: isWanted, maxBytes, deadline }: PollSettings & { deadline: number },
	itemsByJob: ReadonlyMap<string, readonly PollItem[]>,
	stored: Readonly<Record<string, Download>>,
	check: CheckOptions['check'],
): VideoFiles {
	const limit = createLimiter(maxParallelDownloads);
	const downloads = new Map(
		Object.entries(stored).map(([jobId, file]) => [jobId, Promise.resolve(file)]),
	);
	let runningCount = 0;
	let isInMemory = Object.values(stored).some(isFileInMemory);

	const fetchOnce = async (job: WatchedJob, leftMs: TimeBudget['leftMs']): Promise<Download> => {
		const fileName = itemsByJob.get(job.jobId)?.[0]?.fileName ?? videoFileName(job.jobId);
		const sources = listSources(connection, job);
		return await downloadVideo(connection, { sources, fileName, maxBytes, leftMs });
	};
	const attempt = async (job: WatchedJob, budget: TimeBudget): Promise<Download> => {
		budget.begin();
		const result = await fetchOnce(job, budget.leftMs);
		const mayHaveExpired = result.kind === 'failed' && result.isRefused;
		if (!mayHaveExpired || !(await refreshLinks(job, check, budget))) return result;
		return await fetchOnce(job, budget.leftMs);
	};
	const run = async (job: WatchedJob): Promise<Download> => {
		const budget = startTimeBudget(clock, deadline);
		runningCount++;
		try {
			// An attempt takes a place only while it runs, not while it waits for the next one.
			const attemptInTurn = async () => await limit(async () => await attempt(job, budget));
			const file = await retryTransient(attemptInTurn, isTransient, clock, budget);
			isInMemory ||= isFileInMemory(file);
			return file;
		} finally {
			runningCount--;
		}
	};
	return {
		areRunning: () => runningCount > 0,
		areInMemory: () => isInMemory,
		start: (job) => {
			const hasSource = listSources(connection, job).length > 0;
			if (isWanted && hasSource && !downloads.has(job.jobId)) downloads.set(job.jobId, run(job));
		},
		wait: async (jobId) => await downloads.get(jobId),
		collect: async (reason) => {
			const collected: Record<string, Download> = {};
			for (const [jobId, download] of downloads) {
				const file = await download;
				const isKept =
					reason === 'hold' || (reason === 'suspend' ? isStored(file) : isFetched(file));
				if (isKept) collected[jobId] = file;
			}
			return collected;
		},
	};
}

/** The downloads that succeeded. */
export const keepFetched = (files: Readonly<Record<string, Download>>): Record<string, Download> =>
	Object.fromEntries(Object.entries(files).filter(([, file]) => isFetched(file)));

const isFetched = (file: Download) => file.kind === 'file';
const isStored = (file: Download) => file.kind === 'file' && file.binary.id !== undefined;
const isFileInMemory = (file: Download) => file.kind === 'file' && file.binary.id === undefined;
const isTransient = (file: Download) => file.kind === 'failed' && file.isTransient;

const maxCheckMs = 60_000;

/** Checks the job once more, because its links may have expired. Returns whether it has other links now. */
async function refreshLinks(
	job: WatchedJob,
	check: CheckOptions['check'],
	{ leftMs }: TimeBudget,
): Promise<boolean> {
	if (leftMs() <= 0) return false;
	job.checks++;
	const outcome = await check(job.jobId, Math.min(maxCheckMs, leftMs()));
	if (outcome.kind !== 'read' || outcome.value.status !== job.state?.status) return false;
	const links = listLinks({ ...job, state: outcome.value });
	if (links.length === 0 || links.join(' ') === listLinks(job).join(' ')) return false;
	job.state = outcome.value;
	return true;
}

/** Where a job's video can be downloaded: its links, then the provider's download route. */
function listSources({ provider, settings }: ProviderConnection, job: WatchedJob): Call[] {
	const { jobId, state } = job;
	// Links from a host that is asked without the key must not lead a call with the key to the Base URL.
	const { withoutKey } = provider.status.request(jobId, settings);
	const links = listLinks(job).map((path): Call => ({ method: 'GET', path, withoutKey }));
	const route =
		state?.status === 'succeeded' ? provider.download?.(jobId, settings, { index: 0 }) : undefined;
	return route === undefined ? links : [...links, route];
}

/** The links of a job's best video. A first segment is the best one after a failed extension. */
function listLinks({ state }: WatchedJob): string[] {
	const [best] = state === undefined ? [] : listVideos(state);
	// Some providers name the same link twice.
	return [...new Set(best?.links)];
}
