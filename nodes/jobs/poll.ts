import type { Clock } from './clock';
import type { Failure, JobState } from './job';
import { hasEnded } from './job';
import type { NoResult, Outcome } from './outcome';
import { limiter } from './parallel';
import type { Look, Pace, Progress } from './schedule';
import { leastSuspendMs, nextLook } from './schedule';

/** One job being waited for. Plain data: it is stored while the execution is suspended. */
export interface Watch {
	jobId: string;
	checks: number;
	progress: Progress;
	look: Look;
	/** Checks in a row that said "no such job" or "done, but the link is not there yet". */
	soonChecks: number;
	state?: JobState;
	ending?: Ending;
}

/** How the waiting for a job ended. Only `ended` says that the job itself has. */
export type Ending =
	| { kind: 'ended'; at: number }
	| { kind: 'deadline'; at: number }
	| { kind: 'unanswered' | 'refused'; at: number; failure: Failure };

export interface PollOptions {
	clock: Clock;
	pace: Pace;
	/** Failed checks in a row after which the waiting for a job ends. */
	tolerance: number;
	check(jobId: string, timeoutMs: number): Promise<Outcome<JobState>>;
	/** Called once for each job whose waiting is over. */
	onEnding?(watch: Watch): void;
	random?(): number;
}

const checksAtATime = 16;
const longestCheckMs = 30_000;
const shortestCheckMs = 1_000;
const lastCheckMs = 10_000;
const mostSoonChecks = 4;
// Another machine may wake a suspended execution, with a clock that is a little behind.
const earlyByMs = 1_000;

/** A job to wait for, to be looked at at once. `createdAt` is when it began, where that is known. */
export function watchOf(jobId: string, now: number, createdAt = now): Watch {
	return {
		jobId,
		checks: 0,
		progress: { beganAt: Math.min(createdAt, now), failedChecks: 0 },
		look: { at: now, how: 'hold' },
		soonChecks: 0,
	};
}

/** One round of checks: looks once at every job that is due, and gives up those past the deadline. */
export async function checkDue(watches: readonly Watch[], options: PollOptions): Promise<void> {
	const { clock, pace, onEnding } = options;
	const dueBefore = clock.now() + earlyByMs;
	const due = watches.filter(({ ending, look }) => !ending && look.at <= dueBefore);
	const atATime = limiter(checksAtATime);
	await Promise.all(
		due.map(async (watch) => await atATime(async () => await look(watch, options))),
	);
	if (clock.isCanceled() || clock.now() < pace.deadline) return;
	for (const watch of watches.filter(({ ending }) => !ending)) {
		watch.ending = { kind: 'deadline', at: clock.now() };
		onEnding?.(watch);
	}
}

/**
 * When the next job is due, and how to wait until then; undefined when no job is waited for any more.
 * All jobs share one clock: while one of them is close to its end, the node holds.
 */
export function nextLookOf(
	watches: readonly Watch[],
	{ clock, pace, random }: PollOptions,
): Look | undefined {
	const waiting = watches.filter(({ ending }) => !ending);
	if (waiting.length === 0) return undefined;
	const now = clock.now();
	if (waiting.some(({ look }) => look.how === 'hold'))
		return { at: earliest(waiting, pace), how: 'hold' };
	for (const watch of waiting) {
		const cutShort = watch.look.at - now < leastSuspendMs;
		if (cutShort) watch.look = nextLook(watch.progress, pace, now, (random ?? Math.random)());
	}
	const how = waiting.every(({ look }) => look.how === 'suspend') ? 'suspend' : 'hold';
	return { at: earliest(waiting, pace), how };
}

function earliest(waiting: readonly Watch[], { deadline }: Pace): number {
	return waiting.reduce((time, { look }) => Math.min(time, look.at), deadline);
}

async function look(watch: Watch, options: PollOptions): Promise<void> {
	const { clock, pace, check, random = Math.random } = options;
	if (clock.isCanceled()) return;
	watch.checks++;
	const outcome = await check(watch.jobId, timeoutMs(pace.deadline - clock.now()));
	const now = clock.now();
	watch.progress.lookedAt = now;
	const ending =
		outcome.kind === 'read' ? learn(watch, outcome.value, now) : bear(watch, outcome, options, now);
	if (ending === undefined) {
		watch.look = nextLook(watch.progress, pace, now, random());
		return;
	}
	watch.ending = ending;
	options.onEnding?.(watch);
}

/** A check must not outlive the deadline; after a late resume there is one more. */
function timeoutMs(remainingMs: number): number {
	if (remainingMs <= 0) return lastCheckMs;
	return Math.min(longestCheckMs, Math.max(shortestCheckMs, remainingMs));
}

/** Takes in a readable answer. */
function learn(watch: Watch, state: JobState, now: number): Ending | undefined {
	const { progress } = watch;
	watch.state = state;
	if (state.createdAt !== undefined) progress.beganAt = Math.min(state.createdAt, now);
	if (state.progress !== undefined && state.progress !== progress.percent) {
		progress.percent = state.progress;
		progress.movedAt = now;
	}
	progress.failedChecks = 0;
	progress.retryAfterMs = undefined;
	const linkIsLate = state.status === 'succeeded' && state.videos === 'late';
	if (!linkIsLate) watch.soonChecks = 0;
	progress.soon = linkIsLate && ++watch.soonChecks < mostSoonChecks;
	return hasEnded(state.status) && !progress.soon ? { kind: 'ended', at: now } : undefined;
}

/** Takes in a check that brought no state. It says nothing about the job itself. */
function bear(
	watch: Watch,
	outcome: NoResult,
	options: PollOptions,
	now: number,
): Ending | undefined {
	const { progress } = watch;
	const { failure } = outcome;
	if (outcome.kind === 'refused') {
		// A new job may not be found yet on every server of a gateway.
		progress.soon = failure.code === 'job_not_found' && ++watch.soonChecks < mostSoonChecks;
		return progress.soon ? undefined : { kind: 'refused', at: now, failure };
	}
	progress.soon = false;
	progress.failedChecks++;
	progress.retryAfterMs = outcome.retryAfterMs;
	const lasting = outcome.kind === 'notAccepted' && outcome.lasting;
	return lasting || progress.failedChecks >= options.tolerance
		? { kind: 'unanswered', at: now, failure }
		: undefined;
}
