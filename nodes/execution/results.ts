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
import { addInput } from './inputFields';

export type NodeError = NodeApiError | NodeOperationError;

/** How errors name what they are about: "item 0", or "item 0, scene 2". */
export const namePlace = (itemIndex: number, scene?: number): string =>
	`item ${itemIndex}${scene === undefined ? '' : `, scene ${scene}`}`;

/** The result of one input item: its job as far as it is known, and its error if it failed. */
export interface ItemResult {
	itemIndex: number;
	job: Partial<Job>;
	binary?: IBinaryKeyData;
	error?: NodeError;
}

/** The result of an item that failed. */
export interface FailedItem extends ItemResult {
	kind: 'failed';
	error: NodeError;
}

/** Turns a failure at a provider into the error of an item. */
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
 * Runs `work` for one item. An error becomes the item's result, so that the other items continue.
 * `job` is the part of the job that is known without `work`.
 */
export async function catchPerItem<Result>(
	context: IExecuteFunctions,
	itemIndex: number,
	job: Partial<Job>,
	work: () => Promise<Result>,
): Promise<Result | FailedItem> {
	try {
		return await work();
	} catch (thrown) {
		return failItem(itemIndex, job, toNodeError(context, thrown));
	}
}

/** The result of an item that failed before anything was sent for it. */
export function failItem(itemIndex: number, job: Partial<Job>, error: NodeError): FailedItem {
	error.context.itemIndex ??= itemIndex;
	const failure: Failure = { code: 'bad_request', message: error.message, retryable: false };
	return { kind: 'failed', itemIndex, job: { ...job, failure }, error };
}

/** Reads what all items share, or returns the error. */
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

/** Wraps a thrown value in an error of n8n, unless it is one. */
function toNodeError(context: IExecuteFunctions, thrown: unknown): NodeError {
	return thrown instanceof NodeApiError || thrown instanceof NodeOperationError
		? thrown
		: new NodeOperationError(context.getNode(), thrown as Error);
}

/**
 * The node's output by n8n's On Error setting. Stop Workflow throws one error that names every job, so
 * that no paid job is lost. The other settings return an item per result, with its job.
 */
export function outputItems(
	context: IExecuteFunctions,
	results: readonly ItemResult[],
): INodeExecutionData[] {
	const failed = results.filter(({ error }) => error !== undefined);
	if (failed.length > 0 && !context.continueOnFail()) throw createStopError(context, results);
	const toErrorOutput = context.getNode().onError === 'continueErrorOutput';
	return results.map((result) => {
		const { itemIndex, error } = result;
		const job = { ...result.job } as unknown as IDataObject;
		const own = { json: job, binary: result.binary };
		const pairedItem = { item: itemIndex };
		if (error === undefined || !toErrorOutput) {
			return { ...addInput(context, itemIndex, own), pairedItem };
		}
		job.description = error.description ?? '';
		const { json, binary } = addInput(context, itemIndex, own);
		// n8n sends an item to the error output only if its json has no other keys.
		const item = { json: { error: error.message, details: json }, binary, pairedItem };
		return addHiddenError(item, error);
	});
}

/**
 * n8n 2.25 and older sends { error, details } to the error output only if the item itself has an `error`,
 * and then replaces the json of an item with an `error` by its message. In between it clears `error`, or
 * copies the item, which drops a property that is not enumerable.
 */
function addHiddenError(item: INodeExecutionData, error: Error): INodeExecutionData {
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
	const description = [first.description, ...results.map(describeResult)].join('\n');
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

function describeResult({ itemIndex, job, error }: ItemResult): string {
	const place = namePlace(itemIndex, job.scene).replace('item', 'Item');
	const which = `${place}${job.jobId === undefined ? '' : `, job ${withoutQueries(job.jobId)}`}`;
	const link = job.videoUrl === undefined ? '' : `, ${job.videoUrl}`;
	return `${which}: ${error?.message ?? job.status}${link}`;
}
