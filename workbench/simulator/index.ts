import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import fastify from 'fastify';
import type { Clock } from './clock';
import { realClock } from './clock';
import { control } from './control';
import type { Fault } from './faults';
import { addFault, spoiltCount } from './faults';
import type { GatewayName } from './gateways';
import { gatewayNames, gateways } from './gateways';
import { hostPlugin } from './gateways/gateway';
import type { Submission } from './jobs';
import type { Call } from './recording';
import { CONTROL_PREFIX, recordCalls } from './recording';
import { createSimulation, resetSimulation } from './simulation';
import type { Simulation } from './simulation';
import { cdn, middleware } from './storage';
import { taskDataHost } from './taskData';

export type { SentFile } from './bodies';
export type { Clock, ManualClock } from './clock';
export { manualClock, realClock } from './clock';
export type { Fault, FaultKind, RouteName } from './faults';
export type { GatewayName } from './gateways';
export { gatewayNames } from './gateways';
export type { Submission, SubmissionKind } from './jobs';
export type { Call } from './recording';

export interface Simulator {
	/** Where the gateways are: http://127.0.0.1:PORT. */
	origin: string;
	/** Where result files are: another port, so another origin, which must never see a key. */
	cdnOrigin: string;
	/** The base URL of the task-data host, on the foreign origin. */
	taskDataUrl: string;
	baseUrl(gateway: GatewayName): string;
	key(gateway: GatewayName): string;
	clock: Clock;
	/** One entry per accepted create: each is a purchase. */
	ledger: Submission[];
	/** Every request seen, on both ports. */
	calls: Call[];
	/** Lets the next request that fits go wrong. */
	failNext(fault: Fault): void;
	/** How many requests the faults have spoilt so far. */
	spoiltCount(): number;
	/** Forgets all jobs, calls and faults. The clock goes on. */
	reset(): void;
	close(): Promise<void>;
}

export interface SimulatorOptions {
	port?: number;
	cdnPort?: number;
	clock?: Clock;
	host?: '127.0.0.1';
}

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	const { port = 0, cdnPort = 0, clock = realClock(), host = '127.0.0.1' } = options;
	const simulation = createSimulation(clock);
	const gatewayServer = createServer(simulation, 'gateway');
	const foreignServer = createServer(simulation, 'foreign');

	for (const prefix of new Set(gatewayNames.map((name) => gateways[name].prefix))) {
		const formats = gatewayNames
			.filter((name) => gateways[name].prefix === prefix)
			.map((name) => ({ name, gateway: gateways[name] }));
		gatewayServer.register(hostPlugin(formats, simulation), { prefix });
	}
	gatewayServer.register(control(simulation), { prefix: CONTROL_PREFIX });

	const { addresses } = simulation;
	addresses.origin = await gatewayServer.listen({ port, host });
	addresses.cdnOrigin = await foreignServer.listen({ port: cdnPort, host });
	addresses.taskDataUrl = `${addresses.cdnOrigin}/taskdata`;

	return {
		...addresses,
		baseUrl: (gateway) => addresses.origin + gateways[gateway].prefix,
		key: (gateway) => gateways[gateway].key,
		clock,
		ledger: simulation.ledger,
		calls: simulation.calls,
		failNext: (fault) => addFault(simulation, fault),
		spoiltCount: () => spoiltCount(simulation),
		reset: () => resetSimulation(simulation),
		async close() {
			await Promise.all([gatewayServer.close(), foreignServer.close()]);
		},
	};
}

/** Images travel as files and as data URIs in text fields; both may be large. */
const LARGEST_BYTES = 64 * 1024 * 1024;

function createServer(simulation: Simulation, origin: Call['origin']): FastifyInstance {
	const server = fastify({
		forceCloseConnections: true,
		bodyLimit: LARGEST_BYTES,
		routerOptions: { maxParamLength: 500 },
	});
	server.register(multipart, {
		limits: { fileSize: LARGEST_BYTES, fieldSize: LARGEST_BYTES, parts: 100 },
	});
	// Any other type of body is read and then refused by the gateway, in its own words.
	server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
		done(null, body);
	});
	recordCalls(server, simulation, origin);
	server.register(cdn(simulation), { prefix: '/cdn' });
	server.register(taskDataHost(simulation), { prefix: '/taskdata' });
	server.register(middleware, { prefix: '/middleware' });
	return server;
}
