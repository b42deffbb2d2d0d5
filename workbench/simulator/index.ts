import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import fastify from 'fastify';
import type { ProviderName } from '../../nodes/providers';
import { providerNames } from '../../nodes/providers';
import { startCalling } from './callbacks';
import type { Clock } from './clock';
import { processClock } from './clock';
import type { Drift } from './drift';
import { driftAnswers } from './drift';
import type { Fault } from './faults/fault';
import { spoiltCount } from './faults/fault';
import { hostPlugin, requireKey } from './host';
import type { LedgerEntry } from './jobs';
import { simulatedProviders } from './providers';
import { recordCalls } from './recording';
import { createSimulation, resetSimulation } from './simulation';
import type { Call, CallTry, Simulation } from './simulation';
import { cdn, middleware } from './storage';
import { taskDataHost } from './taskDataHost';

export type { SentFile } from './bodies';
export type { Clock, ManualClock } from './clock';
export { manualClock, processClock } from './clock';
export type { Drift } from './drift';
export type { Fault, FaultKind, RouteName } from './faults/fault';
export type { LedgerEntry } from './jobs';
export type { Call } from './simulation';

export interface Simulator {
	/** Where the providers' hosts are: http://127.0.0.1:PORT. */
	origin: string;
	/** Where result files are: on another port, so another origin, which must never receive a key. */
	cdnOrigin: string;
	/** The base URL of the task-data host, on the foreign origin. */
	taskDataUrl: string;
	baseUrl(provider: ProviderName): string;
	key(provider: ProviderName): string;
	/** The header with the key. */
	authorization(provider: ProviderName): string;
	/** Whether a call came with the key of a provider. */
	isAuthorized(provider: ProviderName, call: Pick<Call, 'headers' | 'at'>): boolean;
	/** The key, and what else no one but the provider may see. */
	secrets(provider: ProviderName): string[];
	/** The fields of the credential beside key, Base URL and Task Data URL. */
	settings(provider: ProviderName): Record<string, string>;
	clock: Clock;
	/** One entry per accepted create: each was paid for. */
	ledger: LedgerEntry[];
	/** Every request seen, on both ports. */
	calls: Call[];
	/** Every try to call the address of a job. */
	callTries: CallTry[];
	/** Makes the next matching request fail. */
	failNext(fault: Fault): void;
	/** Changes the answers from now on, as a provider that no longer does what its documents say. */
	drift(change: Drift): void;
	/** The number of requests affected by faults so far. */
	spoiltCount(): number;
	/** Removes all jobs, calls and faults. The clock is not reset. */
	reset(): void;
	/** Closes all connections, also those of answers that never end. */
	dropConnections(): void;
	close(): Promise<void>;
}

export async function startSimulator({
	clock = processClock,
	port = 0,
	cdnPort = 0,
} = {}): Promise<Simulator> {
	const simulation = createSimulation(clock);
	const providerServer = createServer(simulation, 'provider');
	const foreignServer = createServer(simulation, 'foreign');

	const all = providerNames.map((name) => ({ name, provider: simulatedProviders[name] }));
	for (const prefix of new Set(all.map(({ provider }) => provider.prefix))) {
		const formats = all.filter(({ provider }) => provider.prefix === prefix);
		providerServer.register(hostPlugin(formats, simulation), { prefix });
	}

	const callers = Object.fromEntries(all.map(({ name, provider }) => [name, provider.caller]));
	const stopCalling = startCalling(simulation, callers);

	const { addresses } = simulation;
	const host = '127.0.0.1';
	addresses.origin = await providerServer.listen({ host, port });
	addresses.cdnOrigin = await foreignServer.listen({ host, port: cdnPort });
	addresses.taskDataUrl = `${addresses.cdnOrigin}/taskdata`;

	const baseUrl = (provider: ProviderName) =>
		addresses.origin + simulatedProviders[provider].prefix;
	return {
		...addresses,
		baseUrl,
		key: (provider) => simulatedProviders[provider].key,
		authorization: (provider) => {
			const { key, keyScheme = 'Bearer', ownKey } = simulatedProviders[provider];
			return ownKey?.authorization(clock.now()) ?? `${keyScheme} ${key}`;
		},
		isAuthorized: (provider, { headers, at }) => {
			try {
				requireKey(simulatedProviders[provider], headers, at);
				return true;
			} catch {
				return false;
			}
		},
		secrets: (provider) => {
			const { key, ownKey } = simulatedProviders[provider];
			return [key, ...(ownKey?.secrets ?? [])];
		},
		settings: (provider) => simulatedProviders[provider].settings?.(baseUrl(provider)) ?? {},
		clock,
		ledger: simulation.ledger,
		calls: simulation.calls,
		callTries: simulation.callTries,
		failNext: (fault) => simulation.faults.push({ fault, timesLeft: fault.times ?? 1 }),
		drift: (change) => simulation.drifts.push(change),
		spoiltCount: () => spoiltCount(simulation.faults),
		reset: () => resetSimulation(simulation),
		dropConnections: () => {
			for (const { server } of [providerServer, foreignServer]) server.closeAllConnections();
		},
		async close() {
			stopCalling();
			await Promise.all([providerServer.close(), foreignServer.close()]);
		},
	};
}

/** Images are sent as files or as data URIs in text fields; both may be large. */
const MAX_BYTES = 64 * 1024 * 1024;

function createServer(simulation: Simulation, origin: Call['origin']): FastifyInstance {
	const server = fastify({
		forceCloseConnections: true,
		bodyLimit: MAX_BYTES,
		routerOptions: { maxParamLength: 500 },
	});
	server.register(multipart, {
		limits: { fileSize: MAX_BYTES, fieldSize: MAX_BYTES, parts: 100 },
	});
	// Other types of body are read, then rejected by the provider in its own shape.
	server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
		done(null, body);
	});
	recordCalls(server, simulation, origin);
	driftAnswers(server, simulation.drifts);
	server.register(cdn(simulation), { prefix: '/cdn' });
	server.register(taskDataHost(simulation), { prefix: '/taskdata' });
	server.register(middleware, { prefix: '/middleware' });
	return server;
}
