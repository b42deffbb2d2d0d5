// One route for models of all makers, one for the status of their jobs, and the envelope of every answer:
// https://docs.kie.ai/market/common/get-task-detail. The fields of `input` are those of the pages below
// https://docs.kie.ai/market; each model has its own.
import type { FailureCode, JobState, JobStatus } from '../../jobs/job';
import { describeBody, readCreatedJob, readState } from '../../wire/answers';
import type { Callback, OperationInput } from '../provider';
import type { Answer, Call, CreatedJob, JsonRecord, Problem, Reading } from '../../wire/call';
import { readFailure, readReason } from '../../wire/failures';
import * as read from '../../wire/readers';
import { imageUrl } from '../../wire/writers';
import { ratioBesideImages } from './models';
import type { veoParameters } from './veoParameters';

type Input = OperationInput<Pick<typeof veoParameters, 'durationSeconds' | 'resolution'>>;

/** The call of a new job. What was not set is left out, because not every model has it. */
export function createTask(input: Input): Call {
	const { model, prompt, options } = input;
	const { durationSeconds, resolution } = options;
	return {
		method: 'POST',
		path: '/api/v1/jobs/createTask',
		json: {
			model,
			input: {
				prompt,
				...imageFields(input),
				aspect_ratio: ratioBesideImages(input),
				resolution,
				duration: takesNumber.test(model) ? durationSeconds : durationSeconds?.toString(),
			},
		},
	};
}

const takesFrames = /seedance-2|wan\/(?:2-7|3-)|minimax-h3/;
const takesNumber = /seedance-(?:1\.5|2)|wan\/(?:2-7|3-)|minimax-h3|happyhorse|^veo-|^runway/;
const takesOneImage = /^(?:kling\/v2|hailuo|bytedance\/v1|wan\/2-[25])/;

function imageFields({ model, images, imageMode }: Input): JsonRecord {
	const all = images.map(imageUrl);
	const [first, last] = all;
	if (first === undefined) return {};
	if (takesFrames.test(model)) {
		return imageMode === 'referenceImages'
			? { reference_image_urls: all }
			: { first_frame_url: first, last_frame_url: last };
	}
	if (!takesOneImage.test(model)) return { image_urls: all };
	const lastName = model.startsWith('kling') ? 'tail_image_url' : 'end_image_url';
	return { image_url: first, [lastName]: last };
}

// The ids look like those of other routes of the provider, and each route finds only its own.
const prefix = 'jobs:';

export const toTaskJobId = (taskId: string): string => prefix + taskId;

export const isTaskJob = (jobId: string): boolean => jobId.startsWith(prefix);

export const taskStatus = (jobId: string): Call => ({
	method: 'GET',
	path: '/api/v1/jobs/recordInfo',
	query: { taskId: jobId.slice(prefix.length) },
});

/** `successFlag` of a Veo job, or `state` of another. */
type Status = '0' | '1' | '2' | '3' | 'waiting' | 'queuing' | 'generating' | 'success' | 'fail';
const statusWords: Record<Status, JobStatus> = {
	...{ 0: 'running', 1: 'succeeded', 2: 'failed', 3: 'failed' },
	...{ waiting: 'queued', queuing: 'queued', generating: 'running', success: 'succeeded' },
	fail: 'failed',
};

/** The documented codes of a rejection. The body's `code` decides: the HTTP status is often 200. */
const codes: Readonly<Record<number, FailureCode>> = {
	...{ 400: 'bad_request', 401: 'key_refused', 402: 'out_of_credit', 404: 'job_not_found' },
	...{ 422: 'bad_request', 429: 'rate_limited', 433: 'out_of_credit', 451: 'bad_request' },
	...{ 455: 'busy', 505: 'model_retired' },
};

/** The problem in an answer with another `code` than 200. */
export function problemIn({ body }: Answer): Problem | undefined {
	const status = read.readNumber(body, 'code') ?? 200;
	if (status === 200) return undefined;
	const code = codes[status];
	return code === undefined
		? { kind: 'unreadable', message: readReason(body) ?? `an error with the code ${status}` }
		: { kind: 'refused', failure: readFailure(body, code) };
}

/** The job in an answer to a create, with the id that finds it again. */
export function readCreatedTask(
	answer: Answer,
	toJobId = (taskId: string) => taskId,
): Reading<CreatedJob> {
	const reading = readCreatedJob(answer, { kind: 'unreadable', message: '' }, 'data.taskId');
	if (reading.kind === 'read') {
		return { kind: 'read', value: { ...reading.value, jobId: toJobId(reading.value.jobId) } };
	}
	if (reading.kind === 'unreadable' && reading.seenJobId !== undefined) {
		return { ...reading, seenJobId: toJobId(reading.seenJobId) };
	}
	const problem = problemIn(answer);
	return problem?.kind === 'refused' ? problem : reading;
}

/** The first link of a list, of its JSON as text, or of "[http…]" as the page's schema has it. */
function firstLink(body: unknown, ...keys: string[]): string | undefined {
	const links = read.readParsed(body, ...keys);
	return (
		read.readLink(links, '0') ??
		read.readLink(read.readString(links)?.replace(/^\[|,\s*http.*|\]$/g, ''))
	);
}

/** Not a text without a zone, as in the page's example: its schema has one. */
const readZonedTime = (data: unknown, name: string) =>
	/^\d+$|Z$/.test(read.readString(data, name) ?? '') ? read.readTime(data, name) : undefined;

/** The state in an answer of either status route. */
export function readTaskState(answer: Answer): Reading<JobState> {
	const data = read.readRecord(answer.body, 'data');
	const word =
		read.readStatus(statusWords, data, 'state') ??
		read.readStatus(statusWords, data, 'successFlag');
	const facts = {
		progress: read.readProgress(data, 'progress'),
		model: read.readString(data, 'model'),
		createdAt: readZonedTime(data, 'createTime'),
		completedAt: readZonedTime(data, 'completeTime'),
		// No page has it: public clients read it from the same answer.
		usage: read.readNumbers({ creditsConsumed: data.creditsConsumed }),
	};
	const link =
		firstLink(data, 'response', 'fullResultUrls') ??
		firstLink(data, 'response', 'resultUrls') ??
		firstLink(read.readParsed(data, 'resultJson'), 'resultUrls');
	// The code 501 may stand beside a job that has failed.
	const problem = word?.status === 'failed' ? undefined : problemIn(answer);
	if (problem !== undefined) return problem;
	// The message of the envelope ("success") is about the check and not about the job.
	if (word === undefined) return { kind: 'unreadable', message: describeBody(answer) };
	const shown = { ...answer, body: { data } };
	return readState(shown, word, facts, { links: [link], otherwise: 'late' });
}

// https://docs.kie.ai/veo3-api/generate-veo-3-video-callbacks. The sample reads "task_id", and Veo sends "taskId".
export const taskCallback: Callback = {
	place: 'json',
	field: 'callBackUrl',
	jobIdPaths: [
		['data', 'taskId'],
		['data', 'task_id'],
	],
};
