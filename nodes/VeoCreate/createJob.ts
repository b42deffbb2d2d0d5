import type { IExecuteFunctions } from 'n8n-workflow';
import type { Failure } from '../jobs/job';
import { jobOf } from '../jobs/job';
import type { Ledger } from '../jobs/ledger';
import { fingerprint, ledgerIn } from '../jobs/ledger';
import { submitOnce } from '../jobs/submit';
import { isTool } from '../jobs/suspension';
import { withExtraFields } from '../providers/extraFields';
import type {
	Call,
	Creation,
	CreationInput,
	CreationName,
	Image,
	OptionFields,
} from '../providers/provider';
import { exchange } from '../transport/exchange';
import { executionClock } from '../transport/executionClock';
import { loadImage } from '../transport/images';
import type { ImageSource } from '../transport/images';
import type { Gateway } from '../transport/send';
import { imageWarning, readCreationFields, wrongInput } from '../ui/creationInput';
import { chosenGateway, chosenProvider } from '../ui/gateway';
import type { ItemResult } from '../ui/results';
import { failureError, forItem, forNode } from '../ui/results';

// A gateway may take the images and reach its own upstream before it answers.
const longestSubmitMs = 300_000;

const retryOnFailHint =
	'Retry On Fail is on. What was submitted is remembered and handed back, never bought again; a submit whose outcome is unknown is not repeated';

/** Starts one job per input item, one after the other. With Stop Workflow it ends at the first failure. */
export async function createJobs(
	context: IExecuteFunctions,
	creationName: CreationName,
): Promise<ItemResult[]> {
	const { name, provider } = chosenProvider(context);
	const gateway = await forNode(context, async () => await chosenGateway(context, provider));
	if (Array.isArray(gateway)) return gateway;
	const ledger = ledgerIn(context.getContext('node'), purchaseRunOf(context));
	if (context.getNode().retryOnFail) context.addExecutionHints({ message: retryOnFailHint });
	const results: ItemResult[] = [];
	for (const itemIndex of context.getInputData().keys()) {
		const result = await forItem(
			context,
			itemIndex,
			async () => await createJob(gateway, name, itemIndex, creationName, ledger),
		);
		results.push({ ...result, job: { provider: name, ...result.job } });
		if (result.error !== undefined && !context.continueOnFail()) break;
	}
	return results;
}

/**
 * The run whose submits are remembered together. Every call of an agent is a run of its own, and so is
 * every try of n8n's Retry On Fail there: an agent that repeats a request gets the job it has.
 */
function purchaseRunOf(context: IExecuteFunctions): number {
	return isTool(context) ? 0 : Number(context.getWorkflowDataProxy(0).$runIndex);
}

async function createJob(
	gateway: Gateway & { context: IExecuteFunctions },
	providerName: string,
	itemIndex: number,
	creationName: CreationName,
	ledger: Ledger,
): Promise<ItemResult> {
	const { context, provider } = gateway;
	const creation = provider[creationName];
	if (creation === undefined) {
		throw wrongInput(
			context,
			itemIndex,
			`${provider.label} cannot do this`,
			'Choose another provider.',
		);
	}
	const fields = readCreationFields(context, itemIndex, creationName, provider, creation);
	const images = await loadImages(
		context,
		itemIndex,
		creation,
		provider.label,
		fields.imageSources,
	);
	const input = { ...fields, images };
	const call = withExtraFields(
		checkedCall(gateway, itemIndex, creation, input),
		fields.extraFields,
	);
	const request = fingerprint(call);

	const before = ledger.recall(itemIndex, request);
	if (before !== undefined && 'job' in before) {
		context.addExecutionHints({
			message: `Job ${before.job.jobId} was already started in this execution. It is handed back and was not bought again`,
		});
		return { itemIndex, job: before.job };
	}
	if (before !== undefined) return unknownOutcome(gateway, itemIndex, before.unknown, input);

	const outcome = await submitOnce(
		async () =>
			await exchange(gateway, call, creation.read, {
				timeoutMs: longestSubmitMs,
				isEnough: creation.isEnough,
			}),
		executionClock(context),
	);
	if (outcome.kind === 'read') {
		const { jobId, state } = outcome.value;
		const createdAt = new Date().toISOString();
		const { model, prompt } = input;
		const job = jobOf(state, { provider: providerName, jobId, model, prompt, createdAt });
		ledger.record(itemIndex, request, { job });
		return { itemIndex, job };
	}
	if (outcome.kind === 'unknown') {
		ledger.record(itemIndex, request, { unknown: outcome.failure });
		return unknownOutcome(gateway, itemIndex, outcome.failure, input);
	}
	return notStarted(gateway, itemIndex, refusalOf(outcome.failure, input), input);
}

