import type { Failure } from '../jobs/job';
import type { Outcome } from '../jobs/outcome';
import { describeBody, isProblem } from '../providers/answers';
import { failureCodeOf, readFailure, readReason, withoutQueries } from '../providers/failures';
import type { Answer, Call, Problem } from '../providers/provider';
import { parseJson, readText } from './body';
import { patienceFor } from './patience';
import { maskSecrets } from './secrets';
import type { Gateway, Opened } from './send';
import { longestExchangeMs, open } from './send';

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
	const mask = maskSecrets(gateway.secrets);
	const patience = patienceFor(longestExchangeMs(call, timeoutMs));
	try {
		const opened = await open(gateway, call, { timeoutMs, patience });
		if ('kind' in opened) return mask.result(opened);
		const { httpStatus, headers, body } = opened;
		const text = await readText(body, { isEnough, patience });
		const answer: Answer = {
			httpStatus,
			contentType: headers['content-type'] ?? '',
			// Before anything is read from it or cut: half a secret would no longer be recognised.
			body: mask.data(parseJson(text.soFar)),
		};
		// Again, because a provider may have put a secret together from the pieces of a stream.
		return mask.result(outcomeOf(call, answer, read, text.brokenOff, headers));
	} finally {
		patience.end();
	}
}

function outcomeOf<Value extends object>(
	{ method }: Call,
	answer: Answer,
	read: (answer: Answer) => Value | Problem,
	brokenOff: string | undefined,
	headers: Opened['headers'],
): Outcome<Value> {
	const { httpStatus } = answer;
	const retryAfter = retryAfterMs(headers['retry-after']);
	// 425 says that the gateway did not want to process the request so early.
	if (httpStatus === 429 || httpStatus === 425) {
		const failure = refusal(answer, brokenOff);
		return { kind: 'notAccepted', failure, retryAfterMs: retryAfter };
	}
	// What stands in front of a gateway and answers with a page tells nothing about a job.
	const isFromElsewhere = method === 'GET' && isWebPage(answer);
	// 408 is a time-out: the gateway may have taken the request all the same.
	if (httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 && !isFromElsewhere) {
		return { kind: 'refused', failure: refusal(answer, brokenOff), httpStatus };
	}
	if (httpStatus >= 300 && httpStatus < 400 && httpStatus !== 304) {
		const message = `the gateway leads to another address (HTTP ${httpStatus}${targetOf(headers)}), where the key must not go. Check the Base URL`;
		return { kind: 'unknown', failure: noAnswer(message) };
	}
	if (httpStatus < 200 || httpStatus > 299) {
		const message = messageOf(answer, brokenOff);
		return { kind: 'unknown', failure: noAnswer(message), retryAfterMs: retryAfter };
	}
	const reading = read(answer);
	if (!isProblem(reading)) return { kind: 'read', value: reading };
	if ('refused' in reading) return { kind: 'refused', failure: reading.refused, httpStatus };
	const message =
		brokenOff === undefined
			? reading.unreadable
			: brokenText(brokenOff, answer, reading.unreadable);
	return { kind: 'unknown', failure: noAnswer(message) };
}

/** What a gateway says that it does not answer, or what came instead of its words. */
function messageOf(answer: Answer, brokenOff: string | undefined): string {
	const reason = readReason(answer.body);
	if (reason !== undefined) return `HTTP ${answer.httpStatus}: ${reason}`;
	const came = describeBody(answer);
	return brokenOff === undefined ? came : brokenText(brokenOff, answer, came);
}

const isWebPage = ({ contentType, body }: Answer) =>
	/html/i.test(contentType) && typeof body === 'string';

const brokenText = (brokenOff: string, { body, httpStatus }: Answer, came: string) =>
	body === '' ? `${brokenOff} (HTTP ${httpStatus})` : `${brokenOff}: ${came}`;

function targetOf({ location = '' }: Opened['headers']): string {
	return URL.canParse(location) ? `, ${new URL(location).origin}` : '';
}

/** A plain "no" in our words. The HTTP status decides where the text does not tell more. */
function refusal(answer: Answer, brokenOff: string | undefined): Failure {
	const failure = readFailure(answer.body, failureCodeOf(answer.httpStatus));
	return { ...failure, message: messageOf(answer, brokenOff) };
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
