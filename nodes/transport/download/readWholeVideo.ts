import type { Call } from '../../wire/call';
import type { Body } from '../body';
import { readChunks } from '../body';
import { createMp4Reader } from './mp4Reader';
import type { Timeout } from '../timeout';
import { startTimeout } from '../timeout';
import type { Connection, Opened } from '../send';
import { open } from '../send';

/** An answer whose body should be a video, and the call that it answers. */
export interface Found {
	kind: 'found';
	opened: Opened;
	/** The bytes of the video from the first one, also if some were read before. */
	body: Body;
	call: Call;
}

export interface Limits {
	/** Why a video of so many bytes is too large; undefined if it is not. */
	checkSize(bytes: number): Promise<string | undefined>;
	/** Milliseconds left for the download, not positive when its time is over. */
	leftMs(): number;
}

/** Why a body is not a whole video. `isTransient` if a repeated call may return one. */
export class VideoError extends Error {
	constructor(
		message: string,
		readonly isTransient: boolean,
	) {
		super(message);
	}
}

/** The first bytes of a file, which show whether it is a video. */
export const headBytes = 12;

const maxAnswerMs = 60_000;
const maxResumes = 3;
// At this rate a video of 5 MB takes ten minutes, and some links expire within an hour.
const minBytesPerSecond = 8 * 1024;
// The average over a minute survives a stall of half a minute.
const rateWindowMs = 60_000;
// So many equal bytes show that a range counts the bytes of the file, not those of its compressed form.
const overlapBytes = 1024;

/** The timeout for the headers or the text of one answer. At least 1 ms: for n8n's helper 0 means no timeout. */
export const answerTimeoutMs = (leftMs: number) => Math.max(1, Math.min(maxAnswerMs, leftMs));

/**
 * The chunks of a whole video. Throws a `VideoError` if it is not one, is larger than allowed,
 * takes too long, or breaks off and cannot be resumed at the same byte.
 */
export async function* readWholeVideo(
	connection: Connection,
	found: Found,
	{ checkSize, leftMs }: Limits,
): AsyncGenerator<Uint8Array> {
	const assertSize = async (bytes: number) => {
		const problem = await checkSize(bytes);
		if (problem !== undefined) throw new VideoError(problem, false);
	};
	const expected = readLength(found.opened);
	await assertSize(expected ?? 0);
	let head: Uint8Array = new Uint8Array();
	let tail: Uint8Array = new Uint8Array();
	let received = 0;
	const brokenOff = (detail: string) =>
		new VideoError(`the file broke off after ${received} ${detail}`, true);
	let { body } = found;
	// Set once a range has shown that it counts the bytes as they are received.
	let total: number | undefined;
	const boxes = createMp4Reader();
	for (let resumes = 0; ; resumes++) {
		const timeout = startTimeout(leftMs());
		let isBroken = false;
		let problem: unknown;
		const untilBroken = readUntilBroken(body, timeout, (error) => {
			isBroken = true;
			problem = error;
		});
		for await (const chunk of skipOverlap(limitTime(untilBroken, timeout, leftMs), tail)) {
			received += chunk.length;
			boxes.take(chunk);
			await assertSize(received);
			tail = lastBytes(tail, chunk);
			if (head.length >= headBytes) {
				yield chunk;
				continue;
			}
			head = Buffer.concat([head, chunk]);
			if (head.length < headBytes) continue;
			if (!isVideo(head)) throw new VideoError('the link gave a file that is no MP4 video', false);
			yield head;
		}
		// n8n's helper decompresses a body and removes its Content-Encoding, but keeps its Content-Length.
		// A body that ends before that length breaks off; for any other, the boxes below decide.
		if (!isBroken) break;
		if (problem instanceof VideoError) throw problem;
		if (leftMs() <= 0) throw timeIsOver();
		const rest =
			resumes < maxResumes
				? await openRest(connection, found, received - tail.length, leftMs)
				: undefined;
		if (rest === undefined) throw brokenOff(`of ${expected ?? 'unknown'} bytes`);
		({ body, total } = rest);
	}
	if (total !== undefined && received !== total) throw brokenOff(`of ${total} bytes`);
	if (head.length < headBytes) throw new VideoError('the link gave an empty file', true);
	if (!boxes.mayEnd()) throw brokenOff('bytes, in the middle of a box');
}

