import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonRecord } from '../bodies';
import { isHttpUrl, isImageDataUri, isRecord, readForm, readJson, requireText } from '../bodies';
import type { Job } from '../jobs';
import { unixSeconds } from '../jobs';
import { acceptInWordsOf, findJob } from '../ledger';
import { namedPlugin } from '../namedPlugin';
import type { Route, SentCreate, SimulatedProvider } from '../provider';
import { createRoute, statusRoute } from '../provider';
import { Refusal } from '../refusal';
import type { Wording } from '../report';
import { report, stages } from '../report';
import type { Simulation } from '../simulation';

// Replicate: replicate.com/docs/reference/http, topics/predictions/lifecycle, data-retention and
// rate-limits, topics/webhooks/setup-webhook; replicate.com/google/veo-3.1/api for the input of Veo.
const wording: Wording<string> = {
	stages: stages('starting', 'processing', 'succeeded', 'failed', 'canceled'),
	failures: {
		// The texts of its models have a code at their end.
		busy: 'Service is currently unavailable due to high demand. Please try again later. (E003)',
		safety:
			'The input or output was flagged as sensitive. Please try again with different inputs. (E005)',
		canceled: '',
		aborted: '',
		otherwise: 'Prediction failed for an unknown reason. (E9243)',
	},
	leftover: 'Retrying after an interruption',
};

const titles: Record<number, string> = {
	401: 'Unauthenticated',
	402: 'Insufficient credit',
	422: 'Input validation failed',
};
const details: Record<number, string> = {
	401: 'You did not pass a valid authentication token',
	402: 'You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase credit.',
	404: 'The requested resource could not be found.',
	429: 'Request was throttled. Your rate limit resets in ~30s.',
};

const veoModels = ['veo-3.1', 'veo-3.1-fast', 'veo-3', 'veo-3-fast', 'veo-2'];
const models = [
	...veoModels.map((name) => `google/${name}`),
	...['kwaivgi/kling-v2.5-turbo-pro', 'bytedance/seedance-1-pro', 'minimax/hailuo-2.3'],
];

const notFound = () => new Refusal(404, '', details[404] ?? '');

/** "owner/name", also of a version, or the id of a version alone. */
const versionId = /^(?:[\w.-]+\/[\w.-]+(?::[0-9a-f]{64})?|[0-9a-f]{64})$/;
// Topics/predictions/data-retention: input, output and logs of API predictions.
const keptMs = 3_600_000;

export const replicate: SimulatedProvider = {
	prefix: '/replicate',
	key: 'r8_SimReplicate5d0c1e7f4b92a6388c71f0',
	models,
	errorBody({ httpStatus, message }) {
		const title = titles[httpStatus];
		const detail = httpStatus === 401 ? details[401] : message;
		return { ...(title !== undefined && { title }), detail, status: httpStatus };
	},

	ownLists: (server) => {
		const config = { route: 'models' } as const;
		server.get('/v1/account', { config }, () => ({
			type: 'organization',
			username: 'acme',
			name: 'Acme Corp, Inc.',
			github_url: 'https://github.com/acme',
		}));
		server.get('/v1/collections/text-to-video', { config }, () => ({
			name: 'Text to video',
			slug: 'text-to-video',
			description: 'Models that generate videos from text prompts',
			models: models.map((id) => {
				const [owner, name] = id.split('/');
				return { url: `https://replicate.com/${id}`, owner, name, visibility: 'public' };
			}),
		}));
	},

	// Topics/webhooks/receive-webhook: a few seconds to answer, and a few repeats, without figures.
	caller: {
		describe: describePrediction,
		sign: signCall,
		timeoutMs: 5_000,
		pausesMs: [5_000, 15_000, 45_000],
	},

	routes: [
		createRoute(
			'/v1/models/:owner/:name/predictions',
			(request) => {
				const { owner = '', name = '' } = request.params as Record<string, string>;
				return readCreate(request, `${owner}/${name}`);
			},
			describeCreated,
			acceptInWordsOf(reword),
		),
		createRoute(
			'/v1/predictions',
			(request) => {
				const version = requireText(readJson(request)['version'], 'version');
				if (!versionId.test(version))
					throw invalidInput('version: Invalid version or not permitted');
				return readCreate(request, version.replace(/:.*/, ''));
			},
			describeCreated,
			acceptInWordsOf(reword),
		),
		listRoute,
		statusRoute('/v1/predictions/:id', describePrediction, notFound),
		cancelRoute,
		uploadRoute,
	],
};

const invalidInput = (message: string) => new Refusal(422, '', `- ${message}\n`);

