import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { JsonRecord } from '../bodies';
import { isHttpUrl, readJson, requireOneOf, requireText } from '../bodies';
import { finalUrl } from '../files';
import type { Job, Stage } from '../jobs';
import { acceptJob, findJob, lifeOf, unixSeconds } from '../jobs';
import { invalid, Refusal } from '../refusal';
import type { Simulation } from '../simulation';
import { taskData } from '../taskData';
import { videoObject } from './deepWlVideosObject';
import type { Gateway } from './gateway';
import { contentRoute, newApiErrorBody } from './newApi';

// DeepWL, docs.deepwl.cn: api-reference/videos/veo/unified-generation, unified-query and remix
const statusWords = {
	queued: 'pending',
	running: 'processing',
	succeeded: 'completed',
	failed: 'failed',
	canceled: 'cancelled',
} satisfies Record<Stage, string>;

/** Both formats tell about the jobs of both. */
export const deepWlFormats = ['deepWl', 'deepWlVideos'] as const;

export const deepWl: Gateway = {
	prefix: '/deepwl',
	key: 'sk-sim-deepwl-b83e51a6f0',
	models: [
		'veo3',
		'veo3-fast',
		'veo3-pro',
		'veo3.1',
		'veo3.1-fast',
		'veo3.1-pro',
		'veo3.1-components',
		'veo3.1-fast-components',
		'veo_3_1-extend',
		'gpt-4o-mini',
		'gemini-2.5-flash',
	],
	errorBody: newApiErrorBody,

	routes(server, simulation) {
		server.post('/v1/video/create', { config: { route: 'create' } }, (request) => {
			const body = readJson(request);
			const shape = requireAgreeingShape(body);
			const job = acceptJob(simulation, {
				gateway: 'deepWl',
				jobId: `video_${randomUUID()}`,
				kind: 'create',
				model: requireText(body['model'], 'model'),
				prompt: requireText(body['prompt'], 'prompt'),
				...shape,
				fields: body,
			});
			return createdObject(job, body);
		});

		server.get<{ Querystring: { id?: string } }>(
			'/v1/video/query',
			{ config: { route: 'status' } },
			(request) => {
				const job = findJob(simulation, deepWlFormats, requireText(request.query.id, 'id'));
				if (job === undefined) throw new Refusal(404, 'task_not_exist', 'task_not_exist');
				return queriedObject(simulation, job);
			},
		);

		contentRoute(server, simulation, deepWlFormats);
		remixRoute(server, simulation);
	},
};

/** The three fields that all say the same must agree; every one of them is required. */
function requireAgreeingShape(body: JsonRecord): Pick<Job, 'isPortrait' | 'imageUrls'> {
	const orientation = requireOneOf(body['orientation'], 'orientation', ['portrait', 'landscape']);
	const size = requireOneOf(body['size'], 'size', ['720x1280', '1280x720']);
	const aspectRatio = requireOneOf(body['aspect_ratio'], 'aspect_ratio', ['16:9', '9:16']);
	const isPortrait = orientation === 'portrait';
	if (isPortrait !== (size === '720x1280') || isPortrait !== (aspectRatio === '9:16')) {
		throw invalid('orientation, size and aspect_ratio must agree');
	}
	const { images, duration, enable_upsample: enableUpsample } = body;
	if (!Array.isArray(images)) throw invalid('images is required: an array of URLs');
	if (!images.every(isHttpUrl)) throw invalid('images must be URLs');
	const limit = /components/.test(String(body['model'])) ? 3 : 2;
	if (images.length > limit) throw invalid(`images takes at most ${limit} with this model`);
	if (!Number.isInteger(duration) || Number(duration) < 1) {
		throw invalid('duration is required: whole seconds');
	}
	if (enableUpsample !== undefined && typeof enableUpsample !== 'boolean') {
		throw invalid('enable_upsample must be a boolean');
	}
	if (enableUpsample === true && isPortrait) {
		throw invalid('enable_upsample works for landscape only');
	}
	return { isPortrait, imageUrls: images };
}

function createdObject(job: Job, body: JsonRecord) {
	return {
		id: job.jobId,
		object: 'video',
		model: job.model,
		status: 'queued',
		progress: 0,
		created_at: unixSeconds(job.at),
		size: body['size'],
		detail: {
			input: {
				aspect_ratio: body['aspect_ratio'],
				images: body['images'],
				model: job.model,
				prompt: job.prompt,
			},
		},
		status_update_time: unixSeconds(job.at),
	};
}

/** Five documented fields. Progress comes and goes; the upstream's whole task is rarely there. */
function queriedObject(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const { ending, words } = job.directives;
	const isStrange = ending === 'strangeStatus' && life.isMiddleThird;
	const hasProgress = Math.floor(life.progress / 10) % 2 === 0;
	const isBroken = life.stage === 'failed' || life.stage === 'canceled';
	return {
		id: job.jobId,
		status: isStrange ? 'upstream_syncing' : statusWords[life.stage],
		video_url: life.hasUrl ? finalUrl(simulation, job) : null,
		enhanced_prompt: '',
		status_update_time: words.has('ms') ? life.updatedAt : unixSeconds(life.updatedAt),
		...(hasProgress && { progress: life.progress }),
		...(ending === 'leftoverError' && { error: { message: '', code: '' } }),
		...((words.has('detail') || isBroken || ending === 'leftoverError') && {
			detail: taskData(simulation, job),
		}),
	};
}

// DeepWL, docs.deepwl.cn: api-reference/videos/veo/remix. The new id is asked for as any other.
function remixRoute(server: FastifyInstance, simulation: Simulation): void {
	server.post<{ Params: { id: string } }>(
		'/v1/videos/:id/remix',
		{ config: { route: 'remix' } },
		(request) => {
			const body = readJson(request);
			const prompt = requireText(body['prompt'], 'prompt');
			const model = requireText(body['model'], 'model');
			const origin = findJob(simulation, deepWlFormats, request.params.id);
			if (origin === undefined) throw new Refusal(400, 'task_not_exist', 'task_not_exist');
			if (lifeOf(origin, simulation.clock.now()).stage !== 'succeeded') {
				throw invalid('The video to remix is not completed');
			}
			const job = acceptJob(simulation, {
				gateway: origin.gateway,
				jobId: `video_${randomUUID()}`,
				kind: 'extend',
				model,
				prompt,
				isPortrait: origin.isPortrait,
				imageUrls: [],
				remixedFrom: origin.jobId,
				fields: body,
			});
			return { ...videoObject(simulation, job), quality: '' };
		},
	);
}
