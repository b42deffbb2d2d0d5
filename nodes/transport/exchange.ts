import type { Failure } from '../jobs/job';
import type { Outcome } from '../jobs/outcome';
import { describeBody, isProblem } from '../providers/answers';
import { failureCodeOf, readFailure, readReason, withoutQueries } from '../providers/failures';
import type { Answer, Call, Problem } from '../providers/provider';
import { parseJson, readText } from './body';
import type { Gateway } from './send';
import { open } from './send';

export interface ExchangeOptions {
	timeoutMs?: number;
	/** For answers that stream: whether what has come so far is enough. The rest is not read then. */
	isEnough?(textSoFar: string): boolean;
}

/**
 * Makes one call and reads its answer. Everything that can go wrong comes back as an outcome; nothing
 * is sent again here and nothing is thrown.
 */
export async function exchange<Value extends object>(
	gateway: Gateway,
	call: Call,
	read: (answer: Answer) => Value | Problem,
	{ timeoutMs, isEnough }: ExchangeOptions = {},
): Promise<Outcome<Value>> {
	const opened = await open(gateway, call, { timeoutMs });
	if ('kind' in opened) return opened;
	const text = await readText(opened.body, gateway.secret, isEnough);
	const answer: Answer = {
		httpStatus: opened.httpStatus,
		contentType: opened.headers['content-type'] ?? '',
		body: parseJson(text.soFar),
	};
	return outcomeOf(answer, read, text.brokenOff, opened.headers['retry-after']);
}

function outcomeOf<Value extends object>(
	answer: Answer,
	read: (answer: Answer) => Value | Problem,
	brokenOff: string | undefined,
	retryAfter: string | undefined,
): Outcome<Value> {
	const { httpStatus } = answer;
	if (httpStatus === 429) {
		return {
			kind: 'notAccepted',
			failure: refusal(answer),
			retryAfterMs: retryAfterMs(retryAfter),
		};
	}
	// 408 is a time-out: the gateway may have taken the request all the same.
	if (httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408) {
		return { kind: 'refused', failure: refusal(answer), httpStatus };
	}
	if (httpStatus < 200 || httpStatus > 299) {
		const reason = readReason(answer.body);
		const message = reason === undefined ? describeBody(answer) : `HTTP ${httpStatus}: ${reason}`;
		return { kind: 'unknown', failure: noAnswer(message), retryAfterMs: retryAfterMs(retryAfter) };
	}
	const reading = read(answer);
	if (!isProblem(reading)) return { kind: 'read', value: reading };
	if ('refused' in reading) return { kind: 'refused', failure: reading.refused, httpStatus };
	const message =
		brokenOff === undefined ? reading.unreadable : `${brokenOff}: ${reading.unreadable}`;
	return { kind: 'unknown', failure: noAnswer(message) };
}

/** A plain "no" in our words. The HTTP status decides where the text does not tell more. */
function refusal(answer: Answer): Failure {
	const failure = readFailure(answer.body, failureCodeOf(answer.httpStatus));
	const reason = readReason(answer.body);
	const message =
		reason === undefined ? describeBody(answer) : `HTTP ${answer.httpStatus}: ${reason}`;
	return { ...failure, message };
}

function noAnswer(message: string): Failure {
	return { code: 'no_answer', message: withoutQueries(message), retryable: false };
}

function retryAfterMs(header: string | undefined): number | undefined {
	if (header === undefined) return undefined;
	const seconds = Number(header);
	const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
	return Number.isFinite(waitMs) && waitMs >= 0 ? waitMs : undefined;
}
