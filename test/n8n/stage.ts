import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Installed } from '../../workbench/n8n/install';
import { N8nClient } from '../../workbench/n8n/client';
import { cacheFolder, installN8n } from '../../workbench/n8n/install';
import { startN8n } from '../../workbench/n8n/instance';
import { keepOwnPackage } from '../../workbench/n8n/ownPackage';

/** Says what a long step is doing. Jest's own console would bury it in stack traces. */
export const say = (text: string) => process.stdout.write(`  · ${text}\n`);

/** A machine to play on: a real n8n, and a user folder in which our package is installed. */
export interface Stage {
	installed: Installed;
	folder: string;
	userFolder: string;
	clear(): void;
}

/** The user folder that each stage gets a copy of. Two copies of the repository may be tested at once. */
const preparedFolder = ({ folder }: Installed) => cacheFolder('stage', folder, __dirname);

/**
 * Prepares a user folder once for all test files: the tarball of the package is installed where n8n installs
 * what a person chooses, the database has its tables, and n8n its owner.
 */
export async function prepareStage(): Promise<void> {
	const installed = await installN8n(say);
	const userFolder = preparedFolder(installed);
	keepOwnPackage(userFolder, say);
	const mark = path.join(userFolder, 'has-owner');
	if (existsSync(mark)) return;
	rmSync(path.join(userFolder, '.n8n', 'database.sqlite'), { force: true });
	say('starting n8n on a new database');
	const n8n = await startN8n(installed, { userFolder, port: 15_600 });
	try {
		await new N8nClient(n8n.baseUrl).logIn();
	} finally {
		await n8n.stop();
	}
	writeFileSync(mark, '');
}

/** A copy of the user folder that `prepareStage` has prepared. */
export async function setStage(): Promise<Stage> {
	const installed = await installN8n(say);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-stage-'));
	const userFolder = path.join(folder, 'user');
	cpSync(preparedFolder(installed), userFolder, { recursive: true, verbatimSymlinks: true });
	return {
		installed,
		folder,
		userFolder,
		clear: () => rmSync(folder, { recursive: true, force: true }),
	};
}
