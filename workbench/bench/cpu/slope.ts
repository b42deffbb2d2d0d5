import { percentile } from '../figures';
import type { Work } from './work';

/** Processor milliseconds, one figure for each repeat. */
export interface CpuUsed {
	few: number[];
	many: number[];
	/** Empty where there is nothing to compare with. */
	bareFew: number[];
	bareMany: number[];
}

/** What one unit costs, over all repeats: medians, and of the difference the least and the most. */
export interface Slopes {
	slope: number;
	/** What is left at no unit at all. */
	fixed: number;
	bare: number;
	above: number;
	aboveLeast: number;
	aboveMost: number;
}

/** Each repeat is compared with the bare helper of the same repeat: the machine was as busy for both. */
export function slopesOf({ few, many }: Pick<Work, 'few' | 'many'>, used: CpuUsed): Slopes {
	const slopes = slopesBetween(used.few, used.many, many - few);
	const bares = slopesBetween(used.bareFew, used.bareMany, many - few);
	const aboves = bares.map((bare, repeat) => (slopes[repeat] ?? NaN) - bare);
	const slope = median(slopes);
	return {
		slope,
		fixed: median(used.few) - slope * few,
		bare: median(bares),
		above: median(aboves),
		aboveLeast: percentile(aboves, 0),
		aboveMost: percentile(aboves, 1),
	};
}

const median = (values: readonly number[]) => percentile(values, 0.5);

const slopesBetween = (few: readonly number[], many: readonly number[], units: number) =>
	many.map((used, repeat) => (used - (few[repeat] ?? NaN)) / units);
