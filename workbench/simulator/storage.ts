import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { interceptFaults } from './faults/intercept';
import { sendVideo } from './files';
import { unixSeconds } from './jobs';
import { namedPlugin } from './namedPlugin';
import type { Simulation } from './simulation';

/** Operator storage: needs no key, and must never receive one. */
export function cdn(simulation: Simulation): FastifyPluginAsync {
	return namedPlugin('cdn', async (server) => {
		interceptFaults(server, simulation, () => ({ error: 'storage is unavailable' }));
		server.put('/upload/:file', () => '');
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
	});
}

/** What Google Cloud Storage and Amazon S3 answer for an expired link. */
function expired(reply: FastifyReply): FastifyReply {
	return reply
		.code(403)
		.type('application/xml')
		.send('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>');
}

/** The upstream's own host, which newApiRemix names in `result_url`. Customers have no key for it. */
export const middleware = namedPlugin('middleware', async (server) => {
	server.get('/v1/videos/:id/content', (_request, reply) =>
		reply.code(401).send({
			error: { message: '无效的令牌', type: 'new_api_error', code: '' },
		}),
	);
});
