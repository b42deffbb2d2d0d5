import type { IExecuteFunctions } from 'n8n-workflow';
import { readNumber, readRecord, readString } from '../wire/readers';

/*
 * How many jobs were started today with a credential: in this process, and in the workflow's static data,
 * which n8n saves when an execution of an active workflow ends. The larger counts. It is a brake and no
 * promise: other workers count for themselves until their executions end.
 */

interface Count {
	/** In the workflow's time zone: 2026-11-22. */
	day: string;
	jobs: number;
}

const inProcess = new Map<string, Count>();

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
	const readInProcess = () => countOfToday(inProcess.get(credentialId));
	return {
		reserve: (jobs, max) => {
			const before = Math.max(readStored(), readInProcess());
			const isReserved = before + jobs <= max;
			if (isReserved) inProcess.set(credentialId, { day, jobs: before + jobs });
			return { isReserved, before };
		},
		release: (jobs) => {
			const count = inProcess.get(credentialId);
			// A run may end on the day after: its places are no longer counted.
			if (count?.day === day) count.jobs = Math.max(0, count.jobs - jobs);
		},
		use: () => {
			const others = readRecord(stored, storedAs);
			stored[storedAs] = { ...others, [credentialId]: { day, jobs: readStored() + 1 } };
		},
	};
}

const storedAs = 'jobsPerDay';

function toCount(record: unknown): Count | undefined {
	const day = readString(record, 'day');
	const jobs = readNumber(record, 'jobs');
	return day === undefined || jobs === undefined ? undefined : { day, jobs };
}
