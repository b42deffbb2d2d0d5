import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Job, JobState, JobStatus } from '../jobs/job';
import { withoutUndefined } from '../jobs/job';
import type { Waiting } from '../jobs/schedule';
import { maxIntervalMs, minIntervalMs } from '../jobs/schedule';
import { isTool } from '../execution/suspension';
import type { Provider } from '../providers/provider';
import { readLink, readProgress, wellFormed } from '../wire/readers';
import { jobIdProblem } from '../wire/writers';
import { uniqueFileNames, videoFileName } from '../transport/download/fileName';
import { inputError } from '../fields/operationInput';
import { readNumberField } from '../fields/numberField';
import type { FailedItem, NodeError } from '../execution/results';
import { catchPerItem, failItem, catchForAllItems } from '../execution/results';

/** One item with a job to wait for, and what earlier nodes told about that job. */
export interface PollItem {
	itemIndex: number;
	jobId: string;
	carried: Partial<Job>;
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

const numberFields = {
	interval: {
		label: 'Poll Interval (Seconds)',
		min: minIntervalMs / 1000,
		max: maxIntervalMs / 1000,
		otherwise: 15,
	},
	// A check and its answer need some seconds. No provider works on a video for a week, or keeps one that long.
	timeout: { label: 'Timeout (Minutes)', min: 0.1, max: 7 * 24 * 60, otherwise: 30 },
	tolerance: { label: 'Failed Checks Tolerated', min: 1, max: 1_000, otherwise: 5 },
	// Videos of seconds have megabytes. Above a gigabyte it is only a matter of the disk.
	maxSize: { label: 'Maximum File Size (MB)', min: 0.001, max: 10_000, otherwise: undefined },
};

/**
 * The fields that hold for all items, as they stand in the node. Numbers that cannot be used are replaced,
 * and an execution hint says so.
 */
export function readSettings(context: IExecuteFunctions): PollSettings {
	const options = context.getNodeParameter('options', 0, {}) as IDataObject;
	// An expression may give nothing, which is no absent option.
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
		// By expression it may come as text. In doubt a paid video is fetched.
		download: String(context.getNodeParameter('download', 0)) !== 'false',
		maxBytes: maxSizeMb === undefined ? undefined : maxSizeMb * 1024 * 1024,
	};
}

/**
 * The workflow's own time-out, which n8n leaves out or sets to -1 where there is none. A queue worker
 * counts it anew at every resume, and would never end.
 */
export function workflowTimeoutMs(context: IExecuteFunctions): number {
	const seconds = Number(context.getWorkflowSettings?.().executionTimeout);
	return seconds > 0 ? seconds * 1000 : Infinity;
}

/** The job of each item; an item without one becomes its result. */
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
	return withOwnFileNames(items);
}

/** The items where not even the provider can be read, each with its job as far as it is known. */
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
		if (jobId === '') throw wrong('The item has no job ID', whyNoJobId(context, json));
		const problem = jobIdProblem(jobId);
		if (problem !== undefined) throw wrong(problem.message, problem.description);
		if (known.provider !== undefined && known.provider !== providerName) {
			throw wrong(
				`Job ${jobId} was made by the provider "${known.provider}", and this node asks ${label}`,
				'Choose the same provider here and where the job was created.',
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
			itemIndex,
			jobId,
			carried: known,
			fileName: videoFileName(String(options.fileName || jobId)),
			binaryProperty: String(options.binaryProperty || 'video'),
			includeRaw: options.includeRaw === true,
		};
	});
}

const statuses: JobStatus[] = ['queued', 'running', 'succeeded', 'failed', 'canceled'];

/** What an item says of its job. Anything may stand there: only what has the right form is taken. */
function readJob(json: IDataObject): Partial<Job> {
	const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
	return withoutUndefined({
		provider: text(json.provider),
		jobId: text(json.jobId),
		status: statuses.find((each) => each === json.status),
		progress: readProgress(json, 'progress'),
		model: text(json.model),
		prompt: text(json.prompt),
		videoUrl: readLink(json, 'videoUrl'),
		remixId: text(json.remixId),
		extensionId: text(json.extensionId),
		createdAt: text(json.createdAt),
		completedAt: text(json.completedAt),
		expiresAt: text(json.expiresAt),
	});
}

/** The state of a finished job as an earlier node's item holds it, if it holds the link of its video. */
export function readCarriedState({ status, videoUrl }: Partial<Job>): JobState | undefined {
	return status === 'succeeded' && videoUrl !== undefined
		? { status, videos: [{ kind: 'final', links: [videoUrl] }] }
		: undefined;
}

/** Gives each job's file a name of its own, so that a later node overwrites none with another. */
function withOwnFileNames(
	items: ReadonlyArray<PollItem | FailedItem>,
): Array<PollItem | FailedItem> {
	const nameOf = uniqueFileNames();
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
