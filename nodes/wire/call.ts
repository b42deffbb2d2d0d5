import type { Failure, JobState } from '../jobs/job';

/** An image ready to travel: a public link, or its bytes. */
export type Image = { kind: 'link'; url: string } | ImageBytes;
export interface ImageBytes {
	kind: 'bytes';
	bytes: Uint8Array;
	mimeType: string;
	fileName: string;
}

/** An image with its bytes inside JSON travels as a data URI. */
export type Json = null | boolean | number | string | Json[] | JsonRecord | ImageBytes;
export interface JsonRecord {
	[key: string]: Json | undefined;
}

/** One part of a multipart form, a text or a file. The order of the parts carries meaning. */
export interface FormPart {
	field: string;
	value: string | ImageBytes;
}

/**
 * One HTTP exchange, described and not yet made. `path` is appended to the credential's base URL, or
 * is an absolute URL. The key travels only where the origin is the credential's own.
 */
export interface Call {
	method: 'GET' | 'POST';
	path: string;
	query?: Record<string, string>;
	json?: JsonRecord;
	form?: readonly FormPart[];
	/** The host never gets the key, also not where it is the credential's own origin. */
	withoutKey?: true;
}

/** What came back. `body` is the parsed JSON, or the text itself where it was none. */
export interface Answer {
	httpStatus: number;
	contentType: string;
	body: unknown;
}

/** What a reader makes of an answer. */
export type Reading<Value> = { kind: 'read'; value: Value } | Problem;

/** An answer that holds no result. */
export type Problem =
	/** The provider said no. */
	| { kind: 'refused'; failure: Failure }
	/** `seenJobId` is that of a job which the answer to a create may have started. */
	| { kind: 'unreadable'; message: string; seenJobId?: string };

/** A job the provider accepted. */
export interface CreatedJob {
	jobId: string;
	state: JobState;
}

/**
 * The fields of the credential beside the key, as the user filled them in. The node checks them by
 * their names before anything is sent: "…Url" is an address, "…Path" begins with "/".
 */
export type Settings = Readonly<Record<string, string>>;
