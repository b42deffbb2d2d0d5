import { randomUUID } from 'node:crypto';
import type { Form } from '../bodies';
import {
	isHttpUrl,
	isImageDataUri,
	readForm,
	readJson,
	requireImageFile,
	requireText,
} from '../bodies';
import type { Job, SubmissionKind } from '../jobs';
import { acceptJob, findJob, lifeOf, unixSeconds } from '../jobs';
import { invalid, Refusal } from '../refusal';
import type { Simulation } from '../simulation';
import type { Gateway } from './gateway';
import { contentRoute, newApiErrorBody, taskId, unknownTask, videoStatusRoute } from './newApi';
import { hasFirstSegment, taskBody } from './newApiRemixTask';

const IMAGES = 'input_reference[]';

// The 15-second gateway, 6l0ket291i.apifox.cn/449549907e0
export const newApiRemix: Gateway = {
	prefix: '/newapi',
	key: 'sk-sim-newapi-e4907d3ac2',
	models: [
		'veo_3_1-remix',
		'veo_3_1-fl-remix',
		'veo_3_1-hd-remix',
		'veo_3_1-hd-fl-remix',
		'veo_3_1-fast-remix',
		'veo_3_1-fast-fl-remix',
		'veo_3_1-fast-hd-remix',
		'veo_3_1-fast-fl-hd-remix',
		'veo_3_1-extend',
		'gpt-4o-mini',
	],
	errorBody: newApiErrorBody,

	routes(server, simulation) {
		server.post('/v1/videos', { config: { route: 'create' } }, async (request) => {
			const form = await readForm(request);
			const model = requireModel(form);
			const prompt = requireText(form.text('prompt'), 'prompt');
			// An 8-second model becomes the 15-second one by the end of its name.
			const isExtended = model.endsWith('-remix');
			const promptExtend = form.text('prompt_extend');
			if (isExtended) requireText(promptExtend, 'prompt_extend');
			const size = form.text('size') ?? '1280x720';
			if (!['1280x720', '720x1280', '1920x1080', '1080x1920'].includes(size)) {
				throw new Refusal(400, 'invalid_size', `invalid size: ${size}`);
			}
			const job = acceptJob(simulation, {
				...newTask(isExtended ? 'createExtended' : 'create'),
				model,
				prompt,
				...(promptExtend !== undefined && { promptExtend }),
				isPortrait: /^(720|1080)x/.test(size),
				imageUrls: readImages(form, model),
				fields: form.fields,
			});
			return createdObject(job, size);
		});

		videoStatusRoute(server, simulation, ['newApiRemix'], (job) => taskBody(simulation, job));

		contentRoute(server, simulation, ['newApiRemix']);

		// New API, relay/relay_task.go: the origin must be a task of this gateway. For a remix_id, the
		// document only says that it serves to retry the extension by hand.
		server.post<{ Params: { id: string } }>(
			'/v1/videos/:id/remix',
			{ config: { route: 'remix' } },
			(request) => {
				const body = readJson(request);
				const prompt = requireText(body['prompt'], 'prompt');
				const { origin, kind } = findOrigin(simulation, request.params.id);
				const task = newTask(kind);
				const { upstream } = origin;
				const job = acceptJob(simulation, {
					...task,
					upstream: { ...task.upstream, ...(upstream && { remixId: upstream.remixId }) },
					model: body['model'] === undefined ? origin.model : requireText(body['model'], 'model'),
					prompt,
					isPortrait: origin.isPortrait,
					imageUrls: [],
					remixedFrom: request.params.id,
					fields: body,
				});
				return {
					...createdObject(job, job.isPortrait ? '720x1280' : '1280x720'),
					remixed_from_video_id: request.params.id,
				};
			},
		);
	},
};

function newTask(kind: SubmissionKind) {
	return {
		gateway: 'newApiRemix' as const,
		jobId: taskId(),
		kind,
		upstream: {
			middlewareId: taskId(),
			remixId: `video_${randomUUID()}`,
			extensionId: `video_${randomUUID()}`,
		},
	};
}

function requireModel(form: Form): string {
	const model = form.text('model');
	if (!model) throw new Refusal(400, 'missing_model', 'model is required');
	return model;
}

/** Files, URLs and whole data URIs; frames for the -fl models, references for the others. */
function readImages(form: Form, model: string): string[] {
	if ('input_reference' in form.fields) {
		throw invalid('Unknown field input_reference: images go into input_reference[]');
	}
	const images = form.all(IMAGES);
	const takesFrames = /-fl(-|$)/.test(model);
	if (takesFrames && images.length === 0) throw invalid(`${model} needs 1 or 2 images`);
	const limit = takesFrames ? 2 : 3;
	if (images.length > limit) throw invalid(`${model} takes at most ${limit} images`);
	for (const image of images) {
		if (typeof image === 'object') requireImageFile(image, IMAGES);
		else if (!isHttpUrl(image) && !isImageDataUri(image)) {
			throw invalid(`${IMAGES} must be a file, a URL or a data URI`);
		}
	}
	return images.filter((image) => typeof image === 'string');
}

function findOrigin(simulation: Simulation, id: string): { origin: Job; kind: SubmissionKind } {
	const now = simulation.clock.now();
	const own = findJob(simulation, ['newApiRemix'], id);
	if (own !== undefined) {
		if (lifeOf(own, now).stage === 'succeeded') return { origin: own, kind: 'extend' };
		throw invalid('The task to remix is not completed');
	}
	const upstream = simulation.jobs.find((job) => job.upstream?.remixId === id);
	if (upstream === undefined) throw unknownTask();
	if (!hasFirstSegment(lifeOf(upstream, now))) throw invalid('The first segment does not exist');
	return { origin: upstream, kind: 'retryExtension' };
}

/** New API, model/task.go ToOpenAIVideo: the gateway's page does not show what a create answers. */
function createdObject(job: Job, size: string) {
	return {
		id: job.jobId,
		task_id: job.jobId,
		object: 'video',
		model: job.model,
		status: 'queued',
		progress: 0,
		created_at: unixSeconds(job.at),
		seconds: job.kind === 'create' ? '8' : '15',
		size,
	};
}
