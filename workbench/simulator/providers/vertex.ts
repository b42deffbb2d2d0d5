import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JsonRecord } from '../bodies';
import { invalid, Refusal } from '../refusal';
import { isRecord, readJson, requireOneOf, requireText } from '../bodies';
import { base64Video, finalMedia, sendVideo } from '../files';
import type { Job } from '../jobs';
import { lifeAt } from '../jobs';
import type { CreateRequest } from '../ledger';
import { acceptInWordsOf, findJob } from '../ledger';
import type { RouteContext, SentCreate, SimulatedProvider } from '../provider';
import { createRoute } from '../provider';
import type { Simulation } from '../simulation';

// Google: docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation,
// …/models/video/extend-videos and responsible-ai-and-usage-guidelines; storage/docs/json_api/v1/objects/get;
// developers.google.com/identity/protocols/oauth2/service-account for the token. The texts of errors are
// those that public issues quote.

const projectId = 'veo-project';
const email = `veo@${projectId}.iam.gserviceaccount.com`;
const keyId = '5d0c1e7f4b92a6388c71f0d2e4b6a8903f1c5d7e';
/** The other kind of key, which is bound to a service account as well. */
export const vertexApiKey = 'AQ.SimVertex5d0c1e7f4b92a6388c71f0';

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part = ''): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());

// A new key pair for each process: none is in the repository.
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const header = encode({ alg: 'RS256', typ: 'JWT', kid: keyId });

/** The file that Google's console gives for a service account. */
export const serviceAccountJson = JSON.stringify(
	{
		type: 'service_account',
		project_id: projectId,
		private_key_id: keyId,
		private_key: pem,
		client_email: email,
		client_id: '117000000000000000000',
		auth_uri: 'https://accounts.google.com/o/oauth2/auth',
		token_uri: 'https://oauth2.googleapis.com/token',
		universe_domain: 'googleapis.com',
	},
	null,
	2,
);

const scope = 'https://www.googleapis.com/auth/cloud-platform';

/** A token as Google's own libraries sign it: no audience, where there is a scope. */
export function signedToken(now: number, key: KeyObject = privateKey): string {
	const iat = Math.floor(now / 1000);
	const text = `${header}.${encode({ iss: email, sub: email, scope, iat, exp: iat + 3600 })}`;
	return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

const wrongKey =
	'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.';
const wrongTime =
	'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';
// How far the clock of a client may be off.
const skewSeconds = 300;

function checkKey(headers: IncomingHttpHeaders, now: number): void {
	const { authorization = '' } = headers;
	if (authorization === '' && headers['x-goog-api-key'] === vertexApiKey) return;
	const token = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization);
	if (token === null) throw new Refusal(401, '', wrongKey);
	const [, head = '', claims = '', signature = ''] = token;
	const signed = Buffer.from(`${head}.${claims}`);
	if (!verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))) {
		throw new Refusal(401, '', wrongKey);
	}
	const [first, second] = [decode(head), decode(claims)];
	if (!isRecord(first) || !isRecord(second)) throw new Refusal(401, '', wrongKey);
	const { iss, sub, aud, iat = 0, exp = 0 } = second;
	const isOurs = iss === email && sub === email && aud === undefined && first['alg'] === 'RS256';
	if (!isOurs || second['scope'] !== scope) throw new Refusal(401, '', wrongKey);
	const [from, to, seconds] = [Number(iat), Number(exp), now / 1000];
	const isInTime = seconds >= from - skewSeconds && seconds < to + skewSeconds;
	if (!isInTime || to - from > 3600) throw new Refusal(401, '', wrongTime);
}

const statuses: Readonly<Record<number, string>> = {
	400: 'INVALID_ARGUMENT',
	401: 'UNAUTHENTICATED',
	403: 'PERMISSION_DENIED',
	404: 'NOT_FOUND',
	429: 'RESOURCE_EXHAUSTED',
	500: 'INTERNAL',
	503: 'UNAVAILABLE',
};

const models = ['veo-3.1-generate-001', 'veo-3.1-fast-generate-001', 'veo-3.1-lite-generate-001'];
const location = '/v1/projects/:project/locations/:location';
// The colon before the name of a method is doubled for the router.
const modelPath = `${location}/publishers/google/models/:model([^:/]+)::`;

