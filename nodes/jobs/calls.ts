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
/** The checks of all jobs together, before other jobs than the named ones are checked no more. */
const maxChecksPerJob = 3;
const minUnnamedChecks = 4;
/** So many jobs rarely end together: of their checks, more are kept for the last of them. */
const largeBatch = 10;
const recheckMs = 5_000;
const denseMs = 2_000;
const denseRecheckMs = 1_000;

/**
 * Makes the jobs due that a call named. Without `isNamed`, or if it named none, those that have run longest.
 * The others are checked as well where that is cheap: n8n may have refused their calls.
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
	if (accepted.length === 0 || isNamed === undefined) return;
	const others = pending.filter((job) => !called.includes(job) && isExpected(job.jobId));
	const isCheap = maySweep(others.length, jobs);
	for (const job of isCheap ? others : listOldest(others, 1)) {
		job.pending.nextCheck = { at: now, how: 'hold' };
	}
}

/** Whether all of so many jobs may be checked, with enough left for the last of them. */
const maySweep = (count: number, jobs: readonly WatchedJob[]): boolean =>
	(count > largeBatch ? 3 : 2) * count <= countSpare(jobs);

/** How many checks may be made beside one more for each job that has not ended. */
const countSpare = (jobs: readonly WatchedJob[]): number =>
	jobs.reduce((spare, { checks, pending }) => spare - checks - (pending ? 1 : 0), 0) +
	maxChecksPerJob * jobs.length;

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
 * Where several jobs have just ended, others may have too, while n8n refused their calls: checks them before
 * the execution is suspended. If at least half of the jobs of a round had ended, the next ones probably have
 * too, and a check that finds an end costs nothing.
 */
export function recheckWhereDense(
	jobs: readonly WatchedJob[],
	{ now, roundBeganAt, isExpected }: { now: number; roundBeganAt: number; isExpected: IsJob },
): void {
	const others = listPendingJobs(jobs).filter(({ jobId }) => isExpected(jobId));
	const countEnded = (since: number) =>
		jobs.filter(({ ending }) => ending?.kind === 'ended' && ending.at >= since).length;
	const ended = countEnded(roundBeganAt);
	const running = others.filter(
		({ pending: { history } }) => (history.checkedAt ?? -Infinity) >= roundBeganAt,
	);
	const unchecked = others.filter((job) => !running.includes(job));
	const next = listOldest(unchecked, Math.max(0, Math.min(2 * ended, countSpare(jobs))));
	if (ended >= 2 && ended >= running.length && next.length > 0) {
		for (const { pending } of next) pending.nextCheck = { at: now, how: 'hold' };
		return;
	}
	if (countEnded(now - denseMs) < 2 || !maySweep(others.length, jobs)) return;
	const at = now + denseRecheckMs;
	for (const { pending } of others) {
		if (pending.nextCheck.at > at) pending.nextCheck = { at, how: 'hold' };
	}
}
