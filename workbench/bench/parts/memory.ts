/*
 * What a large video costs in memory: the resident set of a process of its own, from before the video to
 * the highest while it comes in, with n8n's binary data in the file system.
 */
import path from 'node:path';
import { inChild } from '../child';
import { startBenchGateway } from '../gateway';
import { rounded } from '../figures';
import type { MemoryTask, MemoryUsed } from './memoryChild';
import { runPart, say } from './part';

export interface MemoryRow {
	contestant: string;
	megabytes: number;
	grownMegabytes: number;
	delivered: number;
}

const cases = [
	...['hold', 'gemini', 'openAi', 'http60'].map((contestant) => ({ contestant, megabytes: 200 })),
	{ contestant: 'hold', megabytes: 20 },
	{ contestant: 'hold', megabytes: 500 },
];

const megabyte = 1024 * 1024;

async function measureMemory(): Promise<MemoryRow[]> {
	const gateway = await startBenchGateway();
	const rows: MemoryRow[] = [];
	for (const { contestant, megabytes } of cases) {
		const { origin, key } = gateway;
		const task: MemoryTask = { contestant, origin, key, bytes: megabytes * megabyte };
		const child = path.join(__dirname, 'memoryChild.ts');
		const { grownBytes, videos } = await inChild<MemoryUsed>(child, task);
		const grownMegabytes = rounded(grownBytes / megabyte, 0);
		say(`${contestant}: ${grownMegabytes} MB more for a video of ${megabytes} MB`);
		rows.push({ contestant, megabytes, grownMegabytes, delivered: videos });
	}
	await gateway.close();
	return rows;
}

runPart('memory', measureMemory);
