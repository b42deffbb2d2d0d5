import type { FastifyPluginAsync } from 'fastify';
import { isRecord } from './bodies';
import { isManual } from './clock';
import type { Fault } from './faults';
import { addFault, faultKinds, routeNames } from './faults';
import { gatewayNames } from './gateways';
import type { Simulation } from './simulation';
import { resetSimulation } from './simulation';

/** What a test does by calling the simulator, for one that runs as its own process. */
export function control(simulation: Simulation): FastifyPluginAsync {
	return async (server) => {
		server.get('/ledger', (_request, reply) =>
			reply.type('application/json').send(JSON.stringify(simulation.ledger, bytesAsBase64)),
		);
		server.get('/calls', () => simulation.calls);
		server.post('/fail', (request, reply) => {
			if (!isFault(request.body)) return reply.code(400).send({ error: 'not a fault' });
			addFault(simulation, request.body);
			return reply.send({ ok: true });
		});
		server.post('/advance', (request, reply) => {
			const milliseconds = isRecord(request.body) ? request.body['milliseconds'] : undefined;
			if (typeof milliseconds !== 'number') {
				return reply.code(400).send({ error: 'milliseconds is required' });
			}
			if (!isManual(simulation.clock)) {
				return reply.code(409).send({ error: 'this clock goes by itself' });
			}
			simulation.clock.advance(milliseconds);
			return reply.send({ now: simulation.clock.now() });
		});
		server.post('/reset', () => {
			resetSimulation(simulation);
			return { ok: true };
		});
	};
}

function isFault(value: unknown): value is Fault {
	if (!isRecord(value)) return false;
	const isKnown = (list: readonly string[], key: string) =>
		value[key] === undefined || list.includes(String(value[key]));
	return (
		value['kind'] !== undefined &&
		isKnown(faultKinds, 'kind') &&
		isKnown(routeNames, 'route') &&
		isKnown(gatewayNames, 'gateway')
	);
}

/** Buffers turn into `{ type, data }` before a replacer sees them. */
function bytesAsBase64(_key: string, value: unknown): unknown {
	if (!isRecord(value) || value['type'] !== 'Buffer' || !Array.isArray(value['data'])) return value;
	return Buffer.from(value['data']).toString('base64');
}
