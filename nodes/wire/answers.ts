import type { JobFacts, JobState, JobStatus, JobVideo } from '../jobs/job';
import {
	errorStatusIn,
	toFailureCode,
	isAmbiguousStatus,
	readFailure,
	readReason,
	isErrorBody,
	isSuccessBody,
} from './failures';
import type { Answer, CreatedJob, Problem } from './call';
import { readString } from './readers';

/*
 * What a whole answer tells: a state, a new job, or that it is none.
 */

/**
 * The state an answer tells, from its status word. `videos` are the links it names; without any the
 * video is `otherwise` to be had. An answer without a status word is no answer to a check.
 */
export function readState(
	answer: Answer,
	word: { status: JobStatus; statusWord?: string } | undefined,
	facts: JobFacts,
	videos: ReadonlyArray<string | undefined>,
	otherwise: 'download' | 'late',
): JobState | Problem {
	if (word === undefined) return { unreadable: readReason(answer.body) ?? describeBody(answer) };
	switch (word.status) {
		case 'succeeded':
			return { ...facts, status: 'succeeded', videos: finalVideos(videos) ?? otherwise };
		case 'failed':
			return { ...facts, status: 'failed', failure: readFailure(answer.body, 'generation_failed') };
		case 'canceled':
			return {
				...facts,
				status: 'canceled',
				failure: {
					code: 'canceled',
					message: readReason(answer.body) ?? 'The job was canceled at the provider',
					retryable: true,
				},
			};
		default:
			return { ...facts, status: word.status, statusWord: word.statusWord };
	}
}

function finalVideos(
	links: ReadonlyArray<string | undefined>,
): readonly [JobVideo, ...JobVideo[]] | undefined {
	const [first, ...rest] = links
		.filter((url): url is string => url !== undefined)
		.map((url): JobVideo => ({ url, kind: 'final' }));
	return first === undefined ? undefined : [first, ...rest];
}

/**
 * The job in an answer to a create: its id at the first of `places` ("id", "data.task_id") that holds one.
 * An answer without a status is a job that has just been queued. A documented status word counts more
 * than an error beside it, which may be left over from an earlier attempt.
 */
export function readCreatedJob(
	answer: Answer,
	state: JobState | Problem,
	...places: string[]
): CreatedJob | Problem {
	const { body, httpStatus } = answer;
	const jobId = places
		.map((place) => readString(body, ...place.split('.')))
		.find((id) => id !== undefined);
	if (jobId === undefined) return readRefusal(answer);
	if (httpStatus >= 400) return readRefusal(answer, jobId);
	if (!isProblem(state) && state.statusWord === undefined) return { jobId, state };
	if (isErrorBody(body)) return readRefusal(answer, jobId);
	return { jobId, state: isProblem(state) ? { status: 'queued' } : state };
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
	if (isCertain) return { refused: failure };
	const message =
		httpStatus >= 400 || isErrorBody(body) ? describeAnswer(answer) : describeBody(answer);
	return jobId === undefined ? { unreadable: message } : { unreadable: message, seenJobId: jobId };
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

export function isProblem(reading: object): reading is Problem {
	return 'refused' in reading || 'unreadable' in reading;
}
