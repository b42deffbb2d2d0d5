export const jobStatuses = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const;

/** The status of a job in our words. `succeeded`, `failed` and `canceled` are final. */
export type JobStatus = (typeof jobStatuses)[number];

/** A video as it travels in an item. `firstSegment` is the first 8 seconds of a 15-second job. */
export interface ItemVideo {
	url: string;
	kind: 'final' | 'firstSegment';
}

/** One video of a job, with every link to its file, the best first. Without any, the download route has it. */
export interface JobVideo extends Pick<ItemVideo, 'kind'> {
	links: readonly string[];
}

/** Every `failure.code`. docs/nodes.md explains each; workflows branch on them. */
export type FailureCode =
	| 'key_refused'
	| 'out_of_credit'
	| 'model_retired'
	| 'content_policy'
	| 'busy'
	| 'rate_limited'
	| 'bad_request'
	| 'limit_reached'
	| 'job_not_found'
	| 'wrong_address'
	| 'generation_failed'
	| 'extend_failed'
	| 'canceled'
	| 'outcome_unknown'
	| 'no_answer'
	| 'deadline'
	| 'download_failed';

/** Why a job or the waiting for it failed. */
export interface Failure {
	code: FailureCode;
	message: string;
	/** Whether a new job with the same input may succeed. A new job is paid for again. */
	retryable: boolean;
	/** Whether a usable video exists nevertheless. */
	partial?: boolean;
}

/** What a provider reports about a job beside its status. Times are milliseconds since 1970. */
export interface JobFacts {
	/** 0 to 100. */
	progress?: number;
	/** The provider's own status word, if its document does not name it. */
	statusWord?: string;
	model?: string;
	remixId?: string;
	extensionId?: string;
	createdAt?: number;
	completedAt?: number;
	expiresAt?: number;
	/** The job was never sent. */
	isRehearsal?: boolean;
	/** What the provider says that the job used, such as seconds of computing. */
	usage?: Readonly<Record<string, number>>;
}

/** What one check found. Without videos, those of a job that succeeded are behind the download route. */
export type JobState = JobFacts &
	(
		| { status: 'queued' | 'running' }
		/**
		 * `isLinkLate`: the link is announced but not there yet. Check again before the download route.
		 * `removed`: why the provider has the video no more.
		 * `linkPlace`: the field that had the link, if the provider's document names another.
		 */
		| {
				status: 'succeeded';
				videos: readonly JobVideo[];
				isLinkLate?: boolean;
				removed?: string;
				linkPlace?: string;
		  }
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
	/** The number of its prompt among those of its item, from 1. */
	scene?: number;
	/** How many prompts its item has. */
	scenes?: number;
	videoUrl?: string;
	videos?: ItemVideo[];
	remixId?: string;
	extensionId?: string;
	/** ISO 8601, UTC. */
	createdAt?: string;
	completedAt?: string;
	expiresAt?: string;
	checks?: number;
	elapsedSeconds?: number;
	usage?: Readonly<Record<string, number>>;
	/** Whether the job was never sent, and nothing is paid for. */
	rehearsal?: true;
	/** What would have been sent, in a rehearsal. */
	request?: Record<string, unknown>;
	failure?: Failure;
	raw?: unknown;
}

const fieldNames: Record<keyof Job, true> = {
	provider: true,
	jobId: true,
	status: true,
	progress: true,
	model: true,
	prompt: true,
	scene: true,
	scenes: true,
	videoUrl: true,
	videos: true,
	remixId: true,
	extensionId: true,
	createdAt: true,
	completedAt: true,
	expiresAt: true,
	checks: true,
	elapsedSeconds: true,
	usage: true,
	rehearsal: true,
	request: true,
	failure: true,
	raw: true,
};

/** The names of all fields that a job may have in an item. */
export const jobFields: readonly string[] = Object.keys(fieldNames);

/** A state as it travels in an item. `known` has what the state does not repeat. */
export function toJob(state: JobState, known: Partial<Job> & Pick<Job, 'provider' | 'jobId'>): Job {
	const found = listVideos(state).flatMap(({ kind, links: [url] }): ItemVideo[] =>
		url === undefined ? [] : [{ url, kind }],
	);
	const videos = found.length > 0 ? found : undefined;
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
		usage: state.usage ?? known.usage,
		rehearsal: state.isRehearsal || known.rehearsal,
		failure: 'failure' in state ? state.failure : undefined,
	};
	return withoutUndefined(job);
}

/** The videos that a state names. */
function listVideos(state: JobState): readonly JobVideo[] {
	switch (state.status) {
		case 'queued':
		case 'running':
			return [];
		default:
			return state.videos ?? [];
	}
}

/**
 * The videos of a state that are worth a file: the final ones, or else the best one. A success that names
 * none has one behind the download route.
 */
export function listFiles(state: JobState): readonly JobVideo[] {
	const videos = listVideos(state);
	const finals = videos.filter(({ kind }) => kind === 'final');
	if (finals.length > 0) return finals;
	if (videos.length > 0) return videos.slice(0, 1);
	return state.status === 'succeeded' ? [{ kind: 'final', links: [] }] : [];
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
