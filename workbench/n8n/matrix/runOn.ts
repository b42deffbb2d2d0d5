import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { IDataObject } from 'n8n-workflow';
import type { Simulator } from '../../simulator';
import { realClock, startSimulator } from '../../simulator';
import { unpackOwnPackage } from '../ownPackage';
import type { EngineVersion } from './versions';
import { installEngine, nodeOf } from './versions';

const runFile = promisify(execFile);
const timesFaster = 50;
const longestRunMs = 120_000;

/** What one workflow did on an engine. */
export interface CaseResult {
	status: string;
	error?: string;
	/** How long each suspension was to last. */
	suspendedMs: number[];
	/** What Veo Poll Until Done gave in its last run. */
	jobs: IDataObject[];
	/** What the last node read. */
	read: IDataObject[];
	/** The hints of Veo Poll Until Done. */
	hints: string[];
	videos: number;
}

export type CaseName = 'suspend' | 'loop' | 'hold' | 'failed';

/** What the child process prints. */
export interface EngineResult {
	core: string;
	node: string;
	/** The types that n8n's own loader found in the unpacked tarball. */
	loaded: { nodes: string[]; credentials: string[] };
	cases: Record<CaseName, CaseResult>;
}

/** The simulator, in a time that runs faster; child processes are told to follow it. */
export interface FastSimulator {
	simulator: Simulator;
	startedAt: number;
}

export async function startFastSimulator(): Promise<FastSimulator> {
	const startedAt = Date.now();
	const simulator = await startSimulator({ clock: realClock(timesFaster) });
	return { simulator, startedAt };
}

/** Runs the workflows of run.cjs on an engine, in a process of the Node which that engine wants. */
export async function runOn(
	version: EngineVersion,
	{ simulator, startedAt }: FastSimulator,
	say: (text: string) => void,
): Promise<EngineResult> {
	const folder = await installEngine(version);
	// A copy beside the engine: there our nodes find this engine's n8n-workflow, as an installed package does.
	const ours = mkdtempSync(path.join(folder, 'n8n-nodes-veo-'));
	try {
		unpackOwnPackage(ours);
		const credential = { apiKey: simulator.key('deepWl'), baseUrl: simulator.baseUrl('deepWl') };
		const given = JSON.stringify({ folder, ours, credential, startedAt, timesFaster });
		const { stdout } = await runFile(
			nodeOf(version, say),
			[path.join(__dirname, 'run.cjs'), given],
			{ timeout: longestRunMs },
		);
		return JSON.parse(stdout) as EngineResult;
	} finally {
		rmSync(ours, { recursive: true, force: true });
	}
}
