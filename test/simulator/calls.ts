import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import FormData from 'form-data';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import type { Call, FormPart } from '../../nodes/wire/call';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { inlineImages } from '../inlineImages';

/** What curl would see. */
export interface Answer {
	httpStatus: number;
	headers: Record<string, string | string[] | undefined>;
	bytes: Buffer;
	text: string;
	json: unknown;
}

interface Sent {
	json?: unknown;
	form?: FormData;
	headers?: Record<string, string>;
	/** Another value of the Authorization header, or null for none. */
	authorization?: string | null;
	body?: string;
}

/** Calls a provider with its key, as the curl calls of the documents do. */
export async function call(
	simulator: Simulator,
	provider: ProviderName,
	method: Dispatcher.HttpMethod,
	path: string,
	{ authorization = simulator.authorization(provider), ...rest }: Sent = {},
): Promise<Answer> {
	const url = URL.canParse(path) ? path : simulator.baseUrl(provider) + path;
	return await send(url, method, { authorization, ...rest });
}

/** Makes a call of a fixture. */
export async function sendCall(
	simulator: Simulator,
	provider: ProviderName,
	{ method, path, query, json, form }: Call,
	sent: Pick<Sent, 'authorization'> = {},
): Promise<Answer> {
	const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
	return await call(simulator, provider, method, path + search, {
		...sent,
		...(json !== undefined && { json: inlineImages(json) }),
		...(form !== undefined && { form: formFrom(form) }),
	});
}

export async function send(
	url: string,
	method: Dispatcher.HttpMethod = 'GET',
	{ json, form, headers = {}, authorization = null, body }: Sent = {},
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
	return formFrom(
		parts.map(([field, value]) => ({
			field,
			value: typeof value === 'string' ? value : { kind: 'bytes', bytes: value, ...exampleFile },
		})),
	);
}

const exampleFile = { fileName: 'example-file.png', mimeType: 'image/png' };

function formFrom(parts: readonly FormPart[]): FormData {
	const form = new FormData();
	for (const { field, value } of parts) {
		if (typeof value === 'string') form.append(field, value);
		else {
			const { bytes, fileName: filename, mimeType: contentType } = value;
			form.append(field, Buffer.from(bytes), { filename, contentType });
		}
	}
	return form;
}

/** Reads a stream of server-sent events until a piece of text has arrived, then hangs up. */
export async function readStreamUntil(
	simulator: Simulator,
	provider: ProviderName,
	{ path, json }: Call,
	piece: string,
): Promise<string> {
	const { body } = await request(simulator.baseUrl(provider) + path, {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			authorization: simulator.authorization(provider),
		},
		body: JSON.stringify(inlineImages(json)),
	});
	let text = '';
	for await (const chunk of body) {
		text += String(chunk);
		if (text.includes(piece)) break;
	}
	if (!body.closed) await once(body, 'close');
	return text;
}

/** The value at a path in an answer: `at(answer, 'data', 'video_url')`. */
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

export { pixel as image, pixelDataUri as imageDataUri } from '../fixtures/inputs';
