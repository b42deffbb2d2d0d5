import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { JsonRecord } from '../bodies';
import {
	isHttpUrl,
	isRecord,
	readForm,
	readImages,
	readJson,
	requireOneOf,
	requireText,
} from '../bodies';
import type { Job } from '../jobs';
import { lifeAt, unixSeconds } from '../jobs';
import { acceptInWordsOf, countJobs, findJob } from '../ledger';
import type { Route, SimulatedProvider } from '../provider';
import { createRoute } from '../provider';
import { invalid, Refusal } from '../refusal';
import type { Wording } from '../report';
import { report, stages } from '../report';
import type { Simulation } from '../simulation';

// docs.kie.ai: veo3-api/*, market/common/get-task-detail, common-api/*, file-upload-api/*; the list of
// models is that of kie.ai's own instructions "Running AI models on KIE".
const failures = {
	safety: {
		code: 400,
		message: 'Your prompt was flagged by Website as violating content policies.',
	},
	busy: { code: 500, message: 'The upstream service is busy. Please try again later.' },
	otherwise: { code: 501, message: 'Video generation failed' },
};
const leftover = { code: 500, message: 'The upstream service is busy. Please try again later.' };

const veoWording: Wording<{ code: number; message: string }> = {
	stages: stages('0', '0', '1', '3', '2'),
	failures,
	leftover,
};
const marketWording = {
	...veoWording,
	stages: stages('waiting', 'generating', 'success', 'fail'),
};

const TASK_TYPES: ReadonlyArray<readonly [RegExp, string]> = [
	[/image-to-video/, 'Image to Video'],
	[/gpt|nano/, 'Text to Image'],
	[/./, 'Text to Video'],
];
const MODELS = [
	...['veo-3-1', 'kling-3.0/video', 'kling-2.6/image-to-video', 'bytedance/seedance-2'],
	...['wan/3-0-video', 'hailuo/2-3-image-to-video-pro', 'gpt-image-2-text-to-image'],
	'gpt-4o-mini',
];

const isMarketJob = ({ fields }: Job) => isRecord(fields['input']);

const answered = (data: unknown) => ({ code: 200, msg: 'success', data });

/** No credit is 402 here. With the word http200, a rejection has HTTP status 200 and its code in the body. */
const accept = acceptInWordsOf((refusal, { prompt }) => {
	const isCredit = refusal.code === 'insufficient_user_quota';
	const code = isCredit ? 402 : refusal.httpStatus;
	const message = isCredit ? 'Your balance is not enough. Please top up.' : refusal.message;
	const isHidden = /\bwords=\S*http200/.test(prompt);
	return new Refusal(isHidden ? 200 : code, String(code), message, refusal.headers);
});

export const kie: SimulatedProvider = {
	prefix: '/kie',
	key: 'sk-sim-kie-7d20f9b64e',
	models: MODELS,
	settings: (baseUrl) => ({ uploadUrl: baseUrl }),
	errorBody({ httpStatus, code, message }) {
		return { code: httpStatus === 200 ? Number(code) : httpStatus, msg: message, data: null };
	},

	ownLists: (server) => {
		const config = { route: 'models' } as const;
		server.get('/api/v1/models', { config }, () =>
			answered({
				total: MODELS.length,
				models: MODELS.map((model) => ({
					model,
					slug: model,
					title: model,
					taskType: [TASK_TYPES.find(([pattern]) => pattern.test(model))?.[1]],
					description: null,
					pricingDesc: 'A 5-second video costs 160 credits',
				})),
			}),
		);
	},

	// The pages on callbacks: 15 s to answer, and three repeats. Their pauses are not documented.
	caller: {
		describe: describeCall,
		sign: signCall,
		timeoutMs: 15_000,
		pausesMs: [5_000, 10_000, 20_000],
	},

	routes: [
		createRoute(
			'/api/v1/veo/generate',
			(request) => {
				const body = readJson(request);
				return {
					jobId: `veo_task_${hex()}`,
					model: requireOneOf(body['model'], 'model', ['veo3', 'veo3_fast', 'veo3_lite']),
					...readVeo(body),
					fields: body,
					callbackUrl: readCallback(body),
				};
			},
			(_simulation, { jobId }) => answered({ taskId: jobId }),
			accept,
		),
		createRoute(
			'/api/v1/jobs/createTask',
			(request) => {
				const body = readJson(request);
				const model = requireText(body['model'], 'model');
				const { input } = body;
				if (!isRecord(input)) throw invalid('input is required');
				return {
					jobId: `task_${model.replace(/\W.*/, '')}_${hex()}`,
					model,
					prompt: requireText(input['prompt'], 'input.prompt'),
					isPortrait: input['aspect_ratio'] === '9:16',
					imageUrls: readMarketImages(input),
					fields: requireCallback(body),
					callbackUrl: readCallback(body),
				};
			},
			(_simulation, { jobId }) => answered({ taskId: jobId, recordId: jobId }),
			accept,
		),
		extendRoute,
		infoRoute('/api/v1/veo/record-info', (job) => !isMarketJob(job), describeVeo, 'record is null'),
		infoRoute('/api/v1/jobs/recordInfo', isMarketJob, describeMarket, 'Task not found'),
		uploadRoute,
		(server, { simulation, finds }) => {
			server.get('/api/v1/chat/credit', { config: { route: 'balance' } }, () =>
				answered(2450 - 60 * countJobs(simulation, finds)),
			);
		},
	],
};

