import type {
	IBinaryKeyData,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { Failure, Job } from '../jobs/job';
import { withoutQueries } from '../wire/failures';

export type NodeError = NodeApiError | NodeOperationError;

/** What became of one input item: its job as far as there is one, and what went wrong with it. */
export interface ItemResult {
	itemIndex: number;
	job: Partial<Job>;
	binary?: IBinaryKeyData;
	error?: NodeError;
}

/** An item that went wrong. */
export interface FailedItem extends ItemResult {
	kind: 'failed';
	error: NodeError;
}

/** A failure at a provider as the error of an item: what happened, what is still true, what to do. */
export function createFailureError(
	context: IExecuteFunctions,
	itemIndex: number,
	failure: Failure,
	message: string,
	description: string,
): NodeApiError {
	return new NodeApiError(context.getNode(), { message, code: failure.code } as JsonObject, {
		message,
		description,
		itemIndex,
		httpCode: failure.code,
	});
}

/**
 * Runs `work` for one item. What it throws becomes that item's result, with what is known of its job,
 * so that the others go on.
 */
export async function catchPerItem<Result>(
	context: IExecuteFunctions,
	itemIndex: number,
	known: Partial<Job>,
	work: () => Promise<Result>,
): Promise<Result | FailedItem> {
	try {
		return await work();
	} catch (thrown) {
		return failItem(itemIndex, known, toNodeError(context, thrown));
	}
}

/** An item that went wrong before anything was sent for it, with what is known of its job. */
export function failItem(itemIndex: number, known: Partial<Job>, error: NodeError): FailedItem {
	error.context.itemIndex ??= itemIndex;
	const failure: Failure = { code: 'bad_request', message: error.message, retryable: false };
	return { kind: 'failed', itemIndex, job: { ...known, failure }, error };
}

/** What is read for all items, or why it cannot be read. */
export async function catchForAllItems<Value>(
	context: IExecuteFunctions,
	read: () => Value | Promise<Value>,
): Promise<Value | NodeError> {
	try {
		return await read();
	} catch (thrown) {
		return toNodeError(context, thrown);
	}
}

/** What was thrown, as an error of the node. */
function toNodeError(context: IExecuteFunctions, thrown: unknown): NodeError {
	return thrown instanceof NodeApiError || thrown instanceof NodeOperationError
		? thrown
		: new NodeOperationError(context.getNode(), thrown as Error);
}

/**
 * The node's output by n8n's On Error setting. With Stop Workflow one error names every job, so that
 * nothing that was paid for is lost; else every item carries its whole job.
 */
export function outputItems(
	context: IExecuteFunctions,
	results: readonly ItemResult[],
): INodeExecutionData[] {
	const failed = results.filter(({ error }) => error !== undefined);
	if (failed.length > 0 && !context.continueOnFail()) throw createStopError(context, results);
	const toErrorOutput = context.getNode().onError === 'continueErrorOutput';
	return results.map((result) => {
		const { itemIndex, job, binary, error } = result;
		// n8n sends an item to the error output only if its json has these keys and no others.
		const json =
			error !== undefined && toErrorOutput
				? { error: error.message, details: { ...job, description: error.description ?? '' } }
				: job;
		const item = { json: json as unknown as IDataObject, binary, pairedItem: { item: itemIndex } };
		return toErrorOutput && error !== undefined ? forErrorOutput(item, error) : item;
	});
}

/**
 * n8n up to 2.25 at least looks at an item's `error` alone, and replaces the json by its message. It
 * copies the item first, or empties that `error` itself: what cannot be enumerated is seen, and gone.
 */
function forErrorOutput(item: INodeExecutionData, error: Error): INodeExecutionData {
	return Object.defineProperty(item, 'error', { value: error, enumerable: false, writable: true });
}

function createStopError(context: IExecuteFunctions, results: readonly ItemResult[]): Error {
	const failed = results.flatMap(({ error }) => (error === undefined ? [] : [error]));
	const [first] = failed;
	if (first === undefined) throw new Error('There is no failed item');
	const [{ job: { jobId = '' } = {} } = {}] = results;
	const isNamed = `${first.message} ${first.description}`.includes(jobId);
	if (results.length === 1 && isNamed) return first;
	const message =
		failed.length === 1
			? first.message
			: `${failed.length} items failed. The first: ${first.message}`;
	const description = [first.description, ...results.map(lineOf)].join('\n');
	const { itemIndex } = first.context as { itemIndex?: number };
	return first instanceof NodeOperationError
		? new NodeOperationError(context.getNode(), message, { description, itemIndex })
		: new NodeApiError(context.getNode(), { message } as JsonObject, {
				message,
				description,
				itemIndex,
				httpCode: first.httpCode ?? undefined,
			});
}

function lineOf({ itemIndex, job, error }: ItemResult): string {
	const which = `Item ${itemIndex}${job.jobId === undefined ? '' : `, job ${withoutQueries(job.jobId)}`}`;
	const link = job.videoUrl === undefined ? '' : `, ${job.videoUrl}`;
	return `${which}: ${error?.message ?? job.status}${link}`;
}
