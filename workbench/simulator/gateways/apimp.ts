import type { JsonRecord } from '../bodies';
import { isHttpUrl, isRecord, readJson, requireOneOf, requireText } from '../bodies';
import type { Ending } from '../directives';
import { finalUrl } from '../files';
import type { Job, Stage } from '../jobs';
import { acceptJob, findJob, lifeOf } from '../jobs';
import { invalid, Refusal } from '../refusal';
import type { Simulation } from '../simulation';
import type { Gateway } from './gateway';
import { taskId } from './newApi';

// APIMP, doc.apimp.ai: the veo-3 page. The status page is PoYo's, whose envelope this is
// (gostarry.mintlify.app api-manual/task-management/status).
const statusWords = {
	queued: 'not_started',
	running: 'running',
	succeeded: 'finished',
	failed: 'failed',
	canceled: 'failed',
} satisfies Record<Stage, string>;

const errorTypes: Record<number, string> = {
	401: 'authentication_error',
	402: 'insufficient_credits_error',
	404: 'not_found_error',
	429: 'rate_limit_error',
};

export const apimp: Gateway = {
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

	routes(server, simulation) {
		server.post('/api/generate/submit', { config: { route: 'create' } }, (request) => {
			const body = readJson(request);
			const model = requireText(body['model'], 'model');
			const { input } = body;
			if (!isRecord(input)) throw invalid('input is required');
			const prompt = requireText(input['prompt'], 'input.prompt');
			const order = {
				gateway: 'apimp' as const,
				jobId: taskId(),
				kind: 'create' as const,
				model,
				prompt,
				isPortrait: readInput(input, model).isPortrait,
				imageUrls: [input['image'], input['images']].flat().filter(isHttpUrl),
				fields: body,
			};
			const job = inOwnWords(prompt, () => acceptJob(simulation, order));
			return {
				code: 200,
				data: {
					task_id: job.jobId,
					status: statusWords.queued,
					created_time: localTime(job.at),
					error_message: null,
				},
			};
		});

		server.get<{ Params: { id: string } }>(
			'/api/generate/status/:id',
			{ config: { route: 'status' } },
			(request) => {
				const job = findJob(simulation, ['apimp'], request.params.id);
				if (job === undefined) throw new Refusal(404, '', 'Task not found');
				return { code: 200, data: task(simulation, job) };
			},
		);
	},
};

/** No credit is 402 here. With the word http200, a refusal says 200 over HTTP. */
function inOwnWords(prompt: string, accept: () => Job): Job {
	try {
		return accept();
	} catch (error) {
		if (!(error instanceof Refusal)) throw error;
		const httpStatus = error.code === 'insufficient_user_quota' ? 402 : error.httpStatus;
		const message = error.code === '' ? error.message : `${error.code}: ${error.message}`;
		if (!/\bwords=\S*http200/.test(prompt)) {
			throw new Refusal(httpStatus, error.code, message, error.headers);
		}
		throw new Refusal(200, String(httpStatus), message, error.headers);
	}
}

function readInput(input: JsonRecord, model: string): { isPortrait: boolean } {
	const { size, image, images, metadata = {} } = input;
	const [, width = '16', height = '9'] = /^(\d+)x(\d+)$/.exec(String(size ?? '16x9')) ?? [];
	if (size !== undefined && !/^\d+x\d+$/.test(String(size))) {
		throw invalid('input.size must be WIDTHxHEIGHT in pixels');
	}
	if (image !== undefined && !isHttpUrl(image)) throw invalid('input.image must be a URL');
	if (images !== undefined && !(Array.isArray(images) && images.every(isHttpUrl))) {
		throw invalid('input.images must be an array of URLs');
	}
	if (Array.isArray(images) && images.length > 1) throw invalid('input.images takes 1 image');
	if (!isRecord(metadata)) throw invalid('input.metadata must be an object');
	requireInteger(input['duration'], 'input.duration');
	requireInteger(metadata['durationSeconds'], 'input.metadata.durationSeconds');
	requireInteger(metadata['seed'], 'input.metadata.seed');
	const { aspectRatio, resolution } = metadata;
	if (aspectRatio !== undefined) {
		requireOneOf(aspectRatio, 'input.metadata.aspectRatio', ['16:9', '9:16']);
	}
	if (resolution !== undefined) {
		requireOneOf(resolution, 'input.metadata.resolution', ['720p', '1080p', '4k']);
	}
	if (resolution === '4k' && !model.startsWith('veo-3.1')) throw invalid('4k needs veo-3.1');
	return { isPortrait: aspectRatio ? aspectRatio === '9:16' : Number(height) > Number(width) };
}

function requireInteger(value: unknown, name: string): void {
	if (value !== undefined && !Number.isInteger(value)) throw invalid(`${name} must be an integer`);
}

function task(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const isStrange = job.directives.ending === 'strangeStatus' && life.isMiddleThird;
	return {
		task_id: job.jobId,
		status: isStrange ? 'upstream_syncing' : statusWords[life.stage],
		progress: life.progress,
		files: life.hasUrl ? [{ file_url: finalUrl(simulation, job), file_type: 'video' }] : [],
		created_time: localTime(job.at),
		error_message: errorOf(job.directives.ending, life.stage),
	};
}

const BUSY = 'The service is currently unavailable. Please try again later.';

const failures: Partial<Record<Ending, string>> = {
	busy: BUSY,
	// Google's own words, which come with the number of the reason.
	safety:
		"Veo could not generate videos because the input violates Vertex AI's usage guidelines. " +
		'If you think this was an error, send feedback. Support codes: 61493863',
};

function errorOf(ending: Ending, stage: Stage): string | null {
	if (stage === 'succeeded') return ending === 'leftoverError' ? BUSY : null;
	if (stage !== 'failed' && stage !== 'canceled') return null;
	return failures[ending] ?? 'Video generation failed';
}

/** Without a zone, as documented. */
function localTime(milliseconds: number): string {
	return new Date(milliseconds).toISOString().slice(0, 19);
}
