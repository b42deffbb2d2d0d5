import type { BenchGateway } from '../gateway';

/** The gateway's address and key. */
export type Place = Pick<BenchGateway, 'origin' | 'key'>;

/**
 * What the processor is measured at. It is done few times and many times: the slope between the two is
 * what one unit costs, and what is left over is what begins and ends it.
 */
export interface Work {
	id: string;
	label: string;
	/** What is counted. */
	unit: string;
	few: number;
	many: number;
	/** Processor milliseconds of so many units. */
	run(units: number, place: Place): Promise<number>;
	/** The same with as little as n8n can do it with, in the same run. */
	bare?(units: number, place: Place): Promise<number>;
}

/** Does something so often, so many at a time. */
export async function inLanes(
	count: number,
	lanes: number,
	work: () => Promise<void>,
): Promise<void> {
	let left = count;
	const lane = async () => {
		while (left-- > 0) await work();
	};
	await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}
