import type { IExecuteFunctions, IHttpRequestOptions, ILoadOptionsFunctions } from 'n8n-workflow';
import type { NoResult } from '../jobs/outcome';
import type { Call, FormPart, Settings } from '../wire/call';
import type { SecretMask } from '../wire/secretMask';
import type { StreamBody } from './body';
import { readConnectionError, notSent } from './connectionError';
import { holdsImage, jsonBody } from './jsonBody';
import type { Timeout } from './timeout';
import { startTimeout } from './timeout';
import { isPrivateHost } from './privateHost';

/** An address and its credential, ready to call. */
export interface Connection {
	context: IExecuteFunctions | ILoadOptionsFunctions;
	/** The name of the credential's type. n8n adds the key to a request, so it is not here. */
	credential: string;
	baseUrl: string;
	settings: Settings;
	/** The origins beside the Base URL's own that get the key: addresses in the credential. */
	keyUrls: readonly string[];
	/** Masks the key in everything that a host returns. */
	mask: SecretMask;
	signal?: AbortSignal;
}

/** An answer whose body has not been read yet. */
export interface Opened {
	kind: 'opened';
	url: string;
	/** Whether the key was sent. */
	isWithKey: boolean;
	httpStatus: number;
	/** By lower-case names, without secrets. */
	headers: Readonly<Record<string, string>>;
	body: StreamBody;
}

export interface OpenOptions {
	/** The longest silence until the headers arrive. */
	timeoutMs?: number;
	/** The timeout of the whole exchange, if it continues after the headers. */
	timeout?: Timeout;
	headers?: Record<string, string>;
}

const defaultTimeoutMs = 60_000;

/**
 * Makes one call and returns the answer's body as a stream. Redirects are not followed: the caller
 * decides, because the key must not go to another origin.
 */
export async function open(
	connection: Connection,
	call: Call,
	{ timeoutMs = defaultTimeoutMs, timeout, headers }: OpenOptions = {},
): Promise<Opened | NoResult> {
	const url = toUrl(connection.baseUrl, call.path);
	if (url === undefined) return notSent('the address is not a valid URL', true);
	const { baseUrl, keyUrls } = connection;
	const isKeyOrigin = [baseUrl, ...keyUrls].some((address) => sharesOrigin(url, address));
	const problem = isKeyOrigin ? undefined : findTargetProblem(connection, call, url);
	if (problem !== undefined) return notSent(problem, true);
	const { body, type } = buildBody(call);
	const options: IHttpRequestOptions = {
		method: call.method,
		url: url.href,
		qs: call.query,
		...(body !== undefined && { body }),
		headers: { Accept: 'application/json, */*', ...type, ...call.headers, ...headers },
		encoding: 'stream',
		returnFullResponse: true,
		// After an error with HTTP 401 n8n would send a POST a second time.
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		timeout: timeoutMs,
	};
	const { context, credential, mask } = connection;
	const exchange = startExchange(connection.signal);
	const { signal } = exchange;
	const isWithKey = isKeyOrigin && call.withoutKey !== true;
	const answer: Promise<Response> = isWithKey
		? context.helpers.httpRequestWithAuthentication.call(
				Object.assign(Object.create(context), { getExecutionCancelSignal: () => signal }),
				credential,
				options,
			)
		: context.helpers.httpRequest({ ...options, abortSignal: signal });
	const ownTimeout = timeout ?? startTimeout(maxCallMs(call, timeoutMs));
	try {
		const response = await ownTimeout.waitFor(answer);
		return {
			kind: 'opened',
			url: url.href,
			isWithKey,
			httpStatus: response.statusCode,
			headers: readHeaders(response, mask),
			body: closeWith(response.body, exchange),
		};
	} catch (error) {
		exchange.close();
		// Discard a response that arrives after the timeout.
		answer.then(
			({ body: late }) => late.destroy(),
			() => undefined,
		);
		return readConnectionError(error, url.host);
	} finally {
		if (timeout === undefined) ownTimeout.end();
	}
}

