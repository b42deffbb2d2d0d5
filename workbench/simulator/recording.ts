import type { FastifyInstance } from 'fastify';
import { findProviderOfPath } from './providers';
import type { Call, Simulation } from './simulation';

/** Records every request of a server. */
export function recordCalls(
	server: FastifyInstance,
	simulation: Simulation,
	origin: Call['origin'],
): void {
	const open = new WeakMap<object, Call>();
	server.addHook('onRequest', async (request) => {
		const provider = findProviderOfPath(request.url);
		const { route } = request.routeOptions.config;
		const call: Call = {
			origin,
			...(route && { route }),
			...(provider && { provider }),
			method: request.method,
			path: request.raw.url ?? '',
			headers: { ...request.headers },
			at: simulation.clock.now(),
		};
		open.set(request, call);
		simulation.calls.push(call);
	});
	server.addHook('preHandler', async (request) => {
		const call = open.get(request);
		if (call?.route === 'status' && request.body !== undefined) call.body = request.body;
	});
	server.addHook('onResponse', async (request, reply) => {
		const call = open.get(request);
		if (call === undefined) return;
		call.httpStatus = reply.raw.statusCode;
		call.answeredAt = simulation.clock.now();
	});
}
