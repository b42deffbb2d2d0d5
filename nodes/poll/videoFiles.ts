import type { CheckOptions } from '../jobs/checkDueJobs';
import type { Clock } from '../jobs/clock';
import type { JobState } from '../jobs/job';
import { listFiles } from '../jobs/job';
import { createLimiter } from '../jobs/limiter';
import { retryTransient } from '../jobs/retryTransient';
import type { TimeBudget } from '../jobs/timeBudget';
import { startTimeBudget } from '../jobs/timeBudget';
import type { WatchedJob } from '../jobs/watchedJob';
import type { Call } from '../wire/call';
import type { Download } from '../transport/download/downloadVideo';
import { downloadVideo } from '../transport/download/downloadVideo';
import { videoFileName } from '../transport/download/fileName';
import { isRehearsalId, sampleVideo } from '../rehearsal/rehearsal';
import type { ProviderConnection } from '../fields/connection';
import type { PollItem, PollSettings } from './pollInput';

const maxParallelDownloads = 4;

/** The downloads of one job, in the order of its videos. Null for a video without one. */
export type JobFiles = ReadonlyArray<Download | null>;

/** The files of the jobs that one node waits for. */
export interface VideoFiles {
	/** Starts the downloads of a job's videos at once: their links may expire within an hour. */
	start(job: WatchedJob): void;
	areRunning(): boolean;
	/** Whether a file is in memory. n8n would store it with a suspended execution, so it would be dropped. */
	areInMemory(): boolean;
	/** The files of a job; empty if none were to be downloaded. */
	wait(jobId: string): Promise<JobFiles>;
	/**
	 * Waits for the running downloads and returns those that the next call of the node takes over. With
	 * `suspend` only files in n8n's storage, because a file in memory would be stored in the checkpoint. A
	 * failed download is tried again after a suspension and by Retry On Fail.
	 */
	collect(reason: 'hold' | 'suspend' | 'retry'): Promise<Record<string, JobFiles>>;
}

/** `stored` are the files of earlier calls. `deadline` is the node's, by the same clock. */
export function createVideoFiles(
	connection: ProviderConnection,
	clock: Clock,
	{ download: isWanted, maxBytes, deadline }: PollSettings & { deadline: number },
	itemsByJob: ReadonlyMap<string, readonly PollItem[]>,
	stored: Readonly<Record<string, JobFiles>>,
	check: CheckOptions['check'],
): VideoFiles {
	const limit = createLimiter(maxParallelDownloads);
	const downloads = new Map<string, ReadonlyArray<Promise<Download> | null>>(
		Object.entries(stored).map(([jobId, files]) => [
			jobId,
			files.map((file) => (file === null ? null : Promise.resolve(file))),
		]),
	);
	let runningCount = 0;
	let isInMemory = Object.values(stored).flat().some(isFileInMemory);

	const fetchOnce = async (
		job: WatchedJob,
		index: number,
		leftMs: TimeBudget['leftMs'],
	): Promise<Download> => {
		const fileName = itemsByJob.get(job.jobId)?.[0]?.fileName ?? videoFileName(job.jobId);
		if (isRehearsalId(job.jobId)) return await storeSample(connection, job.jobId, fileName);
		const sources = listSources(connection, job, index);
		return await downloadVideo(connection, { sources, fileName, maxBytes, leftMs });
	};
	const attempt = async (job: WatchedJob, index: number, budget: TimeBudget): Promise<Download> => {
		budget.begin();
		const tried = joinLinks(job.state, index);
		const result = await fetchOnce(job, index, budget.leftMs);
		const mayHaveExpired = result.kind === 'failed' && result.isRefused;
		if (!mayHaveExpired) return result;
		await refreshLinks(job, index, tried, check, budget);
		if (joinLinks(job.state, index) === tried) return result;
		return await fetchOnce(job, index, budget.leftMs);
	};
	const run = async (job: WatchedJob, index: number): Promise<Download> => {
		const budget = startTimeBudget(clock, deadline);
		runningCount++;
		try {
			// An attempt takes a place only while it runs, not while it waits for the next one.
			const attemptInTurn = async () => await limit(async () => await attempt(job, index, budget));
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
			const { jobId, state } = job;
			if (!isWanted || state === undefined) return;
			const videos = listFiles(state);
			const hasSource = (_video: unknown, index: number) =>
				isRehearsalId(jobId) || listSources(connection, job, index).length > 0;
			if (!videos.some(hasSource)) return;
			const known = downloads.get(jobId) ?? [];
			downloads.set(
				jobId,
				videos.map((_video, index) => known[index] ?? run(job, index)),
			);
		},
		wait: async (jobId) => await Promise.all(downloads.get(jobId) ?? []),
		collect: async (reason) => {
			const collected: Record<string, JobFiles> = {};
			for (const [jobId, running] of downloads) {
				const files = await Promise.all(running);
				const isKept = (file: Download | null) =>
					reason === 'hold' || (reason === 'suspend' ? isStored(file) : isFetched(file));
				if (files.some(isKept))
					collected[jobId] = files.map((file) => (isKept(file) ? file : null));
			}
			return collected;
		},
	};
}

