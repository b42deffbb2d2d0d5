import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { wait } from '../clock';
import type { ProviderName } from '../../../nodes/providers';
import { Refusal } from '../refusal';
import type { Simulation } from '../simulation';
import { readAnswer } from './answer';
import type { ChangingKind } from './change';
import { changed, changingKinds } from './change';
import type { PendingFault, RouteName } from './fault';
import { takeFault } from './fault';
import type { WireKind } from './wire';
import { sendBytes, wireKinds } from './wire';

declare module 'fastify' {
	interface FastifyContextConfig {
		route?: RouteName;
	}
}

const isChanging = (kind: string): kind is ChangingKind =>
	changingKinds.some((known) => known === kind);
const isOnTheWire = (kind: string): kind is WireKind => wireKinds.some((known) => known === kind);

/** Applies the programmed faults to every named route of a plugin. */
export function interceptFaults(
	server: FastifyInstance,
	simulation: Simulation,
	errorBody: (refusal: Refusal) => unknown,
	findProvider?: (request: FastifyRequest) => ProviderName | undefined,
): void {
	const spoiled = new WeakMap<FastifyRequest, ChangingKind | WireKind>();

	server.addHook('onRoute', (options) => {
		const route = options.config?.route;
		if (route === undefined) return;
		const { handler } = options;
		options.handler = async function (request, reply) {
			const pending = takeFault(simulation.faults, route, findProvider?.(request));
			if (pending === undefined) return handler.call(this, request, reply);
			const { kind, acceptFirst, delayMs } = pending.fault;
			if (kind === 'delay') {
				await wait(delayMs ?? 1000);
				return handler.call(this, request, reply);
			}
			const isSpoiling = isChanging(kind) || isOnTheWire(kind);
			if (isSpoiling) spoiled.set(request, kind);
			if (isSpoiling && !startsJob(route)) return handler.call(this, request, reply);
			if (startsJob(route) && acceptFirst) {
				const answer: unknown = await handler.call(this, request, reply);
				if (isSpoiling) return answer;
			} else await drainForm(request);
			return isSpoiling ? SAMPLE : replace(pending, request, reply, errorBody, simulation);
		};
	});

	server.addHook('onSend', async (request, reply, payload) => {
		const kind = spoiled.get(request);
		if (kind === undefined) return payload;
		spoiled.delete(request);
		const answer = await readAnswer(reply, payload);
		if (isChanging(kind)) return changed(kind, answer, reply);
		const { socket } = reply.hijack().raw;
		if (socket !== null) sendBytes(kind, answer, socket);
		// A promise that never settles keeps fastify from sending its own response.
		return new Promise(() => undefined);
	});
}

function startsJob(route: RouteName): boolean {
	return route === 'create' || route === 'remix';
}

/** Reads a rejected form completely: a client that is still sending would see a reset instead of the answer. */
async function drainForm(request: FastifyRequest): Promise<void> {
	if (!request.isMultipart()) return;
	for await (const part of request.parts()) if (part.type === 'file') await part.toBuffer();
}

/** Sends another answer instead of the right one. */
function replace(
	{ fault, timesLeft }: PendingFault,
	request: FastifyRequest,
	reply: FastifyReply,
	errorBody: (refusal: Refusal) => unknown,
	{ addresses }: Simulation,
): FastifyReply {
	const { kind, httpStatus, retryAfterSeconds, times = 1, text = '' } = fault;
	reply.removeHeader('content-type');
	if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
	switch (kind) {
		case 'html':
			return sendHtml(reply, httpStatus ?? 502);
		case 'htmlOk':
			return sendHtml(reply, 200);
		case 'empty':
			return reply.code(httpStatus ?? 200).send();
		case 'text':
			return sendJson(reply, text, httpStatus);
		case 'wrongType':
			return sendJson(reply, WRONG_TYPES[(times - timesLeft - 1) % WRONG_TYPES.length]);
		case 'redirect': {
			const location = fault.location ?? `${addresses.cdnOrigin}/cdn/landscape-8s/redirected.mp4`;
			const redirected = reply.code(httpStatus ?? 302);
			return (location === '' ? redirected : redirected.header('location', location)).send();
		}
		case 'redirectLoop':
			return reply.redirect(request.url, httpStatus ?? 302);
		case 'hang':
			return reply.hijack();
		case 'resetBeforeHeaders':
			reply.hijack().raw.socket?.resetAndDestroy();
			return reply;
		default: {
			const code = httpStatus ?? 500;
			const refusal = new Refusal(code, 'simulated_fault', `simulated ${code}`);
			return reply.code(code).send(errorBody(refusal));
		}
	}
}

const sendJson = (reply: FastifyReply, json: string | undefined, httpStatus = 200) =>
	reply.code(httpStatus).type('application/json').send(json);

const SAMPLE = { id: 'video_simulated', status: 'queued', progress: 0 };

const WRONG_TYPES = ['[]', '42', 'null', '"queued"'];

/** Cloudflare's page for a host that does not answer. */
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
