import type { Clock } from './clock';
import type { Failure, JobState } from './job';
import type { CheckHistory, TypicalDuration } from './duration';
import { recordProgress, measureDurationMs } from './duration';
import { hasEnded } from './job';
import type { NoResult, Outcome } from './outcome';
import { createLimiter } from './limiter';
import type { NextCheck, Pace } from './schedule';
import { minSuspendMs, scheduleNextCheck } from './schedule';

/** One job being waited for. Plain data: it is stored while the execution is suspended. */
export interface WatchedJob {
	jobId: string;
	checks: number;
	/** What the next look depends on. Gone when the waiting for the job is over. */
	pending?: Pending;
	state?: JobState;
	ending?: Ending;
}

interface Pending {
	history: CheckHistory;
	nextCheck: NextCheck;
	/** Checks in a row that said "no such job" or "done, but the link is not there yet". */
	soonChecks: number;
	/** Whether an API is known to be at the address, because it has created the job. */
	hasApi?: boolean;
	/** Checks that were answered with a page of a website, or with a redirect. */
	webPages?: number;
}

/** How the waiting for a job ended. Only `ended` says that the job itself has. */
export type Ending =
	| { kind: 'ended'; at: number }
	| { kind: 'deadline'; at: number; limitedChecks: number }
	| { kind: 'refused'; at: number; failure: Failure }
	| { kind: 'unanswered'; at: number; failure: Failure; failedChecks: number };

export interface PollOptions {
	clock: Clock;
	pace: Omit<Pace, 'typical'>;
	/** What such a job takes, as far as is known by now. */
	typicalOf(watch: WatchedJob): TypicalDuration;
	/** Called with how long a job took that succeeded while it was waited for. */
	onDuration?(watch: WatchedJob, durationMs: number): void;
	/** Failed checks in a row after which the waiting for a job ends. */
	tolerance: number;
	check(jobId: string, timeoutMs: number): Promise<Outcome<JobState>>;
	/** Called once for each job whose waiting is over. */
	onEnding?(watch: WatchedJob): void;
	random?(): number;
}

const maxParallelChecks = 16;
const maxCheckMs = 30_000;
const minCheckMs = 500;
const lastCheckMs = 10_000;
const maxSoonChecks = 4;
// One odd rejection is a provider's own trouble: a key in renewal, a wrong server behind it.
const maxRefusals = 3;
// One page may be a firewall's; an API does not answer twice with one before its first answer.
const maxWebPages = 2;
const staleMs = 3_000;
// A little less than a suspension lasts at least: a round of checks takes its time.
const soonestWakeMs = minSuspendMs - 20_000;
// Another machine may wake a suspended execution, with a clock that is a little behind.
const earlyByMs = 1_000;

/**
 * A job to wait for, to be looked at at once. `createdAt` is when it began, where the node that created
 * it says so.
 */
export function watchJob(jobId: string, now: number, createdAt?: number): WatchedJob {
	return {
		jobId,
		checks: 0,
		pending: {
			history: { beganAt: Math.min(createdAt ?? now, now), failedChecks: 0 },
			nextCheck: { at: now, how: 'hold' },
			soonChecks: 0,
			hasApi: createdAt !== undefined,
		},
	};
}

/** Moves all the times noted of a job, after the machine's clock was set. */
export function moveWatch({ pending, ending }: WatchedJob, byMs: number): void {
	if (ending !== undefined) ending.at += byMs;
	if (pending === undefined) return;
	const { history: progress, nextCheck: look } = pending;
	look.at += byMs;
	progress.beganAt += byMs;
	if (progress.movedAt !== undefined) progress.movedAt += byMs;
	if (progress.checkedAt !== undefined) progress.checkedAt += byMs;
	if (progress.first !== undefined) progress.first.at += byMs;
}

