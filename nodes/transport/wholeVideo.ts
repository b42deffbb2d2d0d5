import type { Call } from '../providers/provider';
import type { Body } from './body';
import { chunksOf } from './body';
import { mp4Boxes } from './mp4Boxes';
import type { Gateway, OpenOptions, Opened } from './send';
import { open } from './send';

/** An answer whose body is to be a video, and the call that gave it. */
export interface Found {
	opened: Opened;
	call: Call;
	options: OpenOptions;
}

const mostResumes = 3;

const brokeOff = 'the file broke off';
const emptyFile = 'the link gave an empty file';

/** Whether the same call may bring the whole file the next time. */
export const mayBeWholeNext = (problem: string) =>
	problem.startsWith(brokeOff) || problem === emptyFile;

/**
 * The chunks of a whole video. Throws where it is none, where it is larger than allowed, or where it
 * breaks off and cannot be taken up again at the same byte.
 */
export async function* wholeVideo(
	gateway: Gateway,
	found: Found,
	{ maxBytes, tooLarge }: { maxBytes: number; tooLarge: string },
): AsyncGenerator<Uint8Array> {
	const expected = expectedBytes(found.opened);
	if (expected !== undefined && expected > maxBytes) throw new Error(tooLarge);
	let head: Uint8Array = new Uint8Array();
	let received = 0;
	let body = found.opened.body;
	const boxes = mp4Boxes();
	for (let resumes = 0; ; resumes++) {
		for await (const chunk of untilBroken(body)) {
			received += chunk.length;
			boxes.take(chunk);
			if (received > maxBytes) throw new Error(tooLarge);
			if (head.length >= 12) {
				yield chunk;
				continue;
			}
			head = Buffer.concat([head, chunk]);
			if (head.length < 12) continue;
			if (!isVideo(head)) throw new Error('the link gave a file that is no MP4 video');
			yield head;
		}
		if (body.brokenOff !== true && received >= (expected ?? 0)) break;
		const rest = resumes < mostResumes ? await openRest(gateway, found, received) : undefined;
		if (rest === undefined) {
			throw new Error(`${brokeOff} after ${received} of ${expected ?? 'unknown'} bytes`);
		}
		body = rest;
	}
	if (head.length < 12) throw new Error(emptyFile);
	if (!boxes.mayEnd())
		throw new Error(`${brokeOff} after ${received} bytes, in the middle of a box`);
}

/** How long a body says that it is. */
export function expectedBytes({ headers }: Opened): number | undefined {
	if (headers['content-encoding'] !== undefined) return undefined;
	const length = Number(headers['content-length'] ?? NaN);
	return Number.isSafeInteger(length) ? length : undefined;
}

/** The chunks of a body up to where it ends, breaks off or goes silent; `brokenOff` says that it did. */
async function* untilBroken(body: Body): AsyncGenerator<Uint8Array> {
	try {
		yield* chunksOf(body);
	} catch {
		body.brokenOff = true;
	}
}

/**
 * The rest of a file, where the server can prove that it is still the same one. Two files under one
 * address, of which each has a half, would make a video that looks whole and is not.
 */
async function openRest(
	gateway: Gateway,
	{ opened, call, options }: Found,
	from: number,
): Promise<Body | undefined> {
	const proof = proofOf(opened);
	if (proof === undefined) return undefined;
	const rest = await open(gateway, call, {
		withoutKey: options.withoutKey,
		headers: {
			'Accept-Encoding': 'identity',
			Range: `bytes=${from}-`,
			'If-Range': proof.value,
		},
	});
	if ('kind' in rest) return undefined;
	const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(rest.headers['content-range'] ?? '');
	const total = expectedBytes(opened);
	const continues =
		rest.httpStatus === 206 &&
		Number(range?.[1]) === from &&
		(total === undefined || range?.[2] === '*' || Number(range?.[2]) === total) &&
		(rest.headers[proof.header] ?? proof.value) === proof.value;
	if (continues) return rest.body;
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
const isVideo = (head: Uint8Array) =>
	Buffer.from(head.subarray(4, 8)).toString('latin1') === 'ftyp';
