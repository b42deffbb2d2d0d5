import type { FormPart, Image, ImageBytes } from './call';

/*
 * Parts of calls that several providers share.
 */

// Known ids have up to 150 characters. Each may take nine in a URL, and servers reject URLs of 16 kB.
const maxIdLength = 1000;

/**
 * Why a text is not the id of a job or a video, if so. n8n's server would fetch a link, and "." or ".."
 * would leave the path into which they are put. `pattern`: the form of the provider's ids.
 */
export function jobIdProblem(
	id: string,
	field = 'Job ID',
	pattern?: RegExp,
): { message: string; description: string } | undefined {
	const description = `Use the ID as Veo Create or Veo Remix Extend returned it.`;
	if (/^(?:[a-z][a-z\d+.-]*:)?\/\//i.test(id)) {
		return {
			message: `The ${field} is a link, and not the ID of a job`,
			description: `${description} A link is not fetched from this field: to download a file from a link, use the HTTP Request node.`,
		};
	}
	if (id === '.' || id === '..') return { message: `The ${field} is "${id}"`, description };
	if (id.length > maxIdLength) {
		return { message: `The ${field} has more than ${maxIdLength} characters`, description };
	}
	return pattern?.test(id) === false
		? { message: `The ${field} does not have the form of this provider's IDs`, description }
		: undefined;
}

/** Replaces `{id}` in the template of a path with a job's id. */
export function fillPath(template: string, jobId: string): string {
	return template.replace('{id}', encodeURIComponent(jobId));
}

/** A link with one more parameter. The others stay as they are, for their signature if they have one. */
export function withQuery(link: string, name: string, value: string): string {
	const [address = '', ...fragment] = link.split('#');
	const longer = `${address}${address.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
	return [longer, ...fragment].join('#');
}

/** An address to which a path can be appended. */
export const withoutSlash = (address: string) => address.replace(/\/+$/, '');

/** Sizes in pixels by aspect ratio and resolution. */
export const pixelSizes = {
	'16:9': { '720p': '1280x720', '1080p': '1920x1080' },
	'9:16': { '720p': '720x1280', '1080p': '1080x1920' },
} as const;

/** An image as part of a form: its link as text, or its bytes as a file. */
export function imagePart(image: Image, field = 'input_reference'): FormPart {
	return { field, value: imageUrl(image) };
}

/** An image inside JSON as base64 without the prefix of a data URI. */
export const rawBase64 = (image: ImageBytes): ImageBytes => ({ ...image, isBase64: true });

/** An image inside JSON: its link, or its bytes, which are sent as a data URI. */
export function imageUrl(image: Image): string | ImageBytes {
	return image.kind === 'link' ? image.url : image;
}
