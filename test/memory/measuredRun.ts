import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { CredentialValues } from '../../workbench/engine/credentials';
import type { WorkflowFile } from '../../workbench/engine/engine';
import type { Growth } from './gauge';

/** What the measured process runs. `warmUp` runs first and loads the code. */
export interface Play {
	warmUp: IDataObject[];
	items: INodeExecutionData[];
	file: WorkflowFile;
	credentials: CredentialValues;
	/** Sizes of the files that are stored in n8n's binary data, in the items' fields a, b, c, … */
	imageBytes?: number[];
}

/** The memory a run took, and its result. */
export interface Measured extends Growth {
	error?: string;
	items: INodeExecutionData[];
	hints: string[];
}

/** Runs a workflow in a process of its own and measures its memory meanwhile. */
export async function measuredRun(
	play: Play,
	binaryMode: 'filesystem' | 'default' = 'filesystem',
	look?: (measured: Measured, userFolder: string) => void,
): Promise<Measured> {
	const userFolder = mkdtempSync(join(tmpdir(), 'n8n-nodes-veo-memory-'));
	try {
		const child = spawn(
			process.execPath,
			['--import', 'tsx', '--expose-gc', join(__dirname, 'measuredProcess.ts')],
			{
				env: {
					...process.env,
					NODE_OPTIONS: '',
					N8N_USER_FOLDER: userFolder,
					N8N_DEFAULT_BINARY_DATA_MODE: binaryMode,
					N8N_LOG_LEVEL: 'silent',
				},
				stdio: ['pipe', 'pipe', 'pipe'],
			},
		);
		child.stdin.end(JSON.stringify(play));
		const [out, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
		const line = /^MEASURED (.*)$/m.exec(out)?.[1];
		if (line === undefined) throw new Error(`The measured process failed: ${problems || out}`);
		const measured = JSON.parse(line) as Measured;
		look?.(measured, userFolder);
		return measured;
	} finally {
		rmSync(userFolder, { recursive: true, force: true });
	}
}
