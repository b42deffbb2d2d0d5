import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Job, JobState } from '../jobs/job';
import type { Waiting } from '../jobs/schedule';
import { maxIntervalMs, minIntervalMs } from '../jobs/schedule';
import { uniqueFileNames, videoFileName } from '../transport/download/fileName';
import { readNumberField } from '../fields/numberField';
import type { FailedItem } from '../execution/results';

/** One item with a job to wait for. */
export interface PollItem {
	kind: 'job';
	itemIndex: number;
	jobId: string;
	/** What the item says of the job. */
	carried: Partial<Job>;
	fileName: string;
	binaryProperty: string;
	includeRaw: boolean;
}

/** The fields that hold for all items: their jobs are waited for together. */
export interface PollSettings {
	waiting: Waiting;
	intervalMs: number;
	timeoutMs: number;
	tolerance: number;
	download: boolean;
	/** Whether to cancel the jobs that still run at the deadline. */
	isCanceling: boolean;
	/** Undefined where the option is not set. */
	maxBytes?: number;
}

const numberFields = {
	interval: {
		label: 'Poll Interval (Seconds)',
		min: minIntervalMs / 1000,
		max: maxIntervalMs / 1000,
		otherwise: 15,
	},
	// A check takes some seconds. No provider needs a week for a video or keeps one that long.
	timeout: { label: 'Timeout (Minutes)', min: 0.1, max: 7 * 24 * 60, otherwise: 30 },
	tolerance: { label: 'Max Failed Checks', min: 1, max: 1_000, otherwise: 5 },
	// A video of 8 seconds has 5 to 30 MB.
	maxSize: { label: 'Max File Size (MB)', min: 0.001, max: 10_000, otherwise: undefined },
};

/** Reads the fields that hold for all items. A number that cannot be used is replaced, with a hint. */
export function readSettings(context: IExecuteFunctions): PollSettings {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	// An expression that resolves to undefined is not an absent option: it gets a hint.
	const parameter = (name: string) => context.getNodeParameter(name, 0) ?? null;
	const waiting = context.getNodeParameter('waiting', 0, 'automatic');
	const maxSizeMb = readNumberField(context, options.maxSizeMb, numberFields.maxSize);
	return {
		waiting: waiting === 'hold' || waiting === 'suspend' ? waiting : 'automatic',
		intervalMs:
			readNumberField(context, parameter('pollIntervalSeconds'), numberFields.interval) * 1000,
		timeoutMs: Math.min(
			readNumberField(context, parameter('timeoutMinutes'), numberFields.timeout) * 60_000,
			workflowTimeoutMs(context),
		),
		tolerance: readNumberField(context, options.tolerance, numberFields.tolerance),
		// An expression may return text. When in doubt, download: the video is paid for.
		download: String(context.getNodeParameter('download', 0)) !== 'false',
		isCanceling: options.onDeadline === 'cancel',
		maxBytes: maxSizeMb === undefined ? undefined : maxSizeMb * 1024 * 1024,
	};
}

/**
 * The workflow's own timeout; n8n leaves it out or sets it to -1 if there is none. The node keeps it as well,
 * because a queue worker restarts it at every resume.
 */
export function workflowTimeoutMs(context: IExecuteFunctions): number {
	const seconds = Number(context.getWorkflowSettings?.().executionTimeout);
	return seconds > 0 ? seconds * 1000 : Infinity;
}

/** The item of a job, with what the fields of the node say of its file. */
export function toPollItem(
	context: IExecuteFunctions,
	itemIndex: number,
	jobId: string,
	carried: Partial<Job>,
): PollItem {
	const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	return {
		kind: 'job',
		itemIndex,
		jobId,
		carried,
		fileName: videoFileName(String(options.fileName || jobId)),
		binaryProperty: String(options.binaryProperty || 'video'),
		includeRaw: options.includeRaw === true,
	};
}

/** The state of a finished job, if the item of an earlier node has the link of its video. */
export function readCarriedState({ status, videoUrl }: Partial<Job>): JobState | undefined {
	return status === 'succeeded' && videoUrl !== undefined
		? { status, videos: [{ kind: 'final', links: [videoUrl] }] }
		: undefined;
}

/** Makes the file names unique by job, so that a later node does not overwrite one file with another. */
export function withUniqueFileNames(
	items: ReadonlyArray<PollItem | FailedItem>,
): Array<PollItem | FailedItem> {
	const nameOf = uniqueFileNames();
	return items.map((item) =>
		item.kind === 'failed' ? item : { ...item, fileName: nameOf(item.fileName, item.jobId) },
	);
}

/** Names the files of the items: of several videos, the second and later ones by the item's name and a number. */
export function createFileNames(
	items: ReadonlyArray<PollItem | FailedItem>,
): (item: PollItem, index: number) => string {
	const nameOf = uniqueFileNames();
	for (const item of items) if (item.kind === 'job') nameOf(item.fileName, item.jobId);
	return ({ fileName, jobId }, index) =>
		index === 0 ? fileName : nameOf(fileName, JSON.stringify([jobId, index]));
}
