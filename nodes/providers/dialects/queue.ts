// A queue of requests whose results are those of the models, as at fal.ai:
// https://fal.ai/docs/api-reference/inference-api, https://fal.ai/docs/errors and
// https://fal.ai/docs/documentation/model-apis/request-errors.
import type { JobState, JobStatus } from '../../jobs/job';
import { describeBody, readCreatedJob, readState } from '../../wire/answers';
import type { Answer, Call, CreatedJob, Reading } from '../../wire/call';
import { readFailure, readReason } from '../../wire/failures';
import { readLink, readRecord, readStatus, readString } from '../../wire/readers';
import type { Provider } from '../provider';

// A failed or canceled job ends as COMPLETED too: its state is in the result, behind a second call.
type Status = 'in_queue' | 'in_progress' | 'completed';
const statusWords: Record<Status, JobStatus> = {
	in_queue: 'queued',
	in_progress: 'running',
	completed: 'running',
};

/** A job ID: owner and app, without the rest of the endpoint, and the request. Its host is the Base URL's. */
const jobPath = /(?:(?:comfy|workflows)\/)?[\w-][\w.-]*\/[\w-][\w.-]*\/requests\/[\w-][\w.-]*$/;
const toJobPath = (jobId: string) =>
	jobPath.exec(jobId)?.[0] === jobId
		? `/${jobId}`
		: `/fal-ai/veo3.1/requests/${encodeURIComponent(jobId)}`;

/** Reads the answer to a create. */
export function readQueued(answer: Answer): Reading<CreatedJob> {
	const url = readLink(answer.body, 'response_url') ?? '';
	const jobId = jobPath.exec(url)?.[0] ?? readString(answer.body, 'request_id');
	const body = jobId === undefined ? answer.body : { ...readRecord(answer.body), jobId };
	const reading = readCreatedJob({ ...answer, body }, readJobState(answer), 'jobId');
	if (reading.kind !== 'refused' || answer.httpStatus !== 404) return reading;
	return { ...reading, failure: { ...reading.failure, code: 'model_retired' } };
}

// These say something about the check, and nothing about the job.
const isOfCall: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429]);

function readJobState(answer: Answer): Reading<JobState> {
	const { body, httpStatus } = answer;
	const link = readLink(body, 'video', 'url') ?? readLink(body, 'videos', '0', 'url');
	const isResult = ['video', 'videos'].some((name) => name in readRecord(body));
	const word = isResult
		? { status: 'succeeded' as const }
		: readStatus(statusWords, body, 'status');
	const found = { links: [link], otherwise: 'late' } as const;
	if (httpStatus < 400) return readState(answer, word, {}, found);
	const type = readString(body, 'detail', '0', 'type') ?? readString(body, 'error_type');
	if (type === 'client_cancelled') return readState(answer, { status: 'canceled' }, {}, found);
	const reason = readReason(body);
	// A server error without a type may be that of a proxy.
	const isOfJob = type !== undefined || (reason !== undefined && httpStatus < 500);
	if (isOfJob && !isOfCall.has(httpStatus)) {
		const otherwise = httpStatus < 500 ? 'bad_request' : 'generation_failed';
		return { kind: 'read', value: { status: 'failed', failure: readFailure(body, otherwise) } };
	}
	const message = reason ?? describeBody(answer);
	if (httpStatus !== 404) return { kind: 'unreadable', message };
	const gone = `the job has ended, and its result is gone (HTTP 404: ${message}). It is kept for an hour, or 30 days if the account stores payloads`;
	return { kind: 'refused', failure: { code: 'job_not_found', message: gone, retryable: false } };
}

export const queueStatus: Provider['status'] = {
	request: (jobId) => ({ method: 'GET', path: `${toJobPath(jobId)}/status` }),
	read: readJobState,
	next: ({ body }, jobId) =>
		readString(body, 'status')?.toLowerCase() === 'completed'
			? { method: 'GET', path: toJobPath(jobId), mayFailWithResult: true }
			: undefined,
};

export const cancelQueued = (jobId: string): Call => ({
	method: 'PUT',
	path: `${toJobPath(jobId)}/cancel`,
});
