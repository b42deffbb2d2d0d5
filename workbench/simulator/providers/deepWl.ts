import { randomUUID } from 'node:crypto';
import type { JsonRecord } from '../bodies';
import { readImages, readJson, requireOneOf, requireText } from '../bodies';
import { describeDeepWlVideo } from '../dialects/deepWlVideo';
import { billing, newApiErrorBody, videoContent, videoRemix } from '../dialects/newApi';
import { taskData } from '../dialects/taskData';
import type { Job } from '../jobs';
import { unixSeconds } from '../jobs';
import type { SimulatedProvider } from '../provider';
import { createRoute, statusRoute } from '../provider';
import { invalid, Refusal } from '../refusal';
import type { Wording } from '../report';
import { report, stages } from '../report';
import type { Simulation } from '../simulation';

// DeepWL, docs.deepwl.cn: api-reference/videos/veo/unified-generation, unified-query and remix
const wording: Wording<undefined> = {
	stages: stages('pending', 'processing', 'completed', 'failed', 'cancelled'),
	// The reason is in the upstream's task.
	failures: { otherwise: undefined },
};

export const deepWl: SimulatedProvider = {
	prefix: '/deepwl',
	key: 'sk-sim-deepwl-b83e51a6f0',
	models: [
		...['veo3', 'veo3-fast', 'veo3-pro', 'veo3.1', 'veo3.1-fast', 'veo3.1-pro'],
		...['veo3.1-components', 'veo3.1-fast-components', 'veo_3_1-extend'],
		...['gpt-4o-mini', 'gemini-2.5-flash'],
	],
	findsJobsOfHost: true,
	errorBody: newApiErrorBody,

	routes: [
		createRoute(
			'/v1/video/create',
			(request) => {
				const body = readJson(request);
				return {
					jobId: `video_${randomUUID()}`,
					...requireAgreeingShape(body),
					model: requireText(body['model'], 'model'),
					prompt: requireText(body['prompt'], 'prompt'),
					fields: body,
				};
			},
			describeCreated,
		),
		statusRoute(
			'/v1/video/query',
			describeVideo,
			() => new Refusal(404, 'task_not_exist', 'task_not_exist'),
		),
		videoContent,
		billing,
		// The new id is checked as any other.
		videoRemix(
			(simulation, job) => ({ ...describeDeepWlVideo(simulation, job), quality: '' }),
			() => ({ jobId: `video_${randomUUID()}` }),
			{ readFields: readJson, requiresModel: true },
		),
	],
};

/** Three required fields that must agree. */
function requireAgreeingShape(body: JsonRecord): Pick<Job, 'isPortrait' | 'imageUrls'> {
	const orientation = requireOneOf(body['orientation'], 'orientation', ['portrait', 'landscape']);
	const size = requireOneOf(body['size'], 'size', ['720x1280', '1280x720']);
	const aspectRatio = requireOneOf(body['aspect_ratio'], 'aspect_ratio', ['16:9', '9:16']);
	const isPortrait = orientation === 'portrait';
	if (isPortrait !== (size === '720x1280') || isPortrait !== (aspectRatio === '9:16')) {
		throw invalid('orientation, size and aspect_ratio must agree');
	}
	const { model, images, duration, enable_upsample: enableUpsample } = body;
	if (!Array.isArray(images)) throw invalid('images is required: an array of URLs');
	const max = /components/.test(String(model)) ? 3 : 2;
	const imageUrls = readImages(images, 'images', max, ['link']);
	if (!Number.isInteger(duration) || Number(duration) < 1) {
		throw invalid('duration is required: whole seconds');
	}
	if (enableUpsample !== undefined && typeof enableUpsample !== 'boolean') {
		throw invalid('enable_upsample must be a boolean');
	}
	if (enableUpsample === true && isPortrait) {
		throw invalid('enable_upsample works for landscape only');
	}
	return { isPortrait, imageUrls };
}

function describeCreated(_simulation: Simulation, { jobId, model, prompt, at, fields }: Job) {
	const { aspect_ratio, images, size } = fields;
	return {
		id: jobId,
		object: 'video',
		model,
		status: 'queued',
		progress: 0,
		created_at: unixSeconds(at),
		size,
		detail: { input: { aspect_ratio, images, model, prompt } },
		status_update_time: unixSeconds(at),
	};
}

/** Five documented fields. Progress is sometimes missing; the upstream's whole task is rarely present. */
function describeVideo(simulation: Simulation, job: Job) {
	const { life, status, url = null } = report(simulation, job, wording);
	const { ending, words } = job.directives;
	const hasProgress = Math.floor(life.progress / 10) % 2 === 0;
	const hasFailed = life.stage === 'failed' || life.stage === 'canceled';
	return {
		id: job.jobId,
		status,
		video_url: url,
		enhanced_prompt: '',
		status_update_time: words.has('ms') ? life.updatedAt : unixSeconds(life.updatedAt),
		...(hasProgress && { progress: life.progress }),
		...(ending === 'leftoverError' && { error: { message: '', code: '' } }),
		...((words.has('detail') || hasFailed || ending === 'leftoverError') && {
			detail: taskData(simulation, job),
		}),
	};
}