/** The chunks of a body. Ends instead of throwing where the body breaks off, after `onBreak`. */
async function* readUntilBroken(
	body: Body,
	timeout: Timeout,
	onBreak: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
	try {
		yield* readChunks(body, timeout);
	} catch (error) {
		onBreak(error);
	}
}

const timeIsOver = () => new VideoError('the download took too long and was stopped', true);

/** Passes the chunks on. Throws when the time is over, or when they come slower than the minimum rate. */
async function* limitTime(
	chunks: AsyncIterable<Uint8Array>,
	timeout: Timeout,
	leftMs: Limits['leftMs'],
): AsyncGenerator<Uint8Array> {
	let bytes = 0;
	let windowStartMs = 0;
	for await (const chunk of chunks) {
		yield chunk;
		// The timeout ends only a wait, and a fast source causes none.
		if (leftMs() <= 0) throw timeIsOver();
		bytes += chunk.length;
		// Only waits for the source count: n8n's own storage may be slow.
		const windowMs = timeout.waitedMs() - windowStartMs;
		if (windowMs < rateWindowMs) continue;
		const bytesPerSecond = (bytes / windowMs) * 1000;
		if (bytesPerSecond < minBytesPerSecond) {
			const rate = `${Math.round(bytesPerSecond)} bytes per second`;
			throw new VideoError(`the download was stopped because it was too slow (${rate})`, true);
		}
		bytes = 0;
		windowStartMs += windowMs;
	}
}

/**
 * Passes on what follows `overlap`, the bytes received before. Throws if the chunks do not begin with it:
 * they belong to another file, or to its compressed form.
 */
async function* skipOverlap(
	chunks: AsyncIterable<Uint8Array>,
	overlap: Uint8Array,
): AsyncGenerator<Uint8Array> {
	let left = overlap;
	for await (const chunk of chunks) {
		const known = left.subarray(0, chunk.length);
		if (!Buffer.from(known).equals(chunk.subarray(0, known.length))) {
			throw new VideoError('the file broke off, and its rest was of another file', true);
		}
		left = left.subarray(known.length);
		if (known.length < chunk.length) yield chunk.subarray(known.length);
	}
}

const lastBytes = (before: Uint8Array, chunk: Uint8Array): Uint8Array =>
	(chunk.length < overlapBytes ? Buffer.concat([before, chunk]) : chunk).subarray(-overlapBytes);

/** The length of the body by its headers, unless that is of the compressed form. */
function readLength({ headers }: Opened): number | undefined {
	if (headers['content-encoding'] !== undefined) return undefined;
	const length = Number(headers['content-length'] ?? NaN);
	return Number.isSafeInteger(length) ? length : undefined;
}

/**
 * The rest of a file, if the server proves that the file is unchanged. Half of each of two files under one
 * address would make a video that looks whole.
 */
async function openRest(
	connection: Connection,
	{ opened, call }: Found,
	from: number,
	leftMs: Limits['leftMs'],
): Promise<{ body: Body; total: number } | undefined> {
	const validator = readValidator(opened);
	if (validator === undefined) return undefined;
	const rest = await open(connection, call, {
		timeoutMs: answerTimeoutMs(leftMs()),
		headers: {
			'Accept-Encoding': 'identity',
			Range: `bytes=${from}-`,
			'If-Range': validator.value,
		},
	});
	if (rest.kind !== 'opened') return undefined;
	const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(rest.headers['content-range'] ?? '');
	const expected = readLength(opened);
	const total = Number(range?.[3] === '*' ? expected : range?.[3]);
	const continues =
		rest.httpStatus === 206 &&
		Number(range?.[1]) === from &&
		Number(range?.[2]) + 1 === total &&
		(expected ?? total) === total &&
		// A 206 repeats the validator of the 200 (RFC 9110, 15.3.7). Without it the file may have changed.
		rest.headers[validator.header] === validator.value;
	if (continues) return { body: rest.body, total };
	rest.body.destroy();
	return undefined;
}

/** The validator of a file. A weak entity tag is none: it may be that of a file that differs. */
function readValidator({ headers }: Opened): { header: string; value: string } | undefined {
	const { etag, 'last-modified': lastModified } = headers;
	if (etag?.startsWith('"')) return { header: 'etag', value: etag };
	return lastModified === undefined ? undefined : { header: 'last-modified', value: lastModified };
}

/** ISO base media files, such as MP4, have "ftyp" after their first four bytes. */
export const isVideo = (head: Uint8Array) =>
	Buffer.from(head.subarray(4, 8)).toString('latin1') === 'ftyp';
