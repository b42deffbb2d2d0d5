import { Readable } from 'node:stream';
import type {
	ICredentialDataDecryptedObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INode,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';
import { WorkbenchCredentials } from '../engine/credentials';
import { credentialTypes, nodeTypes } from '../engine/nodeTypes';

export const steps = [
	...(['keyTest', 'wrongKey', 'models', 'unknownJob'] as const),
	...(['create', 'status', 'result', 'download'] as const),
] as const;
export type Step = (typeof steps)[number];

/** One request and its answer. Of a file, the body is its size and nothing else. */
export interface Exchange {
	step: Step;
	method: string;
	url: string;
	/** Of the request: its type, and the header with the key. */
	headers: Record<string, string>;
	/** The fields of a form as JSON, with the sizes of files. */
	body?: unknown;
	/** Absent if none arrived. */
	answer?: {
		httpStatus: number;
		headers: Record<string, string>;
		body: string | { bytes: number };
	};
}

export interface Recorder {
	/** What the next requests are for. */
	step: Step;
	exchanges: Exchange[];
	/** The values of the headers with the key, which may have tokens that were made of it. */
	sentKeys: Set<string>;
	/** The bytes of the files that were kept. */
	files: Buffer[];
}

const keptRequestHeaders = ['content-type', 'authorization', 'x-goog-api-key'];
const keptHeaders = [
	...['content-type', 'content-length', 'content-range', 'retry-after', 'location', 'date'],
	'x-fal-error-type',
];
const keep = (headers: Iterable<[string, string]>, names: readonly string[]) =>
	Object.fromEntries([...headers].filter(([name]) => names.includes(name)));

/** What the nodes' transport needs of n8n, over fetch, with a record of every exchange. */
export function recordingContext(
	recorder: Recorder,
	credential: string,
	values: ICredentialDataDecryptedObject,
): IExecuteFunctions {
	const authenticate = async (options: IHttpRequestOptions) =>
		await new WorkbenchCredentials({}).authenticate(values, credential, options);
	const context = {
		getCredentials: async () => values,
		getNode: (): Partial<INode> => ({ name: 'verify', type: 'verify' }),
		getExecutionCancelSignal: () => undefined,
		helpers: {
			httpRequest: async (options: IHttpRequestOptions) => await send(recorder, options),
			httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) =>
				await send(recorder, await authenticate(options)),
			prepareBinaryData: async (
				stream: AsyncIterable<Buffer>,
				fileName: string,
				mimeType: string,
			) => {
				const bytes = await readAll(stream);
				recorder.files.push(bytes);
				return {
					id: String(recorder.files.length),
					data: '',
					fileName,
					mimeType,
					bytes: bytes.length,
				};
			},
		},
	};
	return context as unknown as IExecuteFunctions;
}

/** Sends the test of a credential, as n8n does when it is saved. */
export async function testCredential(
	context: IExecuteFunctions,
	credential: string,
): Promise<void> {
	const request = credentialTypes.get(credential)?.test?.request;
	const $credentials = await context.getCredentials(credential);
	const workflow = new Workflow({ nodes: [], connections: {}, active: false, nodeTypes });
	const node = { name: 'verify', parameters: {} } as unknown as INode;
	const baseURL: unknown = workflow.expression.getSimpleParameterValue(
		node,
		request?.baseURL,
		'internal',
		{ $credentials },
	);
	const { url = '', method, qs, body: sent } = request ?? {};
	const options = { url, method, qs, body: sent, baseURL: String(baseURL) } as IHttpRequestOptions;
	const send = context.helpers.httpRequestWithAuthentication;
	const { body } = (await send.call(context, credential, options)) as {
		body: AsyncIterable<Buffer>;
	};
	await readAll(body);
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of stream) chunks.push(chunk);
	return Buffer.concat(chunks);
}

async function send(recorder: Recorder, options: IHttpRequestOptions) {
	const { step } = recorder;
	const url = new URL((options.baseURL ?? '') + options.url);
	for (const [name, value] of Object.entries(options.qs ?? {})) {
		url.searchParams.set(name, String(value));
	}
	const headers = new Headers(options.headers as Record<string, string>);
	const { body, shown } = readBody(options.body);
	if (typeof body === 'string') headers.set('content-type', 'application/json');
	for (const name of keptRequestHeaders.slice(1)) {
		const value = headers.get(name);
		if (value !== null) recorder.sentKeys.add(value);
	}
	const { method = 'GET' } = options;
	const kept = keep(headers, keptRequestHeaders);
	const exchange: Exchange = {
		step,
		method,
		url: url.href,
		headers: kept,
		...(shown !== undefined && { body: shown }),
	};
	recorder.exchanges.push(exchange);
	const response = await fetch(url, { method, headers, body, redirect: 'manual' });
	const type = response.headers.get('content-type') ?? '';
	const answer = {
		httpStatus: response.status,
		headers: keep(response.headers, keptHeaders),
		body: /json|text/i.test(type) ? '' : { bytes: 0 },
	};
	exchange.answer = answer;
	const decoder = new TextDecoder();
	async function* record(source: AsyncIterable<Uint8Array>) {
		for await (const chunk of source) {
			if (typeof answer.body === 'string') answer.body += decoder.decode(chunk, { stream: true });
			else answer.body.bytes += chunk.length;
			yield chunk;
		}
	}
	return {
		statusCode: response.status,
		headers: Object.fromEntries(response.headers),
		body: Readable.from(response.body === null ? [] : record(response.body), { objectMode: false }),
	};
}

/** A body for fetch, and what is kept of it. */
function readBody(body: unknown) {
	if (body instanceof FormData) return { body, shown: Object.fromEntries(body) };
	return { body: body === undefined ? undefined : JSON.stringify(body), shown: body };
}
