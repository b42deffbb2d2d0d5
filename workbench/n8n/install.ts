import type { SpawnOptions } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	cpSync,
	existsSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statfsSync,
	writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { npm } from '../npm';
import type { NodeChoice } from './platform';
import {
	buildPrograms,
	chooseNode,
	describeDisk,
	describeMissingModule,
	describeNpmFailure,
	findHeaders,
	withFolderInPath,
} from './platform';

const hostFolder = path.join(__dirname, 'host');
const { platform, arch, versions, execPath } = process;
const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];

/** Where a real n8n and the Node it needs are installed, outside the repository. */
export interface Installed {
	node: string;
	n8n: string;
	folder: string;
}

type Say = (text: string) => void;

/**
 * Installs a real n8n from the npm registry, by the lock file in host/. About three minutes the first time;
 * the folder is named after the lock file, so another version goes to another folder.
 */
export async function installN8n(say: Say): Promise<Installed> {
	const choice = chooseUsableNode();
	const lock = readFileSync(path.join(hostFolder, 'package-lock.json'));
	const folder = cacheFolder(lock, describeChoice(choice));
	const modules = path.join(folder, 'n8n', 'node_modules');
	const node = await installNode(say, choice);
	const installed = { folder, node, n8n: path.join(modules, 'n8n', 'bin', 'n8n') };
	if (existsSync(path.join(folder, 'complete'))) return installed;

	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const { bavail, bsize } = statfsSync(folder);
	const tooSmall = describeDisk(bavail * bsize, folder);
	if (tooSmall !== undefined) throw new Error(tooSmall);
	await installPackages(path.join(folder, 'n8n'), lock, say);
	for (const name of nativeModules) await prepareModule(name, modules, node, say);
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

type UsableNode = Exclude<NodeChoice, { kind: 'none' }>;

function chooseUsableNode(): UsableNode {
	const choice = chooseNode({ platform, arch, nodeVersion: versions.node, execPath });
	if (choice.kind === 'none') throw new Error(choice.problem);
	return choice;
}

/** What the compiled modules depend on. */
function describeChoice(choice: UsableNode): string {
	if (choice.kind === 'package') return `${choice.name}@${choice.version}`;
	return `${platform}-${arch}, modules of version ${versions.modules}`;
}

/** The program of the Node that n8n needs. Several processes may install it at the same time. */
export async function installNode(say: Say, choice = chooseUsableNode()): Promise<string> {
	if (choice.kind === 'running') return choice.program;
	const folder = cacheFolder(describeChoice(choice));
	const program = path.join(folder, 'node_modules', choice.name, ...choice.program);
	if (existsSync(program)) return program;

	say(`installing Node ${choice.version}, which n8n 2.41 needs (about 30 MB)`);
	const unfinished = `${folder}-${process.pid}`;
	mkdirSync(unfinished, { recursive: true });
	writeFileSync(path.join(unfinished, 'package.json'), '{"private":true}');
	const { name, version } = choice;
	try {
		// Windows on ARM installs the package for x64.
		await runNpm(['install', `${name}@${version}`, '--force', ...quietly], unfinished);
		renameSync(unfinished, folder);
	} catch (error) {
		// Another process may have been faster.
		if (!existsSync(program)) throw error;
	} finally {
		rmSync(unfinished, { recursive: true, force: true });
	}
	return program;
}

async function installPackages(folder: string, lock: Buffer, say: Say): Promise<void> {
	cpSync(hostFolder, folder, { recursive: true });
	const { packages } = JSON.parse(lock.toString()) as { packages: object };
	const places = Object.keys(packages).filter((place) => place !== '');
	const total = places.length.toLocaleString('en');
	say(`installing n8n 2.41: ${total} packages from the npm registry, about two minutes`);
	const isThere = (place: string) => existsSync(path.join(folder, place, 'package.json'));
	const startedAt = Date.now();
	const watching = setInterval(() => {
		const done = places.filter(isThere).length;
		const seconds = Math.round((Date.now() - startedAt) / 1000);
		say(
			done === 0
				? `waiting for the npm registry, ${seconds} s`
				: `${done.toLocaleString('en')} of ${total} packages, ${seconds} s`,
		);
	}, 15_000);
	try {
		await runNpm(['ci', '--ignore-scripts', ...quietly], folder);
	} finally {
		clearInterval(watching);
	}
}

/** The modules of n8n that need a binary for the machine. Others with install scripts work without them. */
const nativeModules = ['sqlite3', 'isolated-vm'];

/** Fetches the binary of a module where it has none, as its own install script does, or compiles it. */
async function prepareModule(name: string, modules: string, node: string, say: Say): Promise<void> {
	const folder = path.join(modules, name);
	const env = withFolderInPath(process.env, path.dirname(node), platform);
	const inFolder = { cwd: folder, env };
	const loads = async () => (await run(node, ['--eval', `require('${name}')`], inFolder)).isDone;
	if (await loads()) return;

	say(`fetching the binary of ${name}`);
	await run(node, [path.join(modules, 'prebuild-install', 'bin.js'), '-r', 'napi'], inFolder);
	if (await loads()) return;

	const missing = buildPrograms(platform).filter(
		(program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
	);
	if (missing.length > 0) throw new Error(describeMissingModule(name, platform));
	say(`compiling ${name}, because no binary could be fetched (about a minute)`);
	const headers = findHeaders(node, platform, existsSync);
	const gyp = path.join(modules, 'node-gyp', 'bin', 'node-gyp.js');
	const rebuild = [gyp, 'rebuild', ...(headers === undefined ? [] : [`--nodedir=${headers}`])];
	const { isDone, output } = await run(node, rebuild, {
		...inFolder,
		env: { ...env, JOBS: 'max' },
	});
	if (isDone && (await loads())) return;
	throw new Error(`${output}\n${describeMissingModule(name, platform)}`);
}

async function runNpm(given: string[], cwd: string): Promise<void> {
	const { isDone, output } = await run(npm.program, [...npm.given, ...given], { cwd });
	if (isDone) return;
	throw new Error(
		describeNpmFailure(output, cwd) ?? `npm ${given[0]} failed in ${cwd}:\n${output}`,
	);
}

/** Runs a program to its end. What it printed is worth reading only if it failed. */
async function run(
	program: string,
	given: string[],
	options: SpawnOptions,
): Promise<{ isDone: boolean; output: string }> {
	return await new Promise((resolve) => {
		const child = spawn(program, given, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
		let output = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
		}
		child.once('error', ({ message }) => resolve({ isDone: false, output: message }));
		child.once('close', (code) => resolve({ isDone: code === 0, output }));
	});
}

if (require.main === module) {
	void installN8n((text) => console.log(text)).then(
		(installed) => console.log(installed),
		(error: unknown) => {
			console.error(error instanceof Error ? error.message : String(error));
			process.exitCode = 1;
		},
	);
}
