import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { isTool } from '../execution/suspension';
import { isRehearsalId } from '../rehearsal/rehearsal';
import { providerNamed } from '../providers';
import type { Provider } from '../providers/provider';
import type { Job } from '../jobs/job';
import { jobStatuses, withoutUndefined } from '../jobs/job';
import { readLink, readNumbers, readProgress, wellFormed } from '../wire/readers';
import { jobIdProblem } from '../wire/writers';
import { inputError } from '../fields/operationInput';
import type { FailedItem, NodeError } from '../execution/results';
import { catchPerItem, failItem, catchForAllItems } from '../execution/results';
import type { PollItem } from '../poll/pollInput';
import { readCarriedState, toPollItem, withUniqueFileNames } from '../poll/pollInput';
import type { JobSource } from '../poll/wait';

/** The jobs that the items of the node name. */
export const jobsOfItems = (context: IExecuteFunctions): JobSource => ({
	readItems: async (name, provider) => await readItems(context, name, provider),
	failItems: async (error) => await failItems(context, error),
});

/** Reads the job of each item. An item without one becomes a failed item. */
async function readItems(
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
async function failItems(context: IExecuteFunctions, error: NodeError): Promise<FailedItem[]> {
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
		return toPollItem(context, itemIndex, jobId, known);
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

function describeMissingJobId(context: IExecuteFunctions, { failure }: IDataObject): string {
	const message = (failure as { message?: unknown } | undefined)?.message;
	if (typeof message === 'string') return `The job was not started: ${message}`;
	return isTool(context)
		? 'Let the model fill in the field Job ID: click the button with the stars beside it.'
		: 'Connect Veo Create before this node, or give the ID in the field Job ID.';
}
