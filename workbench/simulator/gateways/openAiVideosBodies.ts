import type { Directives, Ending } from '../directives';
import { finalUrl } from '../files';
import type { Job, Life, Stage } from '../jobs';
import { lifeOf, unixSeconds } from '../jobs';
import type { Simulation } from '../simulation';

/** The bodies in which gateways of the OpenAI video format tell about a video. */

const videoWords = {
	queued: 'queued',
	running: 'in_progress',
	succeeded: 'completed',
	failed: 'failed',
	canceled: 'failed',
} satisfies Record<Stage, string>;

// New API, model/task.go
const taskWords = {
	queued: 'SUBMITTED',
	running: 'IN_PROGRESS',
	succeeded: 'SUCCESS',
	failed: 'FAILURE',
	canceled: 'FAILURE',
} satisfies Record<Stage, string>;

/** One answer to a check, in the shape that the prompt asks for. */
export function statusBody(simulation: Simulation, job: Job): object {
	switch (job.directives.shape) {
		case 'bare':
			return task(simulation, job);
		case 'wrapped':
			return wrappedTask(simulation, job);
		case 'gemini':
			return geminiTask(simulation, job);
		case 'flat': {
			const { status } = videoObject(simulation, job);
			return { status, ...linkPart(simulation, job, 'url') };
		}
		default:
			return { ...videoObject(simulation, job), ...linkPart(simulation, job, 'none') };
	}
}

/** OpenAI, API reference of videos: every field, and no link. */
export function videoObject(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const completedAt = life.stage === 'succeeded' ? unixSeconds(life.endedAt ?? 0) : null;
	return {
		id: job.jobId,
		object: 'video',
		model: job.model,
		status: strangeWord(job, life) ?? videoWords[life.stage],
		progress: life.progress,
		created_at: unixSeconds(job.at),
		completed_at: completedAt,
		expires_at: completedAt === null ? null : completedAt + 3600,
		prompt: job.prompt,
		seconds: typeof job.fields['seconds'] === 'string' ? job.fields['seconds'] : '8',
		size: job.isPortrait ? '720x1280' : '1280x720',
		remixed_from_video_id: job.remixedFrom ?? null,
		error: errorOf(job.directives.ending, life.stage),
	};
}

/** New API, relay/relay_task.go: what /v1/video/generations answers. */
export function wrappedTask(simulation: Simulation, job: Job) {
	return { code: 'success', message: '', data: task(simulation, job) };
}

/** New API, dto/task.go: the gateway's own row, with the upstream's answer inside. */
function task(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const error = errorOf(job.directives.ending, life.stage);
	const isFinished = life.stage === 'succeeded';
	return {
		id: 1_235_904 + simulation.jobs.indexOf(job),
		created_at: unixSeconds(job.at),
		updated_at: unixSeconds(life.updatedAt),
		task_id: job.jobId,
		platform: '55',
		user_id: 2,
		group: 'default',
		channel_id: 7,
		quota: 425_000,
		action: job.remixedFrom === undefined ? 'textGenerate' : 'remixGenerate',
		status: strangeWord(job, life) ?? taskWords[life.stage],
		fail_reason: error?.message ?? '',
		...linkPart(simulation, job, 'result_url'),
		submit_time: unixSeconds(job.at),
		start_time: life.stage === 'queued' ? 0 : unixSeconds(life.startedAt),
		finish_time: isFinished ? unixSeconds(life.updatedAt) : 0,
		progress: `${life.progress}%`,
		properties: { input: '', upstream_model_name: job.model, origin_model_name: job.model },
		data: null,
	};
}

/** New API, relay/channel/task/gemini/adaptor.go: the progress is not told. */
function geminiTask(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const words = { ...videoWords, running: 'processing', succeeded: 'succeeded' };
	return {
		code: 'success',
		message: '',
		data: {
			task_id: job.jobId,
			status: strangeWord(job, life) ?? words[life.stage],
			url: life.hasUrl ? finalUrl(simulation, job) : '',
			format: 'mp4',
			metadata: null,
			error: errorOf(job.directives.ending, life.stage),
		},
	};
}

function strangeWord(job: Job, life: Life): string | undefined {
	return job.directives.ending === 'strangeStatus' && life.isMiddleThird ? 'syncing' : undefined;
}

/** The result link in the place that the prompt asks for: deployments of one engine differ in it. */
function linkPart(simulation: Simulation, job: Job, standard: Directives['link']): object {
	if (!lifeOf(job, simulation.clock.now()).hasUrl) return {};
	const url = finalUrl(simulation, job);
	const place = job.directives.link === 'none' ? standard : job.directives.link;
	switch (place) {
		case 'none':
			return {};
		case 'result.videos':
			return { result: { videos: [{ url: [url] }] } };
		case 'files':
			return { files: [{ file_url: url, file_type: 'video' }] };
		case 'urls':
		case 'unsigned_urls':
			return { [place]: [url] };
		default: {
			const [outer = '', inner] = place.split('.');
			return { [outer]: inner === undefined ? url : { [inner]: url } };
		}
	}
}

const failures: Partial<Record<Ending, { code: string; message: string }>> = {
	safety: {
		code: 'moderation_blocked',
		message: 'Your request was blocked by our safety system.',
	},
	busy: { code: 'server_error', message: 'The servers are overloaded, please try again later.' },
};

function errorOf(ending: Ending, stage: Stage) {
	if (stage === 'succeeded' && ending === 'leftoverError') return { code: '', message: '' };
	if (stage !== 'failed' && stage !== 'canceled') return null;
	return failures[ending] ?? { code: 'generation_failed', message: 'Video generation failed' };
}
