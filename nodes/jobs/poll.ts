import type { Clock } from './clock';
import { waitUntil } from './clock';
import type { Failure, JobState } from './job';
import { hasEnded } from './job';
import type { NoResult, Outcome } from './outcome';
import { limiter } from './parallel';
import type { Pace, Progress } from './schedule';
import { nextLookAt } from './schedule';

/** One job being waited for. Plain data. */
export interface Watch {
	jobId: string;
	progress: Progress;
	nextLookAt: number;
	checks: number;
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
const mostSoonChecks = 4;

/** A job to wait for. `createdAt` is when it began, where that is known; it is first looked at at once. */
export function watchOf(jobId: string, now: number, createdAt = now): Watch {
	return {
		jobId,
		progress: { beganAt: Math.min(createdAt, now), failedChecks: 0 },
		nextLookAt: now,
		checks: 0,
		soonChecks: 0,
	};
}

/** Waits, inside the running node, until no job is waited for any more: all on one clock. */
export async function hold(watches: readonly Watch[], options: PollOptions): Promise<void> {
	const { clock, pace } = options;
	for (;;) {
		await checkDue(watches, options);
		const next = nextTime(watches);
		if (next === undefined || clock.isCanceled()) return;
		await waitUntil(clock, Math.min(next, pace.deadline));
		if (clock.now() >= pace.deadline) endAtDeadline(watches, options);
	}
}

/** Looks once at every job that is due. */
async function checkDue(watches: readonly Watch[], options: PollOptions): Promise<void> {
	const now = options.clock.now();
	const due = watches.filter((watch) => watch.ending === undefined && watch.nextLookAt <= now);
	const atATime = limiter(checksAtATime);
	await Promise.all(
		due.map(async (watch) => await atATime(async () => await look(watch, options))),
	);
}

function nextTime(watches: readonly Watch[]): number | undefined {
	const times = watches.flatMap((watch) => (watch.ending === undefined ? [watch.nextLookAt] : []));
	return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}

async function look(watch: Watch, options: PollOptions): Promise<void> {
	const { clock, pace, check, random = Math.random } = options;
	if (clock.isCanceled()) return;
	const timeoutMs = Math.min(longestCheckMs, Math.max(1000, pace.deadline - clock.now()));
	watch.checks++;
	const outcome = await check(watch.jobId, timeoutMs);
	const now = clock.now();
	const ending =
		outcome.kind === 'read' ? learn(watch, outcome.value, now) : bear(watch, outcome, options, now);
	if (ending === undefined) {
		watch.nextLookAt = nextLookAt(watch.progress, pace, now, random());
		return;
	}
	watch.ending = ending;
	options.onEnding?.(watch);
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

function endAtDeadline(watches: readonly Watch[], { clock, onEnding }: PollOptions): void {
	for (const watch of watches) {
		if (watch.ending !== undefined) continue;
		watch.ending = { kind: 'deadline', at: clock.now() };
		onEnding?.(watch);
	}
}