/** The downloads that succeeded. */
export function keepFetched(stored: Readonly<Record<string, JobFiles>>): Record<string, JobFiles> {
	return Object.fromEntries(
		Object.entries(stored).map(([jobId, files]) => [
			jobId,
			files.map((file) => (isFetched(file) ? file : null)),
		]),
	);
}

const isFetched = (file: Download | null) => file?.kind === 'file';
const isStored = (file: Download | null) => file?.kind === 'file' && file.binary.id !== undefined;
const isFileInMemory = (file: Download | null) =>
	file?.kind === 'file' && file.binary.id === undefined;
const isTransient = (file: Download) => file.kind === 'failed' && file.isTransient;

/** Stores the video of a rehearsal as a downloaded one. */
async function storeSample(
	{ context }: ProviderConnection,
	jobId: string,
	fileName: string,
): Promise<Download> {
	const prepare = context.helpers.prepareBinaryData;
	return { kind: 'file', binary: await prepare(sampleVideo(jobId), fileName, 'video/mp4') };
}

const maxCheckMs = 60_000;

/** Checks the job once more, because the links that were tried may have expired. */
async function refreshLinks(
	job: WatchedJob,
	index: number,
	tried: string,
	check: CheckOptions['check'],
	{ leftMs }: TimeBudget,
): Promise<void> {
	// The check for another video of the job may have found other links for all of them.
	if (joinLinks(job.state, index) !== tried || leftMs() <= 0) return;
	job.checks++;
	const outcome = await check(job.jobId, Math.min(maxCheckMs, leftMs()));
	if (outcome.kind !== 'read' || outcome.value.status !== job.state?.status) return;
	if (joinLinks(outcome.value, index) !== '') job.state = outcome.value;
}

const joinLinks = (state: JobState | undefined, index: number): string =>
	state === undefined ? '' : (listFiles(state)[index]?.links ?? []).join(' ');

/** Where a video of a job can be downloaded: its links, then the provider's download route. */
export function listSources(
	{ provider, settings }: ProviderConnection,
	{ jobId, state }: WatchedJob,
	index: number,
): Call[] {
	const video = state === undefined ? undefined : listFiles(state)[index];
	if (video === undefined) return [];
	// Links from a host that is asked without the key must not lead a call with the key to the Base URL.
	const { withoutKey } = provider.status.request(jobId, settings);
	// Some providers name the same link twice.
	const links = [...new Set(video.links)].filter((link) => /^https?:/i.test(link));
	const calls = links.map((path): Call => ({ method: 'GET', path, withoutKey }));
	const [link] = video.links;
	const route =
		state?.status === 'succeeded'
			? provider.download?.(jobId, settings, { index, link })
			: undefined;
	return route === undefined ? calls : [...calls, route];
}
