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
	gateway: Pick<BenchGateway, 'origin' | 'key'>,
	prompts: readonly string[],
	options?: ContestantOptions,
): Promise<TimedRun> {
	const items = prompts.map((prompt): INodeExecutionData => ({ json: { prompt } }));
	return await timedRunOf(contestant, gateway, items, options);
}

/** The same for any items. */
export async function timedRunOf(
	contestant: Contestant,
	gateway: Pick<BenchGateway, 'origin' | 'key'>,
	given: INodeExecutionData[],
	options?: ContestantOptions,
): Promise<TimedRun> {
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
	const startedAt = Date.now();
	let runningSince = startedAt;
	let heldMs = 0;
	const storedBytes: number[] = [];
	const stretchMs: number[] = [];
	let stretchBegan = performance.now();
	const run = await runWorkflow(workflowOf(contestant, [start], gateway.origin, options), {
		credentials: benchCredentials(gateway),
		items: given,
		onSuspend: (stored) => {
			heldMs += Date.now() - runningSince;
			storedBytes.push(Buffer.byteLength(stored));
			stretchMs.push(performance.now() - stretchBegan);
		},
		onResume: () => {
			runningSince = Date.now();
			stretchBegan = performance.now();
		},
	});
	stretchMs.push(performance.now() - stretchBegan);
	const { error, runData } = run.data.resultData;
	// A loop gives out its videos over several runs of its last node; our node shows them in its last run.
	const isLoop = contestant.nodes('').some(({ type }) => type === 'n8n-nodes-base.wait');
	const runs = runData[contestant.lastNode] ?? [];
	const items = (isLoop ? runs : runs.slice(-1)).flatMap(({ data }) => data?.main?.[0] ?? []);
	return {
		startedAt,
		endedAt: Date.now(),
		heldMs: heldMs + Date.now() - runningSince,
		storedBytes,
		stretchMs,
		videos: items.filter(({ binary }) => binary !== undefined).length,
		outputItems: items.length,
		...(error && { error: error.message }),
	};
}