export const vertex: SimulatedProvider = {
	prefix: '/vertex',
	// The first part of each token.
	key: header,
	ownKey: {
		authorization: (now) => `Bearer ${signedToken(now)}`,
		check: checkKey,
		secrets: [vertexApiKey, ...pem.split('\n').filter((line) => /^[\w+/=]{16,}$/.test(line))],
	},
	models,
	settings: (baseUrl) => ({
		authentication: 'serviceAccount',
		serviceAccountJson,
		apiKey: '',
		storageUrl: baseUrl,
	}),
	errorBody: ({ httpStatus, message }) => ({
		error: { code: httpStatus, message, status: statuses[httpStatus] ?? 'UNKNOWN' },
	}),

	ownLists: (server) => {
		server.get<{ Params: { project: string; location: string } }>(
			location,
			{ config: { route: 'models' } },
			({ params }) => {
				requireProject(params.project);
				return {
					name: `projects/${params.project}/locations/${params.location}`,
					locationId: params.location,
					displayName: 'Iowa',
					labels: { 'cloud.googleapis.com/region': params.location },
				};
			},
		);
	},

	routes: [
		createRoute(
			`${modelPath}predictLongRunning`,
			readCreate,
			describeCreated,
			acceptInWordsOf(reword),
		),
		fetchRoute,
		storageRoute,
	],
};

function requireProject(project: string): void {
	if (project === projectId) return;
	const permission = `'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/${project}'`;
	throw new Refusal(403, '', `Permission ${permission} (or it may not exist).`);
}

function describeCreated(_simulation: Simulation, { jobId }: Job) {
	return { name: jobId };
}

function readCreate(request: FastifyRequest): SentCreate {
	const {
		project = '',
		location: region = '',
		model = '',
	} = request.params as Partial<Record<string, string>>;
	requireProject(project);
	const body = readJson(request);
	const { instances, parameters = {} } = body;
	const [instance, ...others]: unknown[] = Array.isArray(instances) ? instances : [];
	if (!isRecord(instance) || others.length > 0) throw invalid('instances must have one item');
	if (!isRecord(parameters)) throw invalid('parameters must be an object');
	const { prompt } = instance;
	if (instance['image'] === undefined || prompt !== undefined) requireText(prompt, 'prompt');
	checkMedia(instance, model);
	checkParameters(parameters, model, instance);
	const place = `projects/${project}/locations/${region}/publishers/google/models/${model}`;
	return {
		jobId: `${place}/operations/${randomUUID()}`,
		operation: instance['video'] === undefined ? 'create' : 'extend',
		model,
		prompt: String(prompt ?? ''),
		isPortrait: parameters['aspectRatio'] === '9:16',
		imageUrls: [],
		fields: body,
	};
}

const isStorageUri = (value: unknown) =>
	typeof value === 'string' && /^gs:\/\/[a-z\d][\w.-]+(?:\/\S*)?$/.test(value);
const isBase64 = (value: unknown) =>
	typeof value === 'string' && value !== '' && !/[^A-Za-z0-9+/]/.test(value.replace(/={1,2}$/, ''));

function requireFile(value: unknown, name: string, types: readonly string[]): void {
	if (!isRecord(value)) throw invalid(`${name} must be an object`);
	const { bytesBase64Encoded, gcsUri } = value;
	const hasOne = (bytesBase64Encoded === undefined) !== (gcsUri === undefined);
	const isValid = gcsUri === undefined ? isBase64(bytesBase64Encoded) : isStorageUri(gcsUri);
	if (!hasOne || !isValid) throw invalid(`${name} needs bytesBase64Encoded or gcsUri`);
	requireOneOf(value['mimeType'], `${name}.mimeType`, types);
}

