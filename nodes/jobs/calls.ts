import { listPendingJobs } from './checkDueJobs';
import type { WatchedJob } from './watchedJob';

/*
 * What the calls of a provider change about the next checks. Pure. A call is a hint and not a result: anybody
 * may have sent it, and n8n refuses one while the execution is running. So the checks that follow from calls
 * are limited.
 */

export type IsJob = (jobId: string) => boolean;

// Providers repeat a call, and the state may follow it a little later.
const maxChecksByCalls = 4;
const recheckMs = 5_000;
/** The checks of all jobs together, before other jobs than the named ones are checked no more. */
const maxChecksPerJob = 3;
const minUnnamedChecks = 4;
/** The checks that a larger batch keeps for the last of its jobs: two for each of ten. */
const lastJobs = 10;
const keptChecks = 20;
// The numbers that lost the fewest ends where calls are refused: of 2 to 100 jobs that end within 0 to 180 s,
// with n8n taking 0.2 to 1.8 s to resume, check and suspend.
const stayMs = 1_000;
/** Shorter than a stay, so that the ends before it do not prolong it. */
const justEndedMs = 900;
const denseMs = 3_000;
const denseEnds = 3;
const fewJobs = 2;

/**
 * Makes the jobs due that a call named, and one more: n8n may have refused its call. Without `isNamed`, or if it
 * named none, those that have run longest.
 */
export function checkCalledJobs(
	jobs: readonly WatchedJob[],
	{ now, isNamed, isExpected }: { now: number; isNamed: IsJob | undefined; isExpected: IsJob },
): void {
	const pending = listPendingJobs(jobs);
	const named = isNamed && pending.filter(({ jobId }) => isNamed(jobId));
	const called = named ?? listOldest(pending, Math.max(minUnnamedChecks, countSpare(jobs) >> 1));
	const accepted = called.filter(({ pending: { calls = 0 } }) => calls < maxChecksByCalls);
	for (const job of accepted) {
		const { calls = 0 } = job.pending;
		job.pending.calls = calls + 1;
		job.pending.nextCheck = { at: now, how: 'hold' };
	}
	// A job that has ended is named where its first call was refused, and others may have been since.
	if (isNamed === undefined || !jobs.some(({ jobId }) => isNamed(jobId))) return;
	const others = pending.filter((job) => !called.includes(job) && isExpected(job.jobId));
	for (const { pending: other } of listOldest(others, Math.min(1, countFree(others, jobs)))) {
		other.nextCheck = { at: now, how: 'hold' };
	}
}

/** How many checks may be made beside one more for each job that has not ended. */
const countSpare = (jobs: readonly WatchedJob[]): number =>
	jobs.reduce((spare, { checks, pending }) => spare - checks - (pending ? 1 : 0), 0) +
	maxChecksPerJob * jobs.length;

/** How many of them may be made now, with enough left for the last jobs. */
const countFree = (others: PendingJobs, jobs: readonly WatchedJob[]): number =>
	Math.max(0, countSpare(jobs) - (others.length > lastJobs ? keptChecks : 0));

type PendingJobs = ReturnType<typeof listPendingJobs>;

/** Those not checked for the longest time, and of these the ones that have run longest. */
function listOldest(pending: PendingJobs, count: number): PendingJobs {
	const checkedAt = ({ pending: { history } }: PendingJobs[number]) => history.checkedAt ?? 0;
	return [...pending]
		.sort(
			(a, b) =>
				checkedAt(a) - checkedAt(b) || a.pending.history.beganAt - b.pending.history.beganAt,
		)
		.slice(0, count);
}

/** After a check that a call led to: the state of a job that has ended may follow the call a little later. */
export function recheckCalledJobs(jobs: readonly WatchedJob[], now: number, isNamed: IsJob): void {
	for (const { jobId, pending } of listPendingJobs(jobs)) {
		const { nextCheck, calls } = pending;
		const isChecked = nextCheck.at > now + recheckMs && calls !== undefined;
		if (!isChecked || calls >= maxChecksByCalls || !isNamed(jobId)) continue;
		pending.calls = calls + 1;
		pending.nextCheck = { at: now + recheckMs, how: 'hold' };
	}
}

/**
 * Where jobs have just ended, others may have too, while n8n refused their calls. While most checks find an end,
 * twice as many follow at once: each of them is needed anyway. Then the node stays for a second and checks one
 * more, where calls are most likely to be refused or missed most: when many jobs are ending, after the first end
 * and before the last ones.
 */
export function checkOtherJobs(
	jobs: readonly WatchedJob[],
	{ now, roundBeganAt, isExpected }: { now: number; roundBeganAt: number; isExpected: IsJob },
): void {
	const others = listPendingJobs(jobs).filter(({ jobId }) => isExpected(jobId));
	const countEnded = (since: number) =>
		jobs.filter(({ ending }) => ending?.kind === 'ended' && ending.at >= since).length;
	const isRunning = ({ pending: { history } }: PendingJobs[number]) =>
		(history.checkedAt ?? -Infinity) >= roundBeganAt;
	const running = others.filter(isRunning).length;
	const ended = countEnded(roundBeganAt);
	const free = countFree(others, jobs);
	// One end is that of the call itself, and says nothing of others beside one that is still running.
	if (ended >= Math.max(running, running > 0 ? 2 : 1)) {
		const unchecked = others.filter((job) => !isRunning(job));
		const next = listOldest(unchecked, Math.min(2 * ended, free));
		for (const { pending } of next) pending.nextCheck = { at: now, how: 'hold' };
		if (next.length > 0) return;
	}
	const isEdge = countEnded(-Infinity) <= 1 || others.length <= fewJobs;
	const mayMiss =
		countEnded(now - denseMs) >= denseEnds || (isEdge && countEnded(now - justEndedMs) > 0);
	if (!mayMiss) return;
	const at = now + stayMs;
	for (const { pending } of listOldest(others, Math.min(1, free))) {
		if (pending.nextCheck.at > at) pending.nextCheck = { at, how: 'hold' };
	}
}
