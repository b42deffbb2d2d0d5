/*
 * Measures our nodes beside what people use today and writes docs/benchmark.md. `npm run bench` runs all
 * parts, `npm run bench -- twice cpu` some of them. Each part is a process of its own and leaves its
 * result in out/bench.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { writeReport } from './report/report';
import type { Results } from './report/results';
import { partNames } from './report/results';

type PartName = keyof Results;

// What measures processor and memory is alone; what waits for real minutes leaves the machine to others.
const rounds: ReadonlyArray<readonly PartName[]> = [
	['killed', 'waiting', 'twice', 'growth'],
	['rows'],
	['memory'],
	['cpu'],
];

async function main(): Promise<void> {
	const chosen = process.argv.slice(2);
	const unknown = chosen.filter((name) => !(partNames as readonly string[]).includes(name));
	if (unknown.length > 0) {
		throw new Error(`There is no part ${unknown.join(', ')}. Parts: ${partNames.join(', ')}`);
	}
	for (const round of rounds) {
		await Promise.all(
			round.filter((name) => chosen.length === 0 || chosen.includes(name)).map(runInProcess),
		);
	}
	writeReport();
}

async function runInProcess(name: PartName): Promise<void> {
	console.log(`${name} begins`);
	const file = path.join(__dirname, 'parts', `${name}.ts`);
	const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit' });
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	console.log(`${name} ${code === 0 ? 'is done' : 'failed'}`);
	if (code !== 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
