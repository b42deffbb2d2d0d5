import type { DatedClock } from './clock';
import type { CheckHistory } from './duration';
import { measureDurationMs, recordProgress } from './duration';
import type { Failure, JobState } from './job';
import { hasEnded } from './job';
import type { NoResult } from './outcome';
import type { NextCheck } from './schedule';

/**
 * One job that a node waits for. Plain data, because it is stored while the execution is suspended. Times
 * are those of the node's clock.
 */
export interface WatchedJob {
	jobId: string;
	checks: number;
	/** The last state that was read. */
	state?: JobState;
	/** The undocumented status words that were read, the first of them. */
	statusWords?: readonly string[];
	/** What the next check depends on. Undefined once the waiting for the job is over. */
	pending?: PendingChecks;
	/** How the waiting for the job ended. */
	ending?: Ending;
}

export interface PendingChecks {
	history: CheckHistory;
	nextCheck: NextCheck;
	/** Consecutive checks that read "no such job" or "done, but the link is not there yet". */
	soonChecks: number;
	/** Whether an API is known to be at the address, because it has created the job. */
	hasApi: boolean;
	/** Checks that were answered with a page of a website or with a redirect. */
	webPages: number;
	/** Checks that calls of the provider led to. */
	calls?: number;
}

/** How the waiting for a job ended. Only `ended` means that the job itself has. */
export type Ending =
	| { kind: 'ended'; at: number }
	| { kind: 'deadline'; at: number; limitedChecks: number; cancellation?: Cancellation }
	| { kind: 'refused'; at: number; failure: Failure }
	| { kind: 'unanswered'; at: number; failure: Failure; failedChecks: number };

/** What became of the request to cancel a job at the deadline. `requested`: accepted, and it still ran then. */
export type Cancellation =
	{ kind: 'canceled' } | { kind: 'requested' } | { kind: 'failed'; failure: Failure };

const maxSoonChecks = 4;
// One rejection may be the provider's own trouble: a key that is being renewed, a faulty server behind it.
const maxRejections = 3;
// One page may be a firewall's. An API does not send two before its first answer.
const maxWebPages = 2;

/** A job to wait for from the node's beginning on, due at once. `createdAt`, where an item has it, is not later. */
export function watchJob(jobId: string, createdAt?: number): WatchedJob {
	return {
		jobId,
		checks: 0,
		pending: {
			history: { beganAt: Math.min(createdAt ?? 0, 0), failedChecks: 0 },
			nextCheck: { at: 0, how: 'hold' },
			soonChecks: 0,
			hasApi: createdAt !== undefined,
			webPages: 0,
		},
	};
}

/** The next try of a job whose waiting ended without the job's end: due at once, with what is known of it. */
export function watchAgain(job: WatchedJob, fresh: WatchedJob): WatchedJob {
	if (job.ending?.kind === 'ended' || job.state?.status === 'canceled') return job;
	const { checks, state, statusWords } = job;
	return { ...fresh, checks, state, ...(statusWords && { statusWords }) };
}

// Stored with a suspended execution. One is worth a hint; a provider that answers anything has no end of them.
const maxStatusWords = 3;

/** Records a state that was read. `onDuration` gets how long the job took, if that is known. */
export function recordState(
	job: WatchedJob,
	pending: PendingChecks,
	state: JobState,
	clock: DatedClock,
	onDuration?: (job: WatchedJob, durationMs: number) => void,
): Ending | undefined {
	const now = clock.now();
	const { history } = pending;
	job.state = state;
	const { statusWord } = state;
	if (statusWord !== undefined) {
		job.statusWords = [...new Set([...(job.statusWords ?? []), statusWord])].slice(
			0,
			maxStatusWords,
		);
	}
	// Later than when the node began, it is a clock that differs or a local time.
	if (state.createdAt !== undefined) {
		history.beganAt = Math.min(clock.fromDate(state.createdAt), 0);
	}
	recordProgress(history, state.progress, now);
	const isLinkLate = state.status === 'succeeded' && state.isLinkLate === true;
	if (state.status === 'succeeded' && !isLinkLate && pending.soonChecks === 0) {
		const { completedAt } = state;
		const endedAt = completedAt === undefined ? undefined : clock.fromDate(completedAt);
		const durationMs = measureDurationMs(history, endedAt, now);
		if (durationMs !== undefined) onDuration?.(job, durationMs);
	}
	history.failedChecks = 0;
	history.limitedChecks = 0;
	history.refusedChecks = 0;
	history.retryAfterMs = undefined;
	if (!isLinkLate) pending.soonChecks = 0;
	history.soon = isLinkLate && ++pending.soonChecks < maxSoonChecks;
	return hasEnded(state.status) && !history.soon ? { kind: 'ended', at: now } : undefined;
}

/** Records a check that read no state. It says nothing about the job itself. */
export function recordFailedCheck(
	job: WatchedJob,
	pending: PendingChecks,
	outcome: NoResult,
	tolerance: number,
	now: number,
): Ending | undefined {
	const { failure } = outcome;
	// A provider that is busy or under maintenance answers a later check.
	if (outcome.kind === 'refused' && !failure.retryable) {
		return recordRejection(job, pending, outcome, tolerance, now);
	}
	const { history } = pending;
	history.soon = false;
	history.retryAfterMs = outcome.kind === 'refused' ? undefined : outcome.retryAfterMs;
	if (failure.code === 'rate_limited') {
		// The API works and will answer a later check.
		history.limitedChecks = (history.limitedChecks ?? 0) + 1;
		history.failedChecks = 0;
		return undefined;
	}
	const failedChecks = ++history.failedChecks;
	if (outcome.kind === 'unknown' && outcome.isWebPage) pending.webPages++;
	const isWebsite = job.state === undefined && !pending.hasApi && pending.webPages >= maxWebPages;
	if (isWebsite)
		return { kind: 'refused', at: now, failure: { ...failure, code: 'wrong_address' } };
	const isPermanent = outcome.kind === 'notAccepted' && outcome.permanent;
	return isPermanent || failedChecks >= tolerance
		? { kind: 'unanswered', at: now, failure, failedChecks }
		: undefined;
}

/** Records a rejection. It ends the waiting unless an earlier check has read a state. */
function recordRejection(
	job: WatchedJob,
	pending: PendingChecks,
	{ failure }: NoResult,
	tolerance: number,
	now: number,
): Ending | undefined {
	const { history } = pending;
	const isNotFound = failure.code === 'job_not_found';
	// A new job may not be visible yet on every server of a provider.
	history.soon = isNotFound && ++pending.soonChecks < maxSoonChecks;
	// The API works: the next check comes without backoff.
	history.failedChecks = 0;
	history.limitedChecks = 0;
	history.retryAfterMs = undefined;
	if (history.soon) return undefined;
	history.refusedChecks = (history.refusedChecks ?? 0) + 1;
	const isRepeated = history.refusedChecks >= Math.min(maxRejections, tolerance);
	return job.state === undefined || isNotFound || isRepeated
		? { kind: 'refused', at: now, failure }
		: undefined;
}
