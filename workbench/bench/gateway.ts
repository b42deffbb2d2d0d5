import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import { isRecord, readForm, requireText } from '../simulator/bodies';
import type { Directives } from '../simulator/directives';
import { readDirectives } from '../simulator/directives';
import { sendVideo } from '../simulator/files';
import type { Life } from '../simulator/jobs';
import { lifeOf, unixSeconds } from '../simulator/jobs';

/** A job as the gateway saw it: each one was bought. Times are milliseconds since 1970. */
export interface GatewayJob {
	jobId: string;
	prompt: string;
	at: number;
	endsAt: number;
	/** Status requests, whatever was answered to them. */
	checks: number;
	/** Times the whole file went out. */
	downloads: number;
	directives: Directives;
	/** "… done at check 20" in a prompt: the job is then done, whatever the time. */
	lastCheck: number;
}

/** How the gateway behaves. May be changed at any time. */
export interface GatewayManners {
	/** Whether a status names a progress. Google's never does. */
	tellsProgress: boolean;
	/** More requests than this within a minute are refused with 429. */
	requestsPerMinute: number;
	/** So many creates are carried out, and their answers lost. */
	loseCreateAnswers: number;
	/** The first check of the jobs with these numbers is answered with 502. */
	failFirstCheckOf: readonly number[];
}

/** Where a contestant finds the gateway, as a person would fill it into a credential. */
export interface GatewayAddress {
	origin: string;
	key: string;
}

/** The simulator's jobs, spoken of as Google does and as OpenAI does: one gateway for all contestants. */
export interface BenchGateway extends GatewayAddress {
	manners: GatewayManners;
	jobs: GatewayJob[];
	/** When each status request came, and whether it was refused. */
	checks: Array<{ at: number; isRefused: boolean }>;
	/** An address at which nobody has been before: what was learned at the others does not count there. */
	newAddress(): GatewayAddress;
	/** Buys a job without a request. */
	buy(prompt: string): GatewayJob;
	/** Forgets the jobs and the checks, and behaves as at the start. */
	reset(): void;
	close(): Promise<void>;
}

const key = 'bench-key-5d2f';
const addressStart = 'address-';
const addressInUrl = new RegExp(`^/${addressStart}\\d+`);

const politeManners: GatewayManners = {
	tellsProgress: true,
	requestsPerMinute: Infinity,
	loseCreateAnswers: 0,
	failFirstCheckOf: [],
};

export async function startBenchGateway(): Promise<BenchGateway> {
	const gateway: BenchGateway = {
		origin: '',
		key,
		manners: { ...politeManners },
		jobs: [],
		checks: [],
		newAddress: () => ({ origin: `${gateway.origin}/${addressStart}${++addresses}`, key }),
		buy: (prompt) => {
			const directives = readDirectives(prompt);
			const at = Date.now();
			const job: GatewayJob = {
				jobId: `video_${randomUUID().replaceAll('-', '')}`,
				prompt,
				at,
				endsAt: at + directives.seconds * 1000,
				checks: 0,
				downloads: 0,
				directives,
				lastCheck: Number(/done at check (\d+)/.exec(prompt)?.[1] ?? Infinity),
			};
			gateway.jobs.push(job);
			jobsById.set(job.jobId, job);
			return job;
		},
		reset: () => {
			gateway.jobs.length = 0;
			gateway.checks.length = 0;
			minute.requests = 0;
			jobsById.clear();
			Object.assign(gateway.manners, politeManners);
		},
		close: async () => await server.close(),
	};
	const jobsById = new Map<string, GatewayJob>();
	let addresses = 0;
	const minute: Minute = { number: 0, requests: 0 };
	const server = fastify({
		forceCloseConnections: true,
		routerOptions: { maxParamLength: 300 },
		rewriteUrl: ({ url = '' }) => url.replace(addressInUrl, ''),
	});
	server.register(multipart);
	limitRequests(server, gateway, minute);

	const buyOver = (prompt: string, reply: FastifyReply): GatewayJob => {
		const job = gateway.buy(prompt);
		if (gateway.manners.loseCreateAnswers > 0) {
			gateway.manners.loseCreateAnswers--;
			reply.hijack().raw.socket?.resetAndDestroy();
		}
		return job;
	};
	const check = (jobId: string): { job: GatewayJob; life: Life } => {
		const job = jobsById.get(jobId);
		if (job === undefined) throw Object.assign(new Error('No such job'), { statusCode: 404 });
		job.checks++;
		const isFirst = job.checks === 1;
		if (isFirst && gateway.manners.failFirstCheckOf.includes(gateway.jobs.indexOf(job))) {
			throw Object.assign(new Error('Bad gateway'), { statusCode: 502 });
		}
		if (job.checks >= job.lastCheck) endNow(job);
		return { job, life: lifeOf(job as never, Date.now()) };
	};
	const send = (jobId: string, request: FastifyRequest, reply: FastifyReply) => {
		const job = jobsById.get(jobId);
		if (job === undefined || Date.now() < job.endsAt) return reply.code(404).send();
		reply.raw.once('finish', () => job.downloads++);
		return sendVideo(request, reply, mediaOf(job));
	};
	const dialect = { buy: buyOver, check, send, gateway };
	openAiVideos(server, dialect);
	googleVideos(server, dialect);
	gateway.origin = await server.listen({ port: 0, host: '127.0.0.1' });
	return gateway;
}