function readCreate(request: FastifyRequest, model: string): SentCreate {
	const body = readJson(request);
	const { input, webhook, webhook_events_filter: events } = body;
	if (!isRecord(input)) throw invalidInput('input is required');
	if (webhook !== undefined && !isHttpUrl(webhook)) throw invalidInput('webhook: Invalid URL');
	const isEvent = (event: unknown) =>
		['start', 'output', 'logs', 'completed'].includes(String(event));
	if (events !== undefined && !(Array.isArray(events) && events.every(isEvent))) {
		throw invalidInput('webhook_events_filter: unknown event');
	}
	const { prompt } = input;
	if (typeof prompt !== 'string' || prompt === '') throw invalidInput('input: prompt is required');
	const images = readInputImages(input);
	if (model.startsWith('google/veo')) checkVeoInput(input, model);
	return {
		jobId: predictionId(),
		model,
		prompt,
		isPortrait: input['aspect_ratio'] === '9:16',
		imageUrls: images,
		fields: body,
		callbackUrl: isHttpUrl(webhook) && isCalledAtEnd(events) ? webhook : undefined,
	};
}

const isCalledAtEnd = (events: unknown) =>
	events === undefined || (Array.isArray(events) && events.includes('completed'));

// Topics/webhooks/verify-webhook.
function signCall(body: string, { jobId }: Job, now: number) {
	const timestamp = String(unixSeconds(now));
	const signature = createHmac('sha256', Buffer.from('c2ltdWxhdG9y', 'base64'))
		.update(`${jobId}.${timestamp}.${body}`)
		.digest('base64');
	return {
		'webhook-id': jobId,
		'webhook-timestamp': timestamp,
		'webhook-signature': `v1,${signature}`,
	};
}

/** Every model takes images as links or as data URIs. */
function readInputImages(input: JsonRecord): string[] {
	const names = ['image', 'last_frame', 'reference_images'];
	return names.flatMap((name) => {
		const images: unknown[] = [input[name] ?? []].flat();
		if (images.every((image) => isHttpUrl(image) || isImageDataUri(image)))
			return images as string[];
		throw invalidInput(`input.${name}: Does not match format 'uri'`);
	});
}

function checkVeoInput(input: JsonRecord, model: string): void {
	const oneOf = (name: string, allowed: readonly unknown[]) => {
		if (name in input && !allowed.includes(input[name])) {
			throw invalidInput(`input.${name} must be one of the following: ${allowed.join(', ')}`);
		}
	};
	oneOf('aspect_ratio', ['16:9', '9:16']);
	oneOf('duration', [4, 6, 8]);
	oneOf('resolution', ['720p', '1080p']);
	oneOf('generate_audio', [true, false]);
	if ('seed' in input && !Number.isInteger(input['seed'])) {
		throw invalidInput('input.seed: Expected integer');
	}
	if ('last_frame' in input && !('image' in input)) {
		throw invalidInput('input.last_frame: image is required');
	}
	const references: unknown = input['reference_images'];
	if (references === undefined) return;
	if (!Array.isArray(references) || references.length < 1 || references.length > 3) {
		throw invalidInput('input.reference_images: 1 to 3 items');
	}
	const { aspect_ratio: aspectRatio = '16:9', duration = 8 } = input;
	if (!model.includes('3.1') || aspectRatio !== '16:9' || duration !== 8) {
		throw invalidInput('input.reference_images: only with 16:9 and 8 seconds');
	}
}

/** 26 lower-case letters and digits. */
const predictionId = () =>
	BigInt(`0x${randomBytes(18).toString('hex')}`)
		.toString(36)
		.slice(0, 26);

const ownStatuses: Record<string, number> = { insufficient_user_quota: 402, invalid_request: 422 };

/** Its own statuses and texts for what the directives refuse. */
function reword(refusal: Refusal): Refusal {
	const { code, message, headers } = refusal;
	const httpStatus = ownStatuses[code] ?? refusal.httpStatus;
	return new Refusal(httpStatus, code, details[httpStatus] ?? message, headers);
}

