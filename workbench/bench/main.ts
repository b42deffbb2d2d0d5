/*
 * Compares our nodes with what people use today. `npm run bench` runs all parts, `npm run bench -- twice`
 * one, `npm run bench -- report` none. Results are written to docs/benchmark.json; docs/benchmark.md, its
 * pictures and the READMEs are generated from it.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm } from '../npm';
import { measureKilled } from './parts/killed';
import { measureMemory } from './parts/memory';
import { measureTwice } from './parts/twice';
import { measureWaiting } from './parts/waiting';
import { measureWake } from './parts/wake';
import { benchmarkPicture, heldPicture } from './report/pictures';
import type { Results } from './results';
import { measuredNow, readResults, writeResults } from './results';

const parts: { [Name in keyof Results]: () => Promise<Results[Name]['result']> } = {
	killed: measureKilled,
	memory: measureMemory,
	waiting: measureWaiting,
	twice: measureTwice,
	wake: measureWake,
};

async function main(): Promise<void> {
	const chosen = process.argv.slice(2);
	const known = [...Object.keys(parts), 'report'];
	const unknown = chosen.find((name) => !known.includes(name));
	if (unknown !== undefined) throw new Error(`No part ${unknown}. There are: ${known.join(', ')}`);
	for (const [name, measure] of Object.entries(parts)) {
		if (chosen.length > 0 && !chosen.includes(name)) continue;
		console.log(`${name}:`);
		writeResults({ ...readResults(), [name]: measuredNow(await measure()) });
	}
	const images = path.join(__dirname, '..', '..', 'docs', 'images');
	writeFileSync(path.join(images, 'benchmark.svg'), benchmarkPicture(readResults()));
	writeFileSync(path.join(images, 'held.svg'), heldPicture(readResults()));
	execFileSync(npm.program, [...npm.given, 'run', '--silent', 'readme'], { stdio: 'inherit' });
}

main()
	.then(() => process.exit())
	.catch((error: unknown) => {
		console.error(error);
		process.exit(1);
	});
