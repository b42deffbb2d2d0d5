import type { Failure, FailureCode } from '../jobs/job';
import { explainReason, isClockError } from './googleReasons';
import {
	readFirstString,
	readList,
	readNumber,
	readRecord,
	readString,
	wellFormed,
} from './readers';

/*
 * Why something failed, from what providers write. The same words mean the same at every provider.
 */

const reasonPlaces = [
	'error.message',
	'error',
	// Google's APIs put some errors into a list.
	'0.error.message',
	'data.error.message',
	'detail.error_message',
	'detail.video_generation_error',
	'detail.0.msg',
	'detail',
	'data.error_message',
	'error_message',
	'fail_reason',
	'data.fail_reason',
	'data.errorMessage',
	'data.failMsg',
	'message',
	'msg',
	// Google's family answers a finished, filtered job with reasons and without a video.
	'raiMediaFilteredReasons.0',
];

const findReason = (body: unknown) => readFirstString(body, reasonPlaces);

/** The reason that a provider states. */
export function readReason(body: unknown): string | undefined {
	const reason = findReason(body);
	if (reason === undefined) return undefined;
	return shorten(explainReason(readUpstreamReason(reason) ?? reason));
}

// Longer texts are not errors of a provider.
const maxUpstreamLength = 20_000;

/**
 * The reason in an upstream answer that is passed on as text: `[400] {"error":{…}}`. With Google's code for
 * the reason from its details, which is more precise than its message.
 */
function readUpstreamReason(text: string): string | undefined {
	const start = text.indexOf('{"');
	if (start < 0 || text.length > maxUpstreamLength) return undefined;
	try {
		const answer: unknown = JSON.parse(text.slice(start, text.lastIndexOf('}') + 1));
		const word = readString(readList(answer, 'error', 'details')[0], 'reason');
		const reason = findReason(answer);
		return word === undefined || reason === undefined ? reason : `${reason} (${word})`;
	} catch {
		return undefined;
	}
}

// Wide on purpose: an error code taken for success makes the outcome unknown, a success code taken for an
// error buys the video again. 1 means success in midjourney-proxy and its descendants.
const successCode =
	/^(?:0+|1|2\d\d|20000|ok|yes|true|success(?:ful)?|succeed(?:ed)?|accepted|created|submitted|queued|pending|processing)$/i;

/** Whether an answer has a `code` that means success, or a message that consists of a word for it. */
export function isSuccessBody(body: unknown): boolean {
	return ['code', 'message', 'msg'].some((name) => successCode.test(readString(body, name) ?? ''));
}

/**
 * Whether an answer is an explicit error: a non-empty `error`, `success: false` or a `code` other than
 * success. A text alone ("message", "detail") is not: it may be "queued".
 */
export function isErrorBody(body: unknown): boolean {
	const { error, success } = readRecord(body);
	const hasCode = readString(body, 'code') !== undefined;
	return (
		success === false ||
		isError(error) ||
		isError(readRecord(body, 'data').error) ||
		(hasCode && !isSuccessBody(body))
	);
}

const noError = /^(?:0+|2\d\d|ok|success|none|null|false)$/i;

/** Healthy answers have an empty error: null, {}, { message: '', code: '' }. */
function isError(error: unknown): boolean {
	if (error === true) return true;
	const words = [readString(error), readString(error, 'message'), readString(error, 'code')];
	return words.some((word) => word !== undefined && !noError.test(word));
}

/**
 * Whether a create with this HTTP status may have been carried out: a timeout (408, 499), a conflict with
 * an equal request (409, 423, 424: "task already exists") or a server error (5xx).
 */
export function isAmbiguousStatus(status: number): boolean {
	return [408, 409, 423, 424, 499].includes(status) || (status >= 500 && status <= 599);
}

const statusPlaces = [
	'code',
	'error.code',
	'error.status',
	'data.error.code',
	'status',
	'statusCode',
];

/** The HTTP status of an error, if the body has one. */
export function readErrorStatus(body: unknown): number | undefined {
	return statusPlaces
		.map((place) => readNumber(body, ...place.split('.')))
		.find((status = 0) => status >= 400 && status <= 599);
}

// A reason has a sentence or two. Longer texts are dumps.
const maxReasonLength = 600;

/** Cuts every link in a text before its query, which may contain a signature or a key. */
export function withoutQueries(text: string): string {
	return text.replace(/https?:\/\/[^\s"'<>]+/gi, (link) => link.replace(/[?#].*/, '?…'));
}

const shorten = (text: string) =>
	wellFormed(withoutQueries(text.slice(0, maxReasonLength)).slice(0, maxReasonLength));

// Texts of real providers, by what they mean for the user. The first match wins.
const reasonPatterns: ReadonlyArray<readonly [FailureCode, RegExp]> = [
	['key_refused', isClockError],
	['job_not_found', /task_not_exist|任务不存在|record is null|records within \d+ days/i],
	[
		'model_retired',
		/no longer available|model.{0,40}(?:not found|deprecated|retired)|model_not_found/i,
	],
	[
		'out_of_credit',
		/insufficient_user_quota|billing (?:to be enabled|is disabled)|insufficient.{0,20}(?:quota|balance|credit)|exhausted balance|余额不足|额度不足|余额/i,
	],
	[
		'content_policy',
		/E-1005|support codes?:|safety|unsafe|content.?polic|rejected by Flow|prohibited|rai_?media|filtered|flagged as|usage guidelines|violat|违反|安全协议|敏感|违规/i,
	],
	[
		'busy',
		/E-2003|busy|throttled|saturat|overload|concurrent_requests_limit|runner_scheduling_failure|downstream_service_unavailable|try again|recaptcha|PUBLIC_ERROR_MINOR|繁忙|饱和|稍后/i,
	],
];

/** The failure code for the HTTP status of a refusal, which some providers put into the body. */
export function toFailureCode(status: number): FailureCode {
	const codes: Readonly<Record<number, FailureCode>> = {
		401: 'key_refused',
		402: 'out_of_credit',
		403: 'key_refused',
		404: 'job_not_found',
		425: 'rate_limited',
		429: 'rate_limited',
	};
	return codes[status] ?? 'bad_request';
}

// Transient: a new job with the same input may succeed.
const retryable: ReadonlySet<FailureCode> = new Set(['busy', 'rate_limited']);

/** A failure in our words. `otherwise` is its code if the reason matches no pattern. */
export function readFailure(body: unknown, otherwise: FailureCode): Failure {
	const codes = [readString(body, 'code'), readString(body, 'error', 'code')];
	const type = readFirstString(body, ['detail.0.type', 'error_type']);
	// Where an error has a type, its text is for people only: https://fal.ai/docs/errors
	const text = (type === undefined ? [findReason(body), ...codes] : [type])
		.map((each = '') => each.slice(0, maxReasonLength))
		.join(' ');
	const [matched = otherwise] = reasonPatterns.find(([, pattern]) => pattern.test(text)) ?? [];
	// New API writes the same text about a saturated group for every 429, whatever the limit was.
	const code = matched === 'busy' && otherwise === 'rate_limited' ? otherwise : matched;
	return {
		code,
		message: readReason(body) ?? 'The provider gave no reason',
		retryable: retryable.has(code),
	};
}
