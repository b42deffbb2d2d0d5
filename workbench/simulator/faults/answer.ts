import type { FastifyReply } from 'fastify';

/** The answer a provider was about to give, before a fault. */
export interface Answer {
	httpStatus: number;
	headers: Record<string, string>;
	body: Buffer;
}

export async function readAnswer(reply: FastifyReply, payload: unknown): Promise<Answer> {
	const headers = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]);
	return {
		httpStatus: reply.statusCode,
		headers: Object.fromEntries(headers) as Record<string, string>,
		body: await readBytes(payload),
	};
}

async function readBytes(payload: unknown): Promise<Buffer> {
	if (payload === undefined || payload === null) return Buffer.alloc(0);
	if (typeof payload === 'string' || payload instanceof Uint8Array) return Buffer.from(payload);
	const chunks: Buffer[] = [];
	for await (const chunk of payload as AsyncIterable<string | Uint8Array>) {
		chunks.push(Buffer.from(chunk));
	}
	return Buffer.concat(chunks);
}
