import type { IExecuteFunctions } from 'n8n-workflow';

/*
 * Job ids in n8n's highlighted data of the execution (`$execution.customData`), which n8n keeps when it
 * drops what the nodes gave out: when a person stops the execution, and when it cannot be resumed.
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
 * Adds the job ids to the entries `veo_jobs_1`, `veo_jobs_2`, … of the execution's highlighted data, as
 * few as hold them. Ids that are there already are not added again and no other entry is changed. What
 * does not fit is left out: n8n keeps ten entries of 512 characters. Never throws.
 */
export function saveJobIds(context: IExecuteFunctions, jobIds: readonly string[]): void {
	try {
		const { $execution } = context.getWorkflowDataProxy(0);
		const { customData } = $execution as { customData?: HighlightedData };
		if (customData !== undefined) addTo(customData, jobIds);
	} catch (error) {
		// A second copy of the ids: without it everything else goes on as usual.
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
		const key = keyWithRoom(entries, jobId);
		if (key === undefined) continue;
		const value = entries.get(key);
		entries.set(key, value === undefined ? jobId : value + separator + jobId);
	}
	for (const [key, value] of entries) {
		if (before[key] !== value) customData.set(key, value);
	}
}

/** The first of our entries that has room for one more id, or a new one where n8n takes one. */
function keyWithRoom(entries: ReadonlyMap<string, string>, jobId: string): string | undefined {
	const keys = Array.from({ length: maxEntries }, (_, index) => `veo_jobs_${index + 1}`);
	return keys.find((key) => {
		const value = entries.get(key);
		if (value === undefined) return entries.size < maxEntries;
		return value.length + separator.length + jobId.length <= maxValueLength;
	});
}

/** Saves the ids it is given when the execution is canceled. */
export interface JobIdSaver {
	add(jobId: string): void;
	/** From then on nothing is saved any more. */
	end(): void;
}

/**
 * Saves job ids while a node runs: when a person stops an execution, n8n drops what its running node gives
 * out, and what the nodes before it gave. An id that is added after the cancellation is saved at once.
 * The ids are also written to n8n's log.
 */
export function saveJobIdsOnCancel(context: IExecuteFunctions): JobIdSaver {
	const signal = context.getExecutionCancelSignal();
	const added: string[] = [];
	const save = (some: readonly string[]) => {
		if (some.length === 0) return;
		context.logger.warn(
			`The execution was stopped while "${context.getNode().name}" ran. Its jobs: ${some.join(', ')}`,
		);
		saveJobIds(context, some);
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
