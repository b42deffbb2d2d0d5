import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonRecord } from '../bodies';
import { isHttpUrl, isImageDataUri, readJson } from '../bodies';
import type { Job } from '../jobs';
import { lifeAt, unixSeconds } from '../jobs';
import type { CreateRequest } from '../ledger';
import { acceptInWordsOf, countJobs, findJob } from '../ledger';
import { namedPlugin } from '../namedPlugin';
import type { Route, SentCreate, SimulatedProvider } from '../provider';
import { createRoute } from '../provider';
import { Refusal } from '../refusal';
import type { Wording } from '../report';
import { isUndocumented, report, stages, UNDOCUMENTED } from '../report';
import type { Simulation } from '../simulation';

// fal.ai: fal.ai/docs/api-reference/inference-api, /documentation/model-apis/errors and /request-errors,
// /platform-apis/v1/models; the endpoints and fields from fal-ai/fal-js, libs/client/src/types/endpoints.ts.

type Check = (value: unknown) => boolean;
const oneOf =
	(...allowed: unknown[]): Check =>
	(value) =>
		allowed.includes(value);
const isImage: Check = (value) => isHttpUrl(value) || isImageDataUri(value);
const isText: Check = (value) => typeof value === 'string' && value.trim() !== '';
const isImageList: Check = (value) =>
	Array.isArray(value) && value.length > 0 && value.every(isImage);

interface Endpoint {
	required: Readonly<Record<string, Check>>;
	optional: Readonly<Record<string, Check>>;
}

const veoFields: Record<string, Check> = {
	duration: oneOf('4s', '6s', '8s'),
	resolution: oneOf('720p', '1080p', '4k'),
	generate_audio: oneOf(true, false),
	auto_fix: oneOf(true, false),
	safety_tolerance: oneOf('1', '2', '3', '4', '5', '6'),
	negative_prompt: (value) => typeof value === 'string',
	seed: Number.isInteger,
};
const shapes = oneOf('16:9', '9:16');
const anyShape = oneOf('auto', '16:9', '9:16');

const endpointOf = (required: Endpoint['required'], optional: Endpoint['optional']): Endpoint => ({
	required: { prompt: isText, ...required },
	optional: { ...veoFields, ...optional },
});
const lite = { resolution: oneOf('720p', '1080p') };
const frames = { first_frame_url: isImage, last_frame_url: isImage };
const extension = { aspect_ratio: anyShape, duration: oneOf('7s'), resolution: oneOf('720p') };

/** Below "fal-ai/veo3.1". */
const veoEndpoints: Record<string, Endpoint> = {
	'': endpointOf({}, { aspect_ratio: shapes }),
	'/fast': endpointOf({}, { aspect_ratio: shapes }),
	'/lite': endpointOf({}, { aspect_ratio: shapes, ...lite }),
	'/image-to-video': endpointOf({ image_url: isImage }, { aspect_ratio: anyShape }),
	'/fast/image-to-video': endpointOf({ image_url: isImage }, { aspect_ratio: anyShape }),
	'/lite/image-to-video': endpointOf({ image_url: isImage }, { aspect_ratio: anyShape, ...lite }),
	'/first-last-frame-to-video': endpointOf(frames, { aspect_ratio: anyShape }),
	'/fast/first-last-frame-to-video': endpointOf(frames, { aspect_ratio: anyShape }),
	'/lite/first-last-frame-to-video': endpointOf(frames, { aspect_ratio: anyShape, ...lite }),
	'/reference-to-video': endpointOf(
		{ image_urls: isImageList },
		{ aspect_ratio: shapes, duration: oneOf('8s') },
	),
	'/extend-video': endpointOf({ video_url: isHttpUrl }, extension),
	'/fast/extend-video': endpointOf({ video_url: isHttpUrl }, extension),
};

/** Some endpoints of other models, each with a few of its fields. */
const otherEndpoints: Record<string, Endpoint> = {
	'fal-ai/kling-video/v2.5-turbo/pro/text-to-video': {
		required: { prompt: isText },
		optional: { duration: oneOf('5', '10'), aspect_ratio: oneOf('16:9', '9:16', '1:1') },
	},
	'fal-ai/bytedance/seedance/v1/pro/image-to-video': {
		required: { prompt: isText, image_url: isImage },
		optional: { end_image_url: isImage, resolution: oneOf('480p', '720p', '1080p') },
	},
};

