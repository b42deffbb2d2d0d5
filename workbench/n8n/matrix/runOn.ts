import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { unpackOwnPackage } from '../ownPackage';
import type { EngineResult } from './run';
import type { EngineVersion } from './versions';
import { installEngine, nodeOf } from './versions';

const runFile = promisify(execFile);
const root = path.join(__dirname, '..', '..', '..');
const maxRunMs = 120_000;

/**
 * Runs the workflows of run.ts on an engine, in a process of the Node which that engine needs. The package
 * is unpacked beside the engine, where it finds that engine's n8n-workflow, as an installed package does.
 * Links to workbench/, nodes/ and credentials/ in the same place let the workbench find it too; what the engine does not
 * bring along comes from the repository.
 */
export async function runOn(
	version: EngineVersion,
	say: (text: string) => void,
): Promise<EngineResult> {
	const ours = mkdtempSync(path.join(await installEngine(version), 'n8n-nodes-veo-'));
	try {
		unpackOwnPackage(ours);
		for (const folder of ['workbench', 'nodes', 'credentials']) {
			symlinkSync(path.join(root, folder), path.join(ours, folder));
		}
		const { stdout } = await runFile(
			await nodeOf(version, say),
			[
				'--preserve-symlinks',
				'--preserve-symlinks-main',
				...['--import', pathToFileURL(require.resolve('tsx')).href],
				path.join(ours, 'workbench', 'n8n', 'matrix', 'run.ts'),
			],
			{
				cwd: root,
				timeout: maxRunMs,
				env: { ...process.env, NODE_PATH: path.join(root, 'node_modules') },
			},
		);
		return JSON.parse(stdout) as EngineResult;
	} finally {
		rmSync(ours, { recursive: true, force: true });
	}
}
