import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import type { Failure } from '../../jobs/job';
import type { Call } from '../../wire/call';
import { readReason, withoutQueries } from '../../wire/failures';
import { readVideoLink } from '../../wire/readers';
import { parseJson, peek, readText } from '../body';
import { withoutFiles } from '../embeddedFiles';
import { startTimeout } from '../timeout';
import type { Connection, Opened } from '../send';
import { isOnKnownHost, open } from '../send';
import { openEmbeddedFile } from './embeddedFile';
import type { Found, Limits } from './readWholeVideo';
import { headBytes, isVideo, answerTimeoutMs, VideoError, readWholeVideo } from './readWholeVideo';

export interface DownloadOptions {
	/** The calls that may return the video, best first. */
	sources: readonly Call[];
	fileName: string;
	/** The limit that the user chose. Without one it depends on where n8n keeps binary data. */
	maxBytes?: number;
	/** Milliseconds left for the download, not positive when its time is over. */
	leftMs(): number;
}

/** A video in n8n's binary storage, or why it is missing. Stored in checkpoints. */
export type Download =
	| { kind: 'file'; binary: IBinaryData }
	/** `isTransient` if a repeated call may succeed, `isRefused` if a fresh link may. */
	| { kind: 'failed'; failure: Failure; isTransient: boolean; isRefused: boolean };

interface NotFound {
	kind: 'notFound';
	problem: string;
	isTransient: boolean;
	isRefused: boolean;
}

const MB = 1024 * 1024;
const maxStoredBytes = 512 * MB;
// Binary data in memory is base64 inside the execution, and is written to the database with it.
const maxBytesInMemory = 100 * MB;

const maxHops = 5;
// 400 and 404 are answers of download routes whose file is not there yet.
const transientStatuses = new Set([400, 404, 408, 425, 429]);
// Answers of a file storage to an expired link; Google's answers 400.
const refusingStatuses = new Set([400, 401, 403, 404, 410]);

/**
 * Streams a video from the first source that has it into n8n's binary storage. Keeps whole video files
 * only, and none in memory. Failures are returned.
 */
export async function downloadVideo(
	connection: Connection & { context: IExecuteFunctions },
	{ sources, fileName, maxBytes, leftMs }: DownloadOptions,
): Promise<Download> {
	const { context, mask } = connection;
	const limits: Limits = { checkSize: createSizeCheck(context, maxBytes), leftMs };
	const failures: NotFound[] = [];
	for (const source of sources) {
		const found = await findVideo(connection, source, leftMs);
		if (found.kind === 'notFound') {
			failures.push(found);
			continue;
		}
		const { body } = found.opened;
		try {
			const chunks = readWholeVideo(connection, found, limits);
			const stream = body.constructor.from(chunks, { objectMode: false });
			const prepare = context.helpers.prepareBinaryData;
			return { kind: 'file', binary: await prepare(stream, fileName, 'video/mp4') };
		} catch (error) {
			const problem = error instanceof Error ? error.message : String(error);
			const isTransient = error instanceof VideoError && error.isTransient;
			failures.push(notFound(problem, isTransient));
		} finally {
			body.destroy();
		}
	}
	// The problem of the best source is the most precise.
	const problem = failures[0]?.problem ?? 'the provider named no link';
	return {
		kind: 'failed',
		failure: downloadFailure(mask.message(problem)),
		isTransient: failures.some(({ isTransient }) => isTransient),
		isRefused: failures.some(({ isRefused }) => isRefused),
	};
}

/** Checks sizes against the user's limit, or against that of the place where n8n keeps binary data. */
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

/** n8n has no setting to read for this, but binary data in memory has no id. */
async function keepsFilesInMemory({ helpers }: IExecuteFunctions): Promise<boolean> {
	const { id } = await helpers.prepareBinaryData(Buffer.alloc(0), 'empty', 'text/plain');
	return id === undefined;
}

/** Why a finished job has no file. The video exists: polling the job again downloads it. */
export function downloadFailure(problem: string): Failure {
	return { code: 'download_failed', message: withoutQueries(problem), retryable: true };
}

/**
 * Follows redirects, and one answer that is JSON with a link, to the answer whose body is a file. Once
 * they lead to another origin, no further call gets the key, also not one to the credential's origin.
 */
