import { parse, stringify } from 'flatted';
import { rounded } from '../figures';
import type { BenchGateway } from '../gateway';
import { timedRunOf } from '../timedRun';
import { inVirtualTime } from '../../virtualTime';
import { boughtNow, pollOnly, withoutDownload } from './pollOnly';

/** One execution with many jobs. Times are real milliseconds; each holds a check of every job. */
export interface StoredRow {
	jobs: number;
	/** What n8n would write into its database, at the largest. */
	storedBytes: number;
	/** From the start to the first suspension. */
	suspendMs: number;
	/** From the last resume to the end. */
	resumeMs: number;
	/** Of both, what turning the execution into the text of a row takes, and back. */
	textMs: number;
}

export async function measureStored(gateway: BenchGateway, jobs: number): Promise<StoredRow> {
	gateway.reset();
	gateway.manners.tellsProgress = false;
	const { stored, stretchMs } = await inVirtualTime(async () => {
		const items = boughtNow(gateway, jobs, 120);
		return await timedRunOf(pollOnly, gateway.newAddress(), items, withoutDownload);
	});
	const largest = stored.reduce((most, text) => (text.length > most.length ? text : most), '');
	return {
		jobs,
		storedBytes: Buffer.byteLength(largest),
		suspendMs: rounded(stretchMs.at(0) ?? NaN),
		resumeMs: rounded(stretchMs.at(-1) ?? NaN),
		textMs: rounded(timeOfText(largest)),
	};
}

function timeOfText(stored: string): number {
	const startedAt = performance.now();
	stringify(parse(stored));
	return performance.now() - startedAt;
}
