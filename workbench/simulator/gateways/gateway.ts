import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { interceptFaults } from '../faults';
import type { GatewayName } from '.';
import { unixSeconds } from '../jobs';
import { Refusal } from '../refusal';
import type { Simulation } from '../simulation';

/** One gateway: its routes are a plugin, the rest is data. */
export interface Gateway {
	prefix: `/${string}`;
	/** The one key it accepts. */
	key: string;
	/** Its documented Veo ids, and some that make no video. */
	models: readonly string[];
	/** Whether the key may come without the word Bearer. */
	acceptsBareKey?: true;
	/** The body of its refusals. */
	errorBody(refusal: Refusal): unknown;
	routes(server: FastifyInstance, simulation: Simulation): void;
}

/** What every gateway does alike: the key, the list of models, refusals in its own shape. */
export function gatewayPlugin(
	name: GatewayName,
	gateway: Gateway,
	simulation: Simulation,
): FastifyPluginAsync {
	return async (server) => {
		interceptFaults(server, simulation, gateway.errorBody, name);

		server.addHook('onRequest', async (request) => requireKey(gateway, request));
		server.setErrorHandler((error, _request, reply) => {
			const refusal = error instanceof Refusal ? error : refusalFrom(error);
			return reply
				.code(refusal.httpStatus)
				.headers(refusal.headers)
				.send(gateway.errorBody(refusal));
		});
		server.setNotFoundHandler((request) => {
			throw new Refusal(404, 'not_found', `Invalid URL (${request.method} ${request.url})`);
		});

		// OpenAI's list of models, which the whole family has.
		server.get('/v1/models', { config: { route: 'models' } }, () => ({
			object: 'list',
			data: gateway.models.map((id) => ({
				id,
				object: 'model',
				created: unixSeconds(Date.UTC(2026, 0, 1)),
				owned_by: 'simulator',
			})),
		}));
		gateway.routes(server, simulation);
	};
}

function requireKey(gateway: Gateway, request: FastifyRequest): void {
	const given = request.headers.authorization ?? '';
	if (given === `Bearer ${gateway.key}`) return;
	if (gateway.acceptsBareKey && given === gateway.key) return;
	throw new Refusal(401, '', given === '' ? '未提供令牌' : '无效的令牌');
}

/** Bodies that the framework could not read, and mistakes of the simulator itself. */
function refusalFrom(error: unknown): Refusal {
	const { statusCode = 500, message = String(error) } = error as Partial<
		Error & { statusCode: number }
	>;
	return new Refusal(statusCode, statusCode < 500 ? 'invalid_json' : 'simulator_error', message);
}
