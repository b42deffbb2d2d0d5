import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import type { Failure } from '../jobs/job';
import type { Call } from '../providers/provider';
import { readReason, withoutQueries } from '../providers/failures';
import { readVideoLink } from '../providers/reading';
import type { Body } from './body';
import { parseJson, readText, watchForSilence } from './body';
import type { Gateway, Opened } from './send';
import { open } from './send';

export interface DownloadOptions {
	/** Where the video may be had, best first. */
	sources: readonly Call[];
	fileName: string;
	maxBytes: number;
}

/** A video in n8n's binary storage, or why there is none. */
export type Download =
	| { binary: IBinaryData }
	/** `isPassing` where the same call may bring it a little later. */
	| { failure: Failure; isPassing: boolean };

const mostHops = 5;
const mostResumes = 3;
// 400 and 404 are what download routes say while the file is not there yet.
const passingStatuses = new Set([400, 404, 408, 425, 429]);
const brokeOff = 'the file broke off';

/**
 * Streams a video from the gateway, or from where its link leads, into n8n's binary storage. It is
 * never held in memory by us, and nothing but a whole video file is ever kept. Failures come back.
 */
export async function downloadVideo(
	gateway: Gateway & { context: IExecuteFunctions },
	{ sources, fileName, maxBytes }: DownloadOptions,
): Promise<Download> {
	let isPassing = false;
	const problems: string[] = [];
	for (const source of sources) {
		const found = await findVideo(gateway, source, mostHops);
		if ('problem' in found) {
			problems.push(found.problem);
			isPassing ||= found.isPassing;
			continue;
		}
		try {
			const stream = streamOf(found.opened.body, wholeVideo(gateway, found, maxBytes));
			const prepare = gateway.context.helpers.prepareBinaryData;
			const binary = await prepare(stream as never, fileName, 'video/mp4');
			return { binary };
		} catch (error) {
			const problem = error instanceof Error ? error.message : String(error);
			problems.push(problem);
			isPassing ||= problem.startsWith(brokeOff);
		} finally {
			found.opened.body.destroy();
		}
	}
	// The best source tells best what is wrong.
	return { failure: downloadFailure(problems[0] ?? 'the gateway named no link'), isPassing };
}

/** Why a finished job has no file. Its video exists, and can be fetched by polling the job again. */
export function downloadFailure(problem: string): Failure {
	return { code: 'download_failed', message: withoutQueries(problem), retryable: true };
}

interface Found {
	opened: Opened;
	call: Call;
}