function checkMedia(instance: JsonRecord, model: string): void {
	const { image, lastFrame, referenceImages, video } = instance;
	const types = ['image/jpeg', 'image/png'];
	if (image !== undefined) requireFile(image, 'image', types);
	if (lastFrame !== undefined) requireFile(lastFrame, 'lastFrame', types);
	if (lastFrame !== undefined && image === undefined) throw invalid('lastFrame needs an image');
	if (video !== undefined) requireFile(video, 'video', ['video/mp4']);
	if (video !== undefined && image !== undefined) throw invalid('video cannot be with an image');
	if (referenceImages === undefined) return;
	if (!Array.isArray(referenceImages) || referenceImages.length < 1 || referenceImages.length > 3) {
		throw invalid('referenceImages takes 1 to 3 images');
	}
	if (image !== undefined || video !== undefined || model.includes('-lite-')) {
		throw invalid('referenceImages cannot be used here');
	}
	for (const each of referenceImages as unknown[]) {
		if (!isRecord(each)) throw invalid('referenceImages must be objects');
		requireFile(each['image'], 'referenceImages.image', types);
		// Google's own client sends it in capitals.
		requireOneOf(String(each['referenceType']).toLowerCase(), 'referenceType', ['asset']);
	}
}

function checkParameters(parameters: JsonRecord, model: string, instance: JsonRecord): void {
	const oneOf = (name: string, allowed: readonly unknown[]) => {
		const value = parameters[name];
		const given = typeof value === 'string' ? value.toLowerCase() : value;
		if (value !== undefined && !allowed.includes(given)) {
			throw invalid(`${name} must be one of ${allowed.join(', ')}`);
		}
	};
	const isFast = /-(?:fast|lite)-/.test(model);
	oneOf('aspectRatio', ['16:9', '9:16']);
	oneOf('durationSeconds', [4, 6, 8]);
	oneOf('resolution', ['720p', '1080p', ...(isFast ? [] : ['4k'])]);
	oneOf('sampleCount', [1, 2, 3, 4]);
	oneOf('generateAudio', [true, false]);
	oneOf('personGeneration', ['allow_adult', 'allow_all', 'dont_allow', 'disallow']);
	oneOf('compressionQuality', ['optimized', 'lossless']);
	oneOf('resizeMode', ['pad', 'crop']);
	const { seed = 0, storageUri, durationSeconds = 8, resolution = '720p' } = parameters;
	if (!Number.isInteger(seed)) throw invalid('seed must be a whole number');
	if (storageUri !== undefined && !isStorageUri(storageUri)) {
		throw invalid('storageUri must be gs://BUCKET/FOLDER');
	}
	const needsWhole = instance['referenceImages'] !== undefined || resolution !== '720p';
	if (needsWhole && durationSeconds !== 8) throw invalid('durationSeconds must be 8');
}

/** Its own statuses and texts for what the directives refuse. */
function reword(
	{ httpStatus, code, message, headers }: Refusal,
	{ jobId }: CreateRequest,
): Refusal {
	const model = jobId.replace(/\/operations\/.*/, '');
	const texts: Readonly<Record<number, string>> = {
		403: `This API method requires billing to be enabled. Please enable billing on project #${projectId}.`,
		404: `Publisher Model \`${model}\` was not found or your project does not have access to it.`,
		429: 'You exceeded your current quota, please check your plan and billing details.',
	};
	return new Refusal(httpStatus, code, texts[httpStatus] ?? message, headers);
}

function fetchRoute(server: FastifyInstance, { simulation, finds }: RouteContext): void {
	server.post<{ Params: { project: string; model: string } }>(
		`${modelPath}fetchPredictOperation`,
		{ config: { route: 'status' } },
		(request, reply) => {
			const { project, model } = request.params;
			requireProject(project);
			const name = requireText(readJson(request)['operationName'], 'operationName');
			const job = findJob(simulation, finds, name);
			if (job === undefined || job.model !== model) {
				throw new Refusal(404, '', `Operation ID does not exist: ${name.slice(0, 200)}`);
			}
			return describeOperation(simulation, job, reply);
		},
	);
}

const filterReason =
	"Veo could not generate videos because the input image violates Vertex AI's usage guidelines. If you think this was an error, send feedback. Support codes: 15236754";

