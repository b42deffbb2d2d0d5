import path from 'node:path';
import { inChild } from '../child';
import type { BenchGateway } from '../gateway';
import type { CpuProfile, CpuTask } from '../parts/cpuChild';
import type { CpuUsed } from './slope';
import type { Work } from './work';

const child = path.join(__dirname, '..', 'parts', 'cpuChild.ts');

/** Does a work few and many times in turn, in a process of its own. */
export async function measured(
	gateway: BenchGateway,
	{ id }: Work,
	repeats: number,
): Promise<CpuUsed> {
	return await inChild<CpuUsed>(child, taskOf(gateway, id, repeats));
}

/** Looks at a work through the profiler, in a process of its own. */
export async function profiled(gateway: BenchGateway, { id }: Work): Promise<CpuProfile> {
	return await inChild<CpuProfile>(child, { ...taskOf(gateway, id, 1), isProfiled: true });
}

function taskOf(gateway: BenchGateway, work: string, repeats: number): CpuTask {
	gateway.reset();
	const { origin, key } = gateway;
	return { work, place: { origin, key }, repeats };
}
