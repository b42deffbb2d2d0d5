import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import { sendVideo } from '../simulator/files';

/** A paid job. Times are milliseconds since 1970. */
export interface BenchJob {
	jobId: string;
	prompt: string;
	createdAt: number;
	endsAt: number;
	/** Size of its video; 0 for a recorded one of 8 seconds. */
	bytes: number;
	/** Status requests, including failed ones. */
	checks: number;
}

/** Deviations from normal behavior; may be changed at any time. */
export interface ProviderBehavior {
	/** Whether a status reports progress. In Google's format it never does. */
	reportsProgress: boolean;
	/** Further requests within the same clock minute are answered with 429. */
	requestsPerMinute: number;
	/** The number of creates that are carried out while their answers are lost. */
	loseCreateAnswers: number;
	/** The first check of the job with this index is answered with 502. */
	failFirstCheckOf: number;
}

/** How a contestant reaches the provider: the values of a credential. */
export interface ProviderAddress {
	origin: string;
	key: string;
}

/** A simulated provider with Google's and OpenAI's format for the same jobs. */
export interface BenchProvider extends ProviderAddress {
	behavior: ProviderBehavior;
	jobs: BenchJob[];
	/** Another base URL, for which our nodes have learned no durations. */
	newAddress(): ProviderAddress;
	/** Forgets the jobs and resets the behavior. */
	reset(): void;
	close(): Promise<void>;
}

const key = 'bench-key-5d2f';
const defaultBehavior: ProviderBehavior = {
	reportsProgress: true,
	requestsPerMinute: Infinity,
	loseCreateAnswers: 0,
	failFirstCheckOf: -1,
};

/** The prompt sets a job's duration and the size of its video: `[sim seconds=120 bytes=1000]`. */
const numberInPrompt = (prompt: string, name: string) =>
	Number(new RegExp(`\\b${name}=([\\d.]+)`).exec(prompt)?.[1] ?? 0);

export async function startBenchProvider(): Promise<BenchProvider> {
	let addresses = 0;
	const jobs: BenchJob[] = [];
	const minute = { number: 0, requests: 0 };
	const server = fastify({
		forceCloseConnections: true,
		routerOptions: { maxParamLength: 300 },
		rewriteUrl: ({ url = '' }) => url.replace(/^\/address-\d+/, ''),
	});
	server.register(multipart);
	const provider: BenchProvider = {
		origin: '',
		key,
		behavior: { ...defaultBehavior },
		jobs,
		newAddress: () => ({ origin: `${provider.origin}/address-${++addresses}`, key }),
		reset: () => {
			jobs.length = 0;
			minute.requests = 0;
			Object.assign(provider.behavior, defaultBehavior);
		},
		close: async () => await server.close(),
	};
	server.addHook('onRequest', async (request, reply) => {
		const { key: inQuery } = request.query as { key?: string };
		if (request.headers.authorization !== `Bearer ${key}` && inQuery !== key) {
			return await reply.code(401).send({ error: { message: 'Wrong key' } });
		}
		const waitSeconds = secondsToWait(minute, provider.behavior.requestsPerMinute);
		if (waitSeconds === 0) return;
		await reply
			.code(429)
			.header('retry-after', waitSeconds)
			.send({ error: { message: 'Too many requests', code: 'rate_limit_exceeded' } });
	});
	openAiFormat(server, provider);
	googleFormat(server, provider);
	provider.origin = await server.listen({ port: 0, host: '127.0.0.1' });
	return provider;
}

/** Seconds until the next clock minute if this request exceeds the limit; otherwise 0. */
function secondsToWait(minute: { number: number; requests: number }, max: number): number {
	const now = Date.now();
	const number = Math.floor(now / 60_000);
	if (number !== minute.number) Object.assign(minute, { number, requests: 0 });
	return ++minute.requests > max ? Math.ceil(((number + 1) * 60_000 - now) / 1000) : 0;
}

