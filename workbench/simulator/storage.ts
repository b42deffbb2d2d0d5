import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { interceptFaults } from './faults';
import { sendVideo } from './files';
import { unixSeconds } from './jobs';
import type { Simulation } from './simulation';

/** Operator storage: no key needed, and none must ever arrive here. */
export function cdn(simulation: Simulation): FastifyPluginAsync {
	return async (server) => {
		interceptFaults(server, simulation, () => ({ error: 'storage is unavailable' }));
		for (const folder of ['', '/download']) {
			server.get<{ Params: { media: string }; Querystring: { Expires?: string } }>(
				`${folder}/:media/:file`,
				{ config: { route: 'cdn' } },
				(request, reply) => {
					const expiresAt = Number(request.query.Expires ?? Infinity);
					if (unixSeconds(simulation.clock.now()) >= expiresAt) return expired(reply);
					return sendVideo(request, reply, request.params.media);
				},
			);
		}
	};
}

/** Google Cloud Storage and Amazon S3 say so of a signed link that is no longer good. */
function expired(reply: FastifyReply): FastifyReply {
	return reply
		.code(403)
		.type('application/xml')
		.send('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>');
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
