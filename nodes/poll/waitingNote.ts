import type { Job } from '../jobs/job';
import { toJob } from '../jobs/job';
import type { WatchedJob } from '../jobs/watchedJob';
import type { WaitingNote } from '../execution/suspension';
import type { FailedItem } from '../execution/results';
import type { PollItem } from './pollInput';

/**
 * What the node shows and returns while the execution is suspended: the jobs as they are, in input order.
 * Without prompts and raw answers, because n8n stores it.
 */
export function createWaitingNote(
	provider: string,
	items: ReadonlyArray<PollItem | FailedItem>,
	watched: readonly WatchedJob[],
	isCallbackExpected: boolean,
): WaitingNote {
	const jobById = new Map(watched.map((job) => [job.jobId, job]));
	const jobs = items.map((item): Partial<Job> => {
		if (item.kind === 'failed') return { provider, ...item.job };
		const { jobId, carried } = item;
		const { model, scene, scenes, createdAt, remixId, extensionId } = carried;
		const { state, checks } = jobById.get(jobId) ?? {};
		return toJob(state ?? { status: carried.status === 'queued' ? 'queued' : 'running' }, {
			provider,
			jobId,
			model,
			scene,
			scenes,
			createdAt,
			remixId,
			extensionId,
			checks,
		});
	});
	const jobsDone = watched.filter(({ ending }) => ending !== undefined).length;
	return { jobsDone, jobsTotal: watched.length, isCallbackExpected, jobs };
}