const hex = () => randomBytes(16).toString('hex');

function readVeo(body: JsonRecord): Pick<Job, 'prompt' | 'isPortrait' | 'imageUrls'> {
	const { generationType = 'TEXT_2_VIDEO', duration, enableTranslation, watermark } = body;
	const imageUrls = readImages(body['imageUrls'], 'imageUrls', 3, ['link']);
	const counts: Record<string, readonly [number, number]> = {
		TEXT_2_VIDEO: [0, 0],
		FIRST_AND_LAST_FRAMES_2_VIDEO: [1, 2],
		REFERENCE_2_VIDEO: [1, 3],
	};
	const type = requireOneOf(generationType, 'generationType', Object.keys(counts));
	const [min, max] = counts[type] ?? [0, 0];
	if (imageUrls.length < min || imageUrls.length > max) {
		throw invalid(`${type} takes ${min} to ${max} images`);
	}
	if (type === 'REFERENCE_2_VIDEO' && body['model'] === 'veo3') {
		throw invalid('REFERENCE_2_VIDEO supports veo3_fast and veo3_lite');
	}
	requireOneOf(body['resolution'] ?? '720p', 'resolution', ['720p', '1080p', '4k']);
	if (duration !== undefined && ![4, 6, 8].includes(Number(duration))) {
		throw invalid('duration must be 4, 6 or 8');
	}
	if (duration !== undefined && typeof duration !== 'number')
		throw invalid('duration is no integer');
	if (enableTranslation !== undefined && typeof enableTranslation !== 'boolean') {
		throw invalid('enableTranslation is no boolean');
	}
	if (watermark !== undefined) requireText(watermark, 'watermark');
	requireCallback(body);
	const ratio = body['aspect_ratio'] ?? '16:9';
	return {
		prompt: requireText(body['prompt'], 'prompt'),
		isPortrait: requireOneOf(ratio, 'aspect_ratio', ['16:9', '9:16', 'Auto']) === '9:16',
		imageUrls,
	};
}

function requireCallback(body: JsonRecord): JsonRecord {
	const { callBackUrl } = body;
	if (callBackUrl !== undefined && !isHttpUrl(callBackUrl)) throw invalid('callBackUrl is no URL');
	return body;
}

const readCallback = ({ callBackUrl: url }: JsonRecord) => (isHttpUrl(url) ? url : undefined);

/** Veo's own page and that of the other models have different bodies. */
function describeCall(simulation: Simulation, job: Job) {
	if (isMarketJob(job)) return answered(describeMarket(simulation, job));
	const { life, error, url } = report(simulation, job, veoWording);
	const links = url === undefined ? [] : [url];
	return {
		code: error?.code ?? 200,
		msg: error?.message ?? 'Veo3.1 video generated successfully.',
		data: {
			taskId: job.jobId,
			...(life.stage === 'succeeded' && {
				promptJson: JSON.stringify(job.fields),
				info: { resultUrls: inShape(job, links), resolution: '1080p' },
				fallbackFlag: false,
			}),
		},
	};
}

// Webhook verification: only the ID and the time are signed.
function signCall(_body: string, { jobId }: Job, now: number) {
	const timestamp = String(unixSeconds(now));
	const signature = createHmac('sha256', 'kie-webhook-key').update(`${jobId}.${timestamp}`);
	return {
		'x-webhook-timestamp': timestamp,
		'x-webhook-signature': signature.digest('base64'),
	};
}

/** Each model has its own names for its images: their pages are at docs.kie.ai/market. */
const MARKET_IMAGES = [
	...['image_url', 'tail_image_url', 'end_image_url', 'image_urls'],
	...['first_frame_url', 'last_frame_url', 'reference_image_urls'],
];

function readMarketImages(input: JsonRecord): string[] {
	return MARKET_IMAGES.flatMap((name) => {
		const isList = name.endsWith('s');
		if (input[name] !== undefined && Array.isArray(input[name]) !== isList) {
			throw invalid(`${name} must be ${isList ? 'a list' : 'a text'}`);
		}
		return readImages(input[name], `input.${name}`, 9, ['link']);
	});
}

