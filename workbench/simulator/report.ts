import type { Ending } from './directives';
import { finalUrl } from './files';
import type { Job, Life, Stage } from './jobs';
import { lifeAt, unixSeconds } from './jobs';
import type { Simulation } from './simulation';

/** How a provider words the states of a job. */
export interface Wording<Failure> {
	stages: Readonly<Record<Stage, string>>;
	failures: Readonly<Partial<Record<Ending, Failure>> & { otherwise: Failure }>;
	/** The error that stays on a finished job with the ending `leftoverError`. */
	leftover?: Failure;
}

/** A provider's word for each stage. Most have no separate word for a canceled job. */
export const stages = (
	queued: string,
	running: string,
	succeeded: string,
	failed: string,
	canceled = failed,
): Record<Stage, string> => ({ queued, running, succeeded, failed, canceled });

/** A status word that no document names. */
export const UNDOCUMENTED = 'upstream_syncing';

export function isUndocumented({ directives }: Job, { isMiddleThird }: Life): boolean {
	return directives.ending === 'strangeStatus' && isMiddleThird;
}

/** The state of a job in a provider's words. */
export function report<Failure>(simulation: Simulation, job: Job, wording: Wording<Failure>) {
	const { failures, leftover } = wording;
	const life = lifeAt(job, simulation.clock.now());
	const { ending } = job.directives;
	const hasFailed = life.stage === 'failed' || life.stage === 'canceled';
	const hasLeftover = life.stage === 'succeeded' && ending === 'leftoverError';
	return {
		life,
		status: isUndocumented(job, life) ? UNDOCUMENTED : wording.stages[life.stage],
		error: hasFailed
			? (failures[ending] ?? failures.otherwise)
			: hasLeftover
				? leftover
				: undefined,
		url: life.hasUrl ? finalUrl(simulation, job) : undefined,
		createdAt: unixSeconds(job.at),
		completedAt: life.stage === 'succeeded' ? unixSeconds(life.updatedAt) : undefined,
	};
}

/** The members of OpenAI's video object that its whole family has. */
export function videoObject(job: Job, { status, life, createdAt }: ReturnType<typeof report>) {
	return {
		id: job.jobId,
		object: 'video',
		model: job.model,
		status,
		progress: life.progress,
		created_at: createdAt,
		seconds: '8',
		size: job.isPortrait ? '720x1280' : '1280x720',
	};
}
