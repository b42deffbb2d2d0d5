import type { IExecuteFunctions } from 'n8n-workflow';
import type { Image } from '../wire/call';

/** An image as the user gives it, in one of three ways. */
export type ImageSource =
	| { source: 'url'; url: string }
	| { source: 'binary'; binaryProperty: string }
	| { source: 'base64'; base64: string };

// The first bytes of the formats Veo providers take, in base64.
const imageTypes: ReadonlyArray<readonly [string, string, string]> = [
	['/9j/', 'image/jpeg', 'jpg'],
	['iVBORw0KGgo', 'image/png', 'png'],
	['UklGR', 'image/webp', 'webp'],
	['R0lGOD', 'image/gif', 'gif'],
];

/**
 * The image itself, ready to travel; or a text that says why there is none. A binary field that does
 * not exist throws n8n's own error.
 */
export async function loadImage(
	context: IExecuteFunctions,
	itemIndex: number,
	position: number,
	image: ImageSource,
): Promise<Image | { problem: string }> {
	switch (image.source) {
		case 'url':
			return linkTo(image.url.trim(), position);
		case 'base64':
			return decoded(image.base64.trim(), position);
		case 'binary': {
			const { mimeType, fileName } = context.helpers.assertBinaryData(
				itemIndex,
				image.binaryProperty,
			);
			const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, image.binaryProperty);
			if (bytes.length === 0) return { problem: `the field "${image.binaryProperty}" is empty` };
			return { kind: 'bytes', bytes, mimeType, fileName: fileName ?? `image-${position}` };
		}
	}
}

function linkTo(url: string, position: number): Image | { problem: string } {
	if (url.startsWith('data:')) return decoded(url, position);
	if (url === '') return { problem: 'its URL is empty' };
	return /^https?:\/\//i.test(url) && URL.canParse(url)
		? { kind: 'link', url }
		: { problem: 'its URL does not start with http:// or https://' };
}

function decoded(text: string, position: number): Image | { problem: string } {
	const base64 = text.replace(/^data:[^,]*,/, '').replace(/\s+/g, '');
	if (base64 === '') return { problem: 'its base64 text is empty' };
	if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64)) return { problem: 'its text is not base64' };
	const type = imageTypes.find(([start]) => base64.startsWith(start));
	if (type === undefined) {
		return { problem: 'its base64 text holds no JPEG, PNG, WebP or GIF picture' };
	}
	const [, mimeType, extension] = type;
	const bytes = Buffer.from(base64, 'base64');
	return { kind: 'bytes', bytes, mimeType, fileName: `image-${position}.${extension}` };
}
