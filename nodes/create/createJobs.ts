import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Clock } from '../jobs/clock';
import type { Failure } from '../jobs/job';
import { toJob } from '../jobs/job';
import type { Ledger, RecordedCreate } from '../jobs/ledger';
import { fingerprint, createLedger } from '../jobs/ledger';
import { createLimiter } from '../jobs/limiter';
import { saveJobIdsOnCancel } from '../execution/savedJobIds';
import { createUntilAccepted } from '../jobs/createUntilAccepted';
import { isTool } from '../execution/suspension';
import { withExtraFields } from '../wire/extraFields';
import { withoutQueries } from '../wire/failures';
import type {
	Operation,
	OperationInput,
	OperationName,
	OptionFields,
	Provider,
} from '../providers/provider';
import type { Call, Image } from '../wire/call';
import { callAndRead } from '../transport/callAndRead';
import { createExecutionClock } from '../execution/executionClock';
import { loadImage } from '../fields/loadImage';
import type { ImageSource } from '../fields/loadImage';
import { findImageWarning, readOperationFields, inputError } from '../fields/operationInput';
import { chosenProvider, connectionOrError } from '../fields/connection';
import type { ItemResult } from '../execution/results';
import { catchPerItem, failItem, catchForAllItems } from '../execution/results';
import { notStartedResult, unknownOutcomeResult } from './failedCreate';

// A provider may take the images and reach its own upstream before it answers.
const maxCreateMs = 300_000;

// Where a failure ends nothing, the items need not wait for one another.
const maxParallelCreates = 4;

const retryOnFailHint =
	'Retry On Fail is on. What was submitted is remembered and handed back, never bought again; a submit whose outcome is unknown is not repeated';

const retryHint =
	'This execution is a retry. Jobs that the failed execution started are handed back, not bought again. If that execution was retried before, retry its newest retry instead: what another retry bought is not known here';

/**
 * Starts one job per input item. With Stop Workflow one after the other, because the first failure
 * ends it: whatever is sent beside the one that fails is bought for an execution that has ended.
 */
export async function createJobs(
	context: IExecuteFunctions,
	creationName: OperationName,
): Promise<ItemResult[]> {
	const chosen = await catchForAllItems(context, () => chosenProvider(context));
	if (chosen instanceof Error) {
		return context.getInputData().map((_item, itemIndex) => failItem(itemIndex, {}, chosen));
	}
	const { name, provider } = chosen;
	const clock = createExecutionClock(context);
	const connection = await connectionOrError(context, provider);
	const ledger = openLedger(context);
	if (context.getNode().retryOnFail) context.addExecutionHints({ message: retryOnFailHint });
	if (context.getMode() === 'retry') context.addExecutionHints({ message: retryHint });
	const saver = saveJobIdsOnCancel(context);
	const run: CreateRun = {
		context,
		provider,
		providerName: name,
		connection:
			connection instanceof Error
				? connection
				: { ...connection, context: withoutCancelSignal(context) },
		creationName,
		clock,
		ledger,
		inOrder: createLimiter(1),
		keep: saver.add,
	};
	const goesOn = context.continueOnFail();
	const limit = createLimiter(goesOn ? maxParallelCreates : 1);
	let isOver = false;
	const submit = async (itemIndex: number): Promise<ItemResult[]> => {
		if (isOver || clock.isCanceled()) return [];
		const known = { provider: name };
		const result = await catchPerItem(context, itemIndex, known, async () =>
			createJob(run, itemIndex),
		);
		isOver = result.error !== undefined && !goesOn;
		return [{ ...result, job: { ...known, ...result.job } }];
	};
	try {
		const results = await Promise.all(
			context.getInputData().map((_item, itemIndex) => limit(async () => submit(itemIndex))),
		);
		return results.flat();
	} finally {
		saver.end();
	}
}

/** What the items of one run have in common. */
interface CreateRun {
	context: IExecuteFunctions;
	provider: Provider;
	providerName: string;
	/** Or why the credential cannot be used: jobs that were started before are handed back without it. */
	connection: Awaited<ReturnType<typeof connectionOrError>>;
	creationName: OperationName;
	clock: Clock;
	ledger: Ledger;
	/** Runs one at a time, in the order of the items. */
	inOrder: ReturnType<typeof createLimiter>;
	keep(jobId: string): void;
}

/**
 * A submit that is on its way when the execution is stopped is not broken off: it may be bought
 * already, and only its answer tells the job's id.
 */
function withoutCancelSignal(context: IExecuteFunctions): IExecuteFunctions {
	const getExecutionCancelSignal = () => undefined;
	return Object.assign(Object.create(context) as IExecuteFunctions, { getExecutionCancelSignal });
}

