import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { GatewayName } from './gateways';
import { gatewayOfPath } from './gateways';
import type { Simulation } from './simulation';

/** One HTTP request as it arrived. */
export interface Call {
	/** The port it arrived on. */
	origin: 'gateway' | 'foreign';
	gateway?: GatewayName;
	method: string;
	/** With its query, as sent. */
	path: string;
	headers: IncomingHttpHeaders;
	/** Missing when it never got a complete answer. */
	httpStatus?: number;
	/** In the simulator's time, milliseconds. */
	at: number;
	answeredAt?: number;
}

export const CONTROL_PREFIX = '/_control';

/** Notes every request of a server, except those that control the simulator itself. */
export function recordCalls(
	server: FastifyInstance,
	simulation: Simulation,
	origin: Call['origin'],
): void {
	const open = new WeakMap<object, Call>();
	server.addHook('onRequest', async (request) => {
		if (request.url.startsWith(CONTROL_PREFIX)) return;
		const gateway = gatewayOfPath(request.url);
		const call: Call = {
			origin,
			...(gateway && { gateway }),
			method: request.method,
			path: request.raw.url ?? '',
			headers: { ...request.headers },
			at: simulation.clock.now(),
		};
		open.set(request, call);
		simulation.calls.push(call);
	});
	server.addHook('onResponse', async (request, reply) => {
		const call = open.get(request);
		if (call === undefined) return;
		call.httpStatus = reply.raw.statusCode;
		call.answeredAt = simulation.clock.now();
	});
}