const veo = 'fal-ai/veo3.1';
const endpoints = new Map([
	...Object.entries(veoEndpoints).map(([path, endpoint]) => [veo + path, endpoint] as const),
	...Object.entries(otherEndpoints),
]);

const unprocessable = (message: string, type = 'value_error', field?: string) =>
	new Refusal(422, [type, ...(field === undefined ? [] : [field])].join(' '), message);

const creating = [readCreate, describeCreated, acceptInWordsOf(reword)] as const;

export const fal: SimulatedProvider = {
	prefix: '/fal',
	key: '5f1f7c0e-91f2-4b53:sim-fal-0d4c2b9a7e',
	keyScheme: 'Key',
	settings: (baseUrl) => ({ uploadUrl: `${baseUrl}/rest`, platformUrl: `${baseUrl}/v1` }),
	models: [...endpoints.keys(), 'fal-ai/gpt-4o-mini'],
	ownLists: (server) => {
		server.get('/v1/models', { config: { route: 'models' } }, () => ({
			models: fal.models.map((id) => ({
				endpoint_id: id,
				metadata: {
					display_name: id,
					category:
						/([a-z]+-to-video)$/.exec(id)?.[1] ?? (id.includes('gpt') ? 'llm' : 'text-to-video'),
					status: 'active',
				},
			})),
			next_cursor: null,
			has_more: false,
		}));
	},
	// A model's errors are a list, those of the queue a text.
	errorBody: ({ httpStatus, code, message }) => {
		if (httpStatus === 429) return { detail: message, error_type: 'concurrent_requests_limit' };
		if (httpStatus !== 422) return { detail: message };
		const [type, ...field] = code.split(' ');
		return { detail: [{ loc: ['body', ...field], msg: message, type, input: null }] };
	},

	// 15 s to answer, and ten repeats within two hours: pauses that double from 7 s are as long.
	caller: {
		describe: describeCall,
		sign: signCall,
		timeoutMs: 15_000,
		pausesMs: Array.from({ length: 10 }, (_, repeat) => 7_000 * 2 ** repeat),
	},

	routes: [
		createRoute('/:owner/:app', ...creating),
		createRoute('/:owner/:app/*', ...creating),
		createRoute('/:owner/:app/extend-video', ...creating, 'remix'),
		createRoute('/:owner/:app/:variant/extend-video', ...creating, 'remix'),
		jobRoute('/status', 'status', 'GET', describeStatus),
		jobRoute('', 'result', 'GET', describeResult),
		jobRoute('/cancel', 'cancel', 'PUT', cancelJob),
		// fal.ai/docs/platform-apis/v1/account/billing
		(server, { simulation, finds }) => {
			server.get<{ Querystring: { expand?: string } }>(
				'/v1/account/billing',
				{ config: { route: 'balance' } },
				({ query }) => ({
					username: 'my-team',
					...(query.expand === 'credits' && {
						credits: {
							current_balance: 24.5 - 3.2 * countJobs(simulation, finds),
							currency: 'USD',
						},
					}),
				}),
			);
		},
		(server, { simulation }) => {
			server.post('/rest/storage/upload/initiate', { config: { route: 'upload' } }, (request) => {
				const { content_type: type, file_name: name } = readJson(request);
				if (!isText(type) || !isText(name)) throw unprocessable('Field required', 'missing');
				const url = `${simulation.addresses.cdnOrigin}/cdn/upload/${randomUUID()}.png`;
				return { upload_url: `${url}?signature=once`, file_url: url };
			});
		},
	],
};

