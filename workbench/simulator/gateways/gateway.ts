import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { interceptFaults } from '../faults';
import type { GatewayName } from '.';
import { gatewayOfJobIn, unixSeconds } from '../jobs';
import { Refusal } from '../refusal';
import type { Simulation } from '../simulation';

/** One format of one gateway: its routes are a plugin, the rest is data. */
export interface Gateway {
	/** The gateway's address. Its formats share it, and the key. */
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

export interface Format {
	name: GatewayName;
	gateway: Gateway;
}

/** A gateway with all of its formats: one key, one list of models, and refusals in each format's shape. */
export function hostPlugin(formats: readonly Format[], simulation: Simulation): FastifyPluginAsync {
	return async (server) => {
		const [first] = formats;
		if (first === undefined) return;
		server.addHook('onRequest', async (request) => requireKey(first.gateway, request));
		server.setNotFoundHandler((request) => {
			throw new Refusal(404, 'not_found', `Invalid URL (${request.method} ${request.url})`);
		});
		refuseAs(server, first.gateway);

		server.register(async (own) => {
			spoilAs(own, first, simulation);
			modelsRoute(own, formats);
		});
		for (const format of formats) {
			server.register(async (own) => {
				spoilAs(own, format, simulation);
				refuseAs(own, format.gateway);
				format.gateway.routes(own, simulation);
			});
		}
	};
}

/** OpenAI's list of models, which the whole family has. */
function modelsRoute(server: FastifyInstance, formats: readonly Format[]): void {
	const models = new Set(formats.flatMap(({ gateway }) => gateway.models));
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

/** Lets the routes go wrong as programmed for their format. */
function spoilAs(server: FastifyInstance, { name, gateway }: Format, simulation: Simulation): void {
	// Two formats may share a route: then the job tells whose it is.
	const formatOf = (request: FastifyRequest) => gatewayOfJobIn(simulation, request) ?? name;
	interceptFaults(server, simulation, gateway.errorBody, formatOf);
}

/** Lets the routes refuse in the shape of their format. */
function refuseAs(server: FastifyInstance, gateway: Gateway): void {
	server.setErrorHandler((error, _request, reply) => {
		const refusal = error instanceof Refusal ? error : refusalFrom(error);
		return reply.code(refusal.httpStatus).headers(refusal.headers).send(gateway.errorBody(refusal));
	});
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
