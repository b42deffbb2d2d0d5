import type { Job } from '../jobs';
import { unixSeconds } from '../jobs';
import type { report } from '../report';
import { stages } from '../report';
import type { Simulation } from '../simulation';

/** New API, model/task.go */
export const taskStages = stages('SUBMITTED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE');

/** What a job costs, in New API's own unit. */
export const taskQuota = 425_000;

/** New API, dto/task.go: the row of a task. */
export function newApiTask(
	simulation: Simulation,
	job: Job,
	{ life, status, createdAt, completedAt = 0 }: ReturnType<typeof report>,
) {
	return {
		id: 1_235_904 + simulation.jobs.indexOf(job),
		task_id: job.jobId,
		created_at: createdAt,
		updated_at: unixSeconds(life.updatedAt),
		user_id: 2,
		channel_id: 7,
		quota: taskQuota,
		action: job.remixedFrom === undefined ? 'textGenerate' : 'remixGenerate',
		status,
		submit_time: createdAt,
		start_time: life.stage === 'queued' ? 0 : unixSeconds(life.startedAt),
		finish_time: completedAt,
		progress: `${life.progress}%`,
		properties: { upstream_model_name: job.model, origin_model_name: job.model },
	};
}

/** New API, relay/relay_task.go: what /v1/video/generations answers. */
export const wrapped = (data: object) => ({ code: 'success', message: '', data });