function readCreate(request: FastifyRequest): SentCreate {
	const { pathname, searchParams } = new URL(request.url, 'http://host');
	const callbackUrl = searchParams.get('fal_webhook') ?? undefined;
	if (callbackUrl !== undefined && !isHttpUrl(callbackUrl)) {
		throw unprocessable('Invalid webhook URL');
	}
	const model = pathname.slice(fal.prefix.length + 1);
	const [owner, app, ...path] = model.split('/');
	const endpoint = endpoints.get(model);
	if (endpoint === undefined) throw new Refusal(404, '', `Path /${path.join('/')} not found`);
	const fields = readJson(request);
	for (const [name, check] of Object.entries(endpoint.required)) {
		if (!check(fields[name])) throw unprocessable(`Field required: ${name}`, 'missing', name);
	}
	for (const [name, check] of Object.entries(endpoint.optional)) {
		const value = fields[name];
		if (value !== undefined && !check(value)) {
			throw unprocessable(`Input should be another: ${name}`, 'literal_error', name);
		}
	}
	return {
		jobId: `${owner}/${app}/requests/${randomUUID()}`,
		operation: model.endsWith('/extend-video') ? 'extend' : 'create',
		model,
		prompt: String(fields['prompt']),
		isPortrait: fields['aspect_ratio'] === '9:16',
		imageUrls: imageFields.flatMap((name) => readTexts(fields, name)),
		fields,
		callbackUrl,
	};
}

const imageFields = [
	'image_url',
	'first_frame_url',
	'last_frame_url',
	'end_image_url',
	'image_urls',
];
const readTexts = (fields: JsonRecord, name: string) =>
	[fields[name] ?? []].flat().filter((value) => typeof value === 'string');

/** A misspelled directive is invalid input, an empty account is locked. */
function reword({ httpStatus, message, headers }: Refusal, { model }: CreateRequest): Refusal {
	switch (httpStatus) {
		case 400:
			return unprocessable(message);
		case 403:
			return new Refusal(403, '', locked);
		case 404:
			return new Refusal(404, '', `Application '${model}' not found`);
		default:
			return new Refusal(httpStatus, '', 'Too many concurrent requests', headers);
	}
}

// fal-ai/fal, issue 1147.
const locked =
	'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.';

