import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Job } from '../jobs/job';
import type { Waiting } from '../jobs/schedule';
import { isTool } from '../jobs/suspension';
import type { Provider } from '../providers/provider';
import { wellFormed } from '../providers/reading';
import { ownFileNames, videoFileName } from '../transport/fileName';
import { wrongInput } from '../ui/creationInput';
import type { FailedItem } from '../ui/results';
import { forItem } from '../ui/results';

/** One item with a job to wait for, and what earlier nodes told about that job. */
export interface PollItem {
	itemIndex: number;
	jobId: string;
	known: Partial<Job>;
	fileName: string;
	binaryProperty: string;
	includeRaw: boolean;
}

/** What holds for the whole node: its jobs share one clock. */
export interface PollSettings {
	waiting: Waiting;
	intervalMs: number;
	timeoutMs: number;
	tolerance: number;
	download: boolean;
	/** The limit a person chose, if one did. */
	maxBytes?: number;
}

/** The fields that hold for all items, as they stand in the node. */
export function readSettings(context: IExecuteFunctions): PollSettings {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	const number = (value: unknown, otherwise: number) => {
		const read = Number(value);
		return Number.isFinite(read) && read > 0 ? read : otherwise;
	};
	const waiting = context.getNodeParameter('waiting', 0, 'automatic');
	return {
		waiting: waiting === 'hold' || waiting === 'suspend' ? waiting : 'automatic',
		intervalMs: Math.max(5, number(context.getNodeParameter('pollIntervalSeconds', 0), 15)) * 1000,
		timeoutMs: Math.min(
			number(context.getNodeParameter('timeoutMinutes', 0), 30) * 60_000,
			// A queue worker counts the workflow's own time-out anew at every resume, and would never end.
			number(context.getWorkflowSettings?.().executionTimeout, Infinity) * 1000,
		),
		tolerance: number(options.tolerance, 5),
		// By expression it may come as text. In doubt a paid video is fetched.
		download: String(context.getNodeParameter('download', 0)) !== 'false',
		maxBytes: number(options.maxSizeMb, NaN) * 1024 * 1024 || undefined,
	};
}

/** The job of each item; an item without one becomes its result. */
export async function readItems(
	context: IExecuteFunctions,
	providerName: string,
	provider: Provider,
): Promise<Array<PollItem | FailedItem>> {
	const inputs = context.getInputData();
	const items = await Promise.all(
		inputs.map(
			async ({ json }, itemIndex) =>
				await forItem(context, itemIndex, async () => {
					const wrong = (message: string, description: string) =>
						wrongInput(context, itemIndex, message, description);
					const given = String(context.getNodeParameter('jobId', itemIndex, '') ?? '');
					const jobId = wellFormed(given.trim());
					if (jobId === '') throw wrong('The item has no job ID', whyNoJobId(context, json));
					const known: Partial<Job> = json.jobId === jobId ? json : {};
					if (known.provider !== undefined && known.provider !== providerName) {
						throw wrong(
							`Job ${jobId} was made by the provider "${known.provider}", and this node asks ${provider.label}`,
							'Choose the same provider here and where the job was created.',
						);
					}
					const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
					return {
						itemIndex,
						jobId,
						known,
						fileName: videoFileName(String(options.fileName || jobId)),
						binaryProperty: String(options.binaryProperty || 'video'),
						includeRaw: options.includeRaw === true,
					};
				}),
		),
	);
	return withOwnFileNames(items);
}

/** Gives each job's file a name of its own, so that a later node overwrites none with another. */
function withOwnFileNames(
	items: ReadonlyArray<PollItem | FailedItem>,
): Array<PollItem | FailedItem> {
	const nameOf = ownFileNames();
	return items.map((item) =>
		'error' in item ? item : { ...item, fileName: nameOf(item.fileName, item.jobId) },
	);
}

function whyNoJobId(context: IExecuteFunctions, { failure }: IDataObject): string {
	const message = (failure as { message?: unknown } | undefined)?.message;
	if (typeof message === 'string') return `The job was not started: ${message}`;
	return isTool(context)
		? 'Let the model fill in the field Job ID: click the button with the stars beside it.'
		: 'Connect Veo Create before this node, or give the ID in the field Job ID.';
}
