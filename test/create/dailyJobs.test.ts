import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { countDailyJobs } from '../../nodes/create/dailyJobs';

/* What other processes have counted is in the workflow's static data. Executions at once: test/engine/jobLimits. */

/** An execution of a workflow with this static data. */
const contextWith = (stored: IDataObject, timeZone = 'UTC') =>
	({
		getTimezone: () => timeZone,
		getWorkflowStaticData: () => stored,
	}) as unknown as IExecuteFunctions;
const today = new Date().toISOString().slice(0, 10);
const yesterday = new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10);

test('the jobs that other workers have stored today count', () => {
	const stored = { jobsPerDay: { theirs: { day: today, jobs: 7 } } };
	const daily = countDailyJobs(contextWith(stored), 'theirs');
	expect(daily.reserve(3, 9)).toEqual({ isReserved: false, before: 7 });
	expect(daily.reserve(2, 9)).toEqual({ isReserved: true, before: 7 });
});

test.each([
	['of yesterday', { day: yesterday, jobs: 7 }],
	['that cannot be read', { day: today, jobs: 'many' }],
	['of another form', 7],
])('a count %s does not', (_what, count) => {
	const stored = { jobsPerDay: { other: count } } as IDataObject;
	const daily = countDailyJobs(contextWith(stored), 'other');
	expect(daily.reserve(1, 1)).toMatchObject({ isReserved: true, before: 0 });
	daily.release(1);
});

test('each job that was started is stored, beside those of other credentials', () => {
	const stored: IDataObject = { jobsPerDay: { first: { day: today, jobs: 2 } } };
	const daily = countDailyJobs(contextWith(stored), 'second');
	daily.use();
	daily.use();
	expect(stored).toEqual({
		jobsPerDay: { first: { day: today, jobs: 2 }, second: { day: today, jobs: 2 } },
	});
});

test('executions at once store the jobs of all of them', () => {
	const [first, last] = [{}, {}] as [IDataObject, IDataObject];
	for (const stored of [first, last]) countDailyJobs(contextWith(stored), 'together').use();
	expect(last).toEqual({ jobsPerDay: { together: { day: today, jobs: 2 } } });
});

test('a run that ends on the next day gives nothing back of that day', () => {
	jest.useFakeTimers({ now: Date.parse('2027-01-01T23:59:00Z') });
	try {
		const first = countDailyJobs(contextWith({}), 'midnight');
		first.reserve(1, 1);
		jest.setSystemTime(Date.parse('2027-01-02T00:01:00Z'));
		countDailyJobs(contextWith({}), 'midnight').reserve(1, 1);
		first.release(1);
		const next = countDailyJobs(contextWith({}), 'midnight');
		expect(next.reserve(1, 1)).toEqual({ isReserved: false, before: 1 });
	} finally {
		jest.useRealTimers();
	}
});