function openLedger(context: IExecuteFunctions): Ledger {
	return createLedger(context.getContext('node'), {
		executionId: context.getExecutionId(),
		// Every call of an agent is a run of its own, and so is every try of n8n's Retry On Fail there: an
		// agent that repeats a request gets the job it has.
		runIndex: isTool(context) ? undefined : Number(context.getWorkflowDataProxy(0).$runIndex),
		fields: context.getNode().parameters,
	});
}

async function createJob(run: CreateRun, itemIndex: number): Promise<ItemResult> {
	const { context, connection, providerName, clock, ledger, keep } = run;
	const { creation, input, call, request, before } = await run.inOrder(
		async () => await prepareCall(run, itemIndex),
	);
	if (before !== undefined && 'job' in before) {
		context.addExecutionHints({
			message: withoutQueries(
				`Job ${before.job.jobId} was already started in this execution. It is handed back and was not bought again`,
			),
		});
		return { itemIndex, job: before.job };
	}
	if (before !== undefined) return unknownOutcomeResult(run, itemIndex, before.unknown, input);
	if (connection instanceof Error) {
		const description = connection.description ?? undefined;
		throw new NodeOperationError(context.getNode(), connection.message, { itemIndex, description });
	}

	// Recorded before it is sent: whatever ends the node from here on, it is not sent a second time.
	ledger.record(itemIndex, request, { unknown: neverAnswered });
	const outcome = await createUntilAccepted(
		async () =>
			await callAndRead(connection, call, (answer) => creation.read(answer, input), {
				timeoutMs: maxCreateMs,
				isCreate: true,
				isComplete: (textSoFar) => creation.isComplete?.(textSoFar, input) ?? false,
			}),
		clock,
	);
	switch (outcome.kind) {
		case 'read': {
			const { jobId, state } = outcome.value;
			const createdAt = new Date().toISOString();
			const { model, prompt } = input;
			const job = toJob(state, { provider: providerName, jobId, model, prompt, createdAt });
			ledger.record(itemIndex, request, { job });
			keep(jobId);
			return { itemIndex, job };
		}
		case 'unknown':
			ledger.record(itemIndex, request, { unknown: outcome.failure });
			return unknownOutcomeResult(run, itemIndex, outcome.failure, input);
		case 'refused':
		case 'notAccepted':
			ledger.forget(itemIndex, request);
			return notStartedResult(run, itemIndex, outcome.failure, input);
	}
}

interface Prepared {
	creation: Operation;
	input: OperationInput<OptionFields>;
	call: Call;
	/** The call as the ledger tells it from others, and what the ledger knows of it. */
	request: string;
	before: RecordedCreate | undefined;
}

/** The call of one item, from its fields and images. Nothing is sent. */
async function prepareCall(run: CreateRun, itemIndex: number): Promise<Prepared> {
	const { context, provider, providerName, creationName, ledger } = run;
	const creation = provider[creationName];
	if (creation === undefined) {
		throw inputError(
			context,
			itemIndex,
			`${provider.label} cannot do this`,
			'Choose another provider.',
		);
	}
	const fields = readOperationFields(context, itemIndex, creationName, provider, creation);
	const images = await loadImages(
		context,
		itemIndex,
		creation,
		provider.label,
		fields.imageSources,
	);
	const input = { ...fields, images };
	const call = withExtraFields(buildCall(context, itemIndex, creation, input), fields.extraFields);
	const request = fingerprint({ providerName, ...call });
	return { creation, input, call, request, before: ledger.recall(itemIndex, request) };
}

const neverAnswered: Failure = {
	code: 'no_answer',
	message: 'the node ended before the answer came',
	retryable: false,
};

async function loadImages(
	context: IExecuteFunctions,
	itemIndex: number,
	creation: Operation,
	label: string,
	sources: readonly ImageSource[],
): Promise<Image[]> {
	const images: Image[] = [];
	for (const [index, source] of sources.entries()) {
		const image = await loadImage(context, itemIndex, index + 1, source);
		if ('problem' in image) {
			throw inputError(
				context,
				itemIndex,
				`Image ${index + 1} cannot be used: ${image.problem}`,
				'Correct it in the field Image Files.',
			);
		}
		if (!creation.images?.accepts.includes(image.kind)) {
			throw inputError(
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

function buildCall(
	context: IExecuteFunctions,
	itemIndex: number,
	creation: Operation,
	input: OperationInput<OptionFields>,
): Call {
	const rejection = creation.reject?.(input);
	if (rejection !== undefined) {
		throw inputError(context, itemIndex, rejection, 'Change the input.');
	}
	for (const warning of [findImageWarning(creation, input), creation.warn?.(input)]) {
		if (warning !== undefined)
			context.addExecutionHints({ message: `${warning} [item ${itemIndex}]` });
	}
	return creation.request(input);
}
