import type { INodeExecutionData } from 'n8n-workflow';
import { runWorkflow } from '../engine/engine';
import type { Contestant, ContestantOptions } from './contestants';
import { benchCredentials, node, workflowOf } from './contestants';
import type { BenchGateway } from './gateway';

/** What one execution came to. Times are milliseconds since 1970. */
export interface TimedRun {
	startedAt: number;
	endedAt: number;
	/** How long it ran and was not stored as waiting. */
	heldMs: number;
	/** The bytes of what was stored, for each suspension. */
	storedBytes: number[];
	/** Videos that came out as files. */
	videos: number;
	error?: string;
}

/** Makes one video for each prompt, in one execution on n8n's own engine. */
export async function timedRun(
	contestant: Contestant,
	gateway: Pick<BenchGateway, 'origin' | 'key'>,
	prompts: readonly string[],
	options?: ContestantOptions,
): Promise<TimedRun> {
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
	const startedAt = Date.now();
	let runningSince = startedAt;
	let heldMs = 0;
	const storedBytes: number[] = [];
	const run = await runWorkflow(workflowOf(contestant, [start], gateway.origin, options), {
		credentials: benchCredentials(gateway),
		items: prompts.map((prompt): INodeExecutionData => ({ json: { prompt } })),
		onSuspend: (stored) => {
			heldMs += Date.now() - runningSince;
			storedBytes.push(Buffer.byteLength(stored));
		},
		onResume: () => (runningSince = Date.now()),
	});
	const { error, runData } = run.data.resultData;
	// A loop gives out its videos over several runs of its last node.
	const outputs = (runData[contestant.lastNode] ?? []).map(
		({ data }) => (data?.main?.[0] ?? []).filter(({ binary }) => binary !== undefined).length,
	);
	const isLoop = contestant.nodes('').some(({ type }) => type === 'n8n-nodes-base.wait');
	return {
		startedAt,
		endedAt: Date.now(),
		heldMs: heldMs + Date.now() - runningSince,
		storedBytes,
		videos: isLoop ? outputs.reduce((sum, count) => sum + count, 0) : (outputs.at(-1) ?? 0),
		...(error && { error: error.message }),
	};
}
