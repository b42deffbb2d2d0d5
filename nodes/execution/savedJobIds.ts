import type { IExecuteFunctions } from 'n8n-workflow';

/*
 * Job ids in the execution's highlighted data (`$execution.customData`). n8n keeps these when it drops
 * the output of nodes: when a user stops the execution, and when it cannot resume it.
 */

interface HighlightedData {
	getAll(): Record<string, string>;
	set(key: string, value: string): void;
}

// n8n drops an eleventh entry and cuts longer values, both without an error.
const maxEntries = 10;
const maxValueLength = 512;
const ownKey = /^veo_jobs_\d+$/;
const separator = ', ';

/**
 * Adds the job ids to the entries `veo_jobs_1`, `veo_jobs_2`, … of the highlighted data, using as few
 * entries as possible. Skips ids that are already there, and ids that do not fit. Changes no other entry.
 * Never throws.
 */
export function saveJobIds(context: IExecuteFunctions, jobIds: readonly string[]): void {
	try {
		const { $execution } = context.getWorkflowDataProxy(0);
		const { customData } = $execution as { customData?: HighlightedData };
		if (customData !== undefined) addTo(customData, jobIds);
	} catch (error) {
		// The ids are only a second copy: a failure must not fail the node.
		context.logger.debug(`Job IDs were not added to the highlighted data: ${String(error)}`);
	}
}

function addTo(customData: HighlightedData, jobIds: readonly string[]): void {
	const before = customData.getAll();
	const entries = new Map(Object.entries(before));
	const saved = new Set(
		[...entries].flatMap(([key, value]) => (ownKey.test(key) ? value.split(separator) : [])),
	);
	for (const jobId of new Set(jobIds)) {
		if (saved.has(jobId) || jobId.length > maxValueLength) continue;
		const key = findKey(entries, jobId);
		if (key === undefined) continue;
		const value = entries.get(key);
		entries.set(key, value === undefined ? jobId : value + separator + jobId);
	}
	for (const [key, value] of entries) {
		if (before[key] !== value) customData.set(key, value);
	}
}

/** The first of our entries with room for the id, or a new one if n8n accepts one more. */
function findKey(entries: ReadonlyMap<string, string>, jobId: string): string | undefined {
	const keys = Array.from({ length: maxEntries }, (_, index) => `veo_jobs_${index + 1}`);
	return keys.find((key) => {
		const value = entries.get(key);
		if (value === undefined) return entries.size < maxEntries;
		return value.length + separator.length + jobId.length <= maxValueLength;
	});
}

/** Collects job ids and saves them if the execution is canceled. */
export interface JobIdSaver {
	add(jobId: string): void;
	/** Stops saving. */
	end(): void;
}

/**
 * Saves job ids to the highlighted data and n8n's log when the execution is canceled: n8n then drops the
 * output of the running node and of the nodes before it. An id added after that is saved at once.
 */
export function saveJobIdsOnCancel(context: IExecuteFunctions): JobIdSaver {
	const signal = context.getExecutionCancelSignal();
	const added: string[] = [];
	const save = (jobIds: readonly string[]) => {
		if (jobIds.length === 0) return;
		context.logger.warn(
			`The execution was stopped while "${context.getNode().name}" ran. Its jobs: ${jobIds.join(', ')}`,
		);
		saveJobIds(context, jobIds);
	};
	const saveAll = () => save(added);
	signal?.addEventListener('abort', saveAll, { once: true });
	return {
		add: (jobId) => {
			if (signal?.aborted) save([jobId]);
			else added.push(jobId);
		},
		end: () => signal?.removeEventListener('abort', saveAll),
	};
}
