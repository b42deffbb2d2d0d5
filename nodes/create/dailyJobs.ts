import type { IExecuteFunctions } from 'n8n-workflow';
import { readNumber, readRecord, readString } from '../wire/readers';

/*
 * How many jobs were started today with a credential: in this process, and in the workflow's static data,
 * which n8n saves when an execution of an active workflow ends. The larger counts. It is a brake and no
 * promise: other workers count for themselves until their executions end. So simultaneous executions
 * exceed the limit in no process, and start at most the limit in each. test/n8n/queue.test.ts measures it.
 */

interface Count {
	/** In the workflow's time zone: 2026-11-22. */
	day: string;
	jobs: number;
}

/** Places that are taken in this process, by started jobs and by runs that may start them. */
const takenInProcess = new Map<string, Count>();
const startedInProcess = new Map<string, Count>();

/** The places that are left today. */
export interface DailyJobs {
	/** Takes so many places, or none if they are not there. Returns how many were taken today before. */
	reserve(jobs: number, max: number): { isReserved: boolean; before: number };
	/** Gives back places that were not used. */
	release(jobs: number): void;
	/** Stores that one place was used. */
	use(): void;
}

export function countDailyJobs(context: IExecuteFunctions, credentialId: string): DailyJobs {
	// In this locale a date is written as in ISO 8601.
	const day = new Date().toLocaleDateString('sv-SE', { timeZone: context.getTimezone() });
	const stored = context.getWorkflowStaticData('node');
	const countOfToday = (count: Count | undefined) => (count?.day === day ? count.jobs : 0);
	const readStored = () => countOfToday(toCount(readRecord(stored, storedAs, credentialId)));
	const readTaken = () => countOfToday(takenInProcess.get(credentialId));
	const readStarted = () => countOfToday(startedInProcess.get(credentialId));
	return {
		reserve: (jobs, max) => {
			const before = Math.max(readStored(), readTaken());
			const isReserved = before + jobs <= max;
			if (isReserved) takenInProcess.set(credentialId, { day, jobs: before + jobs });
			return { isReserved, before };
		},
		release: (jobs) => {
			const count = takenInProcess.get(credentialId);
			// A run may end on the day after: its places are no longer counted.
			if (count?.day === day) count.jobs = Math.max(0, count.jobs - jobs);
		},
		use: () => {
			startedInProcess.set(credentialId, { day, jobs: readStarted() + 1 });
			// Executions at once read an old count each: without those of the process, the last to end would
			// store its own jobs alone.
			const jobs = Math.max(readStored() + 1, readStarted());
			const others = readRecord(stored, storedAs);
			stored[storedAs] = { ...others, [credentialId]: { day, jobs } };
		},
	};
}

const storedAs = 'jobsPerDay';

function toCount(record: unknown): Count | undefined {
	const day = readString(record, 'day');
	const jobs = readNumber(record, 'jobs');
	return day === undefined || jobs === undefined ? undefined : { day, jobs };
}
