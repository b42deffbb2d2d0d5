import type { IExecuteFunctions } from 'n8n-workflow';
import type { Timeout } from './timeout';
import { isTimeout, startTimeout } from './timeout';

/** A response body. It may be read once. */
export interface Body extends AsyncIterable<Uint8Array> {
	destroy(): void;
}

/** A stream that n8n's helpers accept. Shipped code must not import `node:stream`. */
type ReadableStream = Parameters<IExecuteFunctions['helpers']['prepareBinaryData']>[0];

/** A body as n8n's helper returns it: a stream, whose class can make others. */
export interface StreamBody extends Body {
	readonly constructor: {
		from(chunks: AsyncIterable<Uint8Array>, options: { objectMode: boolean }): ReadableStream;
	};
}

// After decompression. A status answer has a few kilobytes, a list of models a few hundred. Parsed JSON
// takes a dozen times its size: sixteen answers of 8 MB at once took 1.5 GB.
const maxAnswerBytes = 1024 * 1024;
const defaultMaxSilenceMs = 60_000;
// After 64 KB, stop testing each chunk for a job id; test once at the end.
const maxTestedLength = 64 * 1024;

export interface BodyText {
	text: string;
	/** Why the rest of the text is missing, if it is. */
	incomplete?: string;
}

export interface ReadOptions {
	/** Whether the text so far is enough. The rest is not read then. */
	isComplete?(textSoFar: string): boolean;
	timeout?: Timeout;
	/** The longest wait for the next chunk. A minute unless given. */
	maxSilenceMs?: number;
}

/** Reads the text of a body until it ends, is enough, breaks off, goes silent or takes too long. */
export async function readText(
	body: Body,
	{ isComplete, timeout, maxSilenceMs }: ReadOptions = {},
): Promise<BodyText> {
	const decoder = new TextDecoder();
	let text = '';
	let bytes = 0;
	try {
		for await (const chunk of readChunks(body, timeout, maxSilenceMs)) {
			bytes += chunk.length;
			// The text so far is kept: it may have the id of a paid job.
			if (bytes > maxAnswerBytes) return { text, incomplete: 'an answer of more than 1 MB' };
			text += decoder.decode(chunk, { stream: true });
			if (text.length <= maxTestedLength && isComplete?.(text)) return { text };
		}
		return { text: text + decoder.decode() };
	} catch (error) {
		return { text, incomplete: isTimeout(error) ? 'no end in time' : 'the connection broke off' };
	}
}

/** The chunks of a body. Throws if it breaks off, goes silent or takes too long. Destroys it at the end. */
export async function* readChunks(
	body: Body,
	timeout: Timeout = startTimeout(Infinity),
	maxSilenceMs = defaultMaxSilenceMs,
): AsyncGenerator<Uint8Array> {
	const chunks = body[Symbol.asyncIterator]();
	try {
		for (;;) {
			const next = await timeout.waitFor(chunks.next(), maxSilenceMs);
			if (next.done) return;
			yield next.value;
		}
	} finally {
		timeout.end();
		// Not awaited: n8n wraps a body so that its end waits for the next chunk of its source.
		body.destroy();
	}
}

/**
 * Reads the first bytes of a body: at least `minBytes`, or as many as there are. The returned `body` begins
 * at the first byte again, and has the same end or error.
 */
export async function peek(
	body: Body,
	minBytes: number,
	timeout: Timeout,
): Promise<{ head: Uint8Array; body: Body }> {
	const chunks = body[Symbol.asyncIterator]();
	let head: Uint8Array = new Uint8Array();
	let next = chunks.next();
	try {
		while (head.length < minBytes) {
			const { done, value } = await timeout.waitFor(next, defaultMaxSilenceMs);
			if (done) break;
			head = Buffer.concat([head, value]);
			next = chunks.next();
		}
	} catch {
		// The returned body awaits the same promise, and throws the same error.
	}
	// Prevents an unhandled rejection if the returned body is never read.
	next.catch(() => undefined);
	const read = async function* (): AsyncGenerator<Uint8Array> {
		yield head;
		for (let each = await next; !each.done; each = await chunks.next()) yield each.value;
	};
	return { head, body: { [Symbol.asyncIterator]: read, destroy: () => body.destroy() } };
}

/** The JSON in a text, or the text itself if it is not JSON. */
export function parseJson(text: string): unknown {
	const json = text.replace(/^\uFEFF/, '').trim();
	if (json === '') return '';
	try {
		return JSON.parse(json);
	} catch {
		return text;
	}
}
