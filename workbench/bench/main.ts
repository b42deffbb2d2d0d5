/*
 * Measures our nodes beside what people use today, and writes docs/benchmark.md and the figures of the
 * README. `npm run bench` runs all parts, `npm run bench -- twice cpu` some of them, and
 * `npm run bench -- report` none. Each part is a process of its own and leaves its result in out/bench.
 */
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { writeReport } from './report/report';
import type { Results } from './report/results';
import { partNames } from './report/results';

type PartName = keyof Results;

// What reads a real clock or the processor's is alone; virtual time leaves the machine to others.
const rounds: ReadonlyArray<readonly PartName[]> = [
	['killed'],
	['waiting', 'twice'],
	['growth'],
	['rows'],
	['memory'],
	['cpu'],
];

async function main(): Promise<void> {
	const chosen = process.argv.slice(2);
	const known: readonly string[] = [...partNames, 'report'];
	const unknown = chosen.filter((name) => !known.includes(name));
	if (unknown.length > 0) {
		throw new Error(`There is no part ${unknown.join(', ')}. There are: ${known.join(', ')}`);
	}
	for (const round of rounds) {
		await Promise.all(
			round.filter((name) => chosen.length === 0 || chosen.includes(name)).map(runInProcess),
		);
	}
	if (writeReport()) execFileSync('npm', ['run', '--silent', 'readme']);
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