/** One request with its answer. The cancellation of the execution closes it too. */
interface Exchange {
	signal: AbortSignal;
	/** Closes the connection, unless the answer has been read to its end. */
	close(): void;
}

function startExchange(canceled: AbortSignal | undefined): Exchange {
	const exchange = new AbortController();
	const signals = canceled === undefined ? [] : [canceled];
	// No listener on the signal of the execution: Node.js 20 warns of more than ten.
	const signal = AbortSignal.any([exchange.signal, ...signals]);
	return { signal, close: () => exchange.abort() };
}

/** A body whose end closes the exchange: destroying n8n's stream of a body that hangs leaves its socket open. */
const closeWith = (body: StreamBody, exchange: Exchange): StreamBody => ({
	constructor: body.constructor,
	[Symbol.asyncIterator]: () => body[Symbol.asyncIterator](),
	destroy: () => {
		body.destroy();
		exchange.close();
	},
});

interface Response {
	statusCode: number;
	headers: Record<string, unknown>;
	body: StreamBody;
}

// Grace period for a response already in flight.
const graceMs = 2_000;

/** The limit for a whole call. One with a large body has its timeout twice: to send it, and to get the answer. */
export function maxCallMs({ method, isRepeatable }: Call, timeoutMs = defaultTimeoutMs): number {
	return method === 'GET' || isRepeatable ? timeoutMs + graceMs : 2 * timeoutMs;
}

/** The absolute address of a path: below the credential's base URL, with or without its "/v1" at the end. */
function toUrl(baseUrl: string, path: string): URL | undefined {
	const isAbsolute = /^https?:\/\//i.test(path);
	// Without its slash a path would change the host: "https://api.example.com" + "@other.example/".
	if (!isAbsolute && !path.startsWith('/')) return undefined;
	const base = baseUrl.trim().replace(/\/+$/, '');
	const prefix = path.startsWith('/v1/') ? base.replace(/\/v1$/, '') : base;
	const address = isAbsolute ? path : prefix + path;
	return /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : undefined;
}

/** Why an address outside the credential's own origin must not be called, if so. */
function findTargetProblem(connection: Connection, { method }: Call, url: URL): string | undefined {
	const { baseUrl } = connection;
	if (method === 'POST') {
		return `the address leads from the host of the Base URL to another (${url.host}), where no job is started`;
	}
	if (isOnKnownHost(connection, url) || !isPrivateHost(url.hostname)) return undefined;
	if (URL.canParse(baseUrl) && isPrivateHost(new URL(baseUrl).hostname)) return undefined;
	return `the link leads to a private address (${url.host}), and the Base URL of the credential is not one`;
}

/** Whether the credential names the host of an address: as the Base URL, or as that of the task data. */
export function isOnKnownHost({ settings }: Connection, address: URL | string): boolean {
	return Object.values(settings).some((setting) => sharesOrigin(address, setting));
}

/** Whether two addresses have the same scheme, host and port. */
function sharesOrigin(address: URL | string, other: string): boolean {
	return URL.canParse(other) && new URL(other).origin === new URL(address).origin;
}

/** The body of a call, and its type where n8n's helper does not recognise it. */
function buildBody({ file, form, json }: Call): { body?: object; type?: Record<string, string> } {
	if (file !== undefined) {
		return { body: Buffer.from(file.bytes), type: { 'Content-Type': file.mimeType } };
	}
	if (form !== undefined) return { body: toFormData(form) };
	if (json === undefined || !holdsImage(json)) return { body: json };
	return { body: jsonBody(json), type: { 'Content-Type': 'application/json' } };
}

function toFormData(parts: readonly FormPart[]) {
	const form = new FormData();
	for (const { field, value } of parts) {
		if (typeof value === 'string') form.append(field, value);
		else form.append(field, new Blob([value.bytes], { type: value.mimeType }), value.fileName);
	}
	return form;
}

function readHeaders({ headers }: Response, mask: SecretMask): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name.toLowerCase(), mask.text(String(value))]),
	);
}