function urlsOf({ addresses }: Simulation, { jobId }: Job) {
	const url = `${addresses.origin}${fal.prefix}/${jobId}`;
	return { response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` };
}

const requestId = ({ jobId }: Job) => jobId.replace(/.*\//, '');
const notFound = (id: string) => new Refusal(404, '', `Request ${id} not found`);

function describeCreated(simulation: Simulation, job: Job) {
	const urls = urlsOf(simulation, job);
	return { status: 'IN_QUEUE', request_id: requestId(job), ...urls, queue_position: 0 };
}

type Describe = (simulation: Simulation, job: Job, reply: FastifyReply) => unknown;

/** A route of one job, below owner and app of its endpoint. */
function jobRoute(
	end: string,
	route: 'status' | 'result' | 'cancel',
	method: 'GET' | 'PUT',
	describe: Describe,
): Route {
	return (server, { simulation, finds }) => {
		server.register(
			namedPlugin(`queue${end}`, async (own) => {
				// The official client sends the type of JSON with every request, and mostly no body.
				own.addContentTypeParser(
					'application/json',
					{ parseAs: 'string' },
					(_request, _body, done) => done(null),
				);
				own.route<{ Params: Record<'owner' | 'app' | 'request', string> }>({
					method,
					url: `/:owner/:app/requests/:request${end}`,
					config: { route },
					handler: ({ params: { owner, app, request } }, reply) => {
						const job = findJob(simulation, finds, `${owner}/${app}/requests/${request}`);
						if (job === undefined) throw notFound(request);
						return describe(simulation, job, reply);
					},
				});
			}),
		);
	};
}

interface ModelError {
	httpStatus: number;
	type: string;
	message: string;
	/** Of fal.ai and not of the model: a text beside its type. */
	isOfQueue?: true;
}
const wording = {
	stages: stages('IN_QUEUE', 'IN_PROGRESS', 'COMPLETED', 'COMPLETED'),
	failures: {
		safety: {
			httpStatus: 422,
			type: 'content_policy_violation',
			message: 'The content could not be processed because a checker flagged it.',
		},
		busy: {
			httpStatus: 503,
			type: 'runner_scheduling_failure',
			message: 'No runner could be allocated',
			isOfQueue: true,
		},
		canceled: { httpStatus: 499, type: 'client_cancelled', message: 'Canceled', isOfQueue: true },
		otherwise: { httpStatus: 500, type: 'internal_server_error', message: 'Generation failed' },
	},
	leftover: {
		httpStatus: 503,
		type: 'runner_disconnected',
		message: 'The runner disconnected',
		isOfQueue: true,
	},
} satisfies Wording<ModelError>;

// Of an account that does not store payloads. Others keep them for 30 days.
const keptMs = 3_600_000;

/** A job is over when its result is there, whatever that is. */
function describeStatus(simulation: Simulation, job: Job, reply: FastifyReply) {
	const { life, error } = reportOn(simulation, job);
	const isLate = life.stage === 'succeeded' && !life.hasFile;
	const status = isLate ? 'IN_PROGRESS' : wording.stages[life.stage];
	const urls = urlsOf(simulation, job);
	const base = { status, request_id: requestId(job), ...urls, logs: null };
	if (status === 'COMPLETED') {
		const failed = error && { error: error.message, error_type: error.type };
		return { ...base, metrics: { inference_time: job.directives.seconds }, ...failed };
	}
	reply.code(202);
	if (isUndocumented(job, life)) return { ...base, status: UNDOCUMENTED };
	return status === 'IN_QUEUE' ? { ...base, queue_position: 1 } : base;
}

/** Its state. What was canceled by a request has the error of that, whatever its directives say. */
function reportOn(simulation: Simulation, job: Job) {
	const found = report<ModelError>(simulation, job, wording);
	return found.life.stage === 'canceled' ? { ...found, error: wording.failures.canceled } : found;
}

/** The model's own answer, with its own status. */
function describeResult(simulation: Simulation, job: Job, reply: FastifyReply) {
	const { life, error, url } = reportOn(simulation, job);
	const { endedAt } = life;
	if (endedAt === undefined) throw new Refusal(400, '', 'Request is still in progress');
	if (simulation.clock.now() >= endedAt + keptMs) throw notFound(requestId(job));
	if (error === undefined || life.stage === 'succeeded') {
		// docs.fal.ai/documentation/serverless/publishing-to-marketplace: a unit is a second of Veo.
		reply.header('x-fal-billable-units', '8');
		return { video: describeFile(url) };
	}
	const { httpStatus, type, isOfQueue } = error;
	reply.code(httpStatus);
	if (isOfQueue) reply.header('x-fal-error-type', type);
	return describeError(error);
}

const describeFile = (url: string | undefined) =>
	url === undefined
		? null
		: { url, content_type: 'video/mp4', file_name: 'output.mp4', file_size: 123 };

const describeError = ({ type, message, isOfQueue }: ModelError) =>
	isOfQueue
		? { detail: message, error_type: type }
		: { detail: [{ loc: ['body'], msg: message, type, input: null }] };

// documentation/model-apis/inference/webhooks. cspell:ignore gateway
function describeCall(simulation: Simulation, job: Job) {
	const { life, error, url } = reportOn(simulation, job);
	const ids = { request_id: requestId(job), gateway_request_id: requestId(job) };
	if (error === undefined || life.stage === 'succeeded') {
		return { ...ids, status: 'OK', payload: { video: describeFile(url) } };
	}
	const payload = describeError(error);
	return { ...ids, status: 'ERROR', error: `Unexpected status ${error.httpStatus}`, payload };
}

const signingKey = generateKeyPairSync('ed25519').privateKey;

function signCall(body: string, job: Job, now: number) {
	const [id, user, timestamp] = [requestId(job), 'user_simulator', String(unixSeconds(now))];
	const hash = createHash('sha256').update(body).digest('hex');
	const signature = sign(null, Buffer.from([id, user, timestamp, hash].join('\n')), signingKey);
	return {
		'x-fal-webhook-request-id': id,
		'x-fal-webhook-user-id': user,
		'x-fal-webhook-timestamp': timestamp,
		'x-fal-webhook-signature': signature.toString('hex'),
	};
}

function cancelJob(simulation: Simulation, job: Job, reply: FastifyReply) {
	if (lifeAt(job, simulation.clock.now()).endedAt !== undefined) {
		return reply.code(400).send({ status: 'ALREADY_COMPLETED' });
	}
	job.canceledAt ??= simulation.clock.now();
	return reply.code(202).send({ status: 'CANCELLATION_REQUESTED' });
}
