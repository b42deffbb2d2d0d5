import { keepForNextTry } from '../execution/suspension';
import { watchAgain } from '../jobs/watchedJob';
import type { PollCheckpoint } from './checkpoint';
import { createCheckpoint } from './checkpoint';
import type { Poll, Wait } from './wait';
import { watchJobs } from './wait';

/** What the next call of the node continues from, once the downloads have ended. */
export async function collectCheckpoint(
	wait: Wait,
	suspendedForMs?: number,
): Promise<PollCheckpoint> {
	const { callbacks, files, raw, items } = wait;
	const isSuspended = suspendedForMs !== undefined;
	const collected = await files.collect(isSuspended ? 'suspend' : 'hold');
	return toCheckpoint(wait, {
		files: collected,
		raw,
		held: wait.held,
		wasWoken: callbacks.wereCalled,
		isCallbackExpected: callbacks.arePending(),
		...(isSuspended ? { suspendedForMs } : { items: [...items] }),
	});
}

/** Keeps for the next try of Retry On Fail what has ended; every other job is checked again at once. */
export function keepForRetry(
	poll: Poll,
	content: Pick<PollCheckpoint, 'files' | 'raw' | 'held'>,
): void {
	const { context, invocation, clock, items, jobById } = poll;
	const jobs = watchJobs(items, clock).map((fresh) => {
		const job = jobById.get(fresh.jobId);
		return job === undefined ? fresh : watchAgain(job, fresh);
	});
	const checkpoint = toCheckpoint({ ...poll, jobs }, { ...content, items: [...items] });
	keepForNextTry(context, invocation, checkpoint);
}

function toCheckpoint(
	{ executionId, clock, jobs, source: { created } }: Poll,
	content: Omit<
		PollCheckpoint,
		'version' | 'storedAt' | 'executionId' | 'elapsedMs' | 'jobs' | 'created'
	>,
): PollCheckpoint {
	const elapsedMs = clock.now();
	return createCheckpoint({
		executionId,
		elapsedMs,
		jobs: [...jobs],
		...(created && { created }),
		...content,
	});
}
