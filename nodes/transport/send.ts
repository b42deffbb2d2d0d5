import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
} from 'n8n-workflow';
import type { NoResult } from '../jobs/outcome';
import type { Call, FormPart, Settings } from '../wire/call';
import type { Body } from './body';
import { readConnectionError, notSent } from './connectionError';
import { holdsImage, jsonBody } from './jsonBody';
import type { Timeout } from './timeout';
import { startTimeout } from './timeout';
import { isPrivateHost } from './privateHost';
import type { SecretMask } from './secrets';
import { createSecretMask } from './secrets';

/** What a call needs: n8n's context and the credential that the user chose. */
export interface Connection {
	context: IExecuteFunctions | ILoadOptionsFunctions;
	/** The name of the credential's type. */
	credential: string;
	baseUrl: string;
	settings: Settings;
	/** The credential's password fields, to mask them in answers. Never stored; n8n alone sends them. */
	secrets: readonly string[];
	signal?: AbortSignal;
}

export interface Opened {
	url: string;
	/** Whether the key went along. */
	isWithKey: boolean;
	httpStatus: number;
	/** By lower-case names, without secrets. */
	headers: Readonly<Record<string, string>>;
	body: Body;
}

export interface OpenOptions {
	/** The longest silence until the answer's headers are there. */
	timeoutMs?: number;
	/** The patience of the whole exchange, where there is more to it. */
	timeout?: Timeout;
	headers?: Record<string, string>;
	/** Where another host decided on the address: even the credential's own origin gets no key then. */
	withoutKey?: boolean;
}

const defaultTimeoutMs = 60_000;

/**
 * Makes one call and gives the answer's body as a stream. Redirects are not followed: where they lead
 * is for the caller to decide, because the key must not go along.
 */
export async function open(
	connection: Connection,
	call: Call,
	{ timeoutMs = defaultTimeoutMs, timeout, headers = {}, withoutKey = false }: OpenOptions = {},
): Promise<Opened | NoResult> {
	const url = resolve(connection.baseUrl, call.path);
	if (url === undefined) return notSent('the address is not a valid URL', true);
	const isAtHome = sharesOrigin(url, connection.baseUrl);
	const refusal = isAtHome ? undefined : whyNotAbroad(connection, call, url);
	if (refusal !== undefined) return notSent(refusal, true);
	const options: IHttpRequestOptions = {
		method: call.method,
		url: url.href,
		qs: call.query,
		...bodyOf(call),
		headers: { Accept: 'application/json, */*', ...typeOf(call), ...headers },
		encoding: 'stream',
		returnFullResponse: true,
		// A status is read, not thrown: with errors n8n would send a POST a second time on a 401.
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		timeout: timeoutMs,
	};
	const isWithKey = isAtHome && !withoutKey && call.withoutKey !== true;
	const answer = (
		isWithKey
			? connection.context.helpers.httpRequestWithAuthentication.call(
					connection.context,
					connection.credential,
					options,
				)
			: connection.context.helpers.httpRequest({ ...options, abortSignal: connection.signal })
	) as Promise<Response>;
	const ownTimeout = timeout ?? startTimeout(maxCallMs(call, timeoutMs));
	try {
		const response = await ownTimeout.waitFor(answer);
		return {
			url: url.href,
			isWithKey,
			httpStatus: response.statusCode,
			headers: lowerCased(response.headers, createSecretMask(connection.secrets)),
			body: response.body,
		};
	} catch (error) {
		// What comes after all is not wanted any more.
		answer.then(
			({ body }) => body.destroy(),
			() => undefined,
		);
		return readConnectionError(error, url.host);
	} finally {
		if (timeout === undefined) ownTimeout.end();
	}
}

interface Response {
	statusCode: number;
	headers: Record<string, unknown>;
	body: Body;
}

// Without any, an answer that is on its way when the time-out comes would be lost.
const graceMs = 2_000;

/** How long a call may take altogether: its time-out, and as long again to send what it carries. */
export function maxCallMs({ method }: Call, timeoutMs = defaultTimeoutMs): number {
	return method === 'GET' ? timeoutMs + graceMs : 2 * timeoutMs;
}

/** The absolute address of a path: below the credential's base URL, with or without its "/v1" at the end. */
function resolve(baseUrl: string, path: string): URL | undefined {
	const base = baseUrl.trim().replace(/\/+$/, '');
	const address = /^https?:\/\//i.test(path)
		? path
		: path.startsWith('/v1/')
			? base.replace(/\/v1$/, '') + path
			: base + path;
	// Without its slash a path would change the host: "https://api.example.com" + "@other.example/".
	const isComplete = address === path || path.startsWith('/');
	return isComplete && /^https?:\/\//i.test(address) && URL.canParse(address)
		? new URL(address)
		: undefined;
}

/** Why an address off the credential's own origin is not called, if so. */
function whyNotAbroad(connection: Connection, { method }: Call, url: URL): string | undefined {
	const { baseUrl } = connection;
	if (method === 'POST') {
		return `the address leads from the host of the Base URL to another (${url.host}), where no job is started`;
	}
	const isPublic = isOnKnownHost(connection, url) || !isPrivateHost(url.hostname);
	return isPublic || (URL.canParse(baseUrl) && isPrivateHost(new URL(baseUrl).hostname))
		? undefined
		: `the link leads to a private address (${url.host}), and the Base URL of the credential is not one`;
}

/** Whether an address is at a host that the credential names: the Base URL, or that of the task data. */
export function isOnKnownHost({ settings }: Connection, address: URL | string): boolean {
	return Object.values(settings).some((setting) => sharesOrigin(address, setting));
}

/** Whether two addresses have the same scheme, host and port. Only the Base URL's own origin sees the key. */
function sharesOrigin(address: URL | string, other: string): boolean {
	return URL.canParse(other) && new URL(other).origin === new URL(address).origin;
}

function bodyOf(call: Call): Pick<IHttpRequestOptions, 'body'> {
	if (call.form !== undefined)
		return { body: formData(call.form) as unknown as IHttpRequestOptions['body'] };
	if (holdsImage(call.json)) return { body: jsonBody(call.json ?? null) };
	if (call.json !== undefined) return { body: call.json as IDataObject };
	return {};
}

/** The type of a body that n8n's helper does not recognise. */
function typeOf({ json }: Call): Record<string, string> {
	return holdsImage(json) ? { 'Content-Type': 'application/json' } : {};
}

function formData(parts: readonly FormPart[]) {
	const form = new FormData();
	for (const { field, value } of parts) {
		if (typeof value === 'string') form.append(field, value);
		else form.append(field, new Blob([value.bytes], { type: value.mimeType }), value.fileName);
	}
	return form;
}

function lowerCased(headers: Record<string, unknown>, mask: SecretMask): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name.toLowerCase(), mask.text(String(value))]),
	);
}
