import type { Body, BodyText } from '../body';
import { readText } from '../body';
import type { Part } from '../embeddedFiles';
import { splitBody } from '../embeddedFiles';
import { startTimeout } from '../timeout';
import { VideoError } from './readWholeVideo';

const noBytes = new Uint8Array();

/**
 * Reads a JSON answer up to its embedded file at `index`, and returns the decoded file as a body. Without
 * that file it returns the text of the answer.
 */
export async function openEmbeddedFile(
	answer: Body,
	{ member, index }: { member: string; index: number },
	leftMs: number,
): Promise<{ kind: 'file'; file: Body } | ({ kind: 'text' } & BodyText)> {
	const parts = splitBody(answer, member);
	let first: Part | undefined;
	const readBefore = async function* () {
		for (let next = await parts.next(); !next.done; next = await parts.next()) {
			if (next.value.file === index) {
				first = next.value;
				return;
			}
			yield next.value.file === undefined ? next.value.bytes : noBytes;
		}
	};
	const destroy = () => {
		if (first === undefined) answer.destroy();
	};
	const before: Body = { [Symbol.asyncIterator]: readBefore, destroy };
	const text = await readText(before, { timeout: startTimeout(leftMs) });
	if (first === undefined) return { kind: 'text', ...text };
	const file = decodeFile(first, parts);
	return {
		kind: 'file',
		file: { [Symbol.asyncIterator]: () => file, destroy: () => answer.destroy() },
	};
}

/** The bytes of the file that begins with `first`. Throws if it breaks off, or is not base64. */
async function* decodeFile(first: Part, rest: AsyncGenerator<Part>): AsyncGenerator<Uint8Array> {
	const decoder = createDecoder();
	yield decoder.decode(first.bytes);
	for await (const { bytes, file } of rest) {
		if (file !== first.file) {
			yield decoder.end();
			return;
		}
		yield decoder.decode(bytes);
	}
	throw new Error('The answer ends within the file');
}

// An escape that the next chunk completes.
const unfinishedEscape = /\\(?:u[0-9a-f]{0,3})?$/i;
const dataPrefix = /^data:[^,]{0,200},/i;
const dataPrefixStart = /^(?:|d|da|dat|data|data:[^,]{0,200})$/i;
const base64 = /^[\w+/-]*=*$/;

/** Decodes base64 as it is written in a JSON string: with escapes, in both alphabets, as a data URI. */
function createDecoder() {
	let escaped = '';
	let letters = '';
	let isStart = true;
	let isPadded = false;
	const decodeLetters = (count: number): Uint8Array => {
		if (!base64.test(letters)) throw notBase64();
		isPadded ||= letters.endsWith('=');
		const bytes = Buffer.from(letters.slice(0, count), 'base64');
		letters = letters.slice(count);
		return bytes;
	};
	return {
		decode: (chunk: Uint8Array): Uint8Array => {
			escaped += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
			const whole = escaped.slice(0, unfinishedEscape.exec(escaped)?.index);
			escaped = escaped.slice(whole.length);
			const added = readEscapes(whole).replace(/\s+/g, '');
			if (isPadded && /[^=]/.test(added)) throw notBase64();
			letters += added;
			if (isStart && dataPrefixStart.test(letters)) return noBytes;
			if (isStart) letters = letters.replace(dataPrefix, '');
			isStart = false;
			return decodeLetters(letters.length - (letters.length % 4));
		},
		end: (): Uint8Array => {
			if (letters.replace(/=+$/, '').length === 1) throw notBase64();
			return decodeLetters(letters.length);
		},
	};
}

function readEscapes(text: string): string {
	if (!text.includes('\\')) return text;
	try {
		return JSON.parse(`"${text}"`) as string;
	} catch {
		throw notBase64();
	}
}

const notBase64 = () => new VideoError('the file in the answer is not base64', false);
