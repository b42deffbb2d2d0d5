import type { IExecuteFunctions } from 'n8n-workflow';
import type { FailedItem, ItemResult } from '../execution/results';
import { catchPerItem, createFailureError, failItem } from '../execution/results';
import type { Job } from '../jobs/job';
import { withoutUndefined } from '../jobs/job';
import type { CreatedJobs } from '../poll/checkpoint';
import type { PollItem } from '../poll/pollInput';
import { toPollItem, withUniqueFileNames } from '../poll/pollInput';
import type { JobSource } from '../poll/wait';

type StoredResult = CreatedJobs['results'][number];

/** The results of creates in a form that n8n can store: an error is no plain data. */
export const storeResults = (results: readonly ItemResult[]): StoredResult[] =>
	results.map(({ itemIndex, job, error }) => {
		const { failure } = job;
		if (error === undefined || failure === undefined) return { itemIndex, job };
		return { itemIndex, job, failed: { failure, description: error.description ?? '' } };
	});

/** The jobs that the node has created. */
export const createdJobs = (context: IExecuteFunctions, created: CreatedJobs): JobSource => ({
	created,
	readItems: async () =>
		withUniqueFileNames(
			await Promise.all(created.results.map(async (result) => await toItem(context, result))),
		),
	failItems: async (error) =>
		created.results.map(
			(result) => restoreFailed(context, result) ?? failItem(result.itemIndex, result.job, error),
		),
});

async function toItem(
	context: IExecuteFunctions,
	result: StoredResult,
): Promise<PollItem | FailedItem> {
	const failed = restoreFailed(context, result);
	if (failed !== undefined) return failed;
	const { itemIndex, job } = result;
	const { jobId = '' } = job;
	// The end of a job is read by a check, also where its create has named one.
	const carried: Partial<Job> = { ...job, failure: undefined, videos: undefined };
	return await catchPerItem(context, itemIndex, job, async () =>
		toPollItem(context, itemIndex, jobId, withoutUndefined(carried)),
	);
}

function restoreFailed(
	context: IExecuteFunctions,
	{ itemIndex, job, failed }: StoredResult,
): FailedItem | undefined {
	if (failed === undefined) return undefined;
	const { failure, description } = failed;
	const error = createFailureError(context, itemIndex, failure, failure.message, description);
	return { kind: 'failed', itemIndex, job, error };
}
