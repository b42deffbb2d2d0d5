import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import FormData from 'form-data';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import type { GatewayName, Simulator } from '../../workbench/simulator';

/** What curl would see. */
export interface Answer {
	httpStatus: number;
	headers: Record<string, string | string[] | undefined>;
	bytes: Buffer;
	text: string;
	json: unknown;
}

interface Call {
	json?: unknown;
	form?: FormData;
	headers?: Record<string, string>;
	/** Another value of the Authorization header, or null for none. */
	authorization?: string | null;
	body?: string;
}

/** Calls a gateway with its key, as the curl calls of the documents do. */
export async function call(
	simulator: Simulator,
	gateway: GatewayName,
	method: Dispatcher.HttpMethod,
	path: string,
	{ authorization = `Bearer ${simulator.key(gateway)}`, ...rest }: Call = {},
): Promise<Answer> {
	return send(simulator.baseUrl(gateway) + path, method, { authorization, ...rest });
}

export async function send(
	url: string,
	method: Dispatcher.HttpMethod = 'GET',
	{ json, form, headers = {}, authorization = null, body }: Call = {},
): Promise<Answer> {
	const response = await request(url, {
		method,
		headers: {
			...(authorization !== null && { authorization }),
			...(json !== undefined && { 'content-type': 'application/json' }),
			...form?.getHeaders(),
			...headers,
		},
		body: form?.pipe(new PassThrough()) ?? (json === undefined ? body : JSON.stringify(json)),
	});
	const bytes = Buffer.from(await response.body.arrayBuffer());
	const text = bytes.toString('utf8');
	const isJson = String(response.headers['content-type']).startsWith('application/json');
	return {
		httpStatus: response.statusCode,
		headers: response.headers,
		bytes,
		text,
		json: isJson ? JSON.parse(text) : undefined,
	};
}

/** A form as `curl --form` sends it: a Buffer is a file part. */
export function formOf(...parts: Array<[name: string, value: string | Buffer]>): FormData {
	const form = new FormData();
	for (const [name, value] of parts) {
		if (typeof value === 'string') form.append(name, value);
		else form.append(name, value, { filename: 'example-file.png', contentType: 'image/png' });
	}
	return form;
}

/** Reads a stream of server-sent events until a piece of text has arrived, then hangs up. */
export async function readStreamUntil(url: string, options: Call, piece: string): Promise<string> {
	const { json, authorization } = options;
	const { body } = await request(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json', authorization: authorization ?? '' },
		body: JSON.stringify(json),
	});
	let text = '';
	for await (const chunk of body) {
		text += String(chunk);
		if (text.includes(piece)) break;
	}
	if (!body.closed) await once(body, 'close');
	return text;
}

/** The way down into an answer: `at(answer, 'data', 'video_url')`. */
export function at(value: unknown, ...path: Array<string | number>): unknown {
	return path.reduce<unknown>(
		(inner, key) =>
			typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
		value,
	);
}

export function textAt(value: unknown, ...path: Array<string | number>): string {
	return String(at(value, ...path));
}

/** One pixel. */
export const image = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

export const imageDataUri = `data:image/png;base64,${image.toString('base64')}`;
