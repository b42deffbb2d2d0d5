import type { Failure, Job } from './job';

/** What became of one submit: a job, or an outcome nobody knows. Either may have cost money. */
export type RecordedCreate = { job: Job } | { unknown: Failure };

/**
 * Remembers what an execution has submitted. n8n runs a whole node again on Retry On Fail and on
 * "retry execution", and keeps the node's context meanwhile: what stands here is handed back then,
 * instead of being bought again.
 */
export interface Ledger {
	recall(itemIndex: number, request: string): RecordedCreate | undefined;
	record(itemIndex: number, request: string, submission: RecordedCreate): void;
	/** Takes back what was recorded before the provider said that it accepted nothing. */
	forget(itemIndex: number, request: string): void;
}

/** Which run of a node submits: n8n's own numbers for it, and the node's fields as they are saved. */
export interface NodeRun {
	executionId: string;
	/** Undefined where the runs say nothing about what is bought, and only the requests do. */
	runIndex: number | undefined;
	fields: object;
}

interface Entry {
	executionId: string;
	fields: string;
	request: string;
	submission: RecordedCreate;
}

/**
 * A ledger inside the node's context, which n8n stores with the execution. Within one execution an
 * item is bought once, even where an expression gives something else at each try, as `{{ $now }}` or
 * a random seed do. After "retry execution" it is bought again only if a person has changed the
 * node's fields, and with them the request.
 */
export function createLedger(
	context: Record<string, unknown>,
	{ executionId, runIndex, fields }: NodeRun,
): Ledger {
	const entries = (context.submissions ??= {}) as Record<string, Entry[] | undefined>;
	const fieldsHash = hash(JSON.stringify(fields));
	const keyOfRequest = keysByRequest();
	const keyOf = (itemIndex: number, request: string) =>
		runIndex === undefined ? keyOfRequest(itemIndex, hash(request)) : `${runIndex}:${itemIndex}`;
	const ofOthers = (key: string) =>
		(entries[key] ?? []).filter((entry) => entry.executionId !== executionId);
	return {
		recall: (itemIndex, request) => {
			const requestHash = hash(request);
			const isTheSame = (entry: Entry) =>
				entry.executionId === executionId ||
				entry.fields === fieldsHash ||
				entry.request === requestHash;
			return entries[keyOf(itemIndex, request)]?.findLast(isTheSame)?.submission;
		},
		record: (itemIndex, request, submission) => {
			const entry = { executionId, fields: fieldsHash, request: hash(request), submission };
			const key = keyOf(itemIndex, request);
			entries[key] = [...ofOthers(key), entry];
		},
		forget: (itemIndex, request) => {
			const key = keyOf(itemIndex, request);
			entries[key] = ofOthers(key);
		},
	};
}

/**
 * Gives each item the key of its request and of how many items before it in this run had the same one:
 * equal items are a purchase each, and the same items in another run find the same jobs.
 */
function keysByRequest(): (itemIndex: number, request: string) => string {
	const itemsOf = new Map<string, number[]>();
	return (itemIndex, request) => {
		const items = itemsOf.get(request) ?? [];
		itemsOf.set(request, items);
		if (!items.includes(itemIndex)) items.push(itemIndex);
		const before = items.indexOf(itemIndex);
		return before === 0 ? request : `${request}:${before}`;
	};
}

/** A request as a text that is the same again only for the same request; bytes are hashed, not copied. */
export function fingerprint(request: object): string {
	return JSON.stringify(request, (_key, value: unknown) => {
		const isFile = typeof value === 'object' && value !== null && 'bytes' in value;
		return isFile ? { ...value, bytes: hash(value.bytes as Uint8Array) } : value;
	});
}

/** 53 bits, after cyrb53: enough to tell one request of an item from a changed one. */
function hash(content: string | Uint8Array): string {
	let high = 0xdeadbeef;
	let low = 0x41c6ce57;
	for (let index = 0; index < content.length; index++) {
		const code = typeof content === 'string' ? content.charCodeAt(index) : (content[index] ?? 0);
		high = Math.imul(high ^ code, 2_654_435_761);
		low = Math.imul(low ^ code, 1_597_334_677);
	}
	high =
		Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
	low =
		Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
	return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36);
}
