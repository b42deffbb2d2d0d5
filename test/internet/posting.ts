import type { Service } from './internet';

/** A service that posts videos by their links, and knows its users by a header. */
export interface Posting extends Service {
	header: { name: string; value: string };
	posts: Array<{ text: string; mediaUrls: string[] }>;
}

export function createPosting(): Posting {
	const header = { name: 'x-api-key', value: 'posting-key' };
	const posts: Posting['posts'] = [];
	return {
		// The address that stands in the examples until a person enters another one.
		hosts: ['example.com'],
		header,
		posts,
		addRoutes(server) {
			server.post('/posts', async ({ headers, body }, reply) => {
				if (headers[header.name] !== header.value) return await reply.code(401).send({ ok: false });
				posts.push(body as (typeof posts)[number]);
				return { ok: true };
			});
		},
	};
}
