/*
 * The memory a large video takes: growth of the resident set of a separate process during the download, with
 * n8n's binary data in the file system. In real time: virtual time does not see requests to another process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { ProviderAddress } from '../provider';
import { startBenchProvider } from '../provider';

export interface MemoryRow {
	contestant: string;
	megabytes: number;
	grownMegabytes: number;
}

/** The argument of the measured process. */
export interface MemoryTask extends ProviderAddress {
	contestant: string;
	bytes: number;
}

const cases = [
	...['hold', 'gemini', 'openAi', 'http60'].map((contestant) => ({ contestant, megabytes: 200 })),
	{ contestant: 'hold', megabytes: 20 },
	{ contestant: 'hold', megabytes: 500 },
];

const megabyte = 1024 * 1024;

export async function measureMemory(): Promise<MemoryRow[]> {
	const provider = await startBenchProvider();
	const rows: MemoryRow[] = [];
	for (const { contestant, megabytes } of cases) {
		const { origin, key } = provider;
		const task: MemoryTask = { contestant, origin, key, bytes: megabytes * megabyte };
		const child = fork(path.join(__dirname, 'memoryChild.ts'), [JSON.stringify(task)], {
			execArgv: ['--expose-gc', '--import', 'tsx'],
		});
		const [grownBytes] = (await Promise.race([
			once(child, 'message'),
			once(child, 'exit').then(([code]) => {
				throw new Error(`The measured process ended with ${String(code)}`);
			}),
		])) as [number];
		rows.push({ contestant, megabytes, grownMegabytes: Math.round(grownBytes / megabyte) });
		console.log(rows.at(-1));
	}
	await provider.close();
	return rows;
}
