import { createHash } from 'node:crypto';
import type { DeduplicationItemTypes, IDataDeduplicator } from 'n8n-workflow';

/*
 * n8n's table of processed items, in memory, in the mode 'entries': a row of hashes for each node of a
 * workflow. As n8n's own, it reads a row, changes it and writes it back, without a lock.
 */

const rows = new Map<string, string[]>();

type Key = Parameters<IDataDeduplicator['clearAllProcessedItems']>;

function keyOf(...[scope, { workflow, node }]: Key): string {
	return `${workflow.id}:${scope === 'node' ? node?.id : ''}`;
}

const hash = (item: DeduplicationItemTypes) =>
	createHash('md5').update(item.toString()).digest('base64');

export const deduplicator: IDataDeduplicator = {
	async checkProcessedAndRecord(items, scope, contextData, options) {
		const key = keyOf(scope, contextData, options);
		const row = await read(key);
		const isProcessed = (item: DeduplicationItemTypes) => row.includes(hash(item));
		const processed = items.filter(isProcessed);
		const added = items.filter((item) => !isProcessed(item));
		rows.set(key, [...row, ...added.map(hash)].slice(-(options.maxEntries ?? Infinity)));
		return { new: added, processed };
	},
	async removeProcessed(items, scope, contextData, options) {
		const key = keyOf(scope, contextData, options);
		const row = await read(key);
		const removed = items.map(hash);
		rows.set(
			key,
			row.filter((each) => !removed.includes(each)),
		);
	},
	async clearAllProcessedItems(...key) {
		rows.delete(keyOf(...key));
	},
	async getProcessedDataCount(...key) {
		return rows.get(keyOf(...key))?.length ?? 0;
	},
};

/** The time between reading and writing, in which others read the same row. */
async function read(key: string): Promise<string[]> {
	const row = rows.get(key) ?? [];
	await Promise.resolve();
	return row;
}
