import type { Failure, JobState } from '../jobs/job';

/** An image to send: a public link, or its bytes. */
export type Image = { kind: 'link'; url: string } | ImageBytes;
export interface ImageBytes {
	kind: 'bytes';
	bytes: Uint8Array;
	mimeType: string;
	fileName: string;
	isBase64?: true;
}

export const isImageBytes = (value: unknown): value is ImageBytes =>
	typeof value === 'object' &&
	value !== null &&
	'bytes' in value &&
	value.bytes instanceof Uint8Array;

/** The bytes of an image inside JSON are sent as a data URI or, with `isBase64`, as base64 alone. */
export type Json = null | boolean | number | string | Json[] | JsonRecord | ImageBytes;
export interface JsonRecord {
	[key: string]: Json | undefined;
}

/** One part of a multipart form, a text or a file. The order of the parts is significant. */
export interface FormPart {
	field: string;
	value: string | ImageBytes;
}

/**
 * An HTTP request to make. `path` is appended to the credential's base URL, or is an absolute URL. The key
 * is sent only to origins that the credential names for it.
 */
export interface Call {
	method: 'GET' | 'POST' | 'PUT';
	path: string;
	query?: Record<string, string>;
	/** Without authorization. */
	headers?: Readonly<Record<string, string>>;
	json?: JsonRecord;
	form?: readonly FormPart[];
	/** The body of an upload. */
	file?: ImageBytes;
	/**
	 * The answer is JSON with files as base64, which are the texts of all members with this name. The call
	 * returns the file at `index`, counted in their order in the answer, empty ones included. Without `index`
	 * it returns the JSON with these texts as "".
	 */
	embeddedFile?: { member: string; index?: number };
	/** A POST that changes nothing, such as a status check. */
	isRepeatable?: true;
	/** The answer may be a result with an error status: the provider passes on that of its model. */
	mayFailWithResult?: true;
	/** The key is not sent, also not to the credential's own origin. */
	withoutKey?: true;
}

/** An HTTP response. `body` is the parsed JSON, or the text itself if it is not JSON. */
export interface Answer {
	httpStatus: number;
	contentType: string;
	body: unknown;
	/** When the answer was complete, by the provider's clock: milliseconds since 1970. */
	date?: number;
	/** By lower-case names. */
	headers?: Readonly<Record<string, string>>;
}

/** The result of a reader. */
export type Reading<Value> = { kind: 'read'; value: Value } | Problem;

/** An answer without a result. */
export type Problem =
	/** The provider rejected the request. */
	| { kind: 'refused'; failure: Failure }
	/** `seenJobId`: of a job that a create may have started. */
	| { kind: 'unreadable'; message: string; seenJobId?: string };

/** A job that the provider accepted. */
export interface CreatedJob {
	jobId: string;
	state: JobState;
}

/**
 * The fields of the credential except the key. They are validated by name before anything is sent: "…Url"
 * is an address, "…Path" begins with "/".
 */
export type Settings = Readonly<Record<string, string>>;
