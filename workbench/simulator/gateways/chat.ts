import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { GatewayName } from '.';
import type { JsonRecord } from '../bodies';
import { isHttpUrl, isImageDataUri, isRecord, readJson, requireText } from '../bodies';
import { acceptJob } from '../jobs';
import { invalid, Refusal } from '../refusal';
import type { Simulation } from '../simulation';
import { chatCompletion, chatStream, chatText, inPieces } from './chatAnswer';

export interface ChatRequest {
	model: string;
	prompt: string;
	images: string[];
	body: JsonRecord;
}

/** The chat format, as the gateways of the family speak it. `check` refuses what one of them does not take. */
export function chatRoute(
	server: FastifyInstance,
	simulation: Simulation,
	gateway: GatewayName,
	check: (request: ChatRequest) => { isPortrait: boolean },
): void {
	server.post('/v1/chat/completions', { config: { route: 'create' } }, async (request, reply) => {
		const body = readJson(request);
		const model = requireText(body['model'], 'model');
		const { prompt, images } = readMessages(body);
		const job = acceptJob(simulation, {
			gateway,
			jobId: `${model}:${randomUUID()}`,
			kind: 'create',
			model,
			prompt,
			...check({ model, prompt, images, body }),
			imageUrls: images,
			fields: body,
		});
		const { stream } = job.directives;
		const isStreamed = String(body['stream']) === 'true' && stream !== 'json';
		// These two answer with the finished video at once, so the job is over at once as well.
		if (stream === 'finished' || stream === 'json') job.directives.seconds = 0;

		const text = chatText(simulation, job);
		if (!isStreamed) {
			const pieces: string[] = [];
			for await (const piece of text) pieces.push(piece);
			return chatCompletion(job, pieces.join(''));
		}
		const events = chatStream(job, text);
		const isCut = job.directives.words.has('pieces');
		reply.type('text/event-stream').header('cache-control', 'no-cache');
		return Readable.from(isCut ? inPieces(events) : events, { objectMode: false });
	});
}

function readMessages(body: JsonRecord): { prompt: string; images: string[] } {
	const { messages } = body;
	if (!Array.isArray(messages) || messages.length === 0) throw invalid('messages is required');
	const last: unknown = messages.at(-1);
	if (!isRecord(last)) throw invalid('messages must be objects with role and content');
	requireText(last['role'], 'messages.role');
	const { content } = last;
	if (typeof content === 'string') return { prompt: requireText(content, 'prompt'), images: [] };
	if (!Array.isArray(content)) throw invalid('messages.content is required');
	const texts: string[] = [];
	const images: string[] = [];
	for (const part of content) {
		if (!isRecord(part)) throw invalid('content must be parts with a type');
		if (part['type'] === 'text') texts.push(requireText(part['text'], 'text'));
		else if (part['type'] === 'image_url') images.push(readImageUrl(part['image_url']));
		else throw invalid(`Unknown type of content: ${String(part['type'])}`);
	}
	return { prompt: requireText(texts.join('\n'), 'prompt'), images };
}

function readImageUrl(image: unknown): string {
	const url = isRecord(image) ? image['url'] : image;
	if (isHttpUrl(url) || isImageDataUri(url)) return url;
	throw new Refusal(400, 'invalid_request', 'image_url.url must be a URL or a data URI');
}
