import type { Failure } from '../jobs/job';
import { withoutQueries } from '../wire/failures';
import type { OperationInput, OptionFields } from '../providers/provider';
import type { ProviderConnection } from '../fields/connection';
import type { ItemResult } from '../execution/results';
import { createFailureError } from '../execution/results';

/*
 * What a person is told of a submit that gave no job: what was bought, and what to do.
 */

type From = Pick<ProviderConnection, 'context' | 'provider'>;
type Sent = Pick<OperationInput<OptionFields>, 'model' | 'prompt' | 'sourceId'>;

/** The provider gave no clear answer: a job may have been bought. */
export function unknownOutcomeResult(
	from: From,
	itemIndex: number,
	cause: Failure,
	sent: Sent,
): ItemResult {
	const { label } = from.provider;
	const { model, prompt } = sent;
	const message = `${label} gave no clear answer to the submit: ${cause.message}`;
	const description =
		`A job may have been started and paid for, so it was not sent again, and no retry will send it. If the message names the job, poll its ID. Otherwise look into the task log of ${label}: if there is no such job, start a new execution with this item. ` +
		`Sent: model ${model}, prompt "${prompt.slice(0, 100)}".`;
	const failure: Failure = { code: 'outcome_unknown', message, retryable: false };
	return failedItem(from, itemIndex, failure, description, sent);
}

const advice: Partial<Record<Failure['code'], string>> = {
	key_refused: 'Check the API key and the Base URL in the credential.',
	out_of_credit: 'Top up the account at the provider, or choose another provider.',
	model_retired: 'Choose another model: this one is no longer offered.',
	content_policy: 'Change the prompt or the images: the same input will be refused again.',
	busy: 'Try again later.',
	rate_limited:
		"Try again later, or send fewer items at a time: a limit was reached, whatever the provider's text says.",
	no_answer: 'Check the Base URL in the credential, and whether the provider can be reached.',
	wrong_address: 'No API answers at this address: check the Base URL in the credential.',
	job_not_found:
		'Check that the job was made at this provider, with the account of this credential.',
};

/** The provider did not take the submit: nothing was bought. */
export function notStartedResult(
	from: From,
	itemIndex: number,
	failure: Failure,
	sent: Sent,
): ItemResult {
	const message = `${from.provider.label} did not start the job: ${failure.message}`;
	// Only a creation that starts from a job can miss one; elsewhere the address itself is wrong.
	const isAddress = failure.code === 'job_not_found' && sent.sourceId === '';
	const named: Failure = { ...failure, code: isAddress ? 'wrong_address' : failure.code, message };
	const whatNext = advice[named.code] ?? 'Check the fields of this item.';
	const description = `Nothing was started or paid for. ${whatNext}`;
	return failedItem(from, itemIndex, named, description, sent);
}

function failedItem(
	{ context }: From,
	itemIndex: number,
	{ message, ...rest }: Failure,
	description: string,
	{ model, prompt }: Sent,
): ItemResult {
	const failure: Failure = { ...rest, message: withoutQueries(message) };
	return {
		itemIndex,
		job: { status: 'failed', progress: 0, model, prompt, failure },
		error: createFailureError(context, itemIndex, failure, failure.message, description),
	};
}
