import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import type { Failure } from '../../jobs/job';
import type { Call } from '../../wire/call';
import { readReason, withoutQueries } from '../../wire/failures';
import { readVideoLink } from '../../wire/readers';
import type { Body } from '../body';
import { parseJson, peek, readText } from '../body';
import { startTimeout } from '../timeout';
import { createSecretMask } from '../secrets';
import type { Connection, OpenOptions, Opened } from '../send';
import { isOnKnownHost, open } from '../send';
import type { Found, Limits } from './wholeVideo';
import { headBytes, isVideo, answerTimeoutMs, VideoError, wholeVideo } from './wholeVideo';

export interface DownloadOptions {
	/** Where the video may be had, best first. */
	sources: readonly Call[];
	fileName: string;
	/** The limit a person chose. Without one it depends on where n8n keeps files. */
	maxBytes?: number;
	/** Milliseconds left for the download; it is given up when none are left. */
	leftMs(): number;
}

/** A video in n8n's binary storage, or why there is none. */
export type Download =
	| { binary: IBinaryData }
	/** `isPassing` where the same call may bring it a little later, `isRefused` where a fresh link may. */
	| { failure: Failure; isTransient: boolean; isRefused: boolean };

interface NotFound {
	problem: string;
	isTransient: boolean;
	isRefused: boolean;
}

const MB = 1024 * 1024;
const maxStoredBytes = 512 * MB;
// A file in memory is text inside the execution, and goes through the database with all of it.
const maxBytesInMemory = 100 * MB;

const maxHops = 5;
// 400 and 404 are what download routes say while the file is not there yet.
const passingStatuses = new Set([400, 404, 408, 425, 429]);
// What storage says of a link that is no longer good; Google's says 400.
const refusingStatuses = new Set([400, 401, 403, 404, 410]);

/**
 * Streams a video from the provider, or from where its link leads, into n8n's binary storage. It is
 * never held in memory by us, and nothing but a whole video file is ever kept. Failures come back.
 */
export async function downloadVideo(
	connection: Connection & { context: IExecuteFunctions },
	{ sources, fileName, maxBytes, leftMs }: DownloadOptions,
): Promise<Download> {
	const failures: NotFound[] = [];
	for (const source of sources) {
		const found = await findVideo(connection, source, {}, leftMs, maxHops);
		if ('problem' in found) {
			failures.push(found);
			continue;
		}
		const { body } = found.opened;
		try {
			const limits: Limits = { checkSize: createSizeCheck(connection.context, maxBytes), leftMs };
			const stream = streamOf(body, wholeVideo(connection, found, limits));
			const prepare = connection.context.helpers.prepareBinaryData;
			return { binary: await prepare(stream as never, fileName, 'video/mp4') };
		} catch (error) {
			const problem = error instanceof Error ? error.message : String(error);
			const isTransient = error instanceof VideoError && error.isTransient;
			failures.push({ problem, isTransient, isRefused: false });
		} finally {
			body.destroy();
		}
	}
	return {
		// The best source tells best what is wrong.
		failure: downloadFailure(
			createSecretMask(connection.secrets).message(
				failures[0]?.problem ?? 'the provider named no link',
			),
		),
		isTransient: failures.some(({ isTransient }) => isTransient),
		isRefused: failures.some(({ isRefused }) => isRefused),
	};
}

/** Checks sizes against the limit the user chose, or against that of the place where n8n keeps files. */
function createSizeCheck(
	context: IExecuteFunctions,
	chosen: number | undefined,
): Limits['checkSize'] {
	const tooLarge = (maxBytes: number, where = '') =>
		`the video is larger than the allowed ${Math.round(maxBytes / MB)} MB${where}`;
	let inMemory: boolean | undefined;
	return async (bytes) => {
		if (chosen !== undefined) return bytes > chosen ? tooLarge(chosen) : undefined;
		if (bytes <= maxBytesInMemory) return undefined;
		inMemory ??= await keepsFilesInMemory(context);
		if (inMemory) return tooLarge(maxBytesInMemory, ', because n8n keeps files in memory here');
		return bytes > maxStoredBytes ? tooLarge(maxStoredBytes) : undefined;
	};
}

/** n8n does not tell where it keeps files, but a file in memory has no id. */
async function keepsFilesInMemory({ helpers }: IExecuteFunctions): Promise<boolean> {
	const { id } = await helpers.prepareBinaryData(Buffer.alloc(0), 'empty', 'text/plain');
	return id === undefined;
}

