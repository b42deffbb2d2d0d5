import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { npm } from '../../npm';
import { cacheFolder, installNode } from '../install';

const runFile = promisify(execFile);

/** An engine of n8n that our nodes are tested on. Its lock file is in the folder named after it. */
export interface EngineVersion {
	/** The version of n8n-core. Before 2.0 its minor number is one below that of the n8n it is part of. */
	core: string;
	/** The version of n8n with this engine. */
	n8n: string;
	/** 'own' is the Node that runs the tests; newer engines need Node 24. */
	node: 'own' | 'node24';
	/** Whether the engine supports EngineRequest, which Veo Poll Until Done needs to suspend. */
	suspends: boolean;
	/** Whether `$execution.resumeUrl` has a token, which Wake by Callback needs: since n8n 2.14. */
	signsResumeUrl?: true;
}

export const engineVersions: readonly EngineVersion[] = [
	{ core: '1.109.0', n8n: '1.110', node: 'own', suspends: false },
	{ core: '1.112.1', n8n: '1.113', node: 'own', suspends: true },
	{ core: '1.122.48', n8n: '1.123', node: 'own', suspends: true },
	{ core: '2.0.0', n8n: '2.0', node: 'own', suspends: true },
	// Its expressions never resolve under Node 20.
	{ core: '2.25.0', n8n: '2.25', node: 'node24', suspends: true, signsResumeUrl: true },
	{ core: '2.41.1', n8n: '2.41', node: 'node24', suspends: true, signsResumeUrl: true },
];

/** The Node that an engine runs under. */
export async function nodeOf(
	{ node }: EngineVersion,
	say: (text: string) => void,
): Promise<string> {
	return node === 'own' ? process.execPath : await installNode(say);
}

/**
 * Installs an engine by its lock file, once, outside the repository, and returns its folder. Takes half a
 * minute; several may be installed at the same time.
 */
export async function installEngine({ core }: EngineVersion): Promise<string> {
	const lockFolder = path.join(__dirname, core);
	const lock = readFileSync(path.join(lockFolder, 'package-lock.json'));
	const folder = cacheFolder(lock);
	const complete = path.join(folder, 'complete');
	if (existsSync(complete)) return folder;

	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const name of ['package.json', 'package-lock.json']) {
		cpSync(path.join(lockFolder, name), path.join(folder, name));
	}
	const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
	const ci = [...npm.given, 'ci', '--ignore-scripts', '--legacy-peer-deps', ...quietly];
	await runFile(npm.program, ci, { cwd: folder });
	writeFileSync(complete, '');
	return folder;
}
