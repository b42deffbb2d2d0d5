import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ProviderName } from '../../nodes/providers';
import { interceptFaults } from './faults/intercept';
import { unixSeconds } from './jobs';
import type { SimulatedProvider } from './provider';
import { findProviderOfJob } from './ledger';
import { namedPlugin } from './namedPlugin';
import { Refusal } from './refusal';
import type { Simulation } from './simulation';

export interface Format {
	name: ProviderName;
	provider: SimulatedProvider;
}

/** A host with all of its formats: one key, one list of models, and errors in each format's shape. */
export function hostPlugin(formats: readonly Format[], simulation: Simulation): FastifyPluginAsync {
	return namedPlugin('host', async (server) => {
		const [first] = formats;
		if (first === undefined) return;
		server.addHook('onRequest', async (request) =>
			requireKey(first.provider, request.headers, simulation.clock.now()),
		);
		server.setNotFoundHandler((request) => {
			throw new Refusal(404, 'not_found', `Invalid URL (${request.method} ${request.url})`);
		});
		refuseAs(server, first.provider);

		const lists = namedPlugin('lists', async (own) => {
			spoilAs(own, first, simulation);
			(first.provider.ownLists ?? newApiModels(formats))(own);
		});
		server.register(lists);
		for (const format of formats) {
			const { name, provider } = format;
			const finds = provider.findsJobsOfHost ? formats.map((each) => each.name) : [name];
			const routes = namedPlugin(name, async (own) => {
				spoilAs(own, format, simulation);
				refuseAs(own, provider);
				for (const route of provider.routes) route(own, { simulation, name, finds });
			});
			server.register(routes);
		}
	});
}

/** OpenAI's list of models, which New API's whole family has. */
function newApiModels(formats: readonly Format[]): (server: FastifyInstance) => void {
	const models = new Set(formats.flatMap(({ provider }) => provider.models));
	return (server) =>
		server.get('/v1/models', { config: { route: 'models' } }, () => ({
			object: 'list',
			data: [...models].map((id) => ({
				id,
				object: 'model',
				created: unixSeconds(Date.UTC(2026, 0, 1)),
				owned_by: 'simulator',
			})),
		}));
}

/** Applies the faults programmed for the format, or for that of the job in the path. */
function spoilAs(server: FastifyInstance, format: Format, simulation: Simulation): void {
	const findProvider = (request: FastifyRequest) =>
		findProviderOfJob(simulation, request) ?? format.name;
	interceptFaults(server, simulation, format.provider.errorBody, findProvider);
}

/** Sends errors in the shape of the format. */
function refuseAs(server: FastifyInstance, provider: SimulatedProvider): void {
	server.setErrorHandler((error, _request, reply) => {
		const refusal = error instanceof Refusal ? error : refusalFrom(error);
		return reply
			.code(refusal.httpStatus)
			.headers(refusal.headers)
			.send(provider.errorBody(refusal));
	});
}

/** Throws a Refusal unless the headers of a request hold the key of its host. */
export function requireKey(
	provider: SimulatedProvider,
	headers: IncomingHttpHeaders,
	now: number,
): void {
	const { key, keyScheme = 'Bearer', acceptsBareKey, ownKey } = provider;
	if (ownKey !== undefined) return ownKey.check(headers, now);
	const given = headers.authorization ?? '';
	if (given === `${keyScheme} ${key}` || (acceptsBareKey && given === key)) return;
	throw new Refusal(401, '', given === '' ? '未提供令牌' : '无效的令牌');
}

/** Bodies that the framework could not read, and errors of the simulator itself. */
function refusalFrom(error: unknown): Refusal {
	const { statusCode = 500, message = String(error) } = error as Partial<
		Error & { statusCode: number }
	>;
	return new Refusal(statusCode, statusCode < 500 ? 'invalid_json' : 'simulator_error', message);
}