function createJob({ jobs, behavior }: BenchProvider, prompt: string, reply: FastifyReply) {
	const createdAt = Date.now();
	const job: BenchJob = {
		jobId: `video_${randomUUID().replaceAll('-', '')}`,
		prompt,
		createdAt,
		endsAt: createdAt + numberInPrompt(prompt, 'seconds') * 1000,
		bytes: numberInPrompt(prompt, 'bytes'),
		checks: 0,
	};
	jobs.push(job);
	if (behavior.loseCreateAnswers > 0) {
		behavior.loseCreateAnswers--;
		reply.hijack().raw.socket?.resetAndDestroy();
	}
	return job;
}

function checkJob({ jobs, behavior }: BenchProvider, { params }: FastifyRequest): BenchJob {
	const index = jobs.findIndex(({ jobId }) => jobId === (params as { id: string }).id);
	const job = jobs[index];
	if (job === undefined) throw Object.assign(new Error('No such job'), { statusCode: 404 });
	if (++job.checks === 1 && behavior.failFirstCheckOf === index) {
		throw Object.assign(new Error('Bad gateway'), { statusCode: 502 });
	}
	return job;
}

const sendFile =
	({ jobs }: BenchProvider) =>
	(request: FastifyRequest, reply: FastifyReply) => {
		const job = jobs.find(({ jobId }) => jobId === (request.params as { id: string }).id);
		if (job === undefined || Date.now() < job.endsAt) return reply.code(404).send();
		const media = job.bytes > 0 ? `generated-${job.bytes}` : 'landscape-8s';
		return sendVideo(request, reply, media);
	};

// A job is queued for the first tenth of its time; its progress starts after that.
const queuedShare = 0.1;

/** platform.openai.com/docs/api-reference/videos, which many providers follow. */
function openAiFormat(server: FastifyInstance, provider: BenchProvider): void {
	const describe = ({ jobId, createdAt, endsAt }: BenchJob) => {
		const share = endsAt === createdAt ? 1 : (Date.now() - createdAt) / (endsAt - createdAt);
		const percent = Math.floor(((share - queuedShare) / (1 - queuedShare)) * 100);
		const progress = share >= 1 ? 100 : Math.min(99, Math.max(0, percent));
		const running = share < queuedShare ? 'queued' : 'in_progress';
		return {
			id: jobId,
			object: 'video',
			created_at: Math.floor(createdAt / 1000),
			status: share >= 1 ? 'completed' : running,
			...(provider.behavior.reportsProgress && { progress }),
			completed_at: share >= 1 ? Math.floor(endsAt / 1000) : null,
			error: null,
			model: 'veo3.1',
			seconds: '8',
			size: '1280x720',
		};
	};
	server.post('/v1/videos', async (request, reply) => {
		let prompt = '';
		for await (const part of request.parts()) {
			if (part.type === 'field' && part.fieldname === 'prompt') prompt = String(part.value);
		}
		return describe(createJob(provider, prompt, reply));
	});
	server.get('/v1/videos/:id', (request) => describe(checkJob(provider, request)));
	server.get('/v1/videos/:id/content', sendFile(provider));
}

/** ai.google.dev/gemini-api/docs/video: until it is done, an operation has only a name. */
function googleFormat(server: FastifyInstance, provider: BenchProvider): void {
	const model = 'models/veo-3.1-generate-preview';
	const nameOperation = ({ jobId }: BenchJob) => `${model}/operations/${jobId}`;
	server.post(`/v1beta/${model}::predictLongRunning`, (request, reply) => {
		const { instances } = request.body as { instances: Array<{ prompt: string }> };
		return { name: nameOperation(createJob(provider, instances[0]?.prompt ?? '', reply)) };
	});
	server.get(`/v1beta/${model}/operations/:id`, (request) => {
		const job = checkJob(provider, request);
		if (Date.now() < job.endsAt) return { name: nameOperation(job) };
		const uri = `${provider.origin}/v1beta/files/${job.jobId}?alt=media`;
		const generateVideoResponse = { generatedSamples: [{ video: { uri } }] };
		return { name: nameOperation(job), done: true, response: { generateVideoResponse } };
	});
	server.get('/v1beta/files/:id', sendFile(provider));
}
