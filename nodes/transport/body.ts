import type { Timeout } from './timeout';
import { isTimeout, startTimeout } from './timeout';

/** A body as it comes: what n8n's helper gives for a stream. */
export type Body = AsyncIterable<Uint8Array> & {
	destroy(error?: Error): void;
	readonly destroyed: boolean;
	/** Set where a body ended before its time. */
	brokenOff?: boolean;
};

// After decompression. Status answers are a few kilobytes and lists of models a few hundred. Parsed JSON
// takes a dozen times its size: sixteen answers of 8 MB at once took 1.5 GB.
const maxAnswerBytes = 1024 * 1024;
const defaultMaxSilenceMs = 60_000;
// A stream that has not told its job by then is only looked at once more, when it has ended.
const maxTestedLength = 64 * 1024;

export interface Text {
	soFar: string;
	/** Why there is no more of it, where it did not end by itself. */
	brokenOff?: string;
}

export interface ReadOptions {
	/** Whether what has come so far is enough. */
	isComplete?(textSoFar: string): boolean;
	timeout?: Timeout;
	/** The longest wait for the next piece. A minute unless given. */
	maxSilenceMs?: number;
}

/** The text of a body, up to where it is enough, breaks off, goes silent or takes too long. */
export async function readText(
	body: Body,
	{ isComplete, timeout, maxSilenceMs }: ReadOptions = {},
): Promise<Text> {
	const decoder = new TextDecoder();
	let soFar = '';
	let bytes = 0;
	try {
		for await (const chunk of chunksOf(body, timeout, maxSilenceMs)) {
			bytes += chunk.length;
			// Its beginning may have the id of a paid job.
			if (bytes > maxAnswerBytes) return { soFar, brokenOff: 'an answer of more than 1 MB' };
			soFar += decoder.decode(chunk, { stream: true });
			if (soFar.length <= maxTestedLength && isComplete?.(soFar)) return { soFar };
		}
		return { soFar: soFar + decoder.decode() };
	} catch (error) {
		return { soFar, brokenOff: isTimeout(error) ? 'no end in time' : 'the connection broke off' };
	}
}

/**
 * The chunks of a body. Throws where it breaks off, goes silent or outlasts the patience. The body is
 * over then, in any case.
 */
export async function* chunksOf(
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
		// Not waited for: n8n wraps a body so that it ends only after its source has given something.
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
		// The returned body waits for the same promise, and throws the same error.
	}
	// Not an unhandled rejection if that body is never read.
	next.catch(() => undefined);
	const read = async function* (): AsyncGenerator<Uint8Array> {
		yield head;
		for (let each = await next; !each.done; each = await chunks.next()) yield each.value;
	};
	return {
		head,
		body: {
			[Symbol.asyncIterator]: read,
			destroy: (error) => body.destroy(error),
			get destroyed() {
				return body.destroyed;
			},
		},
	};
}

/** The JSON in a text, or the text itself where it is none. */
export function parseJson(text: string): unknown {
	const json = text.replace(/^\uFEFF/, '').trim();
	if (json === '') return '';
	try {
		return JSON.parse(json) as unknown;
	} catch {
		return text;
	}
}