/** One round of checks: looks once at every job that is due, and gives up those past the deadline. */
export async function checkDue(
	watches: readonly WatchedJob[],
	options: PollOptions,
): Promise<void> {
	const { clock, pace } = options;
	const now = clock.now();
	const dueBefore = now + earlyByMs;
	// Checks that wait for their turn do not outlive the deadline; after a late resume there is one round more.
	const endsAt = now < pace.deadline ? pace.deadline : now + lastCheckMs;
	const limit = createLimiter(maxParallelChecks);
	let tooMany: Pending | undefined;
	const looks = watches.map(async (watch) => {
		const { pending } = watch;
		if (pending === undefined) return;
		if (pending.nextCheck.at > dueBefore && !needsLastLook(pending, now, pace)) return;
		await limit(async () => {
			// Where one was too many, the rest of the round would be as well.
			if (tooMany !== undefined) return postpone(watch, pending, tooMany, options);
			await look(watch, pending, options, endsAt);
			const { limitedChecks, failedChecks } = pending.history;
			if (limitedChecks && failedChecks === 0) tooMany = pending;
		});
	});
	await Promise.all(looks);
	if (clock.isCanceled() || clock.now() < pace.deadline) return;
	for (const watch of watches) {
		const { limitedChecks = 0 } = watch.pending?.history ?? {};
		if (watch.pending) end(watch, { kind: 'deadline', at: clock.now(), limitedChecks }, options);
	}
}

/** Nobody is given up on what was seen long before the deadline: a suspended job may have ended since. */
function needsLastLook(
	{ history: progress }: Pending,
	now: number,
	{ deadline }: Pick<Pace, 'deadline'>,
): boolean {
	return now >= deadline && (progress.checkedAt ?? 0) < deadline - staleMs;
}

/**
 * When the next job is due, and how to wait until then; undefined when no job is waited for any more.
 * All jobs share one clock: while one of them is close to its end, the node holds.
 */
export function chooseNextCheck(
	watches: readonly WatchedJob[],
	{ clock, pace }: PollOptions,
): NextCheck | undefined {
	const pending = watches.flatMap((watch) => watch.pending ?? []);
	if (pending.length === 0) return undefined;
	const now = clock.now();
	const holds = pending.some(({ nextCheck: look }) => look.how === 'hold');
	const tooSoon = holds
		? []
		: pending.filter(({ nextCheck: look }) => look.at - now < soonestWakeMs);
	// What is due too soon to be suspended until then is looked at now: it tells when it will end.
	for (const each of tooSoon) each.nextCheck = { at: now, how: 'hold' };
	const at = pending.reduce((time, { nextCheck: look }) => Math.min(time, look.at), pace.deadline);
	if (holds || tooSoon.length > 0) return { at, how: 'hold' };
	// Whoever is woken for the first job cannot be woken again within the least suspension: what falls
	// due in that time would be noticed after it. All jobs come out together, so the last one counts.
	const last = pending
		.map(({ nextCheck: look }) => look.at)
		.filter((each) => each < at + minSuspendMs)
		.reduce((time, each) => Math.max(time, each), at);
	const wakeAt = Math.max(last, now + minSuspendMs);
	return { at: Math.min(wakeAt, pace.deadline), how: 'suspend' };
}

/** Checks by `latest` what was not to be checked before a suspension that does not take place. */
export function holdInstead(watches: readonly WatchedJob[], latest: number): void {
	for (const { pending } of watches) {
		if (pending?.nextCheck.how !== 'suspend') continue;
		pending.nextCheck = { at: Math.min(pending.nextCheck.at, latest), how: 'hold' };
	}
}

async function look(
	watch: WatchedJob,
	pending: Pending,
	options: PollOptions,
	endsAt: number,
): Promise<void> {
	const { clock, check } = options;
	const remainingMs = endsAt - clock.now();
	if (clock.isCanceled() || remainingMs <= 0) return;
	watch.checks++;
	const timeoutMs = Math.min(maxCheckMs, Math.max(minCheckMs, remainingMs));
	const outcome = await check(watch.jobId, timeoutMs);
	const now = clock.now();
	if (outcome.kind === 'read') watch.state = outcome.value;
	const ending =
		outcome.kind === 'read'
			? recordState(watch, pending, outcome.value, options, now)
			: recordFailedCheck(watch, pending, outcome, options, now);
	pending.history.checkedAt = now;
	if (ending !== undefined) return end(watch, ending, options);
	planNextCheck(watch, pending, options, now);
}

function planNextCheck(
	watch: WatchedJob,
	pending: Pending,
	options: PollOptions,
	now: number,
): void {
	const { pace, typicalOf, random = Math.random } = options;
	const paceOfJob = { ...pace, typical: typicalOf(watch) };
	pending.nextCheck = scheduleNextCheck(pending.history, paceOfJob, now, random());
}

