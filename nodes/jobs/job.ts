/** Our five words for where a job is. `succeeded`, `failed` and `canceled` are final. */
export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';

/** One file a job made. `firstSegment` is the first 8 seconds of a 15-second job. */
export interface JobVideo {
	url: string;
	kind: 'final' | 'firstSegment';
}

/** Every `failure.code` this package gives. The README explains each; workflows branch on them. */
export type FailureCode =
	| 'key_refused'
	| 'out_of_credit'
	| 'model_retired'
	| 'content_policy'
	| 'busy'
	| 'rate_limited'
	| 'bad_request'
	| 'job_not_found'
	| 'wrong_address'
	| 'generation_failed'
	| 'extend_failed'
	| 'canceled'
	| 'outcome_unknown'
	| 'no_answer'
	| 'deadline'
	| 'download_failed';

/** Why a job, or the waiting for it, did not end well. */
export interface Failure {
	code: FailureCode;
	message: string;
	/** True when a new job with the same input may succeed. A new job is a new purchase. */
	retryable: boolean;
	/** True when a usable video exists all the same. */
	partial?: boolean;
}

/** What a provider tells about a job beside its status. Times are milliseconds since 1970. */
export interface JobFacts {
	/** 0 to 100. */
	progress?: number;
	/** The provider's own status word, kept when it is none that its document names. */
	statusWord?: string;
	model?: string;
	remixId?: string;
	extensionId?: string;
	createdAt?: number;
	completedAt?: number;
	expiresAt?: number;
}

/**
 * What one check found. A job that succeeded has its videos, or says where they are:
 * `download` = only behind the provider's download route, `late` = the link is announced but not
 * there yet, so check again a few times before trying the download route.
 */
export type JobState = JobFacts &
	(
		| { status: 'queued' | 'running' }
		| { status: 'succeeded'; videos: readonly [JobVideo, ...JobVideo[]] | 'download' | 'late' }
		| { status: 'failed' | 'canceled'; failure: Failure; videos?: readonly JobVideo[] }
	);

/** A job as it travels between nodes: the public contract of every item's `json`. */
export interface Job {
	provider: string;
	jobId: string;
	status: JobStatus;
	progress: number;
	model?: string;
	prompt?: string;
	videoUrl?: string;
	videos?: JobVideo[];
	remixId?: string;
	extensionId?: string;
	/** ISO 8601, UTC. */
	createdAt?: string;
	completedAt?: string;
	expiresAt?: string;
	checks?: number;
	elapsedSeconds?: number;
	failure?: Failure;
	raw?: unknown;
}

/** The answer of a provider to one check, in the form it travels in. `known` holds what is not told again. */
export function toJob(state: JobState, known: Partial<Job> & Pick<Job, 'provider' | 'jobId'>): Job {
	const videos = 'videos' in state && Array.isArray(state.videos) ? [...state.videos] : undefined;
	const job: Job = {
		...known,
		status: state.status,
		progress: state.status === 'succeeded' ? 100 : (state.progress ?? known.progress ?? 0),
		model: state.model ?? known.model,
		videoUrl: videos?.[0]?.url ?? known.videoUrl,
		videos: videos ?? known.videos,
		remixId: state.remixId ?? known.remixId,
		extensionId: state.extensionId ?? known.extensionId,
		createdAt: isoTime(state.createdAt) ?? known.createdAt,
		completedAt: isoTime(state.completedAt) ?? known.completedAt,
		expiresAt: isoTime(state.expiresAt) ?? known.expiresAt,
		failure: 'failure' in state ? state.failure : undefined,
	};
	return withoutUndefined(job);
}

/** Whether a status is final: nothing will change it any more. */
export function hasEnded(status: JobStatus): boolean {
	return status === 'succeeded' || status === 'failed' || status === 'canceled';
}

function isoTime(milliseconds: number | undefined): string | undefined {
	return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}

/** The record without the fields that hold nothing. */
export function withoutUndefined<T extends object>(record: T): T {
	return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
