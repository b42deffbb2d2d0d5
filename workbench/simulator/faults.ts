import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { videoBytes, videoHeaders } from './files';
import type { GatewayName } from './gateways';
import { Refusal } from './refusal';
import type { Simulation } from './simulation';

export const faultKinds = [
	'status',
	'html',
	'htmlOk',
	'empty',
	'truncatedJson',
	'wrongType',
	'resetBeforeHeaders',
	'resetMidBody',
	'hang',
	'delay',
	'shortBody',
	'redirect',
] as const;

export const routeNames = [
	'create',
	'status',
	'content',
	'models',
	'taskData',
	'cdn',
	'remix',
] as const;

export type RouteName = (typeof routeNames)[number];

/** One thing that goes wrong, on the next request that fits. */
export interface Fault {
	gateway?: GatewayName;
	route?: RouteName;
	kind: (typeof faultKinds)[number];
	/** How many requests it spoils; 1 unless told. */
	times?: number;
	httpStatus?: number;
	retryAfterSeconds?: number;
	/** Real milliseconds, for `delay`. */
	delayMs?: number;
	/** For `redirect`; a video on the foreign origin unless told. */
	location?: string;
	/** The request is carried out first (a job is bought) and only its answer is lost. */
	acceptFirst?: boolean;
}

export interface PendingFault {
	fault: Fault;
	timesLeft: number;
}

declare module 'fastify' {
	interface FastifyContextConfig {
		route?: RouteName;
	}
}

export function addFault(simulation: Simulation, fault: Fault): void {
	simulation.faults.push({ fault, timesLeft: fault.times ?? 1 });
}

function takeFault(
	simulation: Simulation,
	route: RouteName,
	gateway?: GatewayName,
): PendingFault | undefined {
	const pending = simulation.faults.find(
		({ fault, timesLeft }) => timesLeft > 0 && concerns(fault, route, gateway),
	);
	if (pending === undefined) return undefined;
	pending.timesLeft -= 1;
	return { ...pending };
}

/** Files belong to no gateway: a fault for them is found by its route alone. */
function concerns(fault: Fault, route: RouteName, gateway?: GatewayName): boolean {
	if (fault.route !== undefined && fault.route !== route) return false;
	if (gateway === undefined) return fault.route === route || fault.gateway === undefined;
	return fault.gateway === undefined || fault.gateway === gateway;
}

/** Puts the programmed faults in front of every named route of a plugin. */
export function interceptFaults(
	server: FastifyInstance,
	simulation: Simulation,
	errorBody: (refusal: Refusal) => unknown,
	gatewayOf?: (request: FastifyRequest) => GatewayName | undefined,
): void {
	server.addHook('onRoute', (options) => {
		const route = options.config?.route;
		if (route === undefined) return;
		const { handler } = options;
		options.handler = async function (request, reply) {
			const pending = takeFault(simulation, route, gatewayOf?.(request));
			if (pending === undefined) return handler.call(this, request, reply);
			if (pending.fault.kind === 'delay') {
				await wait(pending.fault.delayMs ?? 1000, undefined, { ref: false });
				return handler.call(this, request, reply);
			}
			if (pending.fault.acceptFirst && isPurchase(route)) await handler.call(this, request, reply);
			else await readToItsEnd(request);
			return spoil(pending, reply, route, errorBody, simulation);
		};
	});
}

function isPurchase(route: RouteName): boolean {
	return route === 'create' || route === 'remix';
}

/** A form that is not wanted is still taken in, so that the answer and not a reset is seen. */
async function readToItsEnd(request: FastifyRequest): Promise<void> {
	if (!request.isMultipart()) return;
	for await (const part of request.parts()) if (part.type === 'file') await part.toBuffer();
}

function spoil(
	{ fault, timesLeft }: PendingFault,
	reply: FastifyReply,
	route: RouteName,
	errorBody: (refusal: Refusal) => unknown,
	simulation: Simulation,
): FastifyReply {
	const isFile = route === 'content' || route === 'cdn';
	const whole = isFile ? videoBytes('landscape-8s') : Buffer.from(SAMPLE_JSON);
	const half = whole.subarray(0, whole.length / 2);
	reply.removeHeader('content-type');
	if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', fault.retryAfterSeconds);
	switch (fault.kind) {
		case 'status': {
			const httpStatus = fault.httpStatus ?? 500;
			const refusal = new Refusal(httpStatus, 'simulated_fault', `simulated ${httpStatus}`);
			return reply.code(httpStatus).send(errorBody(refusal));
		}
		case 'html':
			return sendHtml(reply, fault.httpStatus ?? 502);
		case 'htmlOk':
			return sendHtml(reply, 200);
		case 'empty':
			return reply.code(fault.httpStatus ?? 200).send();
		case 'truncatedJson':
			return reply.type('application/json').send(SAMPLE_JSON.slice(0, SAMPLE_JSON.length / 2));
		case 'wrongType': {
			const turn = (fault.times ?? 1) - timesLeft - 1;
			return reply.type('application/json').send(WRONG_TYPES[turn % WRONG_TYPES.length]);
		}
		case 'redirect': {
			const elsewhere = `${simulation.addresses.cdnOrigin}/cdn/landscape-8s/redirected.mp4`;
			return reply.redirect(fault.location ?? elsewhere, fault.httpStatus ?? 302);
		}
		case 'hang':
			return reply.hijack();
		case 'resetBeforeHeaders':
			reply.hijack().raw.socket?.resetAndDestroy();
			return reply;
		case 'resetMidBody':
		case 'shortBody': {
			const { raw } = reply.hijack();
			raw.writeHead(200, {
				...(isFile ? videoHeaders('landscape-8s') : { 'content-type': 'application/json' }),
				'content-length': whole.length,
			});
			raw.write(half, () => {
				if (fault.kind === 'shortBody') raw.socket?.end();
				// After a moment, because a reset overtakes bytes that were not read yet.
				else setTimeout(() => raw.socket?.resetAndDestroy(), 50).unref();
			});
			return reply;
		}
		case 'delay':
			return reply;
	}
}

const SAMPLE_JSON = JSON.stringify({ id: 'video_simulated', status: 'queued', progress: 0 });

const WRONG_TYPES = ['[]', '42', 'null', '"queued"'];

/** Cloudflare's page in front of a gateway that does not answer. */
function sendHtml(reply: FastifyReply, httpStatus: number): FastifyReply {
	const title = httpStatus === 524 ? 'A timeout occurred' : 'Bad gateway';
	return reply.code(httpStatus).type('text/html; charset=UTF-8').header('server', 'cloudflare')
		.send(`<!DOCTYPE html>
<html lang="en-US">
<head><title>simulated.example | ${httpStatus}: ${title}</title></head>
<body><h1>${title} <span>Error code ${httpStatus}</span></h1>
<p>Cloudflare Ray ID: <strong>8f0a1b2c3d4e5f60</strong></p></body>
</html>
`);
}
