import type { Directives } from '../directives';
import { finalUrl } from '../files';
import type { Job } from '../jobs';
import { lifeAt } from '../jobs';
import type { Wording } from '../report';
import { report, stages, videoObject } from '../report';
import type { Simulation } from '../simulation';
import { newApiTask, taskStages, wrapped } from './newApiTask';

/** The bodies in which hosts of the OpenAI video format describe a video. */

const wording: Wording<{ code: string; message: string }> = {
	stages: stages('queued', 'in_progress', 'completed', 'failed'),
	failures: {
		safety: {
			code: 'moderation_blocked',
			message: 'Your request was blocked by our safety system.',
		},
		busy: { code: 'server_error', message: 'The servers are overloaded, please try again later.' },
		otherwise: { code: 'generation_failed', message: 'Video generation failed' },
	},
	leftover: { code: '', message: '' },
};

/** The answer to a status check, in the shape that the prompt asks for. */
export function describeAsDirected(simulation: Simulation, job: Job): object {
	switch (job.directives.shape) {
		case 'bare':
			return describeTask(simulation, job);
		case 'wrapped':
			return describeWrapped(simulation, job);
		case 'gemini':
			return describeGeminiTask(simulation, job);
		case 'flat': {
			const { status } = describeVideo(simulation, job);
			return { status, ...linkPart(simulation, job, 'url') };
		}
		default:
			return { ...describeVideo(simulation, job), ...linkPart(simulation, job, 'none') };
	}
}

/** OpenAI, API reference of videos: every field, and no link. */
export function describeVideo(simulation: Simulation, job: Job) {
	const state = report(simulation, job, wording);
	const { error = null, completedAt = null } = state;
	return {
		...videoObject(job, state),
		completed_at: completedAt,
		expires_at: completedAt === null ? null : completedAt + 3600,
		prompt: job.prompt,
		seconds: typeof job.fields['seconds'] === 'string' ? job.fields['seconds'] : '8',
		remixed_from_video_id: job.remixedFrom ?? null,
		error,
	};
}

export function describeWrapped(simulation: Simulation, job: Job) {
	return wrapped(describeTask(simulation, job));
}

/** The task with a link of its own. */
function describeTask(simulation: Simulation, job: Job) {
	const state = report(simulation, job, { ...wording, stages: taskStages });
	return {
		...newApiTask(simulation, job, state),
		platform: '55',
		group: 'default',
		fail_reason: state.error?.message ?? '',
		...linkPart(simulation, job, 'result_url'),
		data: null,
	};
}

/** New API, relay/channel/task/gemini/adaptor.go: it has no progress. */
function describeGeminiTask(simulation: Simulation, job: Job) {
	const geminiWording = {
		...wording,
		stages: stages('queued', 'processing', 'succeeded', 'failed'),
	};
	const { status, url = '', error = null } = report(simulation, job, geminiWording);
	return wrapped({ task_id: job.jobId, status, url, format: 'mp4', metadata: null, error });
}

/** The result link in the place that the prompt asks for: deployments of one engine differ in it. */
function linkPart(simulation: Simulation, job: Job, standard: Directives['link']): object {
	if (!lifeAt(job, simulation.clock.now()).hasUrl) return {};
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
