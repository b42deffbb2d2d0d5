import type { Outcome } from '../jobs/outcome';
import type { Operation, OperationInput, OptionFields } from '../providers/provider';
import type { Received } from '../transport/receive';
import { receive } from '../transport/receive';
import type { Connection } from '../transport/send';
import {
	describeReceived,
	describeRedirect,
	isRedirect,
	isSuccess,
	toOutcome,
	toRefusal,
	toUnknown,
} from '../transport/toOutcome';
import { isFromWebsite } from '../wire/answers';
import type { Call, CreatedJob, Reading } from '../wire/call';
import { isAmbiguousStatus, withoutQueries } from '../wire/failures';

// Some providers fetch the images and call their own upstream before they respond.
const maxCreateMs = 300_000;

/**
 * Sends a create once and reads its answer. Only a refusal (`refused`) and a request that was certainly
 * not accepted (`notAccepted`) cost nothing. Any other answer without a job is `unknown`: the job may have
 * been started and paid for, so the create is never sent again. Throws nothing.
 */
export async function createOnce(
	connection: Connection,
	call: Call,
	operation: Operation,
	input: OperationInput<OptionFields>,
): Promise<Outcome<CreatedJob>> {
	const { baseUrl, mask } = connection;
	const received = await receive(connection, call, {
		timeoutMs: maxCreateMs,
		isComplete: (textSoFar) => operation.isComplete?.(textSoFar, input) ?? false,
		// The answer may pause before the job id: only the timeout ends the reading.
		maxSilenceMs: Infinity,
	});
	if (received.kind !== 'received') return received;
	const { answer } = received;
	const reading = operation.read(answer, input);
	const outcome = toCreateOutcome(received, reading);
	// Masked again: a reader may join parts of a secret.
	const masked = mask.result(isFromWebsite(answer) ? adviseBaseUrl(outcome, baseUrl) : outcome);
	const jobId = findJobId(reading);
	// Added after the masking of messages, because a short key may be a word of the id.
	return jobId === undefined ? masked : nameJob(masked, mask.text(jobId));
}

// The origin names another address instead of processing the request (RFC 9110, 15.4). A 303 has
// processed it.
const unprocessed: ReadonlySet<number> = new Set([301, 302, 307, 308]);

function toCreateOutcome(received: Received, reading: Reading<CreatedJob>): Outcome<CreatedJob> {
	const { httpStatus } = received.answer;
	if (isSuccess(httpStatus)) return toOutcome(received, reading);
	if (isRedirect(httpStatus)) {
		const message = describeRedirect(received);
		return findJobId(reading) === undefined && unprocessed.has(httpStatus)
			? {
					kind: 'notAccepted',
					failure: { code: 'wrong_address', message, retryable: false },
					permanent: true,
				}
			: toUnknown(received, message);
	}
	if (reading.kind === 'unreadable') return toUnknown(received, reading.message);
	const isRefusal = httpStatus >= 400 && httpStatus <= 499 && !isAmbiguousStatus(httpStatus);
	if (reading.kind !== 'refused' || !isRefusal) {
		return toUnknown(received, describeReceived(received));
	}
	const refusal = toRefusal(received);
	// The reader may know what a status is about: at some providers a 404 is about the model.
	const { code, retryable } = reading.failure;
	return refusal.kind === 'refused' && code !== 'bad_request'
		? { ...refusal, failure: { ...refusal.failure, code, retryable } }
		: refusal;
}

function findJobId(reading: Reading<CreatedJob>): string | undefined {
	switch (reading.kind) {
		case 'read':
			return reading.value.jobId;
		case 'unreadable':
			return reading.seenJobId;
		case 'refused':
			return undefined;
	}
}

function nameJob(outcome: Outcome<CreatedJob>, jobId: string): Outcome<CreatedJob> {
	if (outcome.kind !== 'unknown') return outcome;
	const message = `${outcome.failure.message} (it names the job ${jobId})`;
	return { ...outcome, jobId, failure: { ...outcome.failure, message } };
}

/** Adds what a web page most likely means: a wrong Base URL. */
function adviseBaseUrl(outcome: Outcome<CreatedJob>, baseUrl: string): Outcome<CreatedJob> {
	if (outcome.kind === 'read') return outcome;
	const { failure } = outcome;
	const code = outcome.kind === 'refused' ? 'wrong_address' : failure.code;
	const message = `${failure.message}. If the Base URL ${withoutQueries(baseUrl.trim())} is a website, nothing was bought: enter the API's address`;
	return { ...outcome, failure: { ...failure, code, message } };
}
