import type { IExecuteFunctions } from 'n8n-workflow';
import { isTool } from '../execution/suspension';
import { countOf } from '../fields/countOf';
import type { Ledger } from '../jobs/ledger';
import { countDailyJobs } from './dailyJobs';
import { readLimitValues } from './limitValues';

/** The limits on the paid jobs of one run of the node. */
export interface JobLimits {
	/** Why no further job must be started; undefined if one may be. */
	findProblem(): string | undefined;
	/** Takes the place of a job that is about to be sent. Why there is none; undefined if there is one. */
	takePlace(): string | undefined;
	/** Counts a job that was started, or may have been. */
	countJob(): void;
	/** Gives back the place of a job that was not started. */
	giveBackPlace(): void;
	/** Gives back the places that the run did not need. */
	end(): void;
}

// Most workflows make a handful of videos. A run of more is worth a look at its items first.
const defaultMaxJobs = 100;
// An agent that does not understand a result tries again, with other words.
const defaultMaxJobsOfTool = 5;

/** Reads the limits and compares the whole run with them, before its first request. */
export function openJobLimits(
	context: IExecuteFunctions,
	{ ledger, newJobs, credentialId }: { ledger: Ledger; newJobs: number; credentialId: string },
): JobLimits {
	const maxJobs = readLimit(context, 'maxJobs', 'Maximum Jobs');
	const maxPerDay = readLimit(context, 'maxJobsPerDay', 'Maximum Jobs per Day');
	const max = maxJobs ?? (isTool(context) ? defaultMaxJobsOfTool : defaultMaxJobs);
	const exceeds = (jobs: number) =>
		ledger.countStarted() + jobs > max
			? `This run would start ${countOf(jobs, 'paid job')}; ${ledger.countStarted()} were started before in this execution; the limit is ${max}`
			: undefined;
	const problem = exceeds(newJobs);
	if (problem !== undefined || maxPerDay === undefined) {
		return {
			findProblem: () => problem ?? exceeds(1),
			takePlace: () => problem ?? exceeds(1),
			countJob: () => undefined,
			giveBackPlace: () => undefined,
			end: () => undefined,
		};
	}
	const daily = countDailyJobs(context, credentialId);
	let unused = 0;
	const reserve = (jobs: number): string | undefined => {
		const { isReserved, before } = daily.reserve(jobs, maxPerDay);
		if (isReserved) unused += jobs;
		return isReserved
			? undefined
			: `This run would start ${countOf(jobs, 'paid job')}; ${before} were started before today with this credential; the limit per day is ${maxPerDay}`;
	};
	const dailyProblem = reserve(newJobs);
	return {
		findProblem: () => dailyProblem ?? exceeds(1),
		takePlace: () => {
			// An item that the ledger might have had, as each of a tool, has no place yet.
			const found = dailyProblem ?? exceeds(1) ?? (unused === 0 ? reserve(1) : undefined);
			if (found === undefined) unused--;
			return found;
		},
		countJob: daily.use,
		giveBackPlace: () => {
			unused++;
		},
		end: () => daily.release(unused),
	};
}

/** The smallest value of a limit over all items. Undefined where it is not set. */
function readLimit(context: IExecuteFunctions, name: string, label: string): number | undefined {
	const rule = 'a whole number from 1';
	const isValid = (value: number) => Number.isInteger(value) && value >= 1;
	const [first, ...others] = readLimitValues(context, { name, label, rule, isValid });
	return first === undefined ? undefined : others.reduce((a, b) => Math.min(a, b), first);
}
