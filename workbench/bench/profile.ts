/*
 * Measures what the parts of our path cost, looks at them through Node's profiler, and writes
 * docs/profile.md. `npm run bench:profile`; with the id of a step it looks at that one and writes nothing.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { contestantChecks } from './cpu/contestantChecks';
import { measured, profiled } from './cpu/measured';
import { functionTable, ownerTable, profileDocument, stepTable } from './cpu/profileDocument';
import type { ProfileRow, StepRow } from './cpu/profileDocument';
import { slopesOf } from './cpu/slope';
import { steps } from './cpu/steps';
import type { Work } from './cpu/work';
import type { BenchGateway } from './gateway';
import { startBenchGateway } from './gateway';
import { say } from './parts/part';

const repeats = 5;
const lookedInto = ['hold-100', 'hold-1', 'suspend-100', 'items', 'submit', 'exchange', 'download'];

async function main(): Promise<void> {
	const chosen = process.argv.slice(2);
	const works = [...contestantChecks, ...steps];
	const gateway = await startBenchGateway();
	const profiles: ProfileRow[] = [];
	for (const id of chosen.length > 0 ? chosen : lookedInto) {
		const work = works.find((each) => each.id === id);
		if (work === undefined) {
			throw new Error(`There is no step ${id}. Steps: ${works.map((each) => each.id).join(', ')}`);
		}
		profiles.push({ work, ...(await profiled(gateway, work)) });
	}
	if (chosen.length > 0) {
		console.log([ownerTable(profiles), ...profiles.map(functionTable)].join('\n\n'));
	} else {
		const rows: StepRow[] = [];
		for (const work of steps) rows.push(await measureStep(gateway, work));
		console.log(stepTable(rows));
		write(profileDocument({ rows, profiles, processor: processor(), repeats, date: new Date() }));
	}
	await gateway.close();
}

async function measureStep(gateway: BenchGateway, work: Work): Promise<StepRow> {
	const { slope, bare, fixed } = slopesOf(work, await measured(gateway, work, repeats));
	say(`${work.label}: ${slope.toFixed(2)} ms`);
	return { work, slope, fixed, bare: work.bare === undefined ? undefined : bare };
}

const processor = () => `${cpus().length} × ${cpus()[0]?.model.trim() ?? ''}`;

function write(text: string): void {
	const file = path.join(__dirname, '..', '..', 'docs', 'profile.md');
	writeFileSync(file, text);
	execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', file]);
	console.log('Written: docs/profile.md');
}

main()
	.then(() => process.exit(0))
	.catch((error: unknown) => {
		console.error(error instanceof Error ? error.message : error);
		process.exit(1);
	});
