import type { Failure, Job } from '../jobs/job';
import { withoutUndefined } from '../jobs/job';
import type { Scene } from '../jobs/scene';
import { withoutQueries } from '../wire/failures';
import type { OperationInput, OptionFields } from '../providers/provider';
import type { ProviderConnection } from '../fields/connection';
import type { ItemResult } from '../execution/results';
import { createFailureError, namePlace } from '../execution/results';

type From = Pick<ProviderConnection, 'context' | 'provider'> & { scene?: Pick<Scene, 'scene'> };
type Sent = Pick<OperationInput<OptionFields>, 'model' | 'prompt' | 'sourceId'>;

const describeSent = ({ model, prompt }: Sent): string =>
	`Sent: model ${model}, prompt "${prompt.slice(0, 100)}".`;

/** A job may have been started and paid for: the outcome of the request is unknown. */
export function unknownOutcomeResult(
	from: From,
	itemIndex: number,
	reason: string,
	sent: Sent,
): ItemResult {
	const { label } = from.provider;
	const message = `${label} did not clearly accept or reject the request: ${reason}`;
	const description =
		`A job may have been started and paid for, so this request is never sent again, not even by a retry. If the message names a job, poll its ID. Otherwise check the task log of ${label}: if it has no such job, start a new execution with this item. ` +
		describeSent(sent);
	const failure: Failure = { code: 'outcome_unknown', message, retryable: false };
	return failedItem(from, itemIndex, failure, description, sent);
}

/** Another execution sent this request. Its job is not known here. */
export function alreadySentResult(from: From, itemIndex: number, sent: Sent): ItemResult {
	const message =
		'This request was already sent, by an earlier run of this execution or by another retry of it, and n8n did not pass on its job';
	const description =
		`It is not sent again, because a job may have been paid for. If there is another retry, retry the newest one instead. If n8n was stopped while the node ran, check the task log of ${from.provider.label}: poll the ID of the job, or, if there is none, start a new execution with this item. ` +
		describeSent(sent);
	const failure: Failure = { code: 'outcome_unknown', message, retryable: false };
	return failedItem(from, itemIndex, failure, description, sent);
}

const raiseLimit =
	'If these jobs are intended, raise the limit in the options of the node, or give it fewer items or prompts.';

/** A limit of the user stops the run before anything is sent for this item. */
export function limitReachedResult(
	from: From,
	itemIndex: number,
	message: string,
	{ whatNext, retryable } = { whatNext: raiseLimit, retryable: false },
): ItemResult {
	const failure: Failure = { code: 'limit_reached', message, retryable };
	return failedItem(from, itemIndex, failure, `Nothing was sent for this item. ${whatNext}`);
}

const advice: Partial<Record<Failure['code'], string>> = {
	key_refused: 'Check the API key and the Base URL in the credential.',
	out_of_credit: 'Top up the account at the provider, or choose another provider.',
	model_retired: 'Choose another model: this one is no longer offered.',
	content_policy: 'Change the prompt or the images: the provider rejects the same input again.',
	busy: 'Try again later.',
	rate_limited:
		"Try again later, or send fewer items at a time: HTTP 429 is a rate limit, whatever the provider's text says.",
	no_answer: 'Check the Base URL in the credential, and whether the provider is reachable.',
	wrong_address: 'No API answers at this address. Check the Base URL in the credential.',
	canceled: 'Start a new execution with this item.',
	job_not_found:
		'Check that the job was created at this provider with the account of this credential.',
};

/** The provider did not accept the request: nothing was paid for. */
export function notStartedResult(
	from: From,
	itemIndex: number,
	failure: Failure,
	sent: Sent,
): ItemResult {
	const message = `${from.provider.label} did not start the job: ${failure.message}`;
	// Only an operation on an existing job can miss a job. A create that gets 404 has a wrong address.
	const isAddress = failure.code === 'job_not_found' && sent.sourceId === '';
	const named: Failure = { ...failure, code: isAddress ? 'wrong_address' : failure.code, message };
	const whatNext = advice[named.code] ?? 'Check the fields of this item.';
	const description = `Nothing was started or paid for. ${whatNext}`;
	return failedItem(from, itemIndex, named, description, sent);
}

function failedItem(
	{ context, scene }: From,
	itemIndex: number,
	{ message, ...rest }: Failure,
	description: string,
	{ model, prompt }: Partial<Sent> = {},
): ItemResult {
	const place = scene === undefined ? '' : ` [${namePlace(itemIndex, scene.scene)}]`;
	const failure: Failure = { ...rest, message: withoutQueries(message) + place };
	return {
		itemIndex,
		job: withoutUndefined<Partial<Job>>({ status: 'failed', progress: 0, model, prompt, failure }),
		error: createFailureError(context, itemIndex, failure, failure.message, description),
	};
}
