import type { Call } from '../../wire/call';
import type { Body } from '../body';
import { chunksOf } from '../body';
import { createMp4Reader } from './mp4Reader';
import type { Timeout } from '../timeout';
import { startTimeout } from '../timeout';
import type { Connection, OpenOptions, Opened } from '../send';
import { open } from '../send';

/** An answer whose body is to be a video, and the call that gave it. */
export interface Found {
	opened: Opened;
	/** The answer's body from its first byte, even if its first bytes were read before. */
	body: Body;
	call: Call;
	options: OpenOptions;
}

export interface Limits {
	/** Why a video of so many bytes is too large; undefined if it is not. */
	checkSize(bytes: number): Promise<string | undefined>;
	/** Milliseconds left for the download, not positive when its time is over. */
	leftMs(): number;
}

/** Why a body is not a whole video. `isPassing` if the same call may give one the next time. */
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
export async function* wholeVideo(
	connection: Connection,
	found: Found,
	limits: Limits,
): AsyncGenerator<Uint8Array> {
	const { leftMs } = limits;
	const assertSize = async (bytes: number) => {
		const problem = await limits.checkSize(bytes);
		if (problem !== undefined) throw new VideoError(problem, false);
	};
	const expected = expectedBytes(found.opened);
	await assertSize(expected ?? 0);
	let head: Uint8Array = new Uint8Array();
	let tail: Uint8Array = new Uint8Array();
	let received = 0;
	let { body } = found;
	// Known once a range has shown that it counts the bytes as they are received.
	let total: number | undefined;
	const boxes = createMp4Reader();
	for (let resumes = 0; ; resumes++) {
		const timeout = startTimeout(leftMs());
		const chunks = limitTime(untilBroken(body, timeout), timeout, leftMs);
		for await (const chunk of skipOverlap(chunks, tail)) {
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
		// A body that ends before that length raises an error; of any other, the boxes below decide.
		if (body.brokenOff !== true) break;
		if (leftMs() <= 0) throw timeIsOver();
		const isLast = resumes === maxResumes;
		const rest = isLast
			? undefined
			: await openRest(connection, found, received - tail.length, leftMs);
		if (rest === undefined) {
			const of = `${received} of ${expected ?? 'unknown'} bytes`;
			throw new VideoError(`the file broke off after ${of}`, true);
		}
		({ body, total } = rest);
	}
	if (total !== undefined && received !== total) {
		throw new VideoError(`the file broke off after ${received} of ${total} bytes`, true);
	}
	if (head.length < headBytes) throw new VideoError('the link gave an empty file', true);
	if (!boxes.mayEnd()) {
		const message = `the file broke off after ${received} bytes, in the middle of a box`;
		throw new VideoError(message, true);
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
		// The patience ends only a wait, and a fast source causes none.
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

/** How long a body says that it is. */
function expectedBytes({ headers }: Opened): number | undefined {
	if (headers['content-encoding'] !== undefined) return undefined;
	const length = Number(headers['content-length'] ?? NaN);
	return Number.isSafeInteger(length) ? length : undefined;
}

/** The chunks of a body up to where it ends, breaks off or goes silent; `brokenOff` says that it did. */
async function* untilBroken(body: Body, timeout: Timeout): AsyncGenerator<Uint8Array> {
	try {
		yield* chunksOf(body, timeout);
	} catch {
		body.brokenOff = true;
	}
}

/**
 * The rest of a file, where the server can prove that it is still the same one. Two files under one
 * address, of which each has a half, would make a video that looks whole and is not.
 */
async function openRest(
	connection: Connection,
	{ opened, call, options }: Found,
	from: number,
	leftMs: Limits['leftMs'],
): Promise<{ body: Body; total: number } | undefined> {
	const proof = proofOf(opened);
	if (proof === undefined) return undefined;
	const rest = await open(connection, call, {
		timeoutMs: answerTimeoutMs(leftMs()),
		withoutKey: options.withoutKey,
		headers: {
			'Accept-Encoding': 'identity',
			Range: `bytes=${from}-`,
			'If-Range': proof.value,
		},
	});
	if ('kind' in rest) return undefined;
	const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(rest.headers['content-range'] ?? '');
	const expected = expectedBytes(opened);
	const total = Number(range?.[3] === '*' ? expected : range?.[3]);
	const continues =
		rest.httpStatus === 206 &&
		Number(range?.[1]) === from &&
		Number(range?.[2]) + 1 === total &&
		(expected ?? total) === total &&
		// A 206 repeats the validator of the 200 (RFC 9110, 15.3.7). Without it the file may have changed.
		rest.headers[proof.header] === proof.value;
	if (continues) return { body: rest.body, total };
	rest.body.destroy();
	return undefined;
}

/** What tells this very file from a changed one. A weak tag says only that two files look alike. */
function proofOf({ headers }: Opened): { header: string; value: string } | undefined {
	const { etag, 'last-modified': lastModified } = headers;
	if (etag?.startsWith('"')) return { header: 'etag', value: etag };
	return lastModified === undefined ? undefined : { header: 'last-modified', value: lastModified };
}

/** ISO base media files, which MP4 is, carry "ftyp" after their first four bytes. */
export const isVideo = (head: Uint8Array) =>
	Buffer.from(head.subarray(4, 8)).toString('latin1') === 'ftyp';
