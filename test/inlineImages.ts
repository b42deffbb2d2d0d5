import type { ImageBytes } from '../nodes/wire/call';

/** JSON of a call as it travels: an image with its bytes is a data URI, or base64 alone. */
export function inlineImages(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(inlineImages);
	if (typeof value !== 'object' || value === null) return value;
	if ('bytes' in value) {
		const { mimeType, bytes, isBase64 } = value as ImageBytes;
		const base64 = Buffer.from(bytes).toString('base64');
		return isBase64 ? base64 : `data:${mimeType};base64,${base64}`;
	}
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [name, inlineImages(inner)]),
	);
}
