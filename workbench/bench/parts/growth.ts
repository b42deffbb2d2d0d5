/*
 * How waiting grows, on n8n's own engine in virtual time: what an execution with many jobs stores, how
 * many executions are resumed within the same second, and what a gateway does that refuses more than 100
 * requests a minute.
 */
import { startBenchGateway } from '../gateway';
import type { BurstRow } from '../growth/burst';
import { measureBurst } from '../growth/burst';
import type { LimitRow } from '../growth/limit';
import { measureLimit, requestsPerMinute } from '../growth/limit';
import type { StoredRow } from '../growth/stored';
import { measureStored } from '../growth/stored';
import { runPart, say } from './part';

export interface GrowthResult {
	stored: StoredRow[];
	burst: BurstRow[];
	limit: LimitRow[];
	requestsPerMinute: number;
}

async function measureGrowth(): Promise<GrowthResult> {
	const gateway = await startBenchGateway();
	// Compiled and warm, as in a worker that has been running for a while.
	await measureStored(gateway, 10);
	const stored: StoredRow[] = [];
	for (const jobs of [1, 10, 100, 1_000, 10_000]) {
		stored.push(told(await measureStored(gateway, jobs)));
	}
	const burst: BurstRow[] = [];
	for (const executions of [1, 10, 100, 1_000, 10_000]) {
		for (const jitter of [false, true]) {
			burst.push(told(await measureBurst(gateway, executions, jitter)));
		}
	}
	const limit: LimitRow[] = [];
	for (const waiting of ['automatic', 'suspend', 'hold']) {
		limit.push(told(await measureLimit(gateway, waiting, { executions: 1, itemsEach: 100 })));
		limit.push(told(await measureLimit(gateway, waiting, { executions: 200, itemsEach: 1 })));
		limit.push(told(await measureLimit(gateway, waiting, { executions: 1, itemsEach: 400 })));
	}
	await gateway.close();
	return { stored, burst, limit, requestsPerMinute };
}

function told<Row>(row: Row): Row {
	say(JSON.stringify(row));
	return row;
}

runPart('growth', measureGrowth);
