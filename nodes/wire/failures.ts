import type { Failure, FailureCode } from '../jobs/job';
import { readList, readNumber, readRecord, readString, wellFormed } from './readers';

/*
 * Why something failed: what providers write, and what it means in the words of this package. The same
 * words stand for the same thing at every provider.
 */

/** Why a provider says no, wherever it says it: `error`, `message`, `detail`, `msg`, `fail_reason`, … */
export function readReason(body: unknown): string | undefined {
	const reason = reasonIn(body);
	return reason === undefined ? undefined : shortened(readUpstreamReason(reason) ?? reason);
}

function reasonIn(body: unknown): string | undefined {
	const detail = readList(body, 'detail')[0];
	return (
		readString(body, 'error', 'message') ??
		readString(body, 'error') ??
		readString(body, 'data', 'error', 'message') ??
		readString(body, 'detail', 'error_message') ??
		readString(body, 'detail', 'video_generation_error') ??
		readString(detail, 'msg') ??
		readString(body, 'detail') ??
		readString(body, 'data', 'error_message') ??
		readString(body, 'error_message') ??
		readString(body, 'fail_reason') ??
		readString(body, 'data', 'fail_reason') ??
		readString(body, 'message') ??
		readString(body, 'msg') ??
		// Google's family answers a finished, filtered job with reasons and no video.
		readString(readList(body, 'raiMediaFilteredReasons')[0])
	);
}

// What is longer is no error of a provider.
const maxUpstreamLength = 20_000;

/**
 * What the provider behind this one said, where its answer is passed on as text: `[400] {"error":{…}}`.
 * Google's own word for the reason stands in its details, and tells more than its message.
 */
function readUpstreamReason(text: string): string | undefined {
	const start = text.indexOf('{"');
	if (start < 0 || text.length > maxUpstreamLength) return undefined;
	try {
		const answer = JSON.parse(text.slice(start, text.lastIndexOf('}') + 1)) as unknown;
		const word = readString(readList(answer, 'error', 'details')[0], 'reason');
		const reason = reasonIn(answer);
		return word === undefined || reason === undefined ? reason : `${reason} (${word})`;
	} catch {
		return undefined;
	}
}

// Wide on purpose: taking an error code for success makes the outcome unknown, taking a success code for an
// error buys the video again. 1 means success in midjourney-proxy and its descendants.
const yesCode =
	/^(?:0+|1|2\d\d|20000|ok|yes|true|success(?:ful)?|succeed(?:ed)?|accepted|created|submitted|queued|pending|processing)$/i;

/** Whether an answer has a `code` that means success, or a message that is nothing but a word for it. */
export function isSuccessBody(body: unknown): boolean {
	return ['code', 'message', 'msg'].some((name) => yesCode.test(readString(body, name) ?? ''));
}

/**
 * Whether an answer is an explicit error: a non-empty `error`, `success: false` or a `code` other than
 * success. A text alone ("message", "detail") is none: it may be "queued".
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

/** The HTTP status of an error in the body, wherever it has it; 0 without one. */
export function errorStatusIn(body: unknown): number {
	const statuses = [
		readNumber(body, 'code'),
		readNumber(body, 'error', 'code'),
		readNumber(body, 'error', 'status'),
		readNumber(body, 'data', 'error', 'code'),
		readNumber(body, 'status'),
		readNumber(body, 'statusCode'),
	];
	return statuses.find((status = 0) => status >= 400 && status <= 599) ?? 0;
}

// A reason is a sentence or two. What is longer is a dump.
const maxReasonLength = 600;

/** The text with every link cut before its query, which may carry a signature or a key. */
export function withoutQueries(text: string): string {
	return text.replace(/https?:\/\/[^\s"'<>]+/gi, (link) => link.replace(/[?#].*/, '?…'));
}

const shortened = (text: string) =>
	wellFormed(withoutQueries(text.slice(0, maxReasonLength)).slice(0, maxReasonLength));

// What providers of this family really write, by what it means for the user. The first match wins.
const reasonPatterns: ReadonlyArray<readonly [FailureCode, RegExp]> = [
	['job_not_found', /task_not_exist|任务不存在/i],
	[
		'model_retired',
		/no longer available|model.{0,40}(?:not found|deprecated|retired)|model_not_found/i,
	],
	[
		'out_of_credit',
		/insufficient_user_quota|insufficient.{0,20}(?:quota|balance|credit)|余额不足|额度不足|余额/i,
	],
	[
		'content_policy',
		/E-1005|safety|unsafe|content.?policy|prohibited|rai_?media|filtered|violat|违反|安全协议|敏感|违规/i,
	],
	['busy', /E-2003|busy|saturat|overload|try again|recaptcha|PUBLIC_ERROR_MINOR|繁忙|饱和|稍后/i],
];

/** What an HTTP status says by itself, where a provider refuses. Some providers put it into the body. */
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

// The cause passes by itself: a new job with the same input may succeed.
const retryable: ReadonlySet<FailureCode> = new Set(['busy', 'rate_limited']);

/** A failure in our words. `otherwise` is its code where the reason tells nothing more precise. */
export function readFailure(body: unknown, otherwise: FailureCode): Failure {
	const codes = [readString(body, 'code'), readString(body, 'error', 'code')];
	const said = [reasonIn(body), ...codes]
		.map((text = '') => text.slice(0, maxReasonLength))
		.join(' ');
	const [told = otherwise] = reasonPatterns.find(([, pattern]) => pattern.test(said)) ?? [];
	// New API puts the same text about a saturated group into every 429, whatever the limit was.
	const code = told === 'busy' && otherwise === 'rate_limited' ? otherwise : told;
	return {
		code,
		message: readReason(body) ?? 'The provider gave no reason',
		retryable: retryable.has(code),
	};
}
