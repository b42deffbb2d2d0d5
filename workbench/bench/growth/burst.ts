import { mostInASecond, rounded } from '../figures';
import type { BenchGateway } from '../gateway';
import { randomNumbers } from '../randomNumbers';
import { timedRunOf } from '../timedRun';
import { inVirtualTime } from '../../virtualTime';
import { boughtNow, pollOnly, withoutDownload } from './pollOnly';

/** Many executions of one job each, all started within a second. */
export interface BurstRow {
	executions: number;
	jitter: boolean;
	/** The most first resumes within one second: each of them checks its job. */
	mostResumesInASecond: number;
	/** From the first to the last of them. */
	spreadSeconds: number;
}

// More would not fit into the memory of one process at a time.
const atATime = 500;

export async function measureBurst(
	gateway: BenchGateway,
	executions: number,
	jitter: boolean,
): Promise<BurstRow> {
	const { random } = randomNumbers(executions);
	const resumes: number[] = [];
	await withRandom(jitter ? random : () => 0, async () => {
		for (let left = executions; left > 0; left -= atATime) {
			resumes.push(...(await firstResumes(gateway, Math.min(left, atATime), random)));
		}
	});
	const first = resumes.reduce((least, at) => Math.min(least, at), Infinity);
	const last = resumes.reduce((most, at) => Math.max(most, at), 0);
	return {
		executions,
		jitter,
		mostResumesInASecond: mostInASecond(resumes),
		spreadSeconds: rounded((last - first) / 1000),
	};
}

/** When executions are resumed for the first time, in milliseconds since the second in which they began. */
async function firstResumes(
	gateway: BenchGateway,
	executions: number,
	random: () => number,
): Promise<number[]> {
	gateway.reset();
	gateway.manners.tellsProgress = false;
	return await inVirtualTime(async () => {
		const beganAt = Date.now();
		return await Promise.all(
			Array.from({ length: executions }, async () => {
				await new Promise((resolve) => setTimeout(resolve, 1_000 * random()));
				// Over by then: what comes after the first resume is of no interest here.
				const items = boughtNow(gateway, 1, 60);
				const address = gateway.newAddress();
				const { resumedAt } = await timedRunOf(pollOnly, address, items, withoutDownload);
				return (resumedAt[0] ?? NaN) - beganAt;
			}),
		);
	});
}

/** Replaces what the nodes spread their looks with. */
async function withRandom(random: () => number, work: () => Promise<void>): Promise<void> {
	const real = Math.random;
	Math.random = random;
	try {
		await work();
	} finally {
		Math.random = real;
	}
}
