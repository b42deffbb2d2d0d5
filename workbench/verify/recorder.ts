import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { WorkbenchCredentials } from '../engine/credentials';

export type Step =
	| ('keyTest' | 'wrongKey' | 'models' | 'unknownJob')
	| ('create' | 'status' | 'result' | 'download');

/** One request and its answer. */
export interface Exchange {
	step: Step;
	method: string;
	url: string;
	/** The name of the header with the key, and the word before the key. */
	key?: string;
	/** The fields of a form as JSON. */
	body?: unknown;
	/** Absent if none arrived. Of a file, the body is its size and nothing else. */
	answer?: {
		httpStatus: number;
		headers: Record<string, string>;
		body: string | { bytes: number };
	};
}

/** What `npm run verify` writes. */
export interface Recording {
	provider: string;
	model: string;
	/** ISO 8601. */
	date: string;
	/** Why the run did not come to its end. */
	problem?: string;
	exchanges: Exchange[];
}

export interface Recorder {
	/** What the next requests are for. */
	step: Step;
	exchanges: Exchange[];
	/** The values of the headers with the key, which may have tokens that were made of it. */
	sentKeys: Set<string>;
	/** The downloaded video. */
	file?: Buffer;
}

const keyHeaders = new Set(['authorization', 'x-goog-api-key']);
const keptHeaders = new Set([
	...['content-type', 'content-length', 'content-range', 'retry-after', 'location', 'date'],
	'x-fal-error-type',
]);

/** What the nodes' transport needs of n8n, over fetch, with a record of every exchange. */
export function recordingContext(
	recorder: Recorder,
	credential: string,
	values: Record<string, string>,
): IExecuteFunctions {
	const context = {
		getCredentials: async () => values,
		getNode: () => ({ name: 'verify', type: 'verify' }),
		getExecutionCancelSignal: () => undefined,
		helpers: {
			httpRequest: async (options: IHttpRequestOptions) => await send(recorder, options),
			httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) => {
				const credentials = new WorkbenchCredentials({});
				return await send(recorder, await credentials.authenticate(values, credential, options));
			},
			prepareBinaryData: async (stream: Readable, fileName: string, mimeType: string) => {
				recorder.file = await buffer(stream);
				return { id: fileName, data: '', fileName, mimeType };
			},
		},
	};
	return context as unknown as IExecuteFunctions;
}

async function send(recorder: Recorder, { method = 'GET', ...options }: IHttpRequestOptions) {
	const url = new URL(options.url);
	for (const [name, value] of Object.entries(options.qs ?? {})) {
		url.searchParams.set(name, String(value));
	}
	const headers = Object.fromEntries(
		Object.entries(options.headers ?? {}).map(([name, value]) => [
			name.toLowerCase(),
			// n8n's client removes these characters, such as a zero-width space after a pasted key.
			String(value).replace(/[^\t\x20-\x7e\x80-\xff]+/g, ''),
		]),
	);
	const form = options.body instanceof FormData ? options.body : undefined;
	const body: unknown = form === undefined ? options.body : Object.fromEntries(form);
	if (form === undefined && body !== undefined) headers['content-type'] = 'application/json';
	const exchange: Exchange = { step: recorder.step, method, url: url.href, body };
	recorder.exchanges.push(exchange);
	for (const [name, value] of Object.entries(headers).filter(([each]) => keyHeaders.has(each))) {
		if (exchange.step !== 'wrongKey') recorder.sentKeys.add(value);
		exchange.key = `${name} ${value.includes(' ') ? value.split(' ')[0] : '<key>'}`;
	}
	const request = new AbortController();
	const timer = setTimeout(() => request.abort(), options.timeout);
	const response = await fetch(url, {
		...{ method, headers, redirect: 'manual', signal: request.signal },
		body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
	}).finally(() => clearTimeout(timer));
	const type = response.headers.get('content-type') ?? '';
	const isText = exchange.step !== 'download' || /json|text/i.test(type);
	const answer = {
		httpStatus: response.status,
		headers: Object.fromEntries([...response.headers].filter(([name]) => keptHeaders.has(name))),
		body: isText ? '' : { bytes: 0 },
	};
	exchange.answer = answer;
	const decoder = new TextDecoder();
	async function* record() {
		for await (const chunk of response.body ?? []) {
			if (typeof answer.body === 'string') answer.body += decoder.decode(chunk, { stream: true });
			else answer.body.bytes += chunk.length;
			yield chunk;
		}
	}
	const stream = Readable.from(record(), { objectMode: false });
	// A host that goes silent must not keep the process alive.
	stream.once('close', () => request.abort());
	return {
		statusCode: answer.httpStatus,
		headers: Object.fromEntries(response.headers),
		body: stream,
	};
}
