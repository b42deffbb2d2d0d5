import type { FastifyPluginAsync } from 'fastify';
import { interceptFaults } from './faults';
import { sendVideo } from './files';
import type { Simulation } from './simulation';

/** Operator storage: no key needed, and none must ever arrive here. */
export function cdn(simulation: Simulation): FastifyPluginAsync {
	return async (server) => {
		interceptFaults(server, simulation, () => ({ error: 'storage is unavailable' }));
		for (const folder of ['', '/download']) {
			server.get<{ Params: { media: string } }>(
				`${folder}/:media/:file`,
				{ config: { route: 'cdn' } },
				(request, reply) => sendVideo(request, reply, request.params.media),
			);
		}
	};
}

/**
 * The upstream's own host, which the 15-second gateway names in `result_url`. It asks for a key
 * that its customers do not have.
 */
export const middleware: FastifyPluginAsync = async (server) => {
	server.get('/v1/videos/:id/content', (_request, reply) =>
		reply.code(401).send({
			error: { message: '无效的令牌', type: 'new_api_error', code: '' },
		}),
	);
};
