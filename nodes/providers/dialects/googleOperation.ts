/*
 * Google's long-running operations, and the videos in their answers:
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
 */
import type { Failure, FailureCode, JobState, JobVideo } from '../../jobs/job';
import { describeAnswer, readCreatedJob, readState } from '../../wire/answers';
import type { Answer, Call, CreatedJob, Reading } from '../../wire/call';
import { readFailure } from '../../wire/failures';
import { readList, readNumber, readRecord, readString } from '../../wire/readers';
import { withoutSlash } from '../../wire/writers';

/** The name of an operation, which is its job id. The first part is the model that it belongs to. */
export const operationName =
	/^(projects\/[\w:.-]*[\w-]\/locations\/[a-z\d-]+\/publishers\/google\/models\/[\w.@-]*[\w-])\/operations\/[A-Za-z\d-]+$/;

/** The videos are in the answer as base64, unless they are in a bucket. */
const videoMember = 'bytesBase64Encoded';

/** The check of an operation, which changes nothing though it is a POST; with `index` one of its videos. */
export function operationCall(jobId: string, index?: number): Call {
	const [, model = encodeURIComponent(jobId)] = operationName.exec(jobId) ?? [];
	return {
		method: 'POST',
		path: `/v1/${model}:fetchPredictOperation`,
		json: { operationName: jobId },
		isRepeatable: true,
		embeddedFile: { member: videoMember, ...(index !== undefined && { index }) },
	};
}

// google.rpc.Code: RESOURCE_EXHAUSTED and UNAVAILABLE. The texts of the other ones say more.
const codes: Readonly<Record<number, FailureCode>> = { 8: 'rate_limited', 14: 'busy' };

/** The state in the answer to a check. Without a progress: Google does not report any. */
export function readOperation(answer: Answer): Reading<JobState> {
	const body = readRecord(answer.body);
	if (readString(body, 'name') === undefined) return readState(answer, undefined, {}, nowhere);
	if (body.done !== true) return readState(answer, { status: 'running' }, {}, nowhere);
	if (Object.keys(readRecord(body, 'error')).length > 0) {
		const code = codes[readNumber(body, 'error', 'code') ?? 0] ?? 'generation_failed';
		return failed(readFailure(body, code));
	}
	const response = readRecord(body, 'response');
	const list = readList(response, 'videos');
	// Those with a file in the answer first: the file of each is the one with its number in this list.
	const ordered = [...list.filter(hasFile), ...list.filter((video) => !hasFile(video))];
	const videos = ordered.flatMap((video) => readVideo(video) ?? []);
	const raiMediaFilteredCount = readNumber(response, 'raiMediaFilteredCount') ?? 0;
	const isFiltered = raiMediaFilteredCount > 0;
	if (videos.length > 0) {
		const usage = isFiltered ? { raiMediaFilteredCount } : undefined;
		return { kind: 'read', value: { status: 'succeeded', videos, usage } };
	}
	if (!isFiltered) return { kind: 'unreadable', message: describeAnswer(answer) };
	// Whatever the reason says, such as "remove the reference and try again".
	const { message } = readFailure(response, 'content_policy');
	return failed({ code: 'content_policy', message, retryable: false });
}

const nowhere = { links: [], otherwise: 'download' } as const;

const failed = (failure: Failure): Reading<JobState> => ({
	kind: 'read',
	value: { status: 'failed', failure },
});

/** Whether a video is in the answer itself. The transport empties its member. */
const hasFile = (video: unknown) => typeof readRecord(video)[videoMember] === 'string';

/** A video in a bucket has a link, one in the answer has none. */
function readVideo(video: unknown): JobVideo | undefined {
	const link = toStorageLink(readString(video, 'gcsUri') ?? '');
	if (link !== undefined) return { kind: 'final', links: [link] };
	return hasFile(video) ? { kind: 'final', links: [] } : undefined;
}

/** The job in the answer to a create, which has its name alone. A 404 is about the model: there is no job yet. */
export function readCreatedOperation(answer: Answer): Reading<CreatedJob> {
	const reading = readCreatedJob(answer, readState(answer, undefined, {}, nowhere), 'name');
	const { httpStatus, body } = answer;
	const isOfApi = readString(body, 'error', 'status') !== undefined;
	if (reading.kind !== 'refused' || !isOfApi) return reading;
	const { failure } = reading;
	if (httpStatus === 404) return { ...reading, failure: { ...failure, code: 'model_retired' } };
	return httpStatus === 429
		? { ...reading, failure: { ...failure, code: 'rate_limited', retryable: true } }
		: reading;
}

// The name of an object may have any character. In a link on the web some are encoded: those are not read.
const storageLink = /^gs:\/\/([a-z\d][\w.-]+)\/(.+)$/s;
const webLink =
	/^https:\/\/storage\.(?:googleapis|cloud\.google)\.com\/([a-z\d][\w.-]+)\/([^?#%\s]+)$/;

/** The `gs://` link to a file in a bucket, also from its link on the web. */
export function toStorageLink(link: string): string | undefined {
	const [, bucket, object] = storageLink.exec(link) ?? webLink.exec(link) ?? [];
	return bucket === undefined ? undefined : `gs://${bucket}/${object}`;
}

/** Downloads a file of a bucket: https://docs.cloud.google.com/storage/docs/json_api/v1/objects/get */
export function storageCall(link: string, storageUrl: string): Call | undefined {
	const [, bucket = '', object = ''] = storageLink.exec(link) ?? [];
	if (bucket === '') return undefined;
	const path = `${withoutSlash(storageUrl)}/storage/v1/b/${bucket}/o/${encodeURIComponent(object)}`;
	return { method: 'GET', path, query: { alt: 'media' } };
}
