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
	/** Every value of one field. */
	all(name: string): FormValue[];
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
	const all = (name: string) => values.get(name) ?? [];
	return {
		fields: Object.fromEntries(
			[...values].map(([name, [first = '', ...others]]) => [
				name,
				others.length > 0 ? [first, ...others] : first,
			]),
		),
		all,
		text(name) {
			const [first] = all(name);
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

/** A text that must be there and say something. */
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
	// One letter at a time: a pattern for the whole of a large image runs out of stack.
	return !/[^A-Za-z0-9+/]/.test(value.slice(start.length).replace(/={1,2}$/, ''));
}

export function requireImageFile(file: SentFile, name: string): void {
	if (file.bytes.length === 0) throw invalid(`${name}: the file "${file.fileName}" is empty`);
	if (!/^image\/|^application\/octet-stream$/.test(file.mimeType)) {
		throw invalid(`${name}: "${file.mimeType}" is not an image`);
	}
}
