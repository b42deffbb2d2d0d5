import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

/** What the examples talk to beside the providers: a team's chat, and the place where videos are posted. */
export interface Outside {
	chatUrl: string;
	postUrl: string;
	/** The messages to the chat, in the order it came. */
	messages: string[];
	/** The files that were posted. */
	posted: Buffer[];
	close(): Promise<void>;
}

export async function startOutside(): Promise<Outside> {
	const server = fastify({ bodyLimit: 16 * 1024 * 1024 });
	const messages: string[] = [];
	const posted: Buffer[] = [];
	server.addContentTypeParser('video/mp4', { parseAs: 'buffer' }, (_request, body, done) =>
		done(null, body),
	);
	server.post('/chat', async ({ body }) => {
		messages.push((body as { text: string }).text);
		return 'ok';
	});
	server.post('/post', async ({ body }) => {
		posted.push(body as Buffer);
		return { ok: true };
	});
	await server.listen({ host: '127.0.0.1', port: 0 });
	const { port } = server.server.address() as AddressInfo;
	const url = `http://127.0.0.1:${port}`;
	return {
		chatUrl: `${url}/chat`,
		postUrl: `${url}/post`,
		messages,
		posted,
		close: async () => await server.close(),
	};
}
