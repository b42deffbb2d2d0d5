/*
 * What a check costs in processor time: each contestant in a process of its own, which waits for jobs that
 * end at an early and at a late check. In the slope between the two nothing is left of the start, the submit
 * and the download. n8n's bare request helper is called as often, in turn with it.
 */
import { measured } from '../cpu/measured';
import { contestantChecks } from '../cpu/contestantChecks';
import { slopesOf } from '../cpu/slope';
import type { Work } from '../cpu/work';
import type { BenchGateway } from '../gateway';
import { startBenchGateway } from '../gateway';
import { rounded } from '../figures';
import { runPart, say } from './part';

export interface CpuRow {
	contestant: string;
	/** Jobs waited for in one execution. */
	items: number;
	checks: number;
	millisecondsPerCheck: number;
	/** What the same request costs by itself. */
	bareMilliseconds: number;
	/** How much more that is: the repeat in the middle, the least and the most. */
	aboveMilliseconds: number;
	aboveLeast: number;
	aboveMost: number;
}

const repeats = 5;

async function measureCpu(): Promise<CpuRow[]> {
	const gateway = await startBenchGateway();
	const rows: CpuRow[] = [];
	for (const work of contestantChecks) rows.push(await measureChecks(gateway, work));
	await gateway.close();
	return rows;
}

async function measureChecks(gateway: BenchGateway, work: Work): Promise<CpuRow> {
	const { slope, bare, above, aboveLeast, aboveMost } = slopesOf(
		work,
		await measured(gateway, work, repeats),
	);
	const [contestant = '', items = ''] = work.id.split('-');
	const row: CpuRow = {
		contestant,
		items: Number(items),
		checks: (work.many - work.few) * repeats,
		millisecondsPerCheck: rounded(slope, 2),
		bareMilliseconds: rounded(bare, 2),
		aboveMilliseconds: rounded(above, 2),
		aboveLeast: rounded(aboveLeast, 2),
		aboveMost: rounded(aboveMost, 2),
	};
	say(
		`${work.label}, ${items} jobs: ${row.millisecondsPerCheck} ms a check, ${row.aboveMilliseconds} (${row.aboveLeast} to ${row.aboveMost}) above the bare helper`,
	);
	return row;
}

runPart('cpu', measureCpu);
