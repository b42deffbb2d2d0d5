/*
 * What a check costs in processor time: each contestant in a process of its own, which waits for jobs
 * while time runs two hundred times faster, beside n8n's bare request helper called as often.
 */
import path from 'node:path';
import { inChild } from '../child';
import { startBenchGateway } from '../gateway';
import { rounded } from '../figures';
import type { CpuTask, CpuUsed } from './cpuChild';
import { runPart, say } from './part';

export interface CpuRow {
	contestant: string;
	/** Jobs waited for in one execution. */
	items: number;
	checks: number;
	millisecondsPerCheck: number;
	/** What the same request costs by itself. */
	bareMilliseconds: number;
}

const cases: ReadonlyArray<Pick<CpuTask, 'contestant' | 'items'>> = [
	{ contestant: 'hold', items: 100 },
	{ contestant: 'hold', items: 1 },
	{ contestant: 'suspend', items: 100 },
	{ contestant: 'suspend', items: 1 },
	{ contestant: 'gemini', items: 1 },
	{ contestant: 'openAi', items: 1 },
	{ contestant: 'http30', items: 100 },
	{ contestant: 'http30', items: 1 },
];

async function measureCpu(): Promise<CpuRow[]> {
	const gateway = await startBenchGateway();
	const { origin, key } = gateway;
	const child = path.join(__dirname, 'cpuChild.ts');
	const used = async (contestant: string, items: number) => {
		gateway.reset();
		const task: CpuTask = { contestant, items, origin, key };
		const { milliseconds, startedAt } = await inChild<CpuUsed>(child, task);
		const checks = gateway.checks.filter(({ at }) => at >= startedAt).length;
		return { checks, perCheck: milliseconds / checks };
	};
	const bare = new Map<number, number>();
	for (const items of [1, 100]) bare.set(items, (await used('bareHelper', items)).perCheck);
	const rows: CpuRow[] = [];
	for (const { contestant, items } of cases) {
		const { checks, perCheck } = await used(contestant, items);
		const row: CpuRow = {
			contestant,
			items,
			checks,
			millisecondsPerCheck: rounded(perCheck, 2),
			bareMilliseconds: rounded(bare.get(items) ?? NaN, 2),
		};
		say(
			`${contestant}, ${items} jobs: ${row.millisecondsPerCheck} ms a check, ${row.bareMilliseconds} ms bare`,
		);
		rows.push(row);
	}
	await gateway.close();
	return rows;
}

runPart('cpu', measureCpu);
