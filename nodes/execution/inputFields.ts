import type { IBinaryKeyData, IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { jobFields, jobStatuses } from '../jobs/job';
import { readString } from '../wire/readers';

interface Content {
	json: IDataObject;
	binary?: IBinaryKeyData;
}

/**
 * Adds the fields and files of an input item to a job, where the option Include Input Fields is on. n8n keeps
 * the input of a node during a suspension, so that it is not stored a second time. Files come along as with
 * n8n's own Edit Fields.
 */
export function addInput(
	context: IExecuteFunctions,
	itemIndex: number,
	{ json, binary }: Content,
): Content {
	const input = context.getInputData()[itemIndex];
	if (input === undefined || !isWanted(context, itemIndex)) return { json, binary };
	return {
		json: addFields(json, input.json),
		binary: input.binary === undefined ? binary : addFiles(binary, input.binary),
	};
}

function isWanted(context: IExecuteFunctions, itemIndex: number): boolean {
	try {
		const { includeInput } = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
		return includeInput === true || includeInput === 'true';
	} catch {
		// An expression that fails has failed its item, whose job must be returned nevertheless.
		return false;
	}
}

// An `error` would make Retry On Fail run the node again.
const reserved: ReadonlySet<string> = new Set([...jobFields, 'input', 'error']);

/**
 * A field named as one of a job goes to `input`, also where this job does not have it: it is found at the
 * same place whatever becomes of the job. Objects are built by spreading and from entries, because
 * assigning a member called `__proto__` changes the prototype.
 */
function addFields(job: IDataObject, item: IDataObject): IDataObject {
	const isTaken = ([name]: [string, unknown]) => reserved.has(name) || Object.hasOwn(job, name);
	const fields = Object.entries(item);
	const free = Object.fromEntries(fields.filter((field) => !isTaken(field)));
	const input = toInput(job, Object.fromEntries(fields.filter(isTaken)));
	return { ...free, ...job, ...(input !== undefined && { input }) };
}

/** The member `input`, from the fields of an item whose names are taken. */
function toInput(job: IDataObject, taken: IDataObject): IDataObject | undefined {
	const isJob = isJobItem(taken);
	// Of the same job, the state is outdated.
	const kept =
		isJob && taken.jobId === job.jobId
			? Object.fromEntries(Object.entries(taken).filter(([name]) => !jobFields.includes(name)))
			: taken;
	const { input: earlier, ...others } = kept;
	// What an earlier node of this package put there stays in place.
	const input = isJob && isObject(earlier) ? { ...others, ...earlier } : kept;
	return Object.keys(input).length === 0 ? undefined : input;
}

const isObject = (value: unknown): value is object =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether an item is a job, or a failed try to start one, as a node of this package returned it. */
function isJobItem(item: IDataObject): boolean {
	const { status, progress } = item;
	const isState = jobStatuses.some((each) => each === status) && typeof progress === 'number';
	return isState || readString(item, 'failure', 'code') !== undefined;
}

/** A file whose field is taken gets the prefix `input_`. */
function addFiles(own: IBinaryKeyData = {}, files: IBinaryKeyData): IBinaryKeyData {
	const all = new Map(Object.entries(own));
	for (const [name, file] of Object.entries(files)) {
		let free = name;
		while (all.has(free)) free = `input_${free}`;
		all.set(free, file);
	}
	return Object.fromEntries(all);
}
