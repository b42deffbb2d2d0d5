import { checkCalledJobs, recheckCalledJobs, recheckWhereDense } from '../../nodes/jobs/calls';
import type { WatchedJob } from '../../nodes/jobs/watchedJob';
import { watchJob } from '../../nodes/jobs/watchedJob';

const later = 200_000;
const now = 30_000;

/** Jobs whose next check is far away, the first of them the oldest. */
function watch(count: number): WatchedJob[] {
	return Array.from({ length: count }, (_, index) => {
		const job = watchJob(`job-${index}`, index - count);
		if (job.pending) job.pending.nextCheck = { at: later, how: 'suspend', mayBeLate: true };
		return job;
	});
}

const due = (jobs: readonly WatchedJob[], until = now) =>
	jobs
		.filter(({ pending }) => (pending?.nextCheck.at ?? Infinity) <= until)
		.map(({ jobId }) => jobId);
const all = () => true;
const only = (name: string) => (jobId: string) => jobId === name;
const end = (job: WatchedJob | undefined, at: number) => {
	if (job === undefined) return;
	job.checks++;
	job.ending = { kind: 'ended', at };
	delete job.pending;
};

test('of a large batch the named job is checked, and the oldest of the others', () => {
	const jobs = watch(100);
	checkCalledJobs(jobs, { now, isNamed: only('job-7'), isExpected: all });
	expect(due(jobs)).toEqual(['job-0', 'job-7']);
});

test('the others of a small batch are checked too: their calls may have been refused', () => {
	const jobs = watch(10);
	checkCalledJobs(jobs, { now, isNamed: only('job-7'), isExpected: all });
	expect(due(jobs)).toHaveLength(10);
});

test.each([
	['of another node', only('elsewhere')],
	['that has ended', only('job-0')],
])('a call for a job %s has nothing checked', (_name, isNamed) => {
	const jobs = watch(3);
	end(jobs[0], 1);
	checkCalledJobs(jobs, { now, isNamed, isExpected: all });
	expect(due(jobs)).toEqual([]);
});

test('a call that names none has the oldest checked', () => {
	const jobs = watch(100);
	for (const job of jobs) job.checks = 2;
	checkCalledJobs(jobs, { now, isNamed: undefined, isExpected: all });
	expect(due(jobs)).toEqual(['job-0', 'job-1', 'job-2', 'job-3']);
});

test('however often it is called, a job is checked four times for it', () => {
	const [job] = watch(1);
	if (job?.pending === undefined) throw new Error('It is not watched');
	for (let times = 0; times < 10; times++) {
		job.pending.nextCheck = { at: later, how: 'suspend' };
		checkCalledJobs([job], { now, isNamed: times % 2 ? all : undefined, isExpected: all });
		if (due([job]).length > 0) job.checks++;
		job.pending.nextCheck = { at: later, how: 'suspend' };
		if (times % 2) recheckCalledJobs([job], now, all);
		if (due([job], now + 5_000).length > 0) job.checks++;
	}
	expect(job.checks).toBe(4);
});

test('whatever the order of calls and ends, the jobs of a batch have three checks each at most', () => {
	const jobs = watch(100);
	for (const job of jobs) {
		checkCalledJobs(jobs, { now, isNamed: only(job.jobId), isExpected: all });
		for (const each of jobs) {
			if (!due([each]).length || each === job || !each.pending) continue;
			each.checks++;
			each.pending.nextCheck = { at: later, how: 'suspend' };
		}
		if (job.pending !== undefined) end(job, now);
	}
	expect(jobs.reduce((sum, { checks }) => sum + checks, 0)).toBeLessThanOrEqual(300);
});

test('a state that follows the call is checked again soon', () => {
	const jobs = watch(2);
	checkCalledJobs(jobs, { now, isNamed: only('job-0'), isExpected: only('job-0') });
	if (jobs[0]?.pending) jobs[0].pending.nextCheck = { at: later, how: 'suspend' };
	recheckCalledJobs(jobs, now, only('job-0'));
	expect(due(jobs, now + 5_000)).toEqual(['job-0']);
});

test.each([
	['two ends at nearly the same time', [now - 500, now], ['job-2']],
	['ends that are seconds apart', [now - 3_000, now], []],
])('%s: whether the others are checked again within a second', (_name, ends, expected) => {
	const jobs = watch(3);
	ends.forEach((at, index) => end(jobs[index], at));
	recheckWhereDense(jobs, { now, roundBeganAt: now + 1, isExpected: all });
	expect(due(jobs, now + 1_000)).toEqual(expected);
});

test('while half of what is checked has ended, twice as many are checked at once', () => {
	const jobs = watch(100);
	for (const job of jobs.slice(0, 5)) end(job, now);
	recheckWhereDense(jobs, { now, roundBeganAt: now - 100, isExpected: all });
	expect(due(jobs)).toHaveLength(10);
});

test('where most of what was checked still runs, the rest of a large batch is left alone', () => {
	const jobs = watch(100);
	for (const job of jobs.slice(0, 2)) end(job, now);
	for (const { pending } of jobs.slice(2, 6)) if (pending) pending.history.checkedAt = now;
	recheckWhereDense(jobs, { now, roundBeganAt: now - 100, isExpected: all });
	expect(due(jobs, now + 1_000)).toEqual([]);
});

test('once the checks of a batch are used up, the ends of others have none checked', () => {
	const jobs = watch(100);
	// With the one that is left for each of the last five: two more than three per job.
	for (const [index, job] of jobs.entries()) job.checks = index < 2 ? 3 : 2;
	for (const job of jobs.slice(0, 95)) end(job, now);
	recheckWhereDense(jobs, { now, roundBeganAt: now - 100, isExpected: all });
	expect(due(jobs, now + 1_000)).toEqual([]);
});
