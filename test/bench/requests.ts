import type { IncomingHttpHeaders, RequestOptions } from 'node:http';
import { request } from 'node:http';

export interface Answer {
	status: number;
	headers: IncomingHttpHeaders;
	text: string;
	json(): Record<string, unknown>;
}

/** A call over node:http, as n8n's helper makes it. */
export async function httpCall(
	url: string,
	options: RequestOptions = {},
	body: string | Buffer = '',
): Promise<Answer> {
	return await new Promise((resolve, reject) => {
		const call = request(url, { agent: false, ...options }, (response) => {
			let text = '';
			response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
			response.on('error', reject).on('end', () => {
				const { statusCode = 0, headers } = response;
				const json = () => JSON.parse(text) as Record<string, unknown>;
				resolve({ status: statusCode, headers, text, json });
			});
		});
		call.on('error', reject).end(body);
	});
}

export const httpGet = async (url: string, headers: Record<string, string> = {}) =>
	await httpCall(url, { headers });
