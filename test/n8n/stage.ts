import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Installed } from '../../workbench/n8n/install';
import { installN8n } from '../../workbench/n8n/install';
import { installOwnPackage } from '../../workbench/n8n/ownPackage';

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
export async function setStage(): Promise<Stage> {
	const installed = await installN8n(say);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-stage-'));
	const userFolder = path.join(folder, 'user');
	installOwnPackage(userFolder, say);
	return {
		installed,
		folder,
		userFolder,
		clear: () => rmSync(folder, { recursive: true, force: true }),
	};
}
