import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Installed } from '../../workbench/n8n/install';
import { installN8n } from '../../workbench/n8n/install';

const root = path.join(__dirname, '..', '..');

/** Says what a long step is doing. Jest's own console would bury it in stack traces. */
export const say = (text: string) => process.stdout.write(`  · ${text}\n`);

/** A machine to play on: a real n8n, and a user folder in which our package is installed. */
export interface Stage {
	installed: Installed;
	folder: string;
	userFolder: string;
	clear(): void;
}

/** Packs the package and installs the tarball where n8n installs what a person chooses. */
export function setStage(): Stage {
	const installed = installN8n(say);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-stage-'));
	const userFolder = path.join(folder, 'user');
	const packages = path.join(userFolder, '.n8n', 'nodes');
	mkdirSync(packages, { recursive: true });
	const npm = (given: string[], cwd: string) =>
		execFileSync('npm', [...given, '--silent', '--ignore-scripts', '--legacy-peer-deps'], {
			cwd,
			encoding: 'utf8',
		});
	say('packing the package and installing the tarball');
	npm(['run', 'build'], root);
	const tarball = npm(['pack', '--pack-destination', folder], root).trim().split('\n').at(-1) ?? '';
	writeFileSync(path.join(packages, 'package.json'), '{"name":"installed-nodes","private":true}');
	npm(['install', path.join(folder, tarball)], packages);
	return {
		installed,
		folder,
		userFolder,
		clear: () => rmSync(folder, { recursive: true, force: true }),
	};
}
