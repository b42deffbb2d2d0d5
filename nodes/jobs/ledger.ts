import type { Failure, Job } from './job';

/** What became of one submit: a job, or an outcome nobody knows. Either may have cost money. */
export type Submission = { job: Job } | { unknown: Failure };

/**
 * Remembers what this execution has submitted. n8n runs a whole node again on Retry On Fail and on
 * "retry execution", and keeps the node's context meanwhile: what stands here is handed back then,
 * instead of being bought again.
 */
export interface Ledger {
	recall(itemIndex: number, request: string): Submission | undefined;
	record(itemIndex: number, request: string, submission: Submission): void;
}

/** A ledger inside the node's context, which n8n stores with the execution. */
export function ledgerIn(context: Record<string, unknown>, runIndex: number): Ledger {
	const submissions = (context.submissions ??= {}) as Record<string, Submission | undefined>;
	const key = (itemIndex: number, request: string) => `${runIndex}:${itemIndex}:${hash(request)}`;
	return {
		recall: (itemIndex, request) => submissions[key(itemIndex, request)],
		record: (itemIndex, request, submission) => {
			submissions[key(itemIndex, request)] = submission;
		},
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