/** Why a finished job has no file. Its video exists, and can be fetched by polling the job again. */
export function downloadFailure(problem: string): Failure {
	return { code: 'download_failed', message: withoutQueries(problem), retryable: true };
}

/**
 * Follows redirects, and once an answer that is JSON with a link, to where the bytes are. What has led
 * to another origin does not get the key any more, wherever it leads from there.
 */
async function findVideo(
	connection: Connection,
	call: Call,
	options: OpenOptions & { isFromJson?: boolean },
	leftMs: Limits['leftMs'],
	hopsLeft: number,
): Promise<Found | NotFound> {
	if (leftMs() <= 0) {
		return { problem: 'no time was left to download it', isTransient: true, isRefused: false };
	}
	// A compressed body could not be taken up again at a byte.
	const opened = await open(connection, call, {
		timeoutMs: answerTimeoutMs(leftMs()),
		withoutKey: options.withoutKey,
		headers: { 'Accept-Encoding': 'identity' },
	});
	if ('kind' in opened) {
		const isLasting = opened.kind === 'notAccepted' && opened.permanent === true;
		return { problem: opened.failure.message, isTransient: !isLasting, isRefused: false };
	}
	const { httpStatus, headers, body } = opened;
	const contentType = headers['content-type'] ?? '';
	const isWhole = isWholeAnswer(opened);
	const isAnswer = isWhole && /json|^text\//i.test(contentType);
	if (isWhole && !isAnswer) return { opened, body, call, options };
	const timeout = startTimeout(answerTimeoutMs(leftMs()));
	const peeked = await peek(body, headBytes, timeout);
	// Some servers declare every file as text/plain, or as JSON like the rest of their API.
	if (isAnswer && isVideo(peeked.head)) {
		timeout.end();
		return { opened, body: peeked.body, call, options };
	}
	const { soFar } = await readText(peeked.body, { timeout });
	const answer = createSecretMask(connection.secrets).data(parseJson(soFar));
	const link = isAnswer && options.isFromJson !== true ? readVideoLink(answer) : undefined;
	const next = httpStatus >= 300 && httpStatus < 400 ? headers.location : link;
	if (next === undefined) {
		return {
			problem: refusalOf(connection, opened, answer),
			isTransient: passingStatuses.has(httpStatus) || httpStatus < 400 || httpStatus >= 500,
			isRefused: refusingStatuses.has(httpStatus),
		};
	}
	const path = absolute(next, opened.url);
	if (hopsLeft === 0 || path === undefined) {
		const problem = 'the link leads from one address to the next';
		return { problem, isTransient: false, isRefused: false };
	}
	const onward = { withoutKey: !opened.isWithKey, isFromJson: isAnswer || options.isFromJson };
	return await findVideo(connection, { method: 'GET', path }, onward, leftMs, hopsLeft - 1);
}

/** Whether the body is the whole resource. A 206 is, if its range covers it from byte 0 to the last. */
function isWholeAnswer({ httpStatus, headers }: Opened): boolean {
	if (httpStatus !== 206) return httpStatus === 200 || httpStatus === 203;
	const range = /^bytes 0-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '');
	return range !== null && Number(range[1]) + 1 === Number(range[2]);
}

const absolute = (address: string, base: string) =>
	URL.canParse(address, base) ? new URL(address, base).href : undefined;

/** Quotes the provider alone: the body of any other host may be that of a service inside the network. */
function refusalOf(
	connection: Connection,
	{ url, httpStatus, headers }: Opened,
	answer: unknown,
): string {
	const reason = isOnKnownHost(connection, url) ? readReason(answer) : undefined;
	if (reason !== undefined) return `HTTP ${httpStatus}: ${reason}`;
	const what = /html/i.test(headers['content-type'] ?? '') ? 'a web page' : 'no video';
	return `the link gave ${what} (HTTP ${httpStatus})`;
}

// The stream class itself is out of reach: shipped code may import n8n-workflow only. Every stream
// carries its class's `from`, which makes a plain readable stream.
function streamOf(body: Body, chunks: AsyncIterable<Uint8Array>): unknown {
	const { from } = body.constructor as unknown as {
		from(chunks: AsyncIterable<Uint8Array>, options: { objectMode: boolean }): unknown;
	};
	return from(chunks, { objectMode: false });
}
