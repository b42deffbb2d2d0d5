import type { Outcome } from '../jobs/outcome';
import { isFromWebsite, isWebPage } from '../wire/answers';
import type { Answer, Call, Reading } from '../wire/call';
import type { Received } from './receive';
import { receive } from './receive';
import type { Connection } from './send';
import {
	describeReceived,
	describeRedirect,
	isRateLimit,
	isRedirect,
	isSuccess,
	toOutcome,
	toRefusal,
	toUnknown,
} from './toOutcome';

/**
 * Makes one call that may be repeated, such as a status check, and reads its answer. A create is made by
 * `createOnce` instead. Sends nothing again and throws nothing.
 */
export async function callAndRead<Value>(
	connection: Connection,
	call: Call,
	read: (answer: Answer) => Reading<Value>,
	{ timeoutMs }: { timeoutMs?: number } = {},
): Promise<Outcome<Value>> {
	const received = await receive(connection, call, { timeoutMs });
	if (received.kind !== 'received') return received;
	// Masked again: a reader may join parts of a secret.
	return connection.mask.result(readReceived(received, read, call));
}

function readReceived<Value>(
	received: Received,
	read: (answer: Answer) => Reading<Value>,
	{ mayFailWithResult }: Call,
): Outcome<Value> {
	const { answer } = received;
	const { httpStatus } = answer;
	const result = mayFailWithResult && httpStatus >= 400 ? read(answer) : undefined;
	if (result?.kind === 'read') return result;
	if (result?.kind === 'refused') return { ...result, httpStatus };
	if (isRedirect(httpStatus)) {
		return { ...toUnknown(received, describeRedirect(received)), isWebPage: true };
	}
	// An HTML page with 4xx is that of a proxy or a website, and says nothing about a job. After a timeout
	// (408) the same call may succeed.
	const isRefusal =
		httpStatus >= 400 && httpStatus <= 499 && httpStatus !== 408 && !isWebPage(answer);
	if (isRefusal || isRateLimit(httpStatus)) return toRefusal(received);
	const outcome = isSuccess(httpStatus)
		? toOutcome(received, read(answer))
		: toUnknown(received, describeReceived(received));
	return outcome.kind === 'unknown' ? { ...outcome, isWebPage: isFromWebsite(answer) } : outcome;
}
