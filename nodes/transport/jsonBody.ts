import { randomUUID } from 'node:crypto';
import type { Json } from '../wire/call';
import { isImageBytes } from '../wire/call';

// A multiple of 3 bytes, so that the pieces of an image join to one base64 text.
const pieceBytes = 3 * 16 * 1024;

/**
 * The bytes of a JSON body with images inside. Each image is encoded piece by piece into the body
 * itself: as text it would be in memory four times before anything is sent.
 */
export function jsonBody(json: Json): Buffer {
	const images: Uint8Array[] = [];
	const marker = randomUUID();
	const text = JSON.stringify(json, (_key, value: Json) => {
		if (!isImageBytes(value)) return value;
		images.push(value.bytes);
		return value.isBase64 ? marker : `data:${value.mimeType};base64,${marker}`;
	});
	const [start = '', ...others] = text.split(marker);
	const lengths = images.map(({ length }) => Math.ceil(length / 3) * 4);
	const textLength = Buffer.byteLength(text) - images.length * marker.length;
	const body = Buffer.alloc(lengths.reduce((sum, length) => sum + length, textLength));
	let at = body.write(start);
	for (const [index, image] of images.entries()) {
		at += writeBase64(image, body, at);
		at += body.write(others[index] ?? '', at);
	}
	return body;
}

/** Whether there is an image inside, which n8n's helper cannot encode. */
export function holdsImage(json: Json | undefined): boolean {
	if (typeof json !== 'object' || json === null) return false;
	return isImageBytes(json) || Object.values(json).some(holdsImage);
}

function writeBase64(bytes: Uint8Array, body: Buffer, start: number): number {
	let at = start;
	for (let from = 0; from < bytes.length; from += pieceBytes) {
		const piece = bytes.subarray(from, from + pieceBytes);
		const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
		at += body.write(view.toString('base64'), at, 'latin1');
	}
	return at - start;
}