function endNow(job: GatewayJob): void {
	job.directives = { ...job.directives, seconds: 0 };
	job.endsAt = Math.min(job.endsAt, Date.now());
}

interface Dialect {
	gateway: BenchGateway;
	buy(prompt: string, reply: FastifyReply): GatewayJob;
	check(jobId: string): { job: GatewayJob; life: Life };
	send(jobId: string, request: FastifyRequest, reply: FastifyReply): FastifyReply;
}

const mediaOf = ({ directives }: GatewayJob): string => {
	const { bytes = 0 } = directives as { bytes?: number };
	return bytes > 0 ? `generated-${bytes}` : 'landscape-8s';
};

/** A minute of the clock, and how much was asked in it. */
interface Minute {
	number: number;
	requests: number;
}

/** Refuses whoever has no key, and what is too much within a minute. */
function limitRequests(
	server: FastifyInstance,
	{ manners, checks, key: known }: BenchGateway,
	minute: Minute,
): void {
	server.addHook('onRequest', async (request, reply) => {
		const { key: inQuery } = request.query as { key?: string };
		if (request.headers.authorization !== `Bearer ${known}` && inQuery !== known) {
			return await reply.code(401).send({ error: { message: 'Wrong key' } });
		}
		const now = Date.now();
		const number = Math.floor(now / 60_000);
		if (number !== minute.number) Object.assign(minute, { number, requests: 0 });
		const isRefused = ++minute.requests > manners.requestsPerMinute;
		if (isCheck(request)) checks.push({ at: now, isRefused });
		if (!isRefused) return;
		const seconds = Math.ceil(((number + 1) * 60_000 - now) / 1000);
		await reply
			.code(429)
			.header('retry-after', seconds)
			.send({ error: { message: 'Too many requests', code: 'rate_limit_exceeded' } });
	});
}

const isCheck = ({ method, url }: FastifyRequest) =>
	method === 'GET' && (/^\/v1\/videos\/[^/]+$/.test(url) || url.includes('/operations/'));

interface WithId {
	Params: { id: string };
}

/** platform.openai.com/docs/api-reference/videos, which many gateways follow. */
function openAiVideos(server: FastifyInstance, { buy, check, send, gateway }: Dialect): void {
	const videoObject = (job: GatewayJob, life: Life) => ({
		id: job.jobId,
		object: 'video',
		created_at: unixSeconds(job.at),
		status: openAiWords[life.stage],
		...(gateway.manners.tellsProgress && { progress: life.progress }),
		completed_at: life.endedAt === undefined ? null : unixSeconds(life.endedAt),
		error: null,
		model: 'veo3.1',
		seconds: '8',
		size: '1280x720',
	});
	server.post('/v1/videos', async (request, reply) => {
		const form = await readForm(request);
		const job = buy(requireText(form.text('prompt'), 'prompt'), reply);
		return videoObject(job, lifeOf(job as never, job.at));
	});
	server.get<WithId>('/v1/videos/:id', ({ params }) => {
		const { job, life } = check(params.id);
		return videoObject(job, life);
	});
	server.get<WithId>('/v1/videos/:id/content', (request, reply) =>
		send(request.params.id, request, reply),
	);
}

const openAiWords = {
	queued: 'queued',
	running: 'in_progress',
	succeeded: 'completed',
	failed: 'failed',
	canceled: 'failed',
} satisfies Record<Life['stage'], string>;

/** ai.google.dev/gemini-api/docs/video: an operation says nothing but its name until it is done. */
function googleVideos(server: FastifyInstance, { buy, check, send, gateway }: Dialect): void {
	const model = 'models/veo-3.1-generate-preview';
	const nameOf = ({ jobId }: GatewayJob) => `${model}/operations/${jobId}`;
	server.post(`/v1beta/${model}::predictLongRunning`, (request, reply) => {
		const { instances } = request.body as { instances?: unknown[] };
		const [first] = instances ?? [];
		const job = buy(requireText(isRecord(first) ? first['prompt'] : '', 'prompt'), reply);
		return { name: nameOf(job) };
	});
	server.get<WithId>(`/v1beta/${model}/operations/:id`, ({ params }) => {
		const { job, life } = check(params.id);
		if (life.stage !== 'succeeded') return { name: nameOf(job) };
		const uri = `${gateway.origin}/v1beta/files/${job.jobId}?alt=media`;
		const generateVideoResponse = { generatedSamples: [{ video: { uri } }] };
		return { name: nameOf(job), done: true, response: { generateVideoResponse } };
	});
	server.get<WithId>('/v1beta/files/:id', (request, reply) =>
		send(request.params.id, request, reply),
	);
}
