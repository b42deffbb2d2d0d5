import type { IBinaryKeyData, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Failure, Job } from '../jobs/job';
import { hasEnded, listFiles, toJob } from '../jobs/job';
import type { Cancellation, Ending, WatchedJob } from '../jobs/watchedJob';
import { withoutQueries } from '../wire/failures';
import type { Provider } from '../providers/provider';
import type { Download } from '../transport/download/downloadVideo';
import { downloadFailure } from '../transport/download/downloadVideo';
import { countOf } from '../fields/countOf';
import type { ItemResult, NodeError } from '../execution/results';
import { createFailureError } from '../execution/results';
import type { PollItem } from './pollInput';

interface Waited {
	context: IExecuteFunctions;
	provider: Provider;
	providerName: string;
	item: PollItem;
	watched: WatchedJob;
	/** How long the node has waited. */
	now: number;
	/** In the order of the job's videos. Empty if none were to be downloaded. */
	downloads: ReadonlyArray<Download | { kind: 'failed'; failure: Failure } | null>;
	nameFile(item: PollItem, index: number): string;
	raw: unknown;
	/** The address of the status requests; undefined if the credential could not be read. */
	address?: string;
}

/** The result of one item after the waiting: its job, its file, and its error if it has one. */
export function toResult(waited: Waited): ItemResult {
	const { context, item } = waited;
	const job = toCurrentJob(waited);
	const binary = toBinary(waited);
	const problem = findProblem(waited, job);
	if (problem === undefined) return { itemIndex: item.itemIndex, job, binary };
	const { description } = problem;
	const failure = { ...problem.failure, message: withoutQueries(problem.failure.message) };
	const error = createFailureError(context, item.itemIndex, failure, failure.message, description);
	return { itemIndex: item.itemIndex, job: { ...job, failure }, binary, error };
}

/** The files of one item: in its field, and those of further videos in `video_2`, `video_3`, … */
function toBinary({ item, downloads, nameFile }: Waited): IBinaryKeyData | undefined {
	const files = downloads.flatMap((download, index) => {
		if (download?.kind !== 'file') return [];
		const field = index === 0 ? item.binaryProperty : `${item.binaryProperty}_${index + 1}`;
		return [[field, { ...download.binary, fileName: nameFile(item, index) }] as const];
	});
	return files.length === 0 ? undefined : Object.fromEntries(files);
}

/**
 * The result of one item whose job cannot be checked, because the credential cannot be used (`cause`). A job
 * that has ended is complete, without a file that was not stored before.
 */
export function toResultWithoutConnection(
	waited: Waited,
	cause: NodeError,
	isFileWanted: boolean,
): ItemResult {
	const { ending, state } = waited.watched;
	if (ending === undefined) return uncheckedResult(waited, cause);
	if (!isFileWanted || state?.status !== 'succeeded') return toResult(waited);
	const missing = { kind: 'failed', failure: downloadFailure(cause.message) } as const;
	const downloads = listFiles(state).map((_video, index) => waited.downloads[index] ?? missing);
	return toResult({ ...waited, downloads });
}

function uncheckedResult(waited: Waited, cause: NodeError): ItemResult {
	const { context, item, watched } = waited;
	const { itemIndex, jobId, carried } = item;
	const job = toCurrentJob(waited);
	const status = watched.state?.status ?? carried.status;
	const lastSeen = status === undefined ? '' : ` Last seen: ${status}, ${job.progress}%.`;
	const whatNext =
		status !== undefined && hasEnded(status)
			? `Poll the job ${jobId} again then.`
			: `The job ${jobId} may still be running: poll it again then.`;
	const error = new NodeOperationError(context.getNode(), cause.message, {
		itemIndex,
		description: `${cause.description ?? ''}${lastSeen} ${whatNext}`,
	});
	const failure: Failure = { code: 'bad_request', message: cause.message, retryable: false };
	return { itemIndex, job: { ...job, ...(status && { status }), failure }, error };
}

/** The job as far as its item and the checks have shown. */
function toCurrentJob({ item, watched, now, providerName, raw }: Waited): Job {
	const { state, ending, checks } = watched;
	const { videoUrl, completedAt, expiresAt, ...unchanging } = item.carried;
	// Those of a finished job may be outdated once it was checked.
	const finished = state === undefined ? { videoUrl, completedAt, expiresAt } : {};
	const job = toJob(state ?? { status: item.carried.status === 'queued' ? 'queued' : 'running' }, {
		...unchanging,
		...finished,
		provider: providerName,
		jobId: item.jobId,
		checks,
		elapsedSeconds: Math.round((ending?.at ?? now) / 100) / 10,
	});
	return raw === undefined || !item.includeRaw ? job : { ...job, raw };
}

interface ItemProblem {
	failure: Failure;
	description: string;
}

function findProblem(waited: Waited, job: Job): ItemProblem | undefined {
	const { watched, provider } = waited;
	const { ending } = watched;
	if (ending === undefined || ending.kind === 'ended') {
		if (job.status !== 'succeeded') return jobFailed(provider, job);
		const missing = downloadsFailed(waited, job);
		if (missing !== undefined) return missing;
		const { state } = watched;
		if (state?.status === 'succeeded' && state.removed !== undefined) {
			return videoRemoved(job, state.removed);
		}
		const isNowhere = job.videoUrl === undefined && provider.download === undefined;
		return isNowhere
			? downloadFailed(job, downloadFailure('the provider named no link'))
			: undefined;
	}
	return waitingFailed(waited, job, ending);
}

