import type { FormPart, Image, ImageBytes } from './provider';

/*
 * What calls of several gateways are made of. Pure, like everything here.
 */

/** The path of a job: `{id}` in the template becomes the job's id. */
export function pathOf(template: string, jobId: string): string {
	return template.replace('{id}', encodeURIComponent(jobId));
}

/** The sizes in pixels that the family writes for a shape and a resolution. */
export const pixelSizes = {
	'16:9': { '720p': '1280x720', '1080p': '1920x1080' },
	'9:16': { '720p': '720x1280', '1080p': '1080x1920' },
} as const;

/** An image as part of a form: its link as text, or its bytes as file. */
export function imagePart(image: Image, field = 'input_reference'): FormPart {
	return image.kind === 'link' ? { field, value: image.url } : { field, file: image };
}

/** An image inside JSON: its link, or its bytes, which are written as a data URI when they are sent. */
export function imageUrl(image: Image): string | ImageBytes {
	return image.kind === 'link' ? image.url : image;
}
