import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

/** Builds and packs this package, and installs the tarball where n8n installs what a person chooses. */
export function installOwnPackage(userFolder: string, say: (text: string) => void): void {
	const packages = path.join(userFolder, '.n8n', 'nodes');
	const packed = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-packed-'));
	try {
		say('packing the package and installing the tarball');
		npm(['run', 'build'], root);
		const tarball = npm(['pack', '--pack-destination', packed], root).trim().split('\n').at(-1);
		rmSync(packages, { recursive: true, force: true });
		mkdirSync(packages, { recursive: true });
		writeFileSync(path.join(packages, 'package.json'), '{"name":"installed-nodes","private":true}');
		npm(['install', path.join(packed, tarball ?? '')], packages);
	} finally {
		rmSync(packed, { recursive: true, force: true });
	}
}

function npm(given: string[], cwd: string): string {
	const quietly = ['--silent', '--ignore-scripts', '--legacy-peer-deps'];
	return execFileSync('npm', [...given, ...quietly], { cwd, encoding: 'utf8' });
}