const advice: Partial<Record<Failure['code'], string>> = {
	content_policy: 'The same prompt and images will be refused again: change them.',
	busy: 'The provider was busy. A new job with the same input may succeed, and is a new purchase.',
	out_of_credit: 'Top up the account at the provider.',
	model_retired: 'Choose another model: this one is no longer offered.',
	extend_failed:
		'The first 8 seconds are there. Veo Remix Extend can retry the extension from the remix ID.',
};

function jobFailed({ label }: Provider, job: Job): ItemProblem {
	const given = job.failure ?? {
		code: 'generation_failed',
		message: 'no reason',
		retryable: false,
	};
	const happened = job.status === 'canceled' ? 'was canceled' : 'failed';
	const message = `Job ${job.jobId} ${happened} at ${label}: ${given.message}`;
	const usable =
		given.partial && job.videoUrl !== undefined ? ` Usable video: ${job.videoUrl}` : '';
	const whatNext = advice[given.code] ?? 'Waiting longer will not help: the job has ended.';
	return { failure: { ...given, message }, description: `${whatNext}${usable}` };
}

function downloadsFailed({ downloads, watched }: Waited, job: Job): ItemProblem | undefined {
	const failed = downloads.flatMap((download, index) =>
		download?.kind === 'failed' ? [{ index, failure: download.failure }] : [],
	);
	const [first] = failed;
	if (first === undefined) return undefined;
	const { failure } = first;
	if (downloads.length === 1) return downloadFailed(job, failure);
	const videos = watched.state === undefined ? [] : listFiles(watched.state);
	const noun = failed.length === 1 ? 'video' : 'videos';
	const numbers = failed.map(({ index }) => index + 1).join(' and ');
	const message = `Job ${job.jobId} succeeded, but ${noun} ${numbers} of ${downloads.length} could not be downloaded: ${failure.message}`;
	const links = failed.flatMap(({ index }) => videos[index]?.links[0] ?? []);
	const named = links.length === 0 ? '' : ` Links: ${links.join(', ')}`;
	const description = `All videos exist and are paid for. Poll the same job again to download them.${named}`;
	return { failure: { ...failure, message }, description };
}

function downloadFailed(job: Job, failure: Failure): ItemProblem {
	const message = `Job ${job.jobId} succeeded, but its video could not be downloaded: ${failure.message}`;
	const link = job.videoUrl === undefined ? '' : ` Its link: ${job.videoUrl}`;
	const description = `The video exists and is paid for. Poll the same job again to download it.${link}`;
	return { failure: { ...failure, message }, description };
}

function videoRemoved({ jobId }: Job, removed: string): ItemProblem {
	const message = `Job ${jobId} succeeded, but its video is no longer there: ${removed}`;
	const description =
		'Only a new job, which is a new purchase, makes the video again. Poll jobs while they run, and keep the file.';
	return { failure: { ...downloadFailure(removed), message }, description };
}

function waitingFailed(
	{ provider: { label }, watched, address }: Waited,
	job: Job,
	ending: Exclude<Ending, { kind: 'ended' }>,
): ItemProblem {
	const { jobId } = job;
	const again = `The job ${jobId} may still be running: poll it again later.`;
	if (ending.kind === 'deadline') {
		const { cancellation } = ending;
		const duration = countOf(Math.round(ending.at / 6000) / 10, 'minute');
		if (cancellation?.kind === 'canceled') {
			const message = `Job ${jobId} had not ended at ${label} after ${duration}, and was canceled`;
			const description = `What a canceled job costs is up to ${label}. A new job is a new purchase.`;
			return { failure: { code: 'deadline', message, retryable: true }, description };
		}
		const message = `Job ${jobId} was still ${job.status} at ${label} after ${duration}${describeCancellation(cancellation)}`;
		const word = watched.state?.statusWord === undefined ? '' : `, "${watched.state.statusWord}"`;
		const refused =
			ending.limitedChecks > 0
				? ` ${label} has refused ${countOf(ending.limitedChecks, 'check')} since then as too many requests: poll fewer jobs at a time.`
				: '';
		const description = `Last seen: ${job.status}${word}, ${job.progress}%.${refused} ${again}`;
		return { failure: { code: 'deadline', message, retryable: false }, description };
	}
	const { failure } = ending;
	if (ending.kind === 'unanswered') {
		const { failedChecks } = ending;
		const message =
			failedChecks > 1
				? `${label} did not answer ${failedChecks} checks in a row: ${failure.message}`
				: `${label} cannot be reached: ${failure.message}`;
		return { failure: { ...failure, message }, description: again };
	}
	if (failure.code === 'wrong_address') {
		const message = `No API answers at ${address ?? 'the Base URL'}: ${failure.message}`;
		const description = `Check the Base URL in the credential, and the Task Data URL where it has one: enter the address of the API, not of the website. ${again}`;
		return { failure: { ...failure, message }, description };
	}
	if (failure.code === 'job_not_found') {
		const message = `${label} does not know the job ${jobId}: ${failure.message}`;
		const description =
			'Check that the ID is whole, and that it was made at this provider with the account of this credential.';
		return { failure: { ...failure, message }, description };
	}
	const message = `${label} rejected the status request for job ${jobId}: ${failure.message}`;
	const description =
		failure.code === 'key_refused'
			? `Check the API key and the Base URL in the credential. ${again}`
			: again;
	return { failure: { ...failure, message }, description };
}

function describeCancellation(cancellation: Cancellation | undefined): string {
	switch (cancellation?.kind) {
		case 'requested':
			return '. It accepted the request to cancel the job, which had not ended at the check after it';
		case 'failed':
			return `, and could not be canceled: ${cancellation.failure.message}`;
		default:
			return '';
	}
}
