import { contestantChecks } from '../cpu/contestantChecks';
import { leapOverWaits } from '../cpu/leapingTime';
import type { TimeUsed } from '../cpu/profiler';
import { ourFunction, ownerOf, profileOf, timesBy } from '../cpu/profiler';
import type { CpuUsed } from '../cpu/slope';
import { steps } from '../cpu/steps';
import type { Place, Work } from '../cpu/work';
import { endChild, taskOfChild } from '../child';
import { useN8nNodes } from '../n8nNodes';

export interface CpuTask {
	work: string;
	place: Place;
	repeats: number;
	/** Whether to say where the time goes, instead of how much it is. */
	isProfiled?: boolean;
}

/** Where the time of `many` units went. */
export interface CpuProfile {
	owners: TimeUsed[];
	functions: TimeUsed[];
}

async function measure({ run, bare, few, many }: Work, task: CpuTask): Promise<CpuUsed> {
	const { place, repeats } = task;
	const used: CpuUsed = { few: [], many: [], bareFew: [], bareMany: [] };
	await bare?.(many, place);
	for (let repeat = 0; repeat < repeats; repeat++) {
		used.few.push(await run(few, place));
		if (bare !== undefined) used.bareFew.push(await bare(few, place));
		used.many.push(await run(many, place));
		if (bare !== undefined) used.bareMany.push(await bare(many, place));
	}
	return used;
}

async function profile({ run, many }: Work, { place }: CpuTask): Promise<CpuProfile> {
	const profile = await profileOf(async () => await run(many, place));
	return { owners: timesBy(profile, ownerOf), functions: timesBy(profile, ourFunction) };
}

async function main(): Promise<void> {
	const task = taskOfChild<CpuTask>();
	useN8nNodes();
	leapOverWaits();
	const work = [...contestantChecks, ...steps].find(({ id }) => id === task.work);
	if (work === undefined) throw new Error(`There is no work "${task.work}"`);
	// Compiled and warm, as in a worker that has been running for a while.
	await work.run(work.many, task.place);
	endChild(task.isProfiled ? await profile(work, task) : await measure(work, task));
}

void main();