async function findVideo(
	connection: Connection,
	call: Call,
	leftMs: Limits['leftMs'],
	{ hopsLeft, mayReadLink } = { hopsLeft: maxHops, mayReadLink: true },
): Promise<Found | NotFound> {
	if (leftMs() <= 0) return notFound('no time was left to download it', true);
	const opened = await open(connection, call, {
		timeoutMs: answerTimeoutMs(leftMs()),
		// A compressed body could not be resumed at a byte.
		headers: { 'Accept-Encoding': 'identity' },
	});
	if (opened.kind !== 'opened') {
		const isPermanent = opened.kind === 'notAccepted' && opened.permanent === true;
		return notFound(opened.failure.message, !isPermanent);
	}
	const { member, index } = call.embeddedFile ?? {};
	if (member !== undefined && index !== undefined) {
		return await findEmbeddedVideo(connection, { opened, call }, { member, index }, leftMs);
	}
	const { httpStatus, headers, body } = opened;
	const isWhole = isWholeAnswer(opened);
	const isText = isWhole && /json|^text\//i.test(headers['content-type'] ?? '');
	if (isWhole && !isText) return { kind: 'found', opened, body, call };
	const timeout = startTimeout(answerTimeoutMs(leftMs()));
	const peeked = await peek(body, headBytes, timeout);
	// Some servers declare every file as text/plain, or as JSON like the rest of their API.
	if (isText && isVideo(peeked.head)) {
		timeout.end();
		return { kind: 'found', opened, body: peeked.body, call };
	}
	const { text } = await readText(peeked.body, { timeout });
	const answer = connection.mask.data(parseJson(text));
	const link = isText && mayReadLink ? readVideoLink(answer) : undefined;
	const next = httpStatus >= 300 && httpStatus < 400 ? headers.location : link;
	if (next === undefined) {
		const problem = describeNoVideo(connection, opened, answer);
		return notFound(problem, mayChange(httpStatus), refusingStatuses.has(httpStatus));
	}
	if (hopsLeft === 0 || !URL.canParse(next, opened.url)) {
		return notFound('the link leads from one address to the next', false);
	}
	const path = new URL(next, opened.url).href;
	const nextCall: Call = { method: 'GET', path, ...(!opened.isWithKey && { withoutKey: true }) };
	return await findVideo(connection, nextCall, leftMs, {
		hopsLeft: hopsLeft - 1,
		mayReadLink: mayReadLink && !isText,
	});
}

/** Reads an answer up to its embedded file. Redirects are not followed: the call may be a POST. */
async function findEmbeddedVideo(
	connection: Connection,
	{ opened, call }: Pick<Found, 'opened' | 'call'>,
	{ member, index }: { member: string; index: number },
	leftMs: Limits['leftMs'],
): Promise<Found | NotFound> {
	const { httpStatus, body } = opened;
	const read = isWholeAnswer(opened)
		? await openEmbeddedFile(body, { member, index }, leftMs())
		: await readText(withoutFiles(body, member), {
				timeout: startTimeout(answerTimeoutMs(leftMs())),
			});
	if ('file' in read) {
		// Length and validators are those of the whole answer.
		return { kind: 'found', opened: { ...opened, headers: {} }, body: read.file, call };
	}
	const answer = connection.mask.data(parseJson(read.text));
	const reason = isOnKnownHost(connection, opened.url) ? readReason(answer) : undefined;
	const problem = reason ?? read.incomplete ?? `the answer has no video ${index + 1}`;
	return notFound(`${problem} (HTTP ${httpStatus})`, mayChange(httpStatus));
}

/** Whether the same call may be answered with a video later. */
const mayChange = (httpStatus: number) =>
	transientStatuses.has(httpStatus) || httpStatus < 400 || httpStatus >= 500;

const notFound = (problem: string, isTransient: boolean, isRefused = false): NotFound => ({
	kind: 'notFound',
	problem,
	isTransient,
	isRefused,
});

/** Whether the body is the whole resource. A 206 is, if its range covers it from byte 0 to the last. */
function isWholeAnswer({ httpStatus, headers }: Opened): boolean {
	if (httpStatus !== 206) return httpStatus === 200 || httpStatus === 203;
	const range = /^bytes 0-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '');
	return range !== null && Number(range[1]) + 1 === Number(range[2]);
}

/** Quotes the provider only: the body of another host may be that of a service inside the network. */
function describeNoVideo(
	connection: Connection,
	{ url, httpStatus, headers }: Opened,
	answer: unknown,
): string {
	const reason = isOnKnownHost(connection, url) ? readReason(answer) : undefined;
	if (reason !== undefined) return `HTTP ${httpStatus}: ${reason}`;
	const content = /html/i.test(headers['content-type'] ?? '') ? 'a web page' : 'no video';
	return `the link gave ${content} (HTTP ${httpStatus})`;
}
