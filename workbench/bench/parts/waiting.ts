/*
 * What it costs to wait: each contestant makes videos of 20, 60, 120, 180 and 300 seconds, in executions of
 * 1, 10 and 100 items, on n8n's own engine in virtual time.
 */
import type { Contestant } from '../contestants';
import { contestants } from '../contestants';
import { varied } from '../durations';
import { mean, percentile, rounded, sum } from '../figures';
import type { BenchGateway } from '../gateway';
import { startBenchGateway } from '../gateway';
import { useN8nNodes } from '../n8nNodes';
import { randomNumbers } from '../randomNumbers';
import type { TimedRun } from '../timedRun';
import { timedRun } from '../timedRun';
import { inVirtualTime } from '../virtualTime';
import { runPart, say } from './part';

export interface WaitingRow {
	contestant: string;
	tellsProgress: boolean;
	/** How long the jobs take on average. */
	seconds: number;
	items: number;
	executions: number;
	heldSecondsPerJob: number;
	checksPerJob: number;
	/** From the end of the last job of an execution to the end of the execution. */
	lateMeanSeconds: number;
	lateP95Seconds: number;
	/** From the start to the end of an execution. */
	wallSeconds: number;
	bought: number;
	delivered: number;
	/** Executions that ended in an error, and what it said. */
	failures: number;
	error?: string;
}

const executionsOf: Readonly<Record<number, number>> = { 1: 40, 10: 4, 100: 1 };

async function measureWaiting(): Promise<WaitingRow[]> {
	useN8nNodes();
	const gateway = await startBenchGateway();
	const rows: WaitingRow[] = [];
	for (const contestant of contestants) {
		const startedAt = performance.now();
		for (const tellsProgress of contestant.readsProgress ? [true, false] : [false]) {
			for (const seconds of [20, 60, 120, 180, 300]) {
				for (const items of [1, 10, 100]) {
					rows.push(await measure(contestant, gateway, { tellsProgress, seconds, items }));
				}
			}
		}
		say(`${contestant.label}: ${rounded((performance.now() - startedAt) / 1000)} s`);
	}
	await gateway.close();
	return rows;
}

async function measure(
	contestant: Contestant,
	gateway: BenchGateway,
	{ tellsProgress, seconds, items }: Pick<WaitingRow, 'tellsProgress' | 'seconds' | 'items'>,
): Promise<WaitingRow> {
	gateway.reset();
	gateway.manners.tellsProgress = tellsProgress;
	const executions = executionsOf[items] ?? 1;
	const { random } = randomNumbers(seconds * 1000 + items);
	const runs = await inVirtualTime(
		async () =>
			await Promise.all(
				Array.from({ length: executions }, async (_, execution) => {
					// They start within a minute: n8n looks for due executions once in that time.
					await new Promise((resolve) => setTimeout(resolve, 60_000 * random()));
					const prompts = Array.from({ length: items }, (_, item) => {
						const length = varied(seconds, random).toFixed(2);
						return `Execution ${execution}. item ${item} [sim seconds=${length}]`;
					});
					return await timedRun(contestant, gateway, prompts);
				}),
			),
	);
	const lates = runs.flatMap((run, execution) => lateSeconds(gateway, run, execution));
	const jobs = gateway.jobs.length;
	const error = runs.find((run) => run.error !== undefined)?.error;
	return {
		contestant: contestant.id,
		tellsProgress,
		seconds,
		items,
		executions,
		heldSecondsPerJob: rounded(sum(runs.map(({ heldMs }) => heldMs)) / jobs / 1000, 2),
		checksPerJob: rounded(sum(gateway.jobs.map(({ checks }) => checks)) / jobs, 2),
		lateMeanSeconds: rounded(mean(lates)),
		lateP95Seconds: rounded(percentile(lates, 0.95)),
		wallSeconds: rounded(mean(runs.map(({ startedAt, endedAt }) => endedAt - startedAt)) / 1000),
		bought: jobs,
		delivered: sum(runs.map(({ videos }) => videos)),
		failures: runs.filter((run) => run.error !== undefined).length,
		...(error !== undefined && { error }),
	};
}

function lateSeconds({ jobs }: BenchGateway, run: TimedRun, execution: number): number[] {
	if (run.error !== undefined) return [];
	const own = jobs.filter(({ prompt }) => prompt.startsWith(`Execution ${execution}.`));
	return [(run.endedAt - Math.max(...own.map(({ endsAt }) => endsAt))) / 1000];
}

runPart('waiting', measureWaiting);
