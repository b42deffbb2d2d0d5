import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Job, JobState } from '../jobs/job';
import { jobStatuses, withoutUndefined } from '../jobs/job';
import type { Waiting } from '../jobs/schedule';
import { maxIntervalMs, minIntervalMs } from '../jobs/schedule';
import { isTool } from '../execution/suspension';
import { isRehearsalId } from '../rehearsal/rehearsal';
import { providerNamed } from '../providers';
import type { Provider } from '../providers/provider';
import { readLink, readNumbers, readProgress, wellFormed } from '../wire/readers';
import { jobIdProblem } from '../wire/writers';
import { uniqueFileNames, videoFileName } from '../transport/download/fileName';
import { inputError } from '../fields/operationInput';
import { readNumberField } from '../fields/numberField';
import type { FailedItem, NodeError } from '../execution/results';
import { catchPerItem, failItem, catchForAllItems } from '../execution/results';

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

/** Reads the job of each item. An item without one becomes a failed item. */
export async function readItems(
	context: IExecuteFunctions,
	providerName: string,
	provider: Provider,
): Promise<Array<PollItem | FailedItem>> {
	const items = await Promise.all(
		context
			.getInputData()
			.map(
				async ({ json }, itemIndex) =>
					await readItem(context, providerName, provider, json, itemIndex),
			),
	);
	return withUniqueFileNames(items);
}

/** The failed items where the provider cannot be read, each with its job as far as it is known. */
export async function failedItems(
	context: IExecuteFunctions,
	error: NodeError,
): Promise<FailedItem[]> {
	const input = context.getInputData().map(async ({ json }, itemIndex) => {
		const jobId = await catchForAllItems(context, () =>
			context.getNodeParameter('jobId', itemIndex),
		);
		const known = typeof jobId === 'string' && jobId !== '' ? { jobId } : {};
		return failItem(itemIndex, { ...readJob(json), ...known }, error);
	});
	return await Promise.all(input);
}

async function readItem(
	context: IExecuteFunctions,
	providerName: string,
	{ label, status }: Provider,
	json: IDataObject,
	itemIndex: number,
): Promise<PollItem | FailedItem> {
	const ofItem = readJob(json);
	const jobId = await catchPerItem(context, itemIndex, ofItem, async () =>
		wellFormed(String(context.getNodeParameter('jobId', itemIndex, '') ?? '').trim()),
	);
	if (typeof jobId !== 'string') return jobId;
	const known = ofItem.jobId === jobId ? ofItem : {};
	const carried = jobId === '' ? ofItem : { provider: providerName, ...known, jobId };
	return await catchPerItem(context, itemIndex, carried, async () => {
		const wrong = (message: string, description: string) =>
			inputError(context, itemIndex, message, description);
		if (jobId === '') throw wrong('The item has no job ID', describeMissingJobId(context, json));
		const problem = jobIdProblem(
			jobId,
			'Job ID',
			isRehearsalId(jobId) ? undefined : status.jobIdPattern,
		);
		if (problem !== undefined) throw wrong(problem.message, problem.description);
		if (known.provider !== undefined && known.provider !== providerName) {
			throw wrong(
				`Job ${jobId} was created at ${providerNamed(known.provider)?.label ?? `"${known.provider}"`}, but this node checks ${label}`,
				'Choose the same provider here as where the job was created. Then poll the job again: it needs no new create.',
			);
		}
		if (status.cannotCheck?.(jobId) && readCarriedState(known) === undefined) {
			throw wrong(
				`Job ${jobId} was already finished when it was created, and ${label} cannot look it up`,
				'Its video is at the link in the field videoUrl of the item that Veo Create returned: pass that whole item to this node.',
			);
		}
		const options = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		return {
			kind: 'job' as const,
			itemIndex,
			jobId,
			carried: known,
			fileName: videoFileName(String(options.fileName || jobId)),
			binaryProperty: String(options.binaryProperty || 'video'),
			includeRaw: options.includeRaw === true,
		};
	});
}

/** Reads what an item says of its job. Its fields may be anything: values of another form are left out. */
function readJob(json: IDataObject): Partial<Job> {
	const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
	const count = (value: unknown) =>
		typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : undefined;
	return withoutUndefined({
		provider: text(json.provider),
		jobId: text(json.jobId),
		status: jobStatuses.find((each) => each === json.status),
		progress: readProgress(json, 'progress'),
		model: text(json.model),
		prompt: text(json.prompt),
		scene: count(json.scene),
		scenes: count(json.scenes),
		videoUrl: readLink(json, 'videoUrl'),
		remixId: text(json.remixId),
		extensionId: text(json.extensionId),
		createdAt: text(json.createdAt),
		completedAt: text(json.completedAt),
		expiresAt: text(json.expiresAt),
		usage: readNumbers(json, 'usage'),
	});
}

/** The state of a finished job, if the item of an earlier node has the link of its video. */
export function readCarriedState({ status, videoUrl }: Partial<Job>): JobState | undefined {
	return status === 'succeeded' && videoUrl !== undefined
		? { status, videos: [{ kind: 'final', links: [videoUrl] }] }
		: undefined;
}

/** Makes the file names unique by job, so that a later node does not overwrite one file with another. */
function withUniqueFileNames(
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

function describeMissingJobId(context: IExecuteFunctions, { failure }: IDataObject): string {
	const message = (failure as { message?: unknown } | undefined)?.message;
	if (typeof message === 'string') return `The job was not started: ${message}`;
	return isTool(context)
		? 'Let the model fill in the field Job ID: click the button with the stars beside it.'
		: 'Connect Veo Create before this node, or give the ID in the field Job ID.';
}
