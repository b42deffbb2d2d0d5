import type { FastifyRequest } from 'fastify';
import { invalid, Refusal } from './refusal';

export interface SentFile {
	fileName: string;
	mimeType: string;
	bytes: Buffer;
}

export type FormValue = string | SentFile;

export interface Form {
	/** A field sent once is its value, a repeated one an array in the order of the parts. */
	fields: Record<string, FormValue | FormValue[]>;
	/** The text of a field, or undefined when it was not sent. */
	text(name: string): string | undefined;
}

export async function readForm(request: FastifyRequest): Promise<Form> {
	if (!request.isMultipart()) {
		throw new Refusal(400, 'invalid_multipart_form', 'Content-Type must be multipart/form-data');
	}
	const values = new Map<string, FormValue[]>();
	for await (const part of request.parts()) {
		const value: FormValue =
			part.type === 'file'
				? {
						fileName: part.filename,
						mimeType: part.mimetype,
						bytes: await part.toBuffer(),
					}
				: String(part.value);
		values.set(part.fieldname, [...(values.get(part.fieldname) ?? []), value]);
	}
	return {
		fields: Object.fromEntries(
			[...values].map(([name, [first = '', ...others]]) => [
				name,
				others.length > 0 ? [first, ...others] : first,
			]),
		),
		text(name) {
			const [first] = values.get(name) ?? [];
			if (typeof first === 'object') throw invalid(`${name} must be text, not a file`);
			return first;
		},
	};
}

export type JsonRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readJson(request: FastifyRequest): JsonRecord {
	const type = request.headers['content-type'] ?? '';
	if (!type.startsWith('application/json') || !isRecord(request.body)) {
		throw new Refusal(400, 'invalid_json', 'The body must be a JSON object (application/json)');
	}
	return request.body;
}

/** A required text that is not blank. */
export function requireText(value: unknown, name: string): string {
	if (typeof value !== 'string' || value.trim() === '') throw invalid(`${name} is required`);
	return value;
}

export function requireOneOf(value: unknown, name: string, allowed: readonly string[]): string {
	if (typeof value !== 'string' || !allowed.includes(value)) {
		throw invalid(`${name} must be one of ${allowed.join(', ')}`);
	}
	return value;
}

export function isHttpUrl(value: unknown): value is string {
	return typeof value === 'string' && /^https?:\/\/\S+$/.test(value) && URL.canParse(value);
}

const DATA_URI_START = /^data:image\/[\w.+-]+;base64,/;

export function isImageDataUri(value: unknown): value is string {
	if (typeof value !== 'string') return false;
	const start = DATA_URI_START.exec(value)?.[0];
	if (start === undefined || value.length === start.length) return false;
	// Searches for a wrong character: a pattern that matches all of a large image overflows the stack.
	return !/[^A-Za-z0-9+/]/.test(value.slice(start.length).replace(/={1,2}$/, ''));
}

function isSentFile(value: unknown): value is SentFile {
	return isRecord(value) && Buffer.isBuffer(value['bytes']);
}

const imageForms = {
	link: isHttpUrl,
	dataUri: isImageDataUri,
	base64: (value: unknown) => typeof value === 'string' && /^[A-Za-z0-9+/]{16,}={0,2}$/.test(value),
	file: (value: unknown) =>
		isSentFile(value) &&
		value.bytes.length > 0 &&
		/^image\/|^application\/octet-stream$/.test(value.mimeType),
};

/** Checks the images of a request and returns the textual ones: links and base64. */
export function readImages(
	value: unknown,
	name: string,
	max: number,
	forms: ReadonlyArray<keyof typeof imageForms>,
): string[] {
	const images: unknown[] = [value ?? []].flat();
	if (images.length > max) throw invalid(`${name} takes at most ${max} images`);
	if (images.some((image) => !forms.some((form) => imageForms[form](image)))) {
		throw invalid(`${name} must be an image as ${forms.join(' or ')}`);
	}
	return images.filter((image) => typeof image === 'string');
}

/** Whether WIDTHxHEIGHT is portrait. */
export function isPortraitSize(size: unknown, name = 'size', code = 'invalid_request'): boolean {
	const [, width, height] = /^(\d+)x(\d+)$/.exec(String(size)) ?? [];
	if (width === undefined) throw new Refusal(400, code, `${name} must be WIDTHxHEIGHT`);
	return Number(width) < Number(height);
}
