import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { typicalOf } from '../../../nodes/jobs/experience';
import { benchmarkPicture } from './benchmarkPicture';
import { reportOf } from './document';
import type { Results } from './results';
import { partNames, readResults } from './results';
import { summaryOf } from './summary';

const root = path.join(__dirname, '..', '..', '..');
const docs = path.join(root, 'docs');

/**
 * Writes docs/benchmark.md, its picture and its summary from what the parts have left; nothing while one
 * of them is missing. Says whether it did.
 */
export function writeReport(results: Partial<Results> = readResults(), folder = docs): boolean {
	const missing = partNames.filter((name) => results[name] === undefined);
	if (missing.length > 0) {
		console.log(`No report yet: these parts have not been run: ${missing.join(', ')}`);
		return false;
	}
	const complete = results as Results;
	const summary = summaryOf(complete);
	const written = {
		'benchmark.md': reportOf(complete, machine()),
		'benchmark.json': JSON.stringify(summary),
		'images/benchmark.svg': benchmarkPicture(summary),
	};
	mkdirSync(path.join(folder, 'images'), { recursive: true });
	for (const [name, text] of Object.entries(written)) writeFileSync(path.join(folder, name), text);
	const texts = ['benchmark.md', 'benchmark.json'].map((name) => path.join(folder, name));
	const prettier = path.join(root, 'node_modules', '.bin', 'prettier');
	execFileSync(prettier, ['--write', '--log-level', 'warn', ...texts]);
	console.log(`Written: ${Object.keys(written).join(', ')}`);
	return true;
}

function machine() {
	const [processor] = cpus();
	return {
		processors: cpus().length,
		model: processor?.model.trim() ?? '',
		gigabytes: Math.round(totalmem() / 1024 ** 3),
		n8n: versionOfN8n(),
		believedSeconds: typicalOf('a kind nobody has seen').medianMs / 1000,
	};
}

function versionOfN8n(): string {
	const lockFile = path.join(root, 'workbench', 'n8n', 'host', 'package-lock.json');
	const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as {
		packages: Record<string, { version: string }>;
	};
	return packages['node_modules/n8n']?.version ?? '';
}
