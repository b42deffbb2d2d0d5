import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { contestantNamed } from '../contestants';
import type { CpuRow } from '../parts/cpu';
import type { GrowthResult } from '../parts/growth';
import type { KilledResult } from '../parts/killed';
import type { MemoryRow } from '../parts/memory';
import type { Measured } from '../parts/part';
import { resultsFolder } from '../parts/part';
import type { RowsResult } from '../parts/rows';
import type { TwiceRow } from '../parts/twice';
import type { WaitingRow } from '../parts/waiting';

/** What the parts have left, of the last run of each. */
export interface Results {
	waiting: Measured<WaitingRow[]>;
	killed: Measured<KilledResult>;
	twice: Measured<TwiceRow[]>;
	memory: Measured<MemoryRow[]>;
	cpu: Measured<CpuRow[]>;
	growth: Measured<GrowthResult>;
	rows: Measured<RowsResult>;
}

/** The parts in the order in which they are told of. */
export const partNames = [
	'waiting',
	'killed',
	'twice',
	'memory',
	'cpu',
	'growth',
	'rows',
] as const satisfies Array<keyof Results>;

/** The results on disk; a part that has never been run is missing. */
export function readResults(): Partial<Results> {
	return Object.fromEntries(
		partNames
			.map((name) => [name, path.join(resultsFolder, `${name}.json`)] as const)
			.filter(([, file]) => existsSync(file))
			.map(([name, file]) => [name, JSON.parse(readFileSync(file, 'utf8'))]),
	) as Partial<Results>;
}

export const labelOf = (contestant: string) => contestantNamed(contestant).label;
