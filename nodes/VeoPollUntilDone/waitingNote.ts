import type { Job } from '../jobs/job';
import { toJob } from '../jobs/job';
import type { WatchedJob } from '../jobs/poll';
import type { WaitingNote } from '../execution/suspension';
import type { FailedItem } from '../execution/results';
import type { PollItem } from './pollInput';

/**
 * What the node shows and returns while the execution is suspended: the jobs as they stand, in input
 * order. Without prompts and raw answers, because n8n stores it.
 */
export function createWaitingNote(
	provider: string,
	items: ReadonlyArray<PollItem | FailedItem>,
	watches: readonly WatchedJob[],
): WaitingNote {
	const watchById = new Map(watches.map((watch) => [watch.jobId, watch]));
	const jobs = items.map((item): Partial<Job> => {
		if ('error' in item) return { provider, ...item.job };
		const { jobId, carried: known } = item;
		const { model, createdAt, remixId, extensionId } = known;
		const { state, checks } = watchById.get(jobId) ?? {};
		return toJob(state ?? { status: known.status === 'queued' ? 'queued' : 'running' }, {
			provider,
			jobId,
			model,
			createdAt,
			remixId,
			extensionId,
			checks,
		});
	});
	const jobsDone = watches.filter(({ ending }) => ending !== undefined).length;
	return { jobsDone, jobsTotal: watches.length, jobs };
}
