import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { JsonRecord } from '../bodies';
import { isRecord, readImages, readJson, requireText } from '../bodies';
import type { Route } from '../provider';
import { createRoute } from '../provider';
import { invalid } from '../refusal';
import { chatCompletion, chatStream, chatText, inPieces } from './chatAnswer';

export interface ChatRequest {
	model: string;
	prompt: string;
	images: string[];
	body: JsonRecord;
}

/** The family's chat format. `readShape` rejects what a provider does not accept. */
export function chatRoute(readShape: (request: ChatRequest) => { isPortrait: boolean }): Route {
	return createRoute(
		'/v1/chat/completions',
		(request) => {
			const body = readJson(request);
			const model = requireText(body['model'], 'model');
			const { prompt, images } = readMessages(body);
			return {
				jobId: `${model}:${randomUUID()}`,
				model,
				prompt,
				...readShape({ model, prompt, images, body }),
				imageUrls: images,
				fields: body,
			};
		},
		async (simulation, job, reply) => {
			const { stream, words } = job.directives;
			// These two answer with the finished video, so the job has ended.
			if (stream === 'finished' || stream === 'json') job.directives.seconds = 0;

			const text = chatText(simulation, job);
			if (String(job.fields['stream']) !== 'true' || stream === 'json') {
				const pieces: string[] = [];
				for await (const piece of text) pieces.push(piece);
				return chatCompletion(job, pieces.join(''));
			}
			const events = chatStream(job, text);
			reply.type('text/event-stream').header('cache-control', 'no-cache');
			return Readable.from(words.has('pieces') ? inPieces(events) : events, { objectMode: false });
		},
	);
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
	const images: unknown[] = [];
	for (const part of content) {
		if (!isRecord(part)) throw invalid('content must be parts with a type');
		const { type, text, image_url: image } = part;
		if (type === 'text') texts.push(requireText(text, 'text'));
		else if (type === 'image_url') images.push(isRecord(image) ? image['url'] : image);
		else throw invalid(`Unknown type of content: ${String(type)}`);
	}
	return {
		prompt: requireText(texts.join('\n'), 'prompt'),
		images: readImages(images, 'image_url.url', Infinity, ['link', 'dataUri']),
	};
}
