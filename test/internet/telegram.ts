import multipart from '@fastify/multipart';
import type { Service } from './internet';

/* Telegram's bot API: https://core.telegram.org/bots/api */

const maxUploadBytes = 50 * 1024 * 1024;

/** What a bot has sent to a chat. */
export type Sent =
	| { kind: 'message'; chatId: string; text: string }
	| { kind: 'video'; chatId: string; bytes: Buffer; caption?: string };

export interface Telegram extends Service {
	/** The access token of the bot. */
	token: string;
	sent: Sent[];
	/** Whether a bot waits for messages. */
	isListening(): boolean;
	/** A person writes to the bot; the answer is the HTTP status of its webhook. */
	write(text: string, from: number): Promise<number>;
}

export function createTelegram(): Telegram {
	const token = '123456:simulated';
	const sent: Sent[] = [];
	let webhook: { url: string; secret_token?: string } | undefined;
	let messages = 0;
	return {
		hosts: ['api.telegram.org'],
		token,
		sent,
		isListening: () => webhook !== undefined,
		write: async (text, from) => {
			if (webhook === undefined) throw new Error('The bot has no webhook');
			const person = { id: from, is_bot: false, first_name: 'Ann' };
			const { status } = await fetch(webhook.url, {
				method: 'POST',
				headers: {
					'content-type': 'application/json',
					'x-telegram-bot-api-secret-token': webhook.secret_token ?? '',
				},
				body: JSON.stringify({
					update_id: ++messages,
					message: {
						message_id: messages,
						from: person,
						chat: { id: from, type: 'private', first_name: 'Ann' },
						date: 1,
						text,
					},
				}),
			});
			return status;
		},
		addRoutes(server) {
			void server.register(multipart, { limits: { fileSize: 2 * maxUploadBytes } });
			server.post<{ Params: { bot: string; method: string } }>(
				'/:bot/:method',
				async (request, reply) => {
					const refuse = async (code: number, description: string) =>
						await reply.code(code).send({ ok: false, error_code: code, description });
					if (request.params.bot !== `bot${token}`) return await refuse(401, 'Unauthorized');
					const message = (chatId: string) => ({
						ok: true,
						result: {
							message_id: ++messages,
							chat: { id: Number(chatId), type: 'private' },
							date: 1,
						},
					});
					switch (request.params.method) {
						case 'setWebhook':
							webhook = request.body as typeof webhook;
							return { ok: true, result: true };
						case 'deleteWebhook':
							webhook = undefined;
							return { ok: true, result: true };
						case 'getWebhookInfo':
							return { ok: true, result: { url: webhook?.url ?? '' } };
						case 'sendMessage': {
							const body = request.body as { chat_id?: number | string; text?: string };
							if (!body.text) return await refuse(400, 'Bad Request: message text is empty');
							const chatId = String(body.chat_id);
							sent.push({ kind: 'message', chatId, text: body.text });
							return message(chatId);
						}
						case 'sendVideo': {
							const fields: Record<string, string> = {};
							let bytes: Buffer | undefined;
							for await (const part of request.parts()) {
								if (part.type === 'file') bytes = await part.toBuffer();
								else fields[part.fieldname] = String(part.value);
							}
							if (bytes === undefined) return await refuse(400, 'Bad Request: there is no video');
							if (bytes.length > maxUploadBytes)
								return await refuse(413, 'Request Entity Too Large');
							const { chat_id: chatId = '', caption } = fields;
							sent.push({ kind: 'video', chatId, bytes, caption });
							return message(chatId);
						}
					}
					return await refuse(404, 'Not Found');
				},
			);
		},
	};
}
