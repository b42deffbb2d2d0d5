import multipart from '@fastify/multipart';
import { image } from '../simulator/calls';
import type { Service } from './internet';

/* OpenAI's chat completions and image edits: https://platform.openai.com/docs/api-reference */

export interface ImageEdit {
	prompt: string;
	picture: Buffer;
}

export interface OpenAi extends Service {
	key: string;
	/** All that was said to the model, a text per request. */
	said: string[];
	edits: ImageEdit[];
}

/** A model that answers by what is said to it. */
export function createOpenAi(answer: (said: string) => string): OpenAi {
	const key = 'sk-simulated';
	const said: string[] = [];
	const edits: ImageEdit[] = [];
	return {
		hosts: ['api.openai.com'],
		key,
		said,
		edits,
		addRoutes(server) {
			void server.register(multipart);
			server.addHook('onRequest', async ({ headers }, reply) => {
				if (headers.authorization === `Bearer ${key}`) return;
				const error = { message: 'Incorrect API key provided', code: 'invalid_api_key' };
				await reply.code(401).send({ error });
			});
			server.post('/v1/chat/completions', async ({ body }) => {
				const { model, messages } = body as {
					model: string;
					messages: Array<{ content: string | Array<{ text?: string }> }>;
				};
				const text = messages
					.flatMap(({ content }) =>
						typeof content === 'string' ? [content] : content.map((part) => part.text ?? ''),
					)
					.join('\n');
				said.push(text);
				return {
					id: 'chatcmpl-1',
					object: 'chat.completion',
					created: 0,
					model,
					choices: [
						{
							index: 0,
							message: { role: 'assistant', content: answer(text) },
							finish_reason: 'stop',
						},
					],
					usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
				};
			});
			server.post('/v1/images/edits', async (request) => {
				const edit: ImageEdit = { prompt: '', picture: Buffer.of() };
				for await (const part of request.parts()) {
					if (part.type === 'file') edit.picture = await part.toBuffer();
					else if (part.fieldname === 'prompt') edit.prompt = String(part.value);
				}
				edits.push(edit);
				return { created: 0, data: [{ b64_json: image.toString('base64') }] };
			});
		},
	};
}
