import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { GatewayName } from '.';
import { finalMedia, finalUrl, sendVideo } from '../files';
import type { Job } from '../jobs';
import { findJob, lifeOf } from '../jobs';
import { Refusal } from '../refusal';
import type { Simulation } from '../simulation';

/** What the gateways built on QuantumNous/new-api share. */

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

/** New API, router/video-router.go: how a job is, in the gateway's own words. */
export function videoStatusRoute(
	server: FastifyInstance,
	simulation: Simulation,
	gateways: readonly GatewayName[],
	bodyOf: (job: Job) => unknown,
): void {
	server.get<{ Params: { id: string } }>(
		'/v1/videos/:id',
		{ config: { route: 'status' } },
		(request) => {
			const job = findJob(simulation, gateways, request.params.id);
			if (job === undefined) throw unknownTask();
			return bodyOf(job);
		},
	);
}

/** New API, relay/relay_task.go: 400, not 404. */
export function unknownTask(): Refusal {
	return new Refusal(400, 'task_not_exist', 'task_not_exist');
}

/** New API, controller/video_proxy.go: the bytes of a job's file, or a reason in its own shape. */
export function contentRoute(
	server: FastifyInstance,
	simulation: Simulation,
	gateways: readonly GatewayName[],
): void {
	server.get<{ Params: { id: string } }>(
		'/v1/videos/:id/content',
		{ config: { route: 'content' } },
		(request, reply) => {
			const refuse = (httpStatus: number, type: string, message: string) =>
				reply.code(httpStatus).send({ error: { message, type } });
			const job = findJob(simulation, gateways, request.params.id);
			if (job === undefined) return refuse(404, 'invalid_request_error', 'Task not found');
			const { stage, hasFile } = lifeOf(job, simulation.clock.now());
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
}

/** New API, model/task.go. */
const internalStatus = {
	queued: 'QUEUED',
	running: 'IN_PROGRESS',
	succeeded: 'SUCCESS',
	failed: 'FAILURE',
	canceled: 'FAILURE',
};
