import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonRecord, SentFile } from '../bodies';
import {
	isHttpUrl,
	isImageDataUri,
	isRecord,
	readForm,
	readJson,
	requireImageFile,
	requireText,
} from '../bodies';
import type { Job } from '../jobs';
import { acceptJob, findJob, lifeOf } from '../jobs';
import { invalid, Refusal } from '../refusal';
import type { Simulation } from '../simulation';
import type { Gateway } from './gateway';
import { contentRoute, newApiErrorBody, taskId, unknownTask, videoStatusRoute } from './newApi';
import { statusBody, videoObject, wrappedTask } from './openAiVideosBodies';

// A New API gateway as its source has it: QuantumNous/new-api, router/video-router.go and
// relay/common/relay_utils.go. The video object is that of OpenAI's API reference.
export const openAiVideos: Gateway = {
	prefix: '/openai',
	key: 'sk-sim-openai-3c77e1b0d2',
	models: [
		'veo_3_1',
		'veo_3_1-fast',
		'veo3.1',
		'veo3.1-fast',
		'google/veo-3.1-generate-001',
		'veo_3_1-extend',
		'sora-2',
		'gpt-4o-mini',
	],
	errorBody: newApiErrorBody,

	routes(server, simulation) {
		const own = ['openAiVideos'] as const;

		server.post('/v1/videos', { config: { route: 'create' } }, async (request, reply) => {
			const fields = request.isMultipart() ? (await readForm(request)).fields : readJson(request);
			requireSeconds(fields['seconds']);
			const images = readImages(fields);
			const job = acceptJob(simulation, {
				gateway: 'openAiVideos',
				jobId: taskId(),
				kind: 'create',
				model: requireText(fields['model'], 'model'),
				prompt: requireText(fields['prompt'], 'prompt'),
				isPortrait: isPortrait(fields['size']),
				imageUrls: images.filter((image) => typeof image === 'string'),
				fields,
			});
			return created(simulation, job, reply);
		});

		videoStatusRoute(server, simulation, own, (job) => statusBody(simulation, job));
		server.get<{ Params: { id: string } }>(
			'/v1/video/generations/:id',
			{ config: { route: 'status' } },
			(request) => {
				const job = findJob(simulation, own, request.params.id);
				if (job === undefined) throw unknownTask();
				return wrappedTask(simulation, job);
			},
		);
		contentRoute(server, simulation, own);

		// relay/relay_task.go: the prompt alone is required, the model is the origin's unless told.
		server.post<{ Params: { id: string } }>(
			'/v1/videos/:id/remix',
			{ config: { route: 'remix' } },
			async (request, reply) => {
				const body = await readRemix(request);
				const origin = findJob(simulation, own, request.params.id);
				if (origin === undefined) throw unknownTask();
				if (lifeOf(origin, simulation.clock.now()).stage !== 'succeeded') {
					throw invalid('The task to remix is not completed');
				}
				const job = acceptJob(simulation, {
					gateway: 'openAiVideos',
					jobId: taskId(),
					kind: 'extend',
					model: body['model'] === undefined ? origin.model : requireText(body['model'], 'model'),
					prompt: requireText(body['prompt'], 'prompt'),
					isPortrait: origin.isPortrait,
					imageUrls: [],
					remixedFrom: origin.jobId,
					fields: body,
				});
				return created(simulation, job, reply);
			},
		);
	},
};

/** The answer to a create tells in a header what it will cost. */
function created(simulation: Simulation, job: Job, reply: FastifyReply) {
	reply.header('x-new-api-other-ratios', JSON.stringify({ seconds: 8, size: 1 }));
	return videoObject(simulation, job);
}

async function readRemix(request: FastifyRequest): Promise<JsonRecord> {
	return request.isMultipart() ? (await readForm(request)).fields : readJson(request);
}

function isPortrait(size: unknown = '720x1280'): boolean {
	const [, width, height] = /^(\d+)x(\d+)$/.exec(String(size)) ?? [];
	if (width === undefined) throw new Refusal(400, 'invalid_size', `invalid size: ${String(size)}`);
	return Number(width) < Number(height);
}

/** A text, as OpenAI has it. */
function requireSeconds(seconds: unknown): void {
	if (seconds !== undefined && !(typeof seconds === 'string' && /^\d+$/.test(seconds))) {
		throw invalid('seconds must be a text of digits');
	}
}

type Reference = string | SentFile;

/** Files, links and data URLs; OpenAI's own client sends `{ image_url }`, in a form with its name in brackets. */
function readImages(fields: JsonRecord): Reference[] {
	const sent = [fields['input_reference'] ?? [], fields['input_reference[image_url]'] ?? []].flat();
	return sent.map((each: unknown): Reference => {
		const image = isRecord(each) && 'image_url' in each ? each['image_url'] : each;
		if (isHttpUrl(image) || isImageDataUri(image)) return image;
		if (isSentFile(image)) {
			requireImageFile(image, 'input_reference');
			return image;
		}
		throw invalid('input_reference must be a file, a URL or a data URL');
	});
}

function isSentFile(value: unknown): value is SentFile {
	return isRecord(value) && Buffer.isBuffer(value['bytes']);
}
