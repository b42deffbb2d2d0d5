import type { Ending } from '../directives';
import { finalUrl } from '../files';
import type { Job, Stage } from '../jobs';
import { lifeOf, unixSeconds } from '../jobs';
import type { Simulation } from '../simulation';

const statusWords = {
	queued: 'queued',
	running: 'processing',
	succeeded: 'completed',
	failed: 'failed',
	canceled: 'cancelled',
} satisfies Record<Stage, string>;

/** DeepWL, doc.deepwl.cn: videos/aigc/query. Empty texts and zeros stand where others have null. */
export function videoObject(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const { ending } = job.directives;
	const isStrange = ending === 'strangeStatus' && life.isMiddleThird;
	const isFinished = life.stage === 'succeeded' && life.endedAt !== undefined;
	return {
		id: job.jobId,
		object: 'video',
		model: job.model,
		status: isStrange ? 'upstream_syncing' : statusWords[life.stage],
		progress: life.progress,
		created_at: unixSeconds(job.at),
		completed_at: isFinished ? unixSeconds(life.endedAt ?? 0) : 0,
		expires_at: unixSeconds(job.at) + 86_400,
		seconds: '8',
		size: job.isPortrait ? '720x1280' : '1280x720',
		remixed_from_video_id: job.remixedFrom ?? '',
		error: errorOf(ending, life.stage),
		video_url: life.hasUrl ? finalUrl(simulation, job) : '',
	};
}

const failures: Partial<Record<Ending, { message: string; code: string }>> = {
	safety: {
		message: 'PUBLIC_ERROR_UNSAFE_GENERATION: the prompt was filtered',
		code: 'generation_error',
	},
	busy: { message: 'reCAPTCHA evaluation failed', code: 'upstream_error' },
};

function errorOf(ending: Ending, stage: Stage) {
	if (stage !== 'failed' && stage !== 'canceled') return { message: '', code: '' };
	return failures[ending] ?? { message: 'video generation failed', code: 'generation_error' };
}
