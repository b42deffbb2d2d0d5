import type { INodeExecutionData, IRun } from 'n8n-workflow';
import { runWorkflow } from '../engine/engine';
import type { Contestant, ContestantOptions } from './contestants';
import { benchCredentials, node, workflowOf } from './contestants';
import type { GatewayAddress } from './gateway';
import { realMilliseconds } from '../virtualTime';

/** What one execution came to. Times are milliseconds since 1970. */
export interface TimedRun {
	startedAt: number;
	endedAt: number;
	/** When it was taken up again after each suspension. */
	resumedAt: number[];
	/** How long it ran and was not stored as waiting. */
	heldMs: number;
	/** What was stored, for each suspension. */
	stored: string[];
	/** Real milliseconds that each stretch took in which it ran: to a suspension or to its end. */
	stretchMs: number[];
	/** Videos that came out as files. */
	videos: number;
	/** Items that came out, with a file or without one. */
	outputItems: number;
	error?: string;
}

/** Makes one video for each prompt, in one execution on n8n's own engine. */
export async function timedRun(
	contestant: Contestant,
	address: GatewayAddress,
	prompts: readonly string[],
	options?: ContestantOptions,
): Promise<TimedRun> {
	const items = prompts.map((prompt): INodeExecutionData => ({ json: { prompt } }));
	return await timedRunOf(contestant, address, items, options);
}

/** The same for any items. */
export async function timedRunOf(
	contestant: Contestant,
	address: GatewayAddress,
	items: INodeExecutionData[],
	options?: ContestantOptions,
): Promise<TimedRun> {
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
	const startedAt = Date.now();
	const resumedAt: number[] = [];
	const stored: string[] = [];
	const stretchMs: number[] = [];
	let heldMs = 0;
	let stretchBegan = realMilliseconds();
	const endStretch = () => {
		heldMs += Date.now() - (resumedAt.at(-1) ?? startedAt);
		stretchMs.push(realMilliseconds() - stretchBegan);
	};
	const run = await runWorkflow(workflowOf(contestant, [start], address.origin, options), {
		credentials: benchCredentials(address),
		items,
		onSuspend: (text) => {
			endStretch();
			stored.push(text);
		},
		onResume: () => {
			resumedAt.push(Date.now());
			stretchBegan = realMilliseconds();
		},
	});
	endStretch();
	const { error } = run.data.resultData;
	const output = outputOf(contestant, run);
	return {
		startedAt,
		endedAt: Date.now(),
		resumedAt,
		heldMs,
		stored,
		stretchMs,
		videos: output.filter(({ binary }) => binary !== undefined).length,
		outputItems: output.length,
		...(error && { error: error.message }),
	};
}

/** A loop gives out its videos over several runs of its last node; our node shows them in its last run. */
function outputOf({ nodes, lastNode }: Contestant, { data }: IRun): INodeExecutionData[] {
	const isLoop = nodes('').some(({ type }) => type === 'n8n-nodes-base.wait');
	const runs = data.resultData.runData[lastNode] ?? [];
	return (isLoop ? runs : runs.slice(-1)).flatMap((run) => run.data?.main?.[0] ?? []);
}
