import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OperationName } from '../../../nodes/providers/provider';
import type { JsonRecord } from '../bodies';
import { readForm, readJson, requireText } from '../bodies';
import { finalMedia, finalUrl, sendVideo } from '../files';
import type { Job } from '../jobs';
import { lifeAt } from '../jobs';
import type { SentCreate, Route, RouteContext } from '../provider';
import { statusRoute } from '../provider';
import { acceptJob, countJobs, findJob } from '../ledger';
import { invalid, Refusal } from '../refusal';
import { stages } from '../report';
import type { Simulation } from '../simulation';
import { taskQuota } from './newApiTask';

/** What the providers built on QuantumNous/new-api share. */

/** New API, model/task.go: `task_` and 32 letters or digits. */
export function taskId(): string {
	const random = randomBytes(64)
		.toString('base64')
		.replace(/[^A-Za-z0-9]/g, '');
	return `task_${random.slice(0, 32)}`;
}

/** New API, middleware/utils.go for keys, quota and limits; dto/task.go for the rest. */
export function newApiErrorBody({ httpStatus, code, message }: Refusal): unknown {
	if ([401, 403, 429, 503].includes(httpStatus)) {
		const requestId = `20260115${randomBytes(8).toString('hex')}`;
		return {
			error: { message: `${message} (request id: ${requestId})`, type: 'new_api_error', code },
		};
	}
	return { code, message, data: null };
}

/** New API, relay/relay_task.go: 400, not 404. */
export function unknownTask(): Refusal {
	return new Refusal(400, 'task_not_exist', 'task_not_exist');
}

/** New API, router/video-router.go: the state of a job, in the provider's own words. */
export function videoStatus(describe: (simulation: Simulation, job: Job) => unknown): Route {
	return statusRoute('/v1/videos/:id', describe, unknownTask);
}

/** New API, model/task.go. */
const internalStatus = stages('QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE');

/** New API, controller/video_proxy.go: the bytes of a job's file, or a reason in its own shape. */
export const videoContent: Route = (server, { simulation, finds }) => {
	server.get<{ Params: { id: string } }>(
		'/v1/videos/:id/content',
		{ config: { route: 'content' } },
		(request, reply) => {
			const refuse = (httpStatus: number, type: string, message: string) =>
				reply.code(httpStatus).send({ error: { message, type } });
			const job = findJob(simulation, finds, request.params.id);
			if (job === undefined) return refuse(404, 'invalid_request_error', 'Task not found');
			const { stage, hasFile } = lifeAt(job, simulation.clock.now());
			if (stage !== 'succeeded') {
				const message = `Task is not completed yet, current status: ${internalStatus[stage]}`;
				return refuse(400, 'invalid_request_error', message);
			}
			if (!hasFile) return refuse(502, 'server_error', 'Failed to fetch video content');
			const url = finalUrl(simulation, job);
			switch (job.directives.content) {
				case 'json':
					return reply.send({ id: job.jobId, object: 'video', url, video_url: url });
				case 'redirect':
					return reply.redirect(url, 302);
				case 'bytes':
					reply.header('cache-control', 'public, max-age=86400');
					return sendVideo(request, reply, finalMedia(job));
			}
		},
	);
};

/** Of the key. */
const limitUsd = 50;
/** Of each job: that of the tasks, in hundredths of a dollar at 500,000 a dollar. */
const chargeCents = taskQuota / 5_000;

/** New API, router/dashboard.go and controller/billing.go. */
export const billing: Route = (server, { simulation, finds }) => {
	const config = { route: 'balance' } as const;
	server.get('/v1/dashboard/billing/subscription', { config }, () => ({
		object: 'billing_subscription',
		has_payment_method: true,
		soft_limit_usd: limitUsd,
		hard_limit_usd: limitUsd,
		system_hard_limit_usd: limitUsd,
		access_until: 0,
	}));
	server.get('/v1/dashboard/billing/usage', { config }, () => ({
		object: 'list',
		total_usage: countJobs(simulation, finds) * chargeCents,
	}));
};

/** A job that a remix starts from, and what the remix makes of it. */
export interface RemixSource {
	job: Job;
	operation: OperationName;
}

interface RemixRules {
	findSource?: (context: RouteContext, id: string) => RemixSource;
	readFields?: (request: FastifyRequest) => JsonRecord | Promise<JsonRecord>;
	requiresModel?: boolean;
}

/** New API, relay/relay_task.go: the prompt alone is required, and the model is the source's by default. */
export function videoRemix(
	describe: (simulation: Simulation, job: Job, reply: FastifyReply) => unknown,
	newJob: (source: RemixSource) => Pick<SentCreate, 'jobId'> & Partial<SentCreate>,
	{ findSource = findFinished, readFields = readBody, requiresModel = false }: RemixRules = {},
): Route {
	return (server, context) => {
		server.post<{ Params: { id: string } }>(
			'/v1/videos/:id/remix',
			{ config: { route: 'remix' } },
			async (request, reply) => {
				const body = await readFields(request);
				const prompt = requireText(body['prompt'], 'prompt');
				const { model } = body;
				if (requiresModel || model !== undefined) requireText(model, 'model');
				const { id } = request.params;
				const source = findSource(context, id);
				const job = acceptJob(context.simulation, {
					provider: source.job.provider,
					operation: source.operation,
					model: String(model ?? source.job.model),
					prompt,
					isPortrait: source.job.isPortrait,
					imageUrls: [],
					remixedFrom: id,
					fields: body,
					...newJob(source),
				});
				return describe(context.simulation, job, reply);
			},
		);
	};
}

/** A form or JSON. */
export async function readBody(request: FastifyRequest): Promise<JsonRecord> {
	return request.isMultipart() ? (await readForm(request)).fields : readJson(request);
}

export function findFinished({ simulation, finds }: RouteContext, id: string): RemixSource {
	const job = findJob(simulation, finds, id);
	if (job === undefined) throw unknownTask();
	if (lifeAt(job, simulation.clock.now()).stage === 'succeeded')
		return { job, operation: 'extend' };
	throw invalid('The task to remix is not completed');
}