/** Follows redirects, and an answer that is JSON with a link, to where the bytes are. */
async function findVideo(
	gateway: Gateway,
	call: Call,
	hopsLeft: number,
): Promise<Found | { problem: string; isPassing: boolean }> {
	const opened = await open(gateway, call);
	if ('kind' in opened) {
		const isLasting = opened.kind === 'notAccepted' && opened.lasting === true;
		return { problem: opened.failure.message, isPassing: !isLasting };
	}
	const { httpStatus, headers, body } = opened;
	const contentType = headers['content-type'] ?? '';
	const bringsBytes = httpStatus === 200 || httpStatus === 206;
	if (bringsBytes && !/json|^text\//i.test(contentType)) return { opened, call };
	const text = (await readText(body, gateway.secret)).soFar;
	const next = httpStatus >= 300 && httpStatus < 400 ? headers.location : linkIn(bringsBytes, text);
	if (next === undefined) {
		const problem = refusalOf(httpStatus, contentType, text);
		return { problem, isPassing: passingStatuses.has(httpStatus) || httpStatus >= 500 };
	}
	const path = absolute(next, opened.url);
	if (hopsLeft === 0 || path === undefined) {
		return { problem: 'the link leads from one address to the next', isPassing: false };
	}
	return await findVideo(gateway, { method: 'GET', path }, hopsLeft - 1);
}

const linkIn = (bringsBytes: boolean, text: string) =>
	bringsBytes ? readVideoLink(parseJson(text)) : undefined;

const absolute = (address: string, base: string) =>
	URL.canParse(address, base) ? new URL(address, base).href : undefined;

function refusalOf(httpStatus: number, contentType: string, text: string): string {
	const reason = readReason(parseJson(text));
	if (reason !== undefined) return `HTTP ${httpStatus}: ${reason}`;
	const what = /html/i.test(contentType) ? 'a web page' : 'no video';
	return `the link gave ${what} (HTTP ${httpStatus})`;
}

/**
 * The chunks of a whole video. Throws where it is none, where it is larger than allowed, or where it
 * breaks off and cannot be taken up again at the same byte.
 */
async function* wholeVideo(
	gateway: Gateway,
	{ opened, call }: Found,
	maxBytes: number,
): AsyncGenerator<Uint8Array> {
	const expected = expectedBytes(opened);
	if (expected !== undefined && expected > maxBytes) throw new Error(tooLarge(maxBytes));
	let head: Uint8Array = new Uint8Array();
	let received = 0;
	let body = opened.body;
	for (let resumes = 0; ; resumes++) {
		for await (const chunk of untilBroken(body)) {
			received += chunk.length;
			if (received > maxBytes) throw new Error(tooLarge(maxBytes));
			if (head.length >= 12) {
				yield chunk;
				continue;
			}
			head = Buffer.concat([head, chunk]);
			if (head.length < 12) continue;
			if (!isVideo(head)) throw new Error('the link gave a file that is no MP4 video');
			yield head;
		}
		const isWhole = expected === undefined ? body.brokenOff !== true : received >= expected;
		if (isWhole) break;
		const rest = resumes < mostResumes ? await openRest(gateway, call, received) : undefined;
		if (rest === undefined) {
			throw new Error(`${brokeOff} after ${received} of ${expected ?? 'unknown'} bytes`);
		}
		body = rest;
	}
	if (head.length < 12) throw new Error('the link gave an empty file');
}

/** The chunks of a body up to where it ends, breaks off or goes silent; `brokenOff` says that it did. */
async function* untilBroken(body: Body): AsyncGenerator<Uint8Array> {
	const watch = watchForSilence(body);
	try {
		for await (const chunk of body) {
			watch.heard();
			yield chunk;
		}
	} catch {
		body.brokenOff = true;
	} finally {
		watch.end();
	}
}

async function openRest(gateway: Gateway, call: Call, from: number): Promise<Body | undefined> {
	const opened = await open(gateway, call, { headers: { Range: `bytes=${from}-` } });
	if ('kind' in opened) return undefined;
	const continues = opened.headers['content-range']?.startsWith(`bytes ${from}-`) ?? false;
	if (opened.httpStatus === 206 && continues) return opened.body;
	opened.body.destroy();
	return undefined;
}

function expectedBytes({ headers }: Opened): number | undefined {
	if (headers['content-encoding'] !== undefined) return undefined;
	const length = Number(headers['content-length'] ?? NaN);
	return Number.isSafeInteger(length) ? length : undefined;
}

const tooLarge = (maxBytes: number) =>
	`the video is larger than the allowed ${Math.round(maxBytes / 1024 / 1024)} MB`;

/** ISO base media files, which MP4 is, carry "ftyp" after their first four bytes. */
const isVideo = (head: Uint8Array) =>
	Buffer.from(head.subarray(4, 8)).toString('latin1') === 'ftyp';

// The stream class itself is out of reach: shipped code may import n8n-workflow only. Every stream
// carries its class's `from`, which makes a plain readable stream.
function streamOf(body: Body, chunks: AsyncIterable<Uint8Array>): unknown {
	const { from } = body.constructor as unknown as {
		from(chunks: AsyncIterable<Uint8Array>, options: { objectMode: boolean }): unknown;
	};
	return from(chunks, { objectMode: false });
}

/** A file name that every system takes, ending in .mp4. */
export function videoFileName(name: string): string {
	const safe = name
		.replace(/\.mp4$/i, '')
		.replace(/[^\p{L}\p{N}._ -]+/gu, '_')
		.replace(/^[. ]+|[. ]+$/g, '')
		.slice(0, 100);
	const isReserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(safe);
	return `${safe === '' || isReserved ? `video${safe === '' ? '' : `-${safe}`}` : safe}.mp4`;
}
