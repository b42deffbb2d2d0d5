import type { JobFacts, JobState, JobStatus } from '../jobs/job';
import {
	toFailureCode,
	isAmbiguousStatus,
	readErrorStatus,
	readFailure,
	readReason,
	isErrorBody,
	isSuccessBody,
} from './failures';
import type { Answer, CreatedJob, Problem, Reading } from './call';
import type { FoundLink } from './readers';
import { findVideoLinks, readFirstString, readLink, readString } from './readers';

/*
 * Reads a whole answer: a state, a new job, or why it is neither.
 */

/** The links to the final videos of a success, and where the video is without any. */
export interface VideoLinks {
	/** To the one video, the best first. */
	links?: ReadonlyArray<string | undefined>;
	/** Instead, where the answer has several videos: to each, the best first. The download route has one without. */
	videos?: ReadonlyArray<readonly string[]>;
	/** The field that has the link by the provider's document, if `links` are those of any known field. */
	documentedPlace?: string;
	/**
	 * `late`: a later answer has a link. `download`: the provider's download route has the file. `removed`:
	 * why it has the file no more.
	 */
	otherwise: 'download' | 'late' | { removed: string };
}

/** The state in an answer, by its status word. Without one the answer is unreadable. */
export function readState(
	answer: Answer,
	word: { status: JobStatus; statusWord?: string } | undefined,
	facts: JobFacts,
	found: VideoLinks,
): Reading<JobState> {
	if (word === undefined) {
		return { kind: 'unreadable', message: readReason(answer.body) ?? describeBody(answer) };
	}
	return { kind: 'read', value: { ...facts, ...toState(answer, word, found) } };
}

function toState(
	{ body }: Answer,
	{ status, statusWord }: { status: JobStatus; statusWord?: string },
	{ links = [], videos, documentedPlace, otherwise }: VideoLinks,
): JobState {
	switch (status) {
		case 'succeeded': {
			const found = links.filter((link) => link !== undefined);
			const finals = videos?.length ? videos : found.length > 0 ? [found] : [];
			if (finals.length > 0) {
				const [first] = documentedPlace === undefined ? [] : findVideoLinks(body);
				const linkPlace = first?.place === documentedPlace ? undefined : first?.place;
				const read = finals.map((each) => ({ kind: 'final', links: each }) as const);
				return { status, videos: read, ...(linkPlace && { linkPlace }) };
			}
			const elsewhere = otherwise === 'late' ? findVideoLinks(body).find(isVideoFile) : undefined;
			if (elsewhere !== undefined) {
				const { link, place } = elsewhere;
				return { status, videos: [{ kind: 'final', links: [link] }], linkPlace: place };
			}
			return typeof otherwise === 'object'
				? { status, videos: [], removed: otherwise.removed }
				: { status, videos: [], isLinkLate: otherwise === 'late' };
		}
		case 'failed':
			return { status, failure: readFailure(body, 'generation_failed') };
		case 'canceled': {
			const message = readReason(body) ?? 'The job was canceled at the provider';
			return { status, failure: { code: 'canceled', message, retryable: true } };
		}
		default:
			return { status, statusWord };
	}
}

/** A link in an undocumented field may be that of a page: it counts if it names a video file. */
const isVideoFile = ({ link }: FoundLink) => /\.(?:mp4|mov|webm)$/i.test(new URL(link).pathname);

/** The link to an uploaded file, at `keys`. */
export function readUploaded(answer: Answer, ...keys: string[]): Reading<{ link: string }> {
	const link = readLink(answer.body, ...keys);
	return link === undefined
		? { kind: 'unreadable', message: describeBody(answer) }
		: { kind: 'read', value: { link } };
}

/**
 * The job in an answer to a create, with the id at the first of `places`. Without a status it is queued. A
 * documented status word has precedence over an error, which may be that of an earlier attempt.
 */
export function readCreatedJob(
	answer: Answer,
	reading: Reading<JobState>,
	...places: string[]
): Reading<CreatedJob> {
	const { body, httpStatus } = answer;
	const jobId = readFirstString(body, places);
	if (jobId === undefined) return readRefusal(answer);
	if (httpStatus >= 400) return readRefusal(answer, jobId);
	const state = reading.kind === 'read' ? reading.value : undefined;
	const isDocumented = state !== undefined && state.statusWord === undefined;
	if (!isDocumented && isErrorBody(body)) return readRefusal(answer, jobId);
	return { kind: 'read', value: { jobId, state: state ?? { status: 'queued' } } };
}

// Names of job ids at the providers of this family. A bare "id" at the top may be the request's.
const idNames = ['task_id', 'taskId', 'job_id', 'jobId', 'video_id', 'videoId'];
const idPlaces = [
	...idNames,
	...['data', 'result', 'output'].flatMap((place) =>
		['id', ...idNames].map((id) => `${place}.${id}`),
	),
];

// { code: 'success', data: 'task_…' }: New API's answer to tasks of other kinds.
const idInData = /^(?=(?:task|job|video)[_-]|.*\d)[\w:.-]{6,200}$/;

