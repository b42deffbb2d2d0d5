import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hashFiles } from '../build';
import { npm } from '../npm';

const root = path.join(__dirname, '..', '..');

/** Packs the current build and installs the tarball where n8n installs community packages. */
export function installOwnPackage(userFolder: string, say: (text: string) => void): void {
	const packages = path.join(userFolder, '.n8n', 'nodes');
	say('packing the package and installing the tarball');
	withTarball((tarball) => {
		rmSync(packages, { recursive: true, force: true });
		mkdirSync(packages, { recursive: true });
		writeFileSync(path.join(packages, 'package.json'), '{"name":"installed-nodes","private":true}');
		runNpm(['install', tarball], packages);
	});
}

/** Installs the current build as `installOwnPackage` does, unless it is there already. */
export function keepOwnPackage(userFolder: string, say: (text: string) => void): void {
	const mark = path.join(userFolder, 'installed-build');
	const build = hashFiles(['package.json', 'dist']);
	if (existsSync(mark) && readFileSync(mark, 'utf8') === build) return;
	installOwnPackage(userFolder, say);
	writeFileSync(mark, build);
}

/** Packs the current build and unpacks the tarball into a folder. */
export function unpackOwnPackage(folder: string): void {
	withTarball((tarball) =>
		execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']),
	);
}

function withTarball(use: (tarball: string) => void): void {
	const packed = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-packed-'));
	try {
		const name = runNpm(['pack', '--pack-destination', packed], root).trim().split('\n').at(-1);
		use(path.join(packed, name ?? ''));
	} finally {
		rmSync(packed, { recursive: true, force: true });
	}
}

function runNpm(given: string[], cwd: string): string {
	const quietly = ['--silent', '--ignore-scripts', '--legacy-peer-deps'];
	const command = [...npm.given, ...given, ...quietly];
	return execFileSync(npm.program, command, { cwd, encoding: 'utf8' });
}
