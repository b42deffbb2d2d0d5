import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesUnder, manifest, root } from './tree';

/** The package as a person gets it: packed, and unpacked into a node_modules that holds nothing else. */
export interface Packed {
	/** A folder of its own, outside of this tree. */
	workspace: string;
	folder: string;
	files: string[];
	remove(): void;
}

export function packPackage(): Packed {
	const workspace = mkdtempSync(join(tmpdir(), 'n8n-nodes-veo-'));
	const folder = join(workspace, 'node_modules', manifest.name);
	mkdirSync(folder, { recursive: true });
	run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', workspace], root);
	const tarball = readdirSync(workspace).find((name) => name.endsWith('.tgz'));
	if (tarball === undefined) throw new Error('npm pack made no tarball');
	run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'], workspace);
	return {
		workspace,
		folder,
		files: filesUnder(folder),
		remove: () => {
			rmSync(workspace, { recursive: true, force: true });
		},
	};
}

/** Runs a program to its end and gives what it printed. What it complained of is in the error. */
export function run(
	program: string,
	parameters: readonly string[],
	cwd: string,
	environment: NodeJS.ProcessEnv = process.env,
): string {
	return execFileSync(program, parameters, {
		cwd,
		env: environment,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'pipe'],
		shell: process.platform === 'win32',
	});
}
