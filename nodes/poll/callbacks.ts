import type { IExecuteFunctions } from 'n8n-workflow';
import type { Invocation } from '../execution/suspension';
import { listExpectedCallbacks, namedJobs } from '../execution/wake';
import { checkCalledJobs, checkOtherJobs, recheckCalledJobs } from '../jobs/calls';
import type { Clock } from '../jobs/clock';
import type { WatchedJob } from '../jobs/watchedJob';
import type { PollCheckpoint } from './checkpoint';

/** What the providers' calls mean for the jobs of one call of the node. */
export interface Callbacks {
	/** Whether the provider of a job has the wake URL of this execution. */
	isExpected(jobId: string): boolean;
	/** Whether any job had a call to expect, also one that has ended. */
	areExpected: boolean;
	/** Whether a call is still to come. */
	arePending(): boolean;
	/** Whether a call has ended a suspension of the node. */
	wereCalled: boolean;
	/** Makes the checks due that a call asks for. */
	beforeChecks(): void;
	/** Makes further checks due that follow from the ends of other jobs. */
	afterChecks(roundBeganAt: number): void;
}

export function createCallbacks({
	context,
	invocation: { wake },
	checkpoint,
	clock,
	jobs,
	isWoken,
}: {
	context: IExecuteFunctions;
	invocation: Pick<Invocation, 'wake'>;
	checkpoint: PollCheckpoint | undefined;
	clock: Clock;
	jobs: readonly WatchedJob[];
	isWoken: boolean;
}): Callbacks {
	const expected = listExpectedCallbacks(context);
	const isExpected = (jobId: string) => expected.has(jobId);
	const isNamed = namedJobs(wake);
	return {
		isExpected,
		areExpected: jobs.some(({ jobId }) => isExpected(jobId)),
		arePending: () => jobs.some(({ jobId, pending }) => pending !== undefined && isExpected(jobId)),
		wereCalled: isWoken || checkpoint?.wasWoken === true,
		beforeChecks: () => {
			if (isWoken) checkCalledJobs(jobs, { now: clock.now(), isNamed, isExpected });
		},
		afterChecks: (roundBeganAt) => {
			const now = clock.now();
			if (isNamed !== undefined) recheckCalledJobs(jobs, now, isNamed);
			checkOtherJobs(jobs, { now, roundBeganAt, isExpected });
		},
	};
}