function extendRoute(...[server, { simulation, name, finds }]: Parameters<Route>): void {
	server.post('/api/v1/veo/extend', { config: { route: 'remix' } }, (request) => {
		const body = requireCallback(readJson(request));
		const { seeds = 10_000, model = 'fast' } = body;
		if (!(Number.isInteger(seeds) && Number(seeds) >= 10_000 && Number(seeds) <= 99_999)) {
			throw invalid('seeds must be 10000 to 99999');
		}
		const prompt = requireText(body['prompt'], 'prompt');
		const source = findJob(simulation, finds, requireText(body['taskId'], 'taskId'));
		if (source === undefined || isMarketJob(source)) {
			throw new Refusal(404, '', 'Original video or task does not exist');
		}
		if (lifeAt(source, simulation.clock.now()).stage !== 'succeeded') {
			throw invalid('The original task is not completed');
		}
		const job = accept(simulation, {
			provider: name,
			operation: 'extend',
			jobId: `veo_extend_task_${hex()}`,
			model: requireOneOf(model, 'model', ['fast', 'quality', 'lite']),
			prompt,
			isPortrait: source.isPortrait,
			imageUrls: [],
			remixedFrom: source.jobId,
			fields: body,
			callbackUrl: readCallback(body),
		});
		return answered({ taskId: job.jobId });
	});
}

/** A state of a job. Each of the two families of jobs is found by its own route only. */
function infoRoute(
	path: string,
	isOurs: (job: Job) => boolean,
	describe: (simulation: Simulation, job: Job) => object,
	unknown: string,
): Route {
	return (server, { simulation, finds }) => {
		server.get<{ Querystring: { taskId?: string } }>(
			path,
			{ config: { route: 'status' } },
			({ query }) => {
				const id = requireText(query.taskId, 'taskId');
				const job = findJob(simulation, finds, id);
				if (job === undefined || !isOurs(job)) {
					throw new Refusal(unknown === 'record is null' ? 422 : 404, '', unknown);
				}
				return answered(describe(simulation, job));
			},
		);
	};
}

function describeVeo(simulation: Simulation, job: Job) {
	const { life, status, error, url } = report(simulation, job, veoWording);
	const isExtension = job.operation === 'extend';
	const links = url === undefined ? [] : [url];
	return {
		taskId: job.jobId,
		paramJson: JSON.stringify(job.fields),
		createTime: dateTime(job.at),
		completeTime: life.endedAt === undefined ? null : dateTime(life.endedAt),
		response:
			life.stage === 'succeeded'
				? {
						taskId: job.jobId,
						resultUrls: inShape(job, links),
						...(isExtension && { fullResultUrls: inShape(job, links) }),
						...(job.isPortrait && { originUrls: inShape(job, links) }),
						resolution: String(job.fields['resolution'] ?? '720p'),
					}
				: null,
		successFlag: /^\d$/.test(status) ? Number(status) : status,
		errorCode: error?.code ?? null,
		errorMessage: error?.message ?? '',
		fallbackFlag: false,
	};
}

/** A list; its JSON as text with shape=wrapped, and the schema's own "[http…]" with shape=flat. */
function inShape({ directives }: Job, links: string[]): unknown {
	if (directives.shape === 'wrapped') return JSON.stringify(links);
	return directives.shape === 'flat' ? `[${links.join()}]` : links;
}

function describeMarket(simulation: Simulation, job: Job) {
	const { life, status, error, url } = report(simulation, job, marketWording);
	const result = JSON.stringify({ resultUrls: url === undefined ? [] : [url] });
	return {
		taskId: job.jobId,
		model: job.model,
		state: status,
		param: JSON.stringify(job.fields),
		resultJson: life.stage === 'succeeded' ? result : '',
		failCode: error === undefined ? '' : String(error.code),
		failMsg: error?.message ?? '',
		costTime: life.endedAt === undefined ? 0 : life.endedAt - job.at,
		// Not on the page: public clients read it. A failed job costs nothing.
		creditsConsumed: life.stage === 'succeeded' ? 160 : 0,
		completeTime: life.endedAt ?? 0,
		createTime: job.at,
		updateTime: life.updatedAt,
	};
}

/** As in the schema of the page. Its example has no zone. */
const dateTime = (milliseconds: number) =>
	new Date(milliseconds).toISOString().replace(/\.\d+Z/, 'Z');

/** The upload of a file. At kie.ai it is on a host of its own, with the same key. */
function uploadRoute(...[server, { simulation }]: Parameters<Route>): void {
	const config = { route: 'upload' } as const;
	server.post('/api/file-stream-upload', { config }, async (request) => {
		const { fields, text } = await readForm(request);
		const folder = requireText(text('uploadPath'), 'uploadPath');
		const file = [fields['file'] ?? []].flat()[0];
		if (typeof file !== 'object') throw invalid('Missing required parameter: file');
		const hash = createHash('sha256').update(file.bytes).digest('hex').slice(0, 16);
		const fileName = `${hash}.${file.mimeType.replace(/.*\//, '')}`;
		const filePath = `${folder}/${fileName}`;
		return {
			success: true,
			code: 200,
			msg: 'File uploaded successfully',
			data: {
				fileName,
				filePath,
				downloadUrl: `${simulation.addresses.cdnOrigin}/cdn/${filePath}`,
				fileSize: file.bytes.length,
				mimeType: file.mimeType,
				uploadedAt: new Date(simulation.clock.now()).toISOString(),
			},
		};
	});
}