function describePrediction(simulation: Simulation, job: Job) {
	const { life, status, error, url } = report(simulation, job, wording);
	const { jobId, model, fields, directives } = job;
	const { version, webhook, webhook_events_filter: events } = fields;
	const [, hash] = /([0-9a-f]{64})$/.exec(String(version)) ?? [];
	const { stage, startedAt, endedAt } = life;
	const isAborted = stage === 'canceled' && directives.ending === 'aborted';
	const isRemoved = endedAt !== undefined && simulation.clock.now() >= endedAt + keptMs;
	const hasStarted = stage !== 'queued' && !isAborted;
	const at = `${simulation.addresses.origin}/replicate/v1/predictions/${jobId}`;
	return {
		id: jobId,
		model,
		version: hash ?? 'hidden',
		...(webhook !== undefined && { webhook, webhook_events_filter: events }),
		input: isRemoved ? {} : fields['input'],
		logs: isRemoved ? null : '',
		output: isRemoved || url === undefined ? null : directives.words.has('list') ? [url] : url,
		data_removed: isRemoved,
		error: error || null,
		source: 'api',
		status: isAborted ? 'aborted' : status,
		created_at: isoTime(job.at),
		started_at: hasStarted ? isoTime(startedAt) : null,
		completed_at: endedAt === undefined ? null : isoTime(endedAt),
		urls: {
			cancel: `${at}/cancel`,
			get: at,
			stream: `https://stream.replicate.com/v1/files/${jobId}`,
			web: `https://replicate.com/p/${jobId}`,
		},
		metrics:
			endedAt === undefined || !hasStarted
				? {}
				: { predict_time: (endedAt - startedAt) / 1000, total_time: (endedAt - job.at) / 1000 },
	};
}

/** With microseconds, as its examples have them. */
const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString().replace('Z', '000Z');

function describeCreated(simulation: Simulation, job: Job, reply: FastifyReply) {
	reply.code(201);
	return describePrediction(simulation, job);
}

const pageSize = 100;

/** The predictions of the account, the newest first. */
function listRoute(...[server, { simulation, finds }]: Parameters<Route>): void {
	interface Query {
		cursor?: string;
		created_after?: string;
		created_before?: string;
	}
	const path = '/v1/predictions';
	const config = { route: 'find' } as const;
	server.get<{ Querystring: Query }>(path, { config }, ({ query }, reply) => {
		const { cursor = '', created_after: after, created_before: before } = query;
		const from = after === undefined ? 0 : Date.parse(after);
		const to = before === undefined ? Infinity : Date.parse(before);
		const [, end] = /^p=(\d+)$/.exec(Buffer.from(cursor, 'base64').toString()) ?? [];
		const found = simulation.jobs.flatMap((job, index) => {
			const isAsked = job.at >= from && job.at < to;
			const isListed = isAsked && findJob(simulation, finds, job.jobId) !== undefined;
			return isListed && index < Number(end ?? Infinity) ? [{ job, index }] : [];
		});
		const page = found.slice(-pageSize).reverse();
		const nextCursor = Buffer.from(`p=${page.at(-1)?.index}`).toString('base64');
		const at = `${simulation.addresses.origin}/replicate${path}`;
		reply.header('date', new Date(simulation.clock.now()).toUTCString());
		return {
			previous: cursor === '' ? null : at,
			next: found.length > page.length ? `${at}?cursor=${nextCursor}` : null,
			// Without logs, as in the document.
			results: page.map(({ job }) => ({ ...describePrediction(simulation, job), logs: undefined })),
		};
	});
}

/** It ends a prediction that has not ended. The official client sends the type of JSON, and no body. */
function cancelRoute(...[server, { simulation, finds }]: Parameters<Route>): void {
	server.register(
		namedPlugin('cancel', async (own) => {
			own.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, _body, done) =>
				done(null),
			);
			own.post<{ Params: { id: string } }>(
				'/v1/predictions/:id/cancel',
				{ config: { route: 'cancel' } },
				({ params }) => {
					const job = findJob(simulation, finds, params.id);
					if (job === undefined) throw notFound();
					job.canceledAt ??= simulation.clock.now();
					return describePrediction(simulation, job);
				},
			);
		}),
	);
}

function uploadRoute(server: FastifyInstance, { simulation }: { simulation: Simulation }): void {
	server.post('/v1/files', { config: { route: 'upload' } }, async (request, reply) => {
		const { content } = (await readForm(request)).fields;
		if (!isRecord(content)) throw new Refusal(400, '', 'Missing content');
		const { fileName, mimeType, bytes } = content;
		const id = randomUUID();
		return reply.code(201).send({
			id,
			name: fileName,
			content_type: mimeType,
			size: Buffer.isBuffer(bytes) ? bytes.length : 0,
			etag: randomBytes(16).toString('hex'),
			checksums: { sha256: randomBytes(32).toString('hex') },
			metadata: {},
			created_at: isoTime(simulation.clock.now()),
			expires_at: isoTime(simulation.clock.now() + 24 * keptMs),
			urls: { get: `${simulation.addresses.origin}/replicate/v1/files/${id}` },
		});
	});
}
