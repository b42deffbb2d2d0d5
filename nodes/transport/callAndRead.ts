import type { Failure } from '../jobs/job';
import type { NoResult, Outcome } from '../jobs/outcome';
import { describeAnswer, describeBody, isWebPage } from '../wire/answers';
import {
	toFailureCode,
	isAmbiguousStatus,
	readFailure,
	readReason,
	withoutQueries,
} from '../wire/failures';
import type { Answer, Call, Reading } from '../wire/call';
import { readString } from '../wire/readers';
import { parseJson, readText } from './body';
import { startTimeout } from './timeout';
import { createSecretMask } from './secrets';
import type { Connection, Opened } from './send';
import { maxCallMs, open } from './send';

export interface ReadCallOptions {
	timeoutMs?: number;
	/** The call starts a paid job: any answer but a clear refusal is an unknown outcome. */
	isCreate?: boolean;
	/** For answers that stream: whether what has come so far is enough. The rest is not read then. */
	isComplete?(textSoFar: string): boolean;
}

/**
 * Makes one call and reads its answer. Everything that can go wrong comes back as an outcome; nothing
 * is sent again here and nothing is thrown.
 */
export async function callAndRead<Value>(
	connection: Connection,
	call: Call,
	read: (answer: Answer) => Reading<Value>,
	{ timeoutMs, isCreate = false, isComplete }: ReadCallOptions = {},
): Promise<Outcome<Value>> {
	const mask = createSecretMask(connection.secrets);
	const timeout = startTimeout(maxCallMs(call, timeoutMs));
	try {
		const opened = await open(connection, call, { timeoutMs, timeout });
		if ('kind' in opened) return mask.result(opened);
		const { httpStatus, headers, body } = opened;
		const text = await readText(body, {
			isComplete,
			timeout,
			// A create's answer may pause before the job id: only the create's own time limit ends the reading.
			maxSilenceMs: isCreate ? Infinity : undefined,
		});
		const answer: Answer = {
			httpStatus,
			contentType: headers['content-type'] ?? '',
			// Before anything is read from it or cut: half a secret would no longer be recognised.
			body: mask.data(parseJson(text.soFar)),
		};
		const outcome = outcomeOf({ answer, headers, brokenOff: text.brokenOff }, read, isCreate);
		const isWebsite = isCreate && isFromWebsite(answer);
		// Again, because a provider may have put a secret together from the pieces of a stream.
		return withJobId(mask.result(isWebsite ? withBaseUrl(outcome, connection.baseUrl) : outcome));
	} finally {
		timeout.end();
	}
}

interface Received {
	answer: Answer;
	headers: Opened['headers'];
	/** Why there is no more of the body, where it did not end by itself. */
	brokenOff: string | undefined;
}

function outcomeOf<Value>(
	received: Received,
	read: (answer: Answer) => Reading<Value>,
	isCreate: boolean,
): Outcome<Value> {
	const { answer, headers } = received;
	const { httpStatus } = answer;
	if (httpStatus >= 200 && httpStatus <= 299) return outcomeOfReading(received, read);
	if (httpStatus >= 300 && httpStatus <= 399 && httpStatus !== 304) {
		return outcomeOfRedirect(received, isCreate ? read(answer) : undefined);
	}
	if (isCreate && httpStatus >= 400) {
		const reading = read(answer);
		if (reading.kind === 'read') return unknown(messageOf(received), received, jobIdIn(reading));
		if (reading.kind === 'unreadable') return unknown(reading.message, received, jobIdIn(reading));
		if (isAmbiguousStatus(httpStatus)) return unknown(messageOf(received), received);
	}
	// 425 says that the provider did not want to process the request so early.
	if (httpStatus === 429 || httpStatus === 425) {
		const retryAfter = retryAfterMs(headers['retry-after']);
		return { kind: 'notAccepted', failure: refusal(received), retryAfterMs: retryAfter };
	}
	// What stands in front of a provider and answers with a page tells nothing about a job.
	const isFromElsewhere = !isCreate && isWebPage(answer);
	// 408 is a time-out: the provider may have taken the request all the same.
	if (httpStatus >= 400 && httpStatus <= 499 && httpStatus !== 408 && !isFromElsewhere) {
		return { kind: 'refused', failure: refusal(received), httpStatus };
	}
	return unknown(messageOf(received), received);
}

