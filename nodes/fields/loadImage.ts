import type { IExecuteFunctions } from 'n8n-workflow';
import type { Image } from '../wire/call';

/** An image as entered in the node. */
export type ImageSource =
	| { source: 'url'; url: string }
	| { source: 'binary'; binaryProperty: string }
	| { source: 'base64'; base64: string };

/** Why an image cannot be used. */
export interface ImageProblem {
	kind: 'problem';
	problem: string;
}

// The first bytes of the image formats that Veo providers accept, in base64.
const imageTypes: ReadonlyArray<readonly [string, string, string]> = [
	['/9j/', 'image/jpeg', 'jpg'],
	['iVBORw0KGgo', 'image/png', 'png'],
	['UklGR', 'image/webp', 'webp'],
	['R0lGOD', 'image/gif', 'gif'],
];

/**
 * Reads an image into the form that a request takes, or returns the problem with it. Throws n8n's own
 * error if the binary field does not exist.
 */
export async function loadImage(
	context: IExecuteFunctions,
	itemIndex: number,
	position: number,
	image: ImageSource,
): Promise<Image | ImageProblem> {
	switch (image.source) {
		case 'url':
			return readUrl(image.url.trim(), position);
		case 'base64':
			return decodeBase64(image.base64.trim(), position);
		case 'binary': {
			const { mimeType, fileName } = context.helpers.assertBinaryData(
				itemIndex,
				image.binaryProperty,
			);
			const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, image.binaryProperty);
			if (bytes.length === 0)
				return { kind: 'problem', problem: `the field "${image.binaryProperty}" is empty` };
			return { kind: 'bytes', bytes, mimeType, fileName: fileName ?? `image-${position}` };
		}
	}
}

function readUrl(url: string, position: number): Image | ImageProblem {
	if (url.startsWith('data:')) return decodeBase64(url, position);
	if (url === '') return { kind: 'problem', problem: 'its URL is empty' };
	return /^https?:\/\//i.test(url) && URL.canParse(url)
		? { kind: 'link', url }
		: { kind: 'problem', problem: 'its URL does not start with http:// or https://' };
}

function decodeBase64(text: string, position: number): Image | ImageProblem {
	const base64 = text.replace(/^data:[^,]*,/, '').replace(/\s+/g, '');
	if (base64 === '') return { kind: 'problem', problem: 'its base64 text is empty' };
	if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(base64))
		return { kind: 'problem', problem: 'its text is not base64' };
	const type = imageTypes.find(([start]) => base64.startsWith(start));
	if (type === undefined) {
		return { kind: 'problem', problem: 'its base64 text is not a JPEG, PNG, WebP or GIF image' };
	}
	const [, mimeType, extension] = type;
	const bytes = Buffer.from(base64, 'base64');
	return { kind: 'bytes', bytes, mimeType, fileName: `image-${position}.${extension}` };
}