// A text that begins like JSON is incomplete JSON: the connection broke off, or it is too long.
const jsonStart = /^\s*[[{]/;
const idInPart = new RegExp(`"(?:id|${idNames.join('|')})"\\s{0,9}:\\s{0,9}"([^"\\\\\\s]{1,200})"`);

/** An id at a place that the provider does not document. It is named in the error and never polled. */
function readIdElsewhere(body: unknown): string | undefined {
	if (typeof body === 'string') return jsonStart.test(body) ? idInPart.exec(body)?.[1] : undefined;
	const text = readString(body, 'data');
	return (
		readFirstString(body, idPlaces) ??
		(text !== undefined && idInData.test(text) ? text : undefined)
	);
}

/**
 * Reads an answer to a create that does not certainly start a job. `refused` means that nothing was bought,
 * so that the create may be sent again; `unreadable` means that the outcome is unknown.
 * - HTTP 4xx: refused, unless the answer contains an id (`jobId`).
 * - HTTP 2xx: refused only with an explicit error. Beside an id or a success code, the reason must also be
 *   a known and permanent one: a running job may answer "try again later" as well.
 */
export function readRefusal(answer: Answer, jobId = readIdElsewhere(answer.body)): Problem {
	const { body, httpStatus } = answer;
	const bodyStatus = readErrorStatus(body) ?? 0;
	const failure = readFailure(body, httpStatus >= 400 ? 'bad_request' : toFailureCode(bodyStatus));
	const isKnown = failure.code !== 'bad_request' && !failure.retryable;
	const mayHaveJob = jobId !== undefined || isSuccessBody(body);
	const isCertain =
		httpStatus >= 400
			? jobId === undefined
			: isErrorBody(body) && !isAmbiguousStatus(bodyStatus) && (isKnown || !mayHaveJob);
	if (isCertain) return { kind: 'refused', failure };
	const message =
		httpStatus >= 400 || isErrorBody(body) ? describeAnswer(answer) : describeBody(answer);
	return { kind: 'unreadable', message, ...(jobId !== undefined && { seenJobId: jobId }) };
}

/** One line for an answer without a result: the reason that it states, or a description of its body. */
export function describeAnswer(answer: Answer): string {
	const { body, httpStatus } = answer;
	const reason = readReason(body);
	if (reason === undefined) return describeBody(answer);
	return httpStatus >= 300 ? `HTTP ${httpStatus}: ${reason}` : reason;
}

const pageStart = /^\s*<(?:!doctype html|html)/i;

/** Whether an answer is an HTML page. */
export function isWebPage({ contentType, body }: Answer): boolean {
	return typeof body === 'string' && (/html/i.test(contentType) || pageStart.test(body));
}

/** Whether an answer is a web page as a website returns it for an unknown path, not that of an outage. */
export function isFromWebsite(answer: Answer): boolean {
	const { httpStatus } = answer;
	const isUsual = (httpStatus >= 200 && httpStatus <= 299) || [404, 405].includes(httpStatus);
	return isUsual && isWebPage(answer);
}

// A status answer usually has less than a kilobyte. n8n stores the raw answers of all suspended jobs in the
// execution's data, as one text.
const maxRawBytes = 64 * 1024;

/** The body for the item's `raw`: unchanged up to 64 KB as JSON, else its start and a note on its size. */
export function rawBody(body: unknown): unknown {
	const text = toText(body);
	if (text === undefined) return { note: 'The answer is nested too deeply to be kept.' };
	const bytes = new TextEncoder().encode(text);
	if (bytes.length <= maxRawBytes) return body;
	return {
		note: `The answer has ${bytes.length} bytes. Only its first ${maxRawBytes} are kept here.`,
		start: new TextDecoder().decode(bytes.subarray(0, maxRawBytes), { stream: true }),
	};
}

/** One line for an unexpected body: its type and its first 120 characters. */
export function describeBody(answer: Answer): string {
	const { body, contentType, httpStatus } = answer;
	const start = (toText(body) ?? tooDeep).slice(0, 2000).replace(/\s+/g, ' ').trim().slice(0, 120);
	if (start === '') return `an empty answer (HTTP ${httpStatus})`;
	if (/^<(?:!doctype|html|\?xml)/i.test(start)) {
		const title = /<title>([^<]{1,80})/i.exec(String(body))?.[1]?.trim();
		return `a web page instead of JSON (HTTP ${httpStatus}${title ? `, "${title}"` : ''})`;
	}
	const type = contentType.slice(0, 80) || 'no content type';
	return `an answer that cannot be read (HTTP ${httpStatus}, ${type}): ${start}`;
}

const tooDeep = 'JSON that is nested too deeply';

/** A body as text. Undefined if it is nested too deeply: JSON.stringify has a lower limit than JSON.parse. */
function toText(body: unknown): string | undefined {
	if (typeof body === 'string') return body;
	try {
		return JSON.stringify(body) ?? '';
	} catch {
		return undefined;
	}
}
