import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..', '..');

/** Where the results are left, one file for each part. */
export const resultsFolder = path.join(root, 'out', 'bench');

/** The result of a part, and how long it took. */
export interface Measured<Result> {
	measuredAt: string;
	tookSeconds: number;
	result: Result;
}

/** Runs a part of the bench as this process's only task, and leaves its result in a file. */
export function runPart<Result>(name: string, measure: () => Promise<Result>): void {
	const startedAt = performance.now();
	const measuredAt = new Date().toISOString();
	measure()
		.then((result) => {
			const tookSeconds = Math.round((performance.now() - startedAt) / 1000);
			const measured: Measured<Result> = { measuredAt, tookSeconds, result };
			mkdirSync(resultsFolder, { recursive: true });
			const file = path.join(resultsFolder, `${name}.json`);
			writeFileSync(file, JSON.stringify(measured, undefined, '\t'));
			process.exit(0);
		})
		.catch((error: unknown) => {
			console.error(`${name}:`, error);
			process.exit(1);
		});
}

/** Says what a part is doing. */
export function say(text: string): void {
	process.stdout.write(`  · ${text}\n`);
}
