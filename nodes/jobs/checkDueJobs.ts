import type { DatedClock } from './clock';
import type { TypicalDuration } from './duration';
import type { JobState } from './job';
import { hasEnded } from './job';
import type { Outcome } from './outcome';
import type { NextCheck, Pace } from './schedule';
import { minSuspendMs, scheduleNextCheck } from './schedule';
import type { Cancellation, Ending, PendingChecks, WatchedJob } from './watchedJob';
import { recordFailedCheck, recordState } from './watchedJob';

export interface CheckOptions {
	clock: DatedClock;
	pace: Omit<Pace, 'typical' | 'isCallExpected'>;
	/** How long such a job takes, as far as is known. */
	readTypical(job: WatchedJob): TypicalDuration;
	/** Whether the provider calls when a job has ended. */
	isCallExpected?(jobId: string): boolean;
	/** Called with how long a job took that succeeded while it was waited for. */
	onDuration?(job: WatchedJob, durationMs: number): void;
	/** Consecutive failed checks after which the waiting for a job ends. */
	tolerance: number;
	check(jobId: string, timeoutMs: number): Promise<Outcome<JobState>>;
	/** Cancels a job. Present where jobs that still run at the deadline are to be canceled. */
	cancel?(jobId: string, timeoutMs: number): Promise<Outcome<unknown>>;
	/** Called once for each job when the waiting for it is over. */
	onEnding?(job: WatchedJob): void;
	random?(): number;
}

/** Jobs whose waiting is not over, with what their next check depends on. */
type PendingJob = WatchedJob & Required<Pick<WatchedJob, 'pending'>>;

const maxParallelChecks = 16;
const maxCheckMs = 30_000;
const minCheckMs = 500;
// The deadline has passed: each call gets as long as a check that begins after it.
const maxCancelMs = 10_000;
/** How long after the deadline jobs may be canceled. */
const maxCancelingMs = 60_000;
/** How long the checks of a call may take that begins after the deadline, because n8n resumed late. */
const lateRoundMs = 10_000;
/** Checks due within this time are made in one round: each round hands the execution back to n8n once. */
const sameRoundMs = 1_000;
/** A state this old is good enough to end the waiting at the deadline. */
const maxFinalAgeMs = 3_000;

/**
 * A check due sooner than this is made now instead of suspending for it. 20 s less than the shortest
 * suspension, because a round of checks takes time.
 */
const minWakeMs = minSuspendMs - 20_000;

/** Whether a check is made at once, because n8n may end a suspension until then a minute late. */
export const isTooSoon = ({ at, mayBeLate }: NextCheck, now: number): boolean =>
	!mayBeLate && at - now < minWakeMs;

/** One round: checks every job that is due once. At the deadline it ends the waiting for all jobs. */
export async function checkDueJobs(
	jobs: readonly WatchedJob[],
	options: CheckOptions,
): Promise<void> {
	const { clock, pace } = options;
	const now = clock.now();
	const endsAt = now < pace.deadline ? pace.deadline : now + lateRoundMs;
	const due = listDueJobs(jobs, now, pace.deadline);
	const queue = due.values();
	let rateLimited: PendingChecks | undefined;
	const work = async () => {
		for (const job of queue) {
			const { pending } = job;
			await checkJob(job, pending, options, endsAt);
			const { limitedChecks, failedChecks } = pending.history;
			if (limitedChecks && failedChecks === 0) rateLimited = pending;
			if (rateLimited !== undefined) break;
		}
	};
	await Promise.all(Array.from({ length: maxParallelChecks }, work));
	// After one HTTP 429 the rest of the round would get it as well.
	if (rateLimited !== undefined) for (const job of queue) postpone(job, rateLimited, options);
	delaySuspended(due, clock.now() + minSuspendMs);
	if (clock.isCanceled() || clock.now() < pace.deadline) return;
	await endAtDeadline(jobs, options);
}

/** Ends the waiting for all jobs, after canceling those that still run where that is wanted. */
async function endAtDeadline(jobs: readonly WatchedJob[], options: CheckOptions): Promise<void> {
	const { clock, cancel } = options;
	const at = clock.now();
	const queue = listPendingJobs(jobs).values();
	const work = async () => {
		for (const job of queue) {
			const { limitedChecks = 0 } = job.pending.history;
			const ending = { kind: 'deadline', at, limitedChecks } as const;
			const isOver = job.state !== undefined && hasEnded(job.state.status);
			const canceled =
				cancel === undefined || isOver ? ending : await cancelJob(job, ending, cancel, options);
			if (canceled !== undefined) endWaiting(job, canceled, options);
		}
	};
	await Promise.all(Array.from({ length: maxParallelChecks }, work));
}

