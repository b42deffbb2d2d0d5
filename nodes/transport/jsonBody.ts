import type { ImageBytes, Json } from '../wire/call';

// A multiple of 3 bytes, so that the pieces of an image join to one base64 text.
const pieceBytes = 3 * 16 * 1024;

/**
 * The bytes of a JSON body whose images are data URIs. Each image is encoded piece by piece into the body
 * itself: as text it would be in memory four times before anything is sent.
 */
export function jsonBody(json: Json): Buffer {
	const pieces = [...listPieces(json)];
	const lengths = pieces.map((piece) =>
		typeof piece === 'string' ? Buffer.byteLength(piece) : base64Length(piece.bytes.length),
	);
	const body = Buffer.alloc(lengths.reduce((sum, length) => sum + length, 0));
	let at = 0;
	for (const piece of pieces) {
		at += typeof piece === 'string' ? body.write(piece, at) : writeBase64(piece.bytes, body, at);
	}
	return body;
}

/** Whether there is an image inside, which n8n's helper cannot encode. */
export function holdsImage(json: Json | undefined): boolean {
	if (typeof json !== 'object' || json === null) return false;
	return isImageBytes(json) || Object.values(json).some(holdsImage);
}

function* listPieces(json: Json): Generator<string | ImageBytes> {
	if (typeof json !== 'object' || json === null) {
		yield JSON.stringify(json);
	} else if (isImageBytes(json)) {
		yield `"data:${JSON.stringify(json.mimeType).slice(1, -1)};base64,`;
		yield json;
		yield '"';
	} else if (Array.isArray(json)) {
		yield '[';
		for (const [index, value] of json.entries()) {
			if (index > 0) yield ',';
			yield* listPieces(value);
		}
		yield ']';
	} else {
		const entries = Object.entries(json).filter(([, value]) => value !== undefined);
		yield '{';
		for (const [index, [name, value]] of entries.entries()) {
			yield `${index > 0 ? ',' : ''}${JSON.stringify(name)}:`;
			yield* listPieces(value ?? null);
		}
		yield '}';
	}
}

const base64Length = (bytes: number) => Math.ceil(bytes / 3) * 4;

function writeBase64(bytes: Uint8Array, body: Buffer, start: number): number {
	let at = start;
	for (let from = 0; from < bytes.length; from += pieceBytes) {
		const piece = bytes.subarray(from, from + pieceBytes);
		const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
		at += body.write(view.toString('base64'), at, 'latin1');
	}
	return at - start;
}

const isImageBytes = (json: object): json is ImageBytes =>
	'bytes' in json && json.bytes instanceof Uint8Array;
