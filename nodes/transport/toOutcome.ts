import type { Failure } from '../jobs/job';
import type { NoResult, Outcome } from '../jobs/outcome';
import { describeAnswer, describeBody } from '../wire/answers';
import type { Reading } from '../wire/call';
import { readFailure, readReason, toFailureCode, withoutQueries } from '../wire/failures';
import type { Received } from './receive';

type Unknown = Extract<NoResult, { kind: 'unknown' }>;

export const isSuccess = (httpStatus: number) => httpStatus >= 200 && httpStatus <= 299;
export const isRedirect = (httpStatus: number) =>
	httpStatus >= 300 && httpStatus <= 399 && httpStatus !== 304;

// 425 (RFC 8470): the provider does not process a request that arrives so early.
export const isRateLimit = (httpStatus: number) => httpStatus === 429 || httpStatus === 425;

/** The outcome of an answer with HTTP 2xx. */
export function toOutcome<Value>(received: Received, reading: Reading<Value>): Outcome<Value> {
	switch (reading.kind) {
		case 'read':
			return reading;
		case 'refused':
			// A rate limit may come with HTTP 200 as well.
			return reading.failure.code === 'rate_limited'
				? { ...reading, kind: 'notAccepted', retryAfterMs: readRetryAfter(received.headers) }
				: { ...reading, httpStatus: received.answer.httpStatus };
		case 'unreadable':
			return toUnknown(received, describeIncomplete(received, reading.message));
	}
}

/** The outcome of an answer with HTTP 4xx that states a refusal. */
export function toRefusal(received: Received): NoResult {
	const { answer, headers } = received;
	const { httpStatus } = answer;
	const failure: Failure = {
		...readFailure(answer.body, toFailureCode(httpStatus)),
		message: describeReceived(received),
	};
	return isRateLimit(httpStatus)
		? { kind: 'notAccepted', failure, retryAfterMs: readRetryAfter(headers) }
		: { kind: 'refused', failure, httpStatus };
}

/** The outcome of an answer that may belong to an accepted request. */
export function toUnknown({ headers }: Received, message: string): Unknown {
	return {
		kind: 'unknown',
		failure: { code: 'no_answer', message: withoutQueries(message), retryable: false },
		retryAfterMs: readRetryAfter(headers),
	};
}

/** The reason that an answer without a result states, or what came instead of one. */
export function describeReceived(received: Received): string {
	const { answer } = received;
	return readReason(answer.body) === undefined
		? describeIncomplete(received, describeBody(answer))
		: describeAnswer(answer);
}

export function describeRedirect({ answer: { httpStatus }, headers }: Received): string {
	const { location = '' } = headers;
	const target = URL.canParse(location) ? `, ${new URL(location).origin}` : '';
	return `the provider leads to another address (HTTP ${httpStatus}${target}), where the key must not go. Check the Base URL`;
}

/** Puts the reason for a missing rest in front of what a body says. */
function describeIncomplete({ answer, incomplete }: Received, message: string): string {
	if (incomplete === undefined) return message;
	const { body, httpStatus } = answer;
	return body === '' ? `${incomplete} (HTTP ${httpStatus})` : `${incomplete}: ${message}`;
}

function readRetryAfter({ 'retry-after': value }: Received['headers']): number | undefined {
	if (value === undefined) return undefined;
	const seconds = Number(value);
	const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
	return Number.isFinite(waitMs) && waitMs >= 0 ? waitMs : undefined;
}