/** Cancels a job, and checks once what came of it. Undefined if the execution was canceled before. */
async function cancelJob(
	job: PendingJob,
	ending: Extract<Ending, { kind: 'deadline' }>,
	cancel: Required<CheckOptions>['cancel'],
	{ clock, check, onDuration }: CheckOptions,
): Promise<Ending | undefined> {
	if (clock.isCanceled()) return undefined;
	if (clock.now() >= ending.at + maxCancelingMs) return { ...ending, cancellation: notSent };
	const outcome = await cancel(job.jobId, maxCancelMs);
	if (clock.isCanceled()) return undefined;
	job.checks++;
	const checked = await check(job.jobId, maxCancelMs);
	if (checked.kind === 'read') {
		const { status } = checked.value;
		recordState(job, job.pending, checked.value, clock, onDuration);
		// After a refusal it is not this request that has canceled the job.
		const isCanceled = status === 'canceled' && outcome.kind !== 'refused';
		if (isCanceled) return { ...ending, cancellation: { kind: 'canceled' } };
		if (hasEnded(status)) return { kind: 'ended', at: clock.now() };
	}
	return {
		...ending,
		cancellation:
			outcome.kind === 'read'
				? { kind: 'requested' }
				: { kind: 'failed', failure: outcome.failure },
	};
}

const notSent: Cancellation = {
	kind: 'failed',
	failure: {
		code: 'no_answer',
		message: 'the requests for the other jobs took too long',
		retryable: false,
	},
};

export const listPendingJobs = (jobs: readonly WatchedJob[]): PendingJob[] =>
	jobs.filter((job): job is PendingJob => job.pending !== undefined);

/** Leaves out the first check of a job that its create has just described: `at` on the clock. */
export function skipFirstCheck(job: WatchedJob, at: number, options: CheckOptions): void {
	const { pending } = job;
	if (pending === undefined) return;
	pending.history.checkedAt = at;
	schedule(job, pending, options);
}

/** The jobs to check now. */
function listDueJobs(jobs: readonly WatchedJob[], now: number, deadline: number): PendingJob[] {
	const pending = listPendingJobs(jobs);
	const due = pending.filter(
		({ pending: { nextCheck, history } }) =>
			nextCheck.at <= now + sameRoundMs || needsFinalCheck(history.checkedAt, now, deadline),
	);
	const isHeld = pending.some(({ pending: { nextCheck } }) => nextCheck.how === 'hold');
	if (due.length > 0 || isHeld) return due;
	return pending.filter(({ pending: { nextCheck } }) => isTooSoon(nextCheck, now));
}

/** After a long round, the jobs that it checked first must not be due again before a suspension can end. */
function delaySuspended(jobs: readonly WatchedJob[], earliest: number): void {
	for (const { pending } of listPendingJobs(jobs)) {
		const { at, how } = pending.nextCheck;
		if (how === 'suspend') pending.nextCheck = { at: Math.max(at, earliest), how };
	}
}

/** No job is given up on an old state: while the execution was suspended the job may have ended. */
const needsFinalCheck = (checkedAt: number | undefined, now: number, deadline: number) =>
	now >= deadline && (checkedAt ?? -Infinity) < deadline - maxFinalAgeMs;

async function checkJob(
	job: WatchedJob,
	pending: PendingChecks,
	options: CheckOptions,
	endsAt: number,
): Promise<void> {
	const { clock, check, tolerance, onDuration } = options;
	const remainingMs = endsAt - clock.now();
	if (clock.isCanceled() || remainingMs <= 0) return;
	job.checks++;
	const timeoutMs = Math.min(maxCheckMs, Math.max(minCheckMs, remainingMs));
	const outcome = await check(job.jobId, timeoutMs);
	const now = clock.now();
	const ending =
		outcome.kind === 'read'
			? recordState(job, pending, outcome.value, clock, onDuration)
			: recordFailedCheck(job, pending, outcome, tolerance, now);
	pending.history.checkedAt = now;
	if (ending === undefined) schedule(job, pending, options);
	else endWaiting(job, ending, options);
}

function schedule(job: WatchedJob, pending: PendingChecks, options: CheckOptions): void {
	const { clock, pace, readTypical, isCallExpected, random = Math.random } = options;
	const typical = readTypical(job);
	const paceOfJob = { ...pace, typical, isCallExpected: isCallExpected?.(job.jobId) };
	pending.nextCheck = scheduleNextCheck(pending.history, paceOfJob, clock.now(), random());
}

/** Reschedules a job that was not checked, because the provider has just limited the rate. */
function postpone(
	job: PendingJob,
	{ history: { limitedChecks, retryAfterMs } }: PendingChecks,
	options: CheckOptions,
): void {
	Object.assign(job.pending.history, { limitedChecks, retryAfterMs });
	schedule(job, job.pending, options);
}

function endWaiting(job: WatchedJob, ending: Ending, { onEnding }: CheckOptions): void {
	job.ending = ending;
	delete job.pending;
	onEnding?.(job);
}
