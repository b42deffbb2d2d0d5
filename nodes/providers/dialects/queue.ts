// A queue of requests whose results are those of the models, as at fal.ai:
// https://fal.ai/docs/api-reference/inference-api, https://fal.ai/docs/errors and
// https://fal.ai/docs/documentation/model-apis/request-errors. What a result is charged as is in its header:
// https://docs.fal.ai/documentation/serverless/publishing-to-marketplace
import type { JobState, JobStatus } from '../../jobs/job';
import { describeBody, readCreatedJob, readRefusal, readState } from '../../wire/answers';
import type { Answer, Call, CreatedJob, Reading } from '../../wire/call';
import { readFailure, readReason } from '../../wire/failures';
import { readLink, readNumbers, readRecord, readStatus, readString } from '../../wire/readers';
import type { Callback, OperationInput, OptionFields, Provider } from '../provider';

// A failed or canceled job ends as COMPLETED too: its state is in the result, behind a second call.
type Status = 'in_queue' | 'in_progress' | 'completed';
const statusWords: Record<Status, JobStatus> = {
	in_queue: 'queued',
	in_progress: 'running',
	completed: 'running',
};

/** A job ID: owner and app, without the rest of the endpoint, and the request. Its host is the Base URL's. */
const jobPath = /^(?:(?:comfy|workflows)\/)?[\w-][\w.-]*\/[\w-][\w.-]*\/requests\/[\w-][\w.-]*$/;
const toJobPath = (jobId: string) =>
	jobPath.test(jobId) ? `/${jobId}` : `/fal-ai/veo3.1/requests/${encodeURIComponent(jobId)}`;

/** Owner and app of an endpoint. A job is below them, and not below the whole endpoint. */
const appPath = /^(?:(?:comfy|workflows)\/)?[\w-][\w.-]*\/[\w-][\w.-]*(?=\/|$)/;
const plainId = /^[\w-][\w.-]*$/;
const idInPart = /"request_id"\s{0,9}:\s{0,9}"([\w.-]{1,200})"/;

/** The ID of a new job, by its endpoint as in fal.ai's client (src/queue.ts), or by the `response_url`. */
function findJobId(body: unknown, endpoint: string): string | undefined {
	const [, inPart] = idInPart.exec(typeof body === 'string' ? body : '') ?? [];
	const requestId = readString(body, 'request_id') ?? inPart;
	const [app] = appPath.exec(endpoint) ?? [];
	if (app !== undefined && requestId !== undefined && plainId.test(requestId)) {
		return `${app}/requests/${requestId}`;
	}
	// Some of fal.ai's pages end it with "/response".
	const url = readLink(body, 'response_url')?.replace(/\/response$/, '') ?? '';
	const paths = [-5, -4].map((start) => url.split('/').slice(start).join('/'));
	return paths.find((path) => jobPath.test(path)) ?? requestId;
}

/** Reads the answer to a create. Of a part of one, only the ID. */
export function readQueued(
	answer: Answer,
	{ model }: Pick<OperationInput<OptionFields>, 'model'>,
): Reading<CreatedJob> {
	const { body } = answer;
	const jobId = findJobId(body, model);
	const withId = jobId === undefined ? body : { ...readRecord(body), jobId };
	const reading =
		typeof body === 'string'
			? readRefusal(answer, jobId)
			: readCreatedJob({ ...answer, body: withId }, readJobState(answer), 'jobId');
	if (reading.kind !== 'refused' || answer.httpStatus !== 404) return reading;
	return { ...reading, failure: { ...reading.failure, code: 'model_retired' } };
}

const unitsHeader = 'x-fal-billable-units';

// These say something about the check, and nothing about the job.
const isOfCall: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429]);

function readJobState(answer: Answer): Reading<JobState> {
	const { body, httpStatus, headers = {} } = answer;
	const facts = { usage: readNumbers({ [unitsHeader]: headers[unitsHeader] }) };
	const link = readLink(body, 'video', 'url') ?? readLink(body, 'videos', '0', 'url');
	const isResult = ['video', 'videos'].some((name) => name in readRecord(body));
	const word = isResult
		? { status: 'succeeded' as const }
		: readStatus(statusWords, body, 'status');
	const found = { links: [link], otherwise: 'late' } as const;
	if (httpStatus < 400) return readState(answer, word, facts, found);
	const type = readString(body, 'detail', '0', 'type') ?? readString(body, 'error_type');
	if (type === 'client_cancelled') return readState(answer, { status: 'canceled' }, facts, found);
	const reason = readReason(body);
	// A server error without a type may be that of a proxy.
	const isOfJob = type !== undefined || (reason !== undefined && httpStatus < 500);
	if (isOfJob && !isOfCall.has(httpStatus)) {
		const otherwise = httpStatus < 500 ? 'bad_request' : 'generation_failed';
		const failure = readFailure(body, otherwise);
		return { kind: 'read', value: { ...facts, status: 'failed', failure } };
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

// https://fal.ai/docs/documentation/model-apis/inference/webhooks. It is called once.
export const queueCallback: Callback = {
	place: 'query',
	field: 'fal_webhook',
	jobIdPaths: [['request_id']],
};