/** Does not look at a job, because the provider has just said that it is asked too often. */
function postpone(
	watch: WatchedJob,
	pending: Pending,
	{ history: progress }: Pending,
	options: PollOptions,
): void {
	pending.history.limitedChecks = progress.limitedChecks;
	pending.history.retryAfterMs = progress.retryAfterMs;
	planNextCheck(watch, pending, options, options.clock.now());
}

function end(watch: WatchedJob, ending: Ending, { onEnding }: PollOptions): void {
	watch.ending = ending;
	delete watch.pending;
	onEnding?.(watch);
}

/** Takes in a readable answer. */
function recordState(
	watch: WatchedJob,
	pending: Pending,
	state: JobState,
	{ onDuration }: PollOptions,
	now: number,
): Ending | undefined {
	const { history: progress } = pending;
	if (state.createdAt !== undefined) progress.beganAt = Math.min(state.createdAt, now);
	recordProgress(progress, state.progress, now);
	const isLinkLate = state.status === 'succeeded' && state.isLinkLate === true;
	if (state.status === 'succeeded' && !isLinkLate && pending.soonChecks === 0) {
		const durationMs = measureDurationMs(progress, state.completedAt, now);
		if (durationMs !== undefined) onDuration?.(watch, durationMs);
	}
	progress.failedChecks = 0;
	progress.limitedChecks = 0;
	progress.refusedChecks = 0;
	progress.retryAfterMs = undefined;
	if (!isLinkLate) pending.soonChecks = 0;
	progress.soon = isLinkLate && ++pending.soonChecks < maxSoonChecks;
	return hasEnded(state.status) && !progress.soon ? { kind: 'ended', at: now } : undefined;
}

/** Takes in a check that brought no state. It says nothing about the job itself. */
function recordFailedCheck(
	watch: WatchedJob,
	pending: Pending,
	outcome: NoResult,
	options: PollOptions,
	now: number,
): Ending | undefined {
	if (outcome.kind === 'refused') return recordRejection(watch, pending, outcome, options, now);
	const { history: progress } = pending;
	const { failure } = outcome;
	progress.soon = false;
	progress.retryAfterMs = outcome.retryAfterMs;
	if (failure.code === 'rate_limited') {
		// It answers, and will tell the state later: that is no reason to give the job up.
		progress.limitedChecks = (progress.limitedChecks ?? 0) + 1;
		progress.failedChecks = 0;
		return undefined;
	}
	progress.failedChecks++;
	const { failedChecks } = progress;
	if (outcome.kind === 'unknown' && outcome.isWebPage) {
		pending.webPages = (pending.webPages ?? 0) + 1;
	}
	if (isWebsite(watch, pending)) {
		return { kind: 'refused', at: now, failure: { ...failure, code: 'wrong_address' } };
	}
	const permanent = outcome.kind === 'notAccepted' && outcome.permanent;
	return permanent || failedChecks >= options.tolerance
		? { kind: 'unanswered', at: now, failure, failedChecks }
		: undefined;
}

/** Takes in a rejection. It ends the waiting, unless the provider has told of the job before. */
function recordRejection(
	watch: WatchedJob,
	pending: Pending,
	{ failure }: NoResult,
	{ tolerance }: PollOptions,
	now: number,
): Ending | undefined {
	const { history: progress } = pending;
	const isUnknown = failure.code === 'job_not_found';
	// A new job may not be found yet on every server of a provider.
	progress.soon = isUnknown && ++pending.soonChecks < maxSoonChecks;
	if (progress.soon) return undefined;
	progress.refusedChecks = (progress.refusedChecks ?? 0) + 1;
	const isRepeated = progress.refusedChecks >= Math.min(maxRefusals, tolerance);
	if (watch.state === undefined || isUnknown || isRepeated) {
		return { kind: 'refused', at: now, failure };
	}
	// It answers: the next check comes at the normal pace, without the back-off of failed ones.
	progress.failedChecks = 0;
	progress.limitedChecks = 0;
	progress.retryAfterMs = undefined;
	return undefined;
}

/** Whether a website is at the address: pages or redirects came, no state ever, and the job was not created there. */
function isWebsite({ state }: WatchedJob, { hasApi, webPages = 0 }: Pending): boolean {
	return state === undefined && !hasApi && webPages >= maxWebPages;
}
