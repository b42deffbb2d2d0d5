import type { JobFacts, JobState, JobStatus } from '../jobs/job';
import {
	errorStatusIn,
	toFailureCode,
	isAmbiguousStatus,
	readFailure,
	readReason,
	isErrorBody,
	isSuccessBody,
} from './failures';
import type { Answer, CreatedJob, Problem, Reading } from './call';
import { readString } from './readers';

/*
 * What a whole answer tells: a state, a new job, or that it is none.
 */

/** The links to the final video of a success, and where it is if there are none. */
export interface VideoLinks {
	/** The best first. */
	links: ReadonlyArray<string | undefined>;
	/** `late`: a link will come with a later answer. `download`: the provider's download route has the file. */
	otherwise: 'download' | 'late';
}

/** The state in an answer, by its status word. An answer without one is no answer to a check. */
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
	{ links, otherwise }: VideoLinks,
): JobState {
	switch (status) {
		case 'succeeded': {
			const [best, ...others] = links.filter((link) => link !== undefined);
			if (best !== undefined) {
				return { status, videos: [{ kind: 'final', links: [best, ...others] }] };
			}
			return { status, videos: [], isLinkLate: otherwise === 'late' };
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

/**
 * The job in an answer to a create: its id at the first of `places` ("id", "data.task_id") that holds one.
 * An answer without a status is a job that has just been queued. A documented status word counts more
 * than an error beside it, which may be left over from an earlier attempt.
 */
export function readCreatedJob(
	answer: Answer,
	reading: Reading<JobState>,
	...places: string[]
): Reading<CreatedJob> {
	const { body, httpStatus } = answer;
	const jobId = places
		.map((place) => readString(body, ...place.split('.')))
		.find((id) => id !== undefined);
	if (jobId === undefined) return readRefusal(answer);
	if (httpStatus >= 400) return readRefusal(answer, jobId);
	const state = reading.kind === 'read' ? reading.value : undefined;
	const isDocumented = state !== undefined && state.statusWord === undefined;
	if (!isDocumented && isErrorBody(body)) return readRefusal(answer, jobId);
	return { kind: 'read', value: { jobId, state: state ?? { status: 'queued' } } };
}

// Names of the id of a job at the providers of this family. A bare "id" at the top may be the request's.
const idNames = ['task_id', 'taskId', 'job_id', 'jobId', 'video_id', 'videoId'];
const idPlaces = [
	...idNames.map((name) => [name]),
	...['data', 'result', 'output'].flatMap((place) => ['id', ...idNames].map((id) => [place, id])),
];

// { code: 'success', data: 'task_…' }: New API's answer to tasks of other kinds.
const idInData = /^(?=(?:task|job|video)[_-]|.*\d)[\w:.-]{6,200}$/;

// JSON that is not whole, because the connection broke off or it is too long. It has no other form.
const jsonStart = /^\s*[[{]/;
const idInPart = new RegExp(`"(?:id|${idNames.join('|')})"\\s{0,9}:\\s{0,9}"([^"\\\\\\s]{1,200})"`);

/** The id of a job where no document of the provider has it. It is named in the error and never polled. */
function readIdElsewhere(body: unknown): string | undefined {
	if (typeof body === 'string') return jsonStart.test(body) ? idInPart.exec(body)?.[1] : undefined;
	const text = readString(body, 'data');
	return (
		idPlaces.map((place) => readString(body, ...place)).find((id) => id !== undefined) ??
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
	const bodyStatus = errorStatusIn(body);
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

/** One line for an answer that gives no result: the reason it states, or what came instead of one. */
export function describeAnswer(answer: Answer): string {
	const { body, httpStatus } = answer;
	const reason = readReason(body);
	if (reason === undefined) return describeBody(answer);
	return httpStatus >= 300 ? `HTTP ${httpStatus}: ${reason}` : reason;
}

const pageStart = /^\s*<(?:!doctype html|html)/i;

/** Whether an answer is a page for people, such as a website's. */
export function isWebPage({ contentType, body }: Answer): boolean {
	return typeof body === 'string' && (/html/i.test(contentType) || pageStart.test(body));
}

/** Whether an answer is a web page as a website returns it for an unknown path, not that of an outage. */
export function isFromWebsite(answer: Answer): boolean {
	const { httpStatus } = answer;
	const isUsual = (httpStatus >= 200 && httpStatus <= 299) || [404, 405].includes(httpStatus);
	return isUsual && isWebPage(answer);
}

// A status answer usually has less than a kilobyte. n8n stores the raw answers of all suspended jobs with
// the execution, in one text.
const maxRawBytes = 64 * 1024;

/** The body for the item's `raw`: unchanged up to 64 kB as JSON, else its start and a note on its size. */
export function rawBody(body: unknown): unknown {
	const text = textOf(body);
	if (text === tooDeep) return { note: 'The answer is nested too deeply to be kept.' };
	const bytes = new TextEncoder().encode(text);
	if (bytes.length <= maxRawBytes) return body;
	return {
		note: `The answer has ${bytes.length} bytes. Only its first ${maxRawBytes} are kept here.`,
		start: new TextDecoder().decode(bytes.subarray(0, maxRawBytes), { stream: true }),
	};
}

/** One line that says what came instead of what was expected, with the first 120 characters of it. */
export function describeBody(answer: Answer): string {
	const { body, contentType, httpStatus } = answer;
	const start = textOf(body).slice(0, 2000).replace(/\s+/g, ' ').trim().slice(0, 120);
	if (start === '') return `an empty answer (HTTP ${httpStatus})`;
	if (/^<(?:!doctype|html|\?xml)/i.test(start)) {
		const title = /<title>([^<]{1,80})/i.exec(String(body))?.[1]?.trim();
		return `a web page instead of JSON (HTTP ${httpStatus}${title ? `, "${title}"` : ''})`;
	}
	const type = contentType.slice(0, 80) || 'no content type';
	return `an answer that cannot be read (HTTP ${httpStatus}, ${type}): ${start}`;
}

const tooDeep = 'JSON that is nested too deeply';

function textOf(body: unknown): string {
	if (typeof body === 'string') return body;
	try {
		return JSON.stringify(body) ?? '';
	} catch {
		// JSON.parse takes a nesting that JSON.stringify does not.
		return tooDeep;
	}
}
