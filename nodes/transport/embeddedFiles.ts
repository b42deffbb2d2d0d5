import type { Body } from './body';

/**
 * A part of a JSON text: of the text around the embedded files, or of the file with this number. The text
 * around them has them as "".
 */
export interface Part {
	bytes: Uint8Array;
	file?: number;
}

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;
const whitespace = new Set([0x20, 0x09, 0x0a, 0x0d]);
// "\u0041" instead of "A".
const maxEscapeLength = 6;

/**
 * Splits a JSON text that arrives in chunks. An embedded file is the text of a member with the given name,
 * at any depth, and is passed on as it is written, with its escapes. Files are numbered in their order in
 * the text, empty ones included. The structure of JSON is ASCII, so that UTF-8 need not be decoded.
 */
function createSplitter(member: string): (chunk: Uint8Array) => Generator<Part> {
	const maxNameBytes = maxEscapeLength * member.length;
	let place: 'outside' | 'string' | 'file' = 'outside';
	let isEscaped = false;
	// The last string, which is a name if a colon follows.
	let name: number[] = [];
	let expected: 'anything' | 'colon' | 'value' = 'anything';
	let files = 0;

	/** Reads a byte between strings. Returns whether it is the quote before a file. */
	const beginsFile = (byte = 0): boolean => {
		if (whitespace.has(byte)) return false;
		const isFile = byte === quote && expected === 'value';
		expected = byte === colon && expected === 'colon' ? 'value' : 'anything';
		if (byte !== quote) return false;
		place = isFile ? 'file' : 'string';
		name = [];
		return isFile;
	};
	/** The position of the quote that ends the string, or the length of the chunk. */
	const findEnd = (chunk: Uint8Array, from: number): number => {
		let at = from;
		for (; at < chunk.length; at++) {
			const byte = chunk[at];
			if (isEscaped) isEscaped = false;
			else if (byte === backslash) isEscaped = true;
			else if (byte === quote) break;
		}
		return at;
	};
	return function* (chunk) {
		let start = 0;
		for (let at = 0; at < chunk.length; at++) {
			if (place === 'outside') {
				if (!beginsFile(chunk[at])) continue;
				yield { bytes: chunk.subarray(start, at + 1) };
				start = at + 1;
				continue;
			}
			const end = findEnd(chunk, at);
			if (place === 'string' && name.length <= maxNameBytes) {
				name.push(...chunk.subarray(at, Math.min(end, at + maxNameBytes + 1)));
			}
			at = end;
			if (end === chunk.length) break;
			if (place === 'string') expected = isName(name, member) ? 'colon' : 'anything';
			else {
				yield { bytes: chunk.subarray(start, end), file: files++ };
				start = end;
			}
			place = 'outside';
		}
		yield { bytes: chunk.subarray(start), ...(place === 'file' && { file: files }) };
	};
}

function isName(bytes: readonly number[], member: string): boolean {
	const text = Buffer.from(bytes).toString();
	if (!text.includes('\\')) return text === member;
	try {
		return JSON.parse(`"${text}"`) === member;
	} catch {
		return false;
	}
}

/** The parts of a JSON body. */
export async function* splitBody(body: Body, member: string): AsyncGenerator<Part> {
	const split = createSplitter(member);
	for await (const chunk of body) yield* split(chunk);
}

/** A JSON body with its embedded files as "". `onFile` is called when the first one begins. */
export function withoutFiles(body: Body, member: string, onFile?: () => void): Body {
	const read = async function* (): AsyncGenerator<Uint8Array> {
		let hasBegun = false;
		for await (const { bytes, file } of splitBody(body, member)) {
			if (file !== undefined && !hasBegun) onFile?.();
			hasBegun ||= file !== undefined;
			// A part of a file is passed on without its bytes: it ends a silence.
			yield file === undefined ? bytes : bytes.subarray(0, 0);
		}
	};
	return { [Symbol.asyncIterator]: read, destroy: () => body.destroy() };
}
