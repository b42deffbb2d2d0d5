import type { INode, INodeExecutionData, IRun } from 'n8n-workflow';
import { runWorkflow } from '../engine/engine';
import type { Contestant } from './contestants';
import { benchCredentials, buildWorkflow } from './contestants';
import type { ProviderAddress } from './provider';
import { buildNode } from '../workflowFile';

/** The result of one execution. Times are milliseconds since 1970. */
export interface TimedRun {
	startedAt: number;
	endedAt: number;
	/** Time it was running, not suspended. */
	heldMs: number;
	/** What n8n stores at each suspension. */
	stored: string[];
	/** Videos returned as files. */
	videos: number;
	error?: string;
}

/** Makes one video for each prompt, in one execution on n8n's own engine. */
export async function timedRun(
	contestant: Contestant,
	address: ProviderAddress,
	prompts: readonly string[],
	settings?: Partial<INode>,
): Promise<TimedRun> {
	const trigger = buildNode('Start', 'n8n-nodes-base.manualTrigger');
	const startedAt = Date.now();
	let runningSince = startedAt;
	let heldMs = 0;
	const stored: string[] = [];
	const run = await runWorkflow(buildWorkflow(contestant, [trigger], address.origin, settings), {
		credentials: benchCredentials(address),
		items: prompts.map((prompt): INodeExecutionData => ({ json: { prompt } })),
		onSuspend: (text) => {
			heldMs += Date.now() - runningSince;
			stored.push(text);
		},
		onResume: () => (runningSince = Date.now()),
	});
	const endedAt = Date.now();
	const { error } = run.data.resultData;
	return {
		startedAt,
		endedAt,
		heldMs: heldMs + endedAt - runningSince,
		stored,
		videos: readOutput(contestant, run).filter(({ binary }) => binary !== undefined).length,
		...(error && { error: error.message }),
	};
}

/** A loop returns its videos over several runs of its last node; ours shows all of them in its last run. */
function readOutput({ isOurs, lastNode }: Contestant, { data }: IRun): INodeExecutionData[] {
	const runs = data.resultData.runData[lastNode] ?? [];
	return (isOurs ? runs.slice(-1) : runs).flatMap((run) => run.data?.main?.[0] ?? []);
}