function outcomeOfReading<Value>(
	received: Received,
	read: (answer: Answer) => Reading<Value>,
): Outcome<Value> {
	const { answer, brokenOff } = received;
	const reading = read(answer);
	if (reading.kind === 'read') return reading;
	if (reading.kind === 'refused') return { ...reading, httpStatus: answer.httpStatus };
	const { message } = reading;
	return unknown(
		brokenOff === undefined ? message : brokenText(brokenOff, answer, message),
		received,
		jobIdIn(reading),
	);
}

// With these the origin names another address instead of processing the request (RFC 9110, 15.4). After
// a 303 it has processed it.
const unprocessed: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** `reading` is what the body of an answer to a create says: where it names a job, that was started. */
function outcomeOfRedirect(received: Received, reading: Reading<unknown> | undefined): NoResult {
	const { answer, headers } = received;
	const { httpStatus } = answer;
	const message = `the provider leads to another address (HTTP ${httpStatus}${targetOf(headers)}), where the key must not go. Check the Base URL`;
	const jobId = jobIdIn(reading);
	return reading !== undefined && jobId === undefined && unprocessed.has(httpStatus)
		? {
				kind: 'notAccepted',
				failure: { code: 'wrong_address', message, retryable: false },
				permanent: true,
			}
		: unknown(message, received, jobId, true);
}

/** The id of the job in the reading of an answer to a create, if it has one. */
function jobIdIn(reading: Reading<unknown> | undefined): string | undefined {
	if (reading?.kind === 'read') return readString(reading.value, 'jobId');
	return reading?.kind === 'unreadable' ? reading.seenJobId : undefined;
}

function unknown(
	message: string,
	{ answer, headers }: Received,
	jobId?: string,
	isWebPage = isFromWebsite(answer),
): NoResult {
	return {
		kind: 'unknown',
		failure: { code: 'no_answer', message: withoutQueries(message), retryable: false },
		retryAfterMs: retryAfterMs(headers['retry-after']),
		jobId,
		isWebPage,
	};
}

/** Whether the answer is a web page as a website gives it for an unknown path, not that of an outage. */
function isFromWebsite(answer: Answer): boolean {
	const { httpStatus } = answer;
	const isUsual = (httpStatus >= 200 && httpStatus <= 299) || [404, 405].includes(httpStatus);
	return isUsual && isWebPage(answer);
}

/** Adds the id of the job after the masking: a short key may be a word of it. */
function withJobId<Value>(outcome: Outcome<Value>): Outcome<Value> {
	if (outcome.kind !== 'unknown' || outcome.jobId === undefined) return outcome;
	const message = `${outcome.failure.message} (it names the job ${outcome.jobId})`;
	return { ...outcome, failure: { ...outcome.failure, message } };
}

/** Adds to the error of a create what a web page most likely means: a wrong Base URL. */
function withBaseUrl<Value>(outcome: Outcome<Value>, baseUrl: string): Outcome<Value> {
	if (outcome.kind === 'read') return outcome;
	const { code, message, retryable } = outcome.failure;
	const failure: Failure = {
		code: outcome.kind === 'refused' ? 'wrong_address' : code,
		message: `${message}. If the Base URL ${withoutQueries(baseUrl.trim())} is a website, nothing was bought: enter the API's address`,
		retryable,
	};
	return { ...outcome, failure };
}

/** What a provider says that it does not answer, or what came instead of its words. */
function messageOf({ answer, brokenOff }: Received): string {
	const isReason = readReason(answer.body) !== undefined;
	return isReason || brokenOff === undefined
		? describeAnswer(answer)
		: brokenText(brokenOff, answer, describeBody(answer));
}

const brokenText = (brokenOff: string, { body, httpStatus }: Answer, came: string) =>
	body === '' ? `${brokenOff} (HTTP ${httpStatus})` : `${brokenOff}: ${came}`;

function targetOf({ location = '' }: Opened['headers']): string {
	return URL.canParse(location) ? `, ${new URL(location).origin}` : '';
}

/** A plain "no" in our words. The HTTP status decides where the text does not tell more. */
function refusal(received: Received): Failure {
	const { answer } = received;
	const failure = readFailure(answer.body, toFailureCode(answer.httpStatus));
	return { ...failure, message: messageOf(received) };
}

function retryAfterMs(header: string | undefined): number | undefined {
	if (header === undefined) return undefined;
	const seconds = Number(header);
	const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
	return Number.isFinite(waitMs) && waitMs >= 0 ? waitMs : undefined;
}
