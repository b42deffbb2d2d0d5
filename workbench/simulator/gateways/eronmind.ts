import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { JsonRecord } from '../bodies';
import {
	isHttpUrl,
	isImageDataUri,
	isRecord,
	readJson,
	requireOneOf,
	requireText,
} from '../bodies';
import { acceptJob } from '../jobs';
import { invalid, Refusal } from '../refusal';
import { chatCompletion, chatStream, chatText, inPieces } from './eronmindChat';
import type { Gateway } from './gateway';

// Eronmind, newapi.eronmind.com: apifox project 5503894, api-340080677
export const eronmind: Gateway = {
	prefix: '/eronmind',
	key: 'sk-sim-eronmind-92ad7e04f5',
	acceptsBareKey: true,
	models: [
		'veo_3_1',
		'veo_3_1-fast',
		'veo_3_1-portrait',
		'veo_3_1-landscape',
		'veo_3_1-portrait-fast',
		'veo_3_1-landscape-fast',
		'veo_3_1-fl',
		'veo_3_1-portrait-fl',
		'veo_3_1-landscape-fl',
		'gpt-4o-mini',
	],
	// The page shows no error; the host is a New API, whose chat routes answer as OpenAI's do.
	errorBody: ({ code, message }) => ({
		error: { message, type: 'new_api_error', param: '', code },
	}),

	routes(server, simulation) {
		server.post('/v1/chat/completions', { config: { route: 'create' } }, async (request, reply) => {
			const body = readJson(request);
			const model = requireText(body['model'], 'model');
			const { prompt, images } = readMessages(body);
			requireImageCount(model, images.length);
			const size = requireOneOf(body['size'] ?? '720x1280', 'size', ['720x1280', '1280x720']);
			const job = acceptJob(simulation, {
				gateway: 'eronmind',
				jobId: `${model}:${randomUUID()}`,
				kind: 'create',
				model,
				prompt,
				isPortrait: /-portrait/.test(model) || (!/-landscape/.test(model) && size === '720x1280'),
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
	},
};

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

/** The -fl models take a first and a last frame, and no reference images. */
function requireImageCount(model: string, count: number): void {
	const takesFrames = /-fl(-|$)/.test(model);
	if (takesFrames && count === 0) throw invalid(`${model} needs 1 or 2 images`);
	const limit = takesFrames ? 2 : 3;
	if (count > limit) throw invalid(`${model} takes at most ${limit} images`);
}