async function loadImages(
	context: IExecuteFunctions,
	itemIndex: number,
	creation: Creation,
	label: string,
	sources: readonly ImageSource[],
): Promise<Image[]> {
	const images: Image[] = [];
	for (const [index, source] of sources.entries()) {
		const image = await loadImage(context, itemIndex, index + 1, source);
		if ('problem' in image) {
			throw wrongInput(
				context,
				itemIndex,
				`Image ${index + 1} cannot be used: ${image.problem}`,
				'Correct it in the field Image Files.',
			);
		}
		if (!creation.images?.accepts.includes(image.kind)) {
			throw wrongInput(
				context,
				itemIndex,
				`${label} takes images as public links only, and image ${index + 1} is a file`,
				'Upload the image where it can be reached, and give its URL.',
			);
		}
		images.push(image);
	}
	return images;
}

function checkedCall(
	{ context }: Gateway & { context: IExecuteFunctions },
	itemIndex: number,
	creation: Creation,
	input: CreationInput<OptionFields>,
): Call {
	const rejection = creation.reject?.(input);
	if (rejection !== undefined) {
		throw wrongInput(context, itemIndex, rejection, 'Change the input.');
	}
	for (const warning of [imageWarning(creation, input), creation.warn?.(input)]) {
		if (warning !== undefined)
			context.addExecutionHints({ message: `${warning} [item ${itemIndex}]` });
	}
	return creation.request(input);
}

type Sent = Pick<CreationInput<OptionFields>, 'model' | 'prompt'>;

function unknownOutcome(
	{ context, provider: { label } }: Gateway & { context: IExecuteFunctions },
	itemIndex: number,
	cause: Failure,
	{ model, prompt }: Sent,
): ItemResult {
	const message = `${label} gave no clear answer to the submit: ${cause.message}`;
	const description =
		`A job may have been started and paid for, so it was not sent again. Look into the task log of ${label} before you run this again. ` +
		`Sent: model ${model}, prompt "${prompt.slice(0, 100)}".`;
	const failure: Failure = { code: 'outcome_unknown', message, retryable: false };
	return {
		itemIndex,
		job: { status: 'failed', progress: 0, model, prompt, failure },
		error: failureError(context, itemIndex, failure, message, description),
	};
}

/** Only a creation that starts from a job can miss one; elsewhere the address itself is wrong. */
function refusalOf(failure: Failure, { sourceId }: { sourceId: string }): Failure {
	return failure.code === 'job_not_found' && sourceId === ''
		? { ...failure, code: 'wrong_address' }
		: failure;
}

const advice: Partial<Record<Failure['code'], string>> = {
	key_refused: 'Check the API key and the Base URL in the credential.',
	out_of_credit: 'Top up the account at the gateway, or choose another provider.',
	model_retired: 'Choose another model: this one is no longer offered.',
	content_policy: 'Change the prompt or the images: the same input will be refused again.',
	busy: 'Try again later.',
	rate_limited:
		"Try again later, or send fewer items at a time: a limit was reached, whatever the gateway's text says.",
	no_answer: 'Check the Base URL in the credential, and whether the gateway can be reached.',
	wrong_address: 'Nobody is at this address: check the Base URL in the credential.',
	job_not_found:
		'Check that the job was made at this provider, with the account of this credential.',
};

function notStarted(
	{ context, provider: { label } }: Gateway & { context: IExecuteFunctions },
	itemIndex: number,
	failure: Failure,
	{ model, prompt }: Sent,
): ItemResult {
	const message = `${label} did not start the job: ${failure.message}`;
	const whatNext = advice[failure.code] ?? 'Check the fields of this item.';
	const description = `Nothing was started or paid for. ${whatNext}`;
	const named: Failure = { ...failure, message };
	return {
		itemIndex,
		job: { status: 'failed', progress: 0, model, prompt, failure: named },
		error: failureError(context, itemIndex, named, message, description),
	};
}
