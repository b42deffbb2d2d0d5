import { checkCalledJobs, checkOtherJobs, recheckCalledJobs } from '../../nodes/jobs/calls';
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

test('the named job is checked, and the oldest of the others', () => {
	const jobs = watch(10);
	checkCalledJobs(jobs, { now, isNamed: only('job-7'), isExpected: all });
	expect(due(jobs)).toEqual(['job-0', 'job-7']);
});

test.each([
	['of another node', only('elsewhere'), []],
	// Its first call was refused, and those of others may have been since.
	['that has ended', only('job-0'), ['job-1']],
])('a call for a job %s: what is checked', (_name, isNamed, expected) => {
	const jobs = watch(3);
	end(jobs[0], 1);
	checkCalledJobs(jobs, { now, isNamed, isExpected: all });
	expect(due(jobs)).toEqual(expected);
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

const afterRound = (jobs: readonly WatchedJob[], roundBeganAt = now - 100) =>
	checkOtherJobs(jobs, { now, roundBeganAt, isExpected: all });
const stillRuns = (job: WatchedJob | undefined) => {
	if (job?.pending) job.pending.history.checkedAt = now;
};

test.each([
	['three ends within 3 s', 10, [now - 2_900, now - 1_500, now - 1_200], 1],
	['three ends within a longer time', 10, [now - 3_100, now - 1_500, now - 1_200], 0],
	['the first end', 10, [now - 100], 1],
	['the second end', 10, [now - 9_000, now - 100], 0],
	['an end before the last two', 12, Array(10).fill(now - 100), 1],
	['an end before the last two, a second later', 12, Array(10).fill(now - 5_000), 0],
])('%s: whether the node stays and checks one more', (_name, count, ends, expected) => {
	const jobs = watch(count);
	ends.forEach((at, index) => end(jobs[index], at));
	afterRound(jobs, now + 1);
	expect(due(jobs)).toEqual([]);
	expect(due(jobs, now + 1_000)).toHaveLength(expected);
});

test.each([
	['all that was checked has ended', 2, 0, 4],
	['more than half of it has ended', 5, 3, 10],
	['only the named job has ended', 1, 1, 0],
	['most of it still runs', 2, 4, 0],
])('%s: whether twice as many are checked at once', (_name, ended, running, expected) => {
	const jobs = watch(100);
	for (const job of jobs.slice(0, ended)) end(job, now);
	for (const job of jobs.slice(ended, ended + running)) stillRuns(job);
	afterRound(jobs);
	expect(due(jobs)).toHaveLength(expected);
});

test('once the checks of a batch are used up, the ends of others have none checked', () => {
	const jobs = watch(100);
	// With the one that is left for each of the last five: two more than three per job.
	for (const [index, job] of jobs.entries()) job.checks = index < 2 ? 3 : 2;
	for (const job of jobs.slice(0, 95)) end(job, now);
	afterRound(jobs);
	expect(due(jobs, now + 1_000)).toEqual([]);
});

test.each([
	[20, 11, 0],
	[20, 10, 2],
])(
	'of twenty more checks, while %d jobs of 100 remain %d are kept for the last',
	(spare, remaining, expected) => {
		const jobs = watch(100);
		const ended = 99 - remaining;
		for (const job of jobs.slice(0, ended)) end(job, now - 10_000);
		end(jobs[ended], now);
		const used = jobs.reduce((sum, { checks }) => sum + checks, 0);
		if (jobs[0]) jobs[0].checks += 300 - used - remaining - spare;
		afterRound(jobs);
		expect(due(jobs)).toHaveLength(expected);
	},
);
