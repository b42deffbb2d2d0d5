import type { JsonRecord } from '../bodies';
import {
	isPortraitSize,
	isRecord,
	readImages,
	readJson,
	requireOneOf,
	requireText,
} from '../bodies';
import { taskId } from '../dialects/newApi';
import type { Job } from '../jobs';
import type { SimulatedProvider } from '../provider';
import { createRoute, statusRoute } from '../provider';
import type { CreateRequest } from '../ledger';
import { acceptInWordsOf } from '../ledger';
import { invalid, Refusal } from '../refusal';
import type { Wording } from '../report';
import { report, stages } from '../report';
import type { Simulation } from '../simulation';

const BUSY = 'The service is currently unavailable. Please try again later.';

// APIMP, doc.apimp.ai: the veo-3 page. The status page is PoYo's, whose envelope this is
// (gostarry.mintlify.app api-manual/task-management/status).
const wording: Wording<string> = {
	stages: stages('not_started', 'running', 'finished', 'failed'),
	failures: {
		busy: BUSY,
		// Google's own text, which has a support code for the reason.
		safety:
			"Veo could not generate videos because the input violates Vertex AI's usage guidelines. " +
			'If you think this was an error, send feedback. Support codes: 61493863',
		otherwise: 'Video generation failed',
	},
	leftover: BUSY,
};

const errorTypes: Record<number, string> = {
	401: 'authentication_error',
	402: 'insufficient_credits_error',
	404: 'not_found_error',
	429: 'rate_limit_error',
};

export const apimp: SimulatedProvider = {
	prefix: '/apimp',
	key: 'sk-sim-apimp-15f6c8e0b7',
	models: [
		'veo-3.0-generate-001',
		'veo-3.0-fast-generate-001',
		'veo-3.1-generate-preview',
		'veo-3.1-fast-generate-preview',
		'gpt-4o-mini',
	],
	errorBody({ httpStatus, code: word, message }) {
		const code = httpStatus === 200 ? Number(word) : httpStatus;
		const type = errorTypes[code] ?? (code < 500 ? 'invalid_request_error' : 'api_error');
		return { code, error: { message, type } };
	},

	// The public pages name the field alone. PoYo's page (callbacks) has the body of the status, and no repeat.
	caller: {
		describe: (simulation, job) => ({ code: 200, data: describeTask(simulation, job) }),
		sign: () => ({}),
		timeoutMs: 10_000,
		pausesMs: [],
	},

	routes: [
		createRoute(
			'/api/generate/submit',
			(request) => {
				const body = readJson(request);
				const model = requireText(body['model'], 'model');
				const { input } = body;
				if (!isRecord(input)) throw invalid('input is required');
				return {
					jobId: taskId(),
					model,
					prompt: requireText(input['prompt'], 'input.prompt'),
					...readInput(input, model),
					fields: body,
					callbackUrl: typeof body['callback_url'] === 'string' ? body['callback_url'] : undefined,
				};
			},
			(_simulation, job) => ({
				code: 200,
				data: {
					task_id: job.jobId,
					status: wording.stages.queued,
					created_time: localTime(job.at),
					error_message: null,
				},
			}),
			acceptInWordsOf(reword),
		),
		statusRoute(
			'/api/generate/status/:id',
			(simulation, job) => ({ code: 200, data: describeTask(simulation, job) }),
			() => new Refusal(404, '', 'Task not found'),
		),
	],
};

/** No credit is 402 here. With the word http200, a rejection has HTTP status 200. */
function reword(refusal: Refusal, { prompt }: CreateRequest): Refusal {
	const { code, headers } = refusal;
	const httpStatus = code === 'insufficient_user_quota' ? 402 : refusal.httpStatus;
	const message = code === '' ? refusal.message : `${code}: ${refusal.message}`;
	return /\bwords=\S*http200/.test(prompt)
		? new Refusal(200, String(httpStatus), message, headers)
		: new Refusal(httpStatus, code, message, headers);
}

function readInput(input: JsonRecord, model: string): Pick<Job, 'isPortrait' | 'imageUrls'> {
	const { size = '16x9', image, images, duration, metadata = {} } = input;
	if (!isRecord(metadata)) throw invalid('input.metadata must be an object');
	const { aspectRatio, resolution = '720p', durationSeconds, seed } = metadata;
	for (const [name, value] of Object.entries({ duration, durationSeconds, seed })) {
		if (value !== undefined && !Number.isInteger(value)) throw invalid(`${name} is no integer`);
	}
	requireOneOf(aspectRatio ?? '16:9', 'input.metadata.aspectRatio', ['16:9', '9:16']);
	requireOneOf(resolution, 'input.metadata.resolution', ['720p', '1080p', '4k']);
	if (resolution === '4k' && !model.startsWith('veo-3.1')) throw invalid('4k needs veo-3.1');
	const isPortrait = isPortraitSize(size, 'input.size');
	return {
		isPortrait: aspectRatio === undefined ? isPortrait : aspectRatio === '9:16',
		imageUrls: [
			...readImages(image, 'input.image', 1, ['link']),
			...readImages(images, 'input.images', 1, ['link']),
		],
	};
}

function describeTask(simulation: Simulation, job: Job) {
	const { life, status, error = null, url } = report(simulation, job, wording);
	return {
		task_id: job.jobId,
		status,
		progress: life.progress,
		files: url === undefined ? [] : [{ file_url: url, file_type: 'video' }],
		created_time: localTime(job.at),
		error_message: error,
	};
}

/** Without a zone, as documented. */
function localTime(milliseconds: number): string {
	return new Date(milliseconds).toISOString().slice(0, 19);
}
