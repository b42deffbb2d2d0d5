import type { JobFacts, JobState, JobStatus, JobVideo } from '../jobs/job';
import { readFailure, readReason, saysNo } from './failures';
import type { Answer, CreatedJob, Problem } from './provider';
import { readString } from './reading';

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
					message: readReason(answer.body) ?? 'The job was canceled at the gateway',
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
 * The job a create answer tells: its id at the first of `places` ("id", "data.task_id") that holds one.
 * An answer without a status is a job that has just been queued.
 */
export function readCreatedJob(
	answer: Answer,
	state: JobState | Problem,
	...places: string[]
): CreatedJob | Problem {
	const jobId = places
		.map((place) => readString(answer.body, ...place.split('.')))
		.find((id) => id !== undefined);
	if (jobId !== undefined) return { jobId, state: isProblem(state) ? { status: 'queued' } : state };
	return withoutJob(answer);
}

/**
 * An answer to a create that tells no job. Only a clear no says that nothing was bought: a "message" may
 * as well be "ok".
 */
export function withoutJob(answer: Answer): Problem {
	return answer.httpStatus >= 400 || saysNo(answer.body)
		? { refused: readFailure(answer.body, 'bad_request') }
		: { unreadable: describeBody(answer) };
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

function textOf(body: unknown): string {
	if (typeof body === 'string') return body;
	try {
		return JSON.stringify(body) ?? '';
	} catch {
		// JSON.parse takes a nesting that JSON.stringify does not.
		return 'JSON that is nested too deeply';
	}
}

export function isProblem(reading: object): reading is Problem {
	return 'refused' in reading || 'unreadable' in reading;
}
