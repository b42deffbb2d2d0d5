import type { ProviderName } from '../../nodes/providers';
import type { OperationName } from '../../nodes/providers/provider';
import type { Directives, Ending } from './directives';

/** One accepted create as the tests see it: each entry was paid for. */
export interface LedgerEntry {
	provider: ProviderName;
	jobId: string;
	/** In the simulator's time, milliseconds. */
	at: number;
	operation: OperationName;
	model: string;
	prompt: string;
	/** The parsed body. A file of a form is a `SentFile`; a repeated field is an array. */
	fields: Record<string, unknown>;
}

export interface Job extends LedgerEntry {
	directives: Directives;
	isPortrait: boolean;
	/** The images that were sent as URLs or data URIs, in their order. */
	imageUrls: string[];
	/** The ids of newApiRemix's own upstream. */
	upstream?: { middlewareId: string; remixId: string; extensionId: string };
	/** When it was canceled by a request, in the simulator's time. */
	canceledAt?: number;
	/** The address to call at the end. */
	callbackUrl?: string;
	/** The id this job was made from, for a remix. */
	remixedFrom?: string;
}

export type Stage = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';

export interface Life {
	stage: Stage;
	/** 0 to 100, whole. */
	progress: number;
	startedAt: number;
	updatedAt: number;
	endedAt?: number;
	/** True in the middle third of a job's life. */
	isMiddleThird: boolean;
	/** The file can be fetched. */
	hasFile: boolean;
	/** The status names the file's URL. */
	hasUrl: boolean;
}

const QUEUED_SHARE = 0.1;
const URL_DELAY_MS = 5_000;

/** The progress at which the documents show failed jobs. */
const failures: Partial<Record<Ending, { stage: Stage; progress: number }>> = {
	failed: { stage: 'failed', progress: 49 },
	safety: { stage: 'failed', progress: 49 },
	busy: { stage: 'failed', progress: 49 },
	canceled: { stage: 'canceled', progress: 49 },
	aborted: { stage: 'canceled', progress: 0 },
	extend_failed: { stage: 'failed', progress: 50 },
	generate_failed: { stage: 'failed', progress: 0 },
};

/** The state of a job: a pure function of the clock. */
export function lifeAt(job: Job, now: number): Life {
	const { ending, seconds } = job.directives;
	const durationMs = seconds * 1000;
	const startedAt = job.at + durationMs * QUEUED_SHARE;
	const endedAt = job.at + durationMs;
	const share = durationMs === 0 ? 1 : (now - job.at) / durationMs;
	const life = {
		startedAt,
		isMiddleThird: share >= 1 / 3 && share < 2 / 3,
		hasFile: false,
		hasUrl: false,
	};
	const { canceledAt = Infinity } = job;
	if (canceledAt <= now && (canceledAt < endedAt || ending === 'stuck')) {
		const canceled = { stage: 'canceled' as const, progress: 0, updatedAt: canceledAt };
		return { ...life, ...canceled, endedAt: canceledAt };
	}
	if (share < QUEUED_SHARE) return { ...life, stage: 'queued', progress: 0, updatedAt: job.at };
	const failure = failures[ending];
	if (share < 1 || ending === 'stuck') {
		const climbed = Math.floor(((share - QUEUED_SHARE) / (1 - QUEUED_SHARE)) * 100);
		const progress = Math.min(climbed, failure?.progress ?? 99);
		return { ...life, stage: 'running', progress, updatedAt: now };
	}
	if (failure !== undefined) return { ...life, ...failure, updatedAt: endedAt, endedAt };
	const hasFile = ending !== 'lateUrl' || now >= endedAt + URL_DELAY_MS;
	const hasUrl = hasFile && ending !== 'noUrl';
	const succeeded = { stage: 'succeeded' as const, progress: 100, hasFile, hasUrl };
	return { ...life, ...succeeded, updatedAt: endedAt, endedAt };
}

/** The time stamps of most providers. */
export function unixSeconds(milliseconds: number): number {
	return Math.floor(milliseconds / 1000);
}