function describeOperation(simulation: Simulation, job: Job, reply: FastifyReply): unknown {
	const { jobId: name, directives, fields } = job;
	const { stage, hasFile } = lifeAt(job, simulation.clock.now());
	if (stage === 'queued' || stage === 'running') return { name };
	const ended = (code: number, message: string) => ({ name, done: true, error: { code, message } });
	const parameters = isRecord(fields['parameters']) ? fields['parameters'] : {};
	if (parameters['enhancePrompt'] === false) {
		return ended(3, 'Veo 3 prompt enhancement cannot be disabled.');
	}
	if (stage === 'canceled') return ended(1, 'The operation was cancelled.');
	if (stage === 'failed') {
		if (directives.ending === 'safety') {
			return finished(name, { raiMediaFilteredCount: 1, raiMediaFilteredReasons: [filterReason] });
		}
		return directives.ending === 'busy'
			? ended(14, 'The service is currently unavailable.')
			: ended(13, 'Video generation failed for an unknown reason.');
	}
	if (!hasFile) return { name };
	const isFiltered = directives.words.has('filtered');
	const indexes = listIndexes(job).slice(isFiltered ? 1 : 0);
	const filtered = isFiltered
		? { raiMediaFilteredCount: 1, raiMediaFilteredReasons: [filterReason] }
		: { raiMediaFilteredCount: 0 };
	const mimeType = 'video/mp4';
	if (parameters['storageUri'] !== undefined) {
		const videos = indexes.map((index) => ({ gcsUri: storageLink(job, index), mimeType }));
		return finished(name, { ...filtered, videos });
	}
	// A member stands in for the bytes of each video, which are sent in pieces.
	const videos = indexes.map(() => ({ bytesBase64Encoded: '', mimeType }));
	const text = JSON.stringify(finished(name, { ...filtered, videos }), null, 2);
	const names = indexes.map((index) => mediaOf(job, index));
	return reply.type('application/json').send(Readable.from(fillIn(text, names)));
}

const finished = (name: string, response: object) => ({
	name,
	done: true,
	response: {
		'@type': 'type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse',
		...response,
	},
});

async function* fillIn(text: string, names: readonly string[]): AsyncGenerator<string> {
	const member = '"bytesBase64Encoded": "';
	const [start = '', ...others] = text.split(member);
	yield start;
	for (const [index, rest] of others.entries()) {
		yield member;
		yield* base64Video(names[index] ?? '');
		yield rest;
	}
}

const listIndexes = ({ fields }: Job): number[] => {
	const { sampleCount = 1 } = isRecord(fields['parameters']) ? fields['parameters'] : {};
	return Array.from({ length: Number(sampleCount) }, (_, index) => index);
};

/** Each second video of a job is a longer one, so that two can be distinguished. */
const mediaOf = (job: Job, index: number) =>
	index % 2 === 0 ? finalMedia(job) : `${job.isPortrait ? 'portrait' : 'landscape'}-15s`;

function storageLink({ jobId, fields }: Job, index: number): string {
	const { storageUri = '' } = isRecord(fields['parameters']) ? fields['parameters'] : {};
	const folder = String(storageUri).replace(/\/$/, '');
	return `${folder}/${jobId.replace(/^.*\//, '')}/sample_${index}.mp4`;
}

/** Google Cloud Storage, which takes the same token. An API key cannot read a private bucket. */
function storageRoute(server: FastifyInstance, { simulation, name }: RouteContext): void {
	server.get<{ Params: { bucket: string; object: string }; Querystring: { alt?: string } }>(
		'/storage/v1/b/:bucket/o/:object',
		{ config: { route: 'content' } },
		(request, reply) => {
			const { bucket, object } = request.params;
			if (request.headers.authorization === undefined) {
				throw new Refusal(401, '', 'Anonymous caller does not have storage.objects.get access.');
			}
			if (request.query.alt !== 'media') throw invalid('alt must be media');
			const link = `gs://${bucket}/${object}`;
			for (const job of simulation.jobs.filter(({ provider }) => provider === name)) {
				if (!lifeAt(job, simulation.clock.now()).hasFile) continue;
				const index = listIndexes(job).find((each) => storageLink(job, each) === link);
				if (index !== undefined) return sendVideo(request, reply, mediaOf(job, index));
			}
			throw new Refusal(404, '', `No such object: ${bucket}/${object}`);
		},
	);
}
