import type { ImageBytes } from '../nodes/wire/call';

/** JSON of a call as it travels: an image with its bytes is a data URI. */
export function inlineImages(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(inlineImages);
	if (typeof value !== 'object' || value === null) return value;
	if ('bytes' in value) {
		const { mimeType, bytes } = value as ImageBytes;
		return `data:${mimeType};base64,${Buffer.from(bytes).toString('base64')}`;
	}
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [name, inlineImages(inner)]),
	);
}
