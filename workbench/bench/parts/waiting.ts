/*
 * What it costs to wait: each contestant makes videos of 20, 60, 120 and 300 seconds, in executions of 1, 10
 * and 100 items, on n8n's own engine in virtual time.
 */
import type { Contestant } from '../contestants';
import { contestants } from '../contestants';
import { varied } from '../durations';
import { mean, percentile, rounded, sum } from '../figures';
import type { BenchGateway, GatewayAddress, GatewayJob } from '../gateway';
import { startBenchGateway } from '../gateway';
import { useN8nNodes } from '../n8nNodes';
import { randomNumbers } from '../randomNumbers';
import type { TimedRun } from '../timedRun';
import { timedRun } from '../timedRun';
import { inVirtualTime } from '../../virtualTime';
import { runPart, say } from './part';

/** What a contestant is made to wait for. */
export interface WaitingSituation {
	tellsProgress: boolean;
	/** Whether jobs of that length have been waited for before, at the same gateway in the same process. */
	isFamiliar: boolean;
	/** How long the jobs take on average. */
	seconds: number;
	/** Jobs in one execution. */
	items: number;
}

export interface WaitingRow extends WaitingSituation {
	contestant: string;
	executions: number;
	heldSecondsPerJob: number;
	checksPerJob: number;
	/** How often an execution is taken up again after a suspension. */
	resumes: number;
	/** From the end of the last job of an execution to the end of the execution; none where all failed. */
	lateMeanSeconds: number | null;
	lateP95Seconds: number | null;
	/** From the start to the end of an execution. */
	wallSeconds: number;
	bought: number;
	delivered: number;
	/** Executions that ended in an error, and what it said. */
	failures: number;
	error?: string;
}

const executionsOf: Readonly<Record<number, number>> = { 1: 40, 10: 4, 100: 1 };
const earlierJobs = 10;
const startsWithinMs = 60_000;

async function measureWaiting(): Promise<WaitingRow[]> {
	useN8nNodes();
	const gateway = await startBenchGateway();
	const rows: WaitingRow[] = [];
	for (const contestant of contestants) {
		const startedAt = performance.now();
		for (const situation of situationsFor(contestant)) {
			rows.push(await measure(contestant, gateway, situation));
		}
		say(`${contestant.label}: ${rounded((performance.now() - startedAt) / 1000)} s`);
	}
	await gateway.close();
	return rows;
}

/** What makes no difference to a contestant is not measured twice. */
function situationsFor({ readsProgress, learns }: Contestant): WaitingSituation[] {
	const lengths = [20, 60, 120, 300];
	const batches = [1, 10, 100];
	return lengths.flatMap((seconds) =>
		batches.flatMap((items) =>
			(readsProgress ? [true, false] : [false]).flatMap((tellsProgress) =>
				(learns ? [false, true] : [false]).map((isFamiliar) => ({
					tellsProgress,
					isFamiliar,
					seconds,
					items,
				})),
			),
		),
	);
}

async function measure(
	contestant: Contestant,
	gateway: BenchGateway,
	situation: WaitingSituation,
): Promise<WaitingRow> {
	const { tellsProgress, isFamiliar, seconds, items } = situation;
	gateway.reset();
	gateway.manners.tellsProgress = tellsProgress;
	const executions = executionsOf[items] ?? 1;
	// The same jobs for each contestant, and with or without earlier ones.
	const { random } = randomNumbers(seconds * 1000 + items);
	const familiar = gateway.newAddress();
	const runs = await inVirtualTime(async () => {
		if (isFamiliar) await waitForEarlierJobs(contestant, familiar, seconds);
		return await Promise.all(
			Array.from({ length: executions }, async (_, execution) => {
				// They start within a minute: n8n looks for due executions once in that time.
				await new Promise((resolve) => setTimeout(resolve, startsWithinMs * random()));
				const prompts = Array.from({ length: items }, (__, item) =>
					promptOf(`Execution ${execution}. item ${item}`, varied(seconds, random)),
				);
				// Nobody learns from an execution that began a moment earlier.
				const address = isFamiliar ? familiar : gateway.newAddress();
				return await timedRun(contestant, address, prompts);
			}),
		);
	});
	const jobs = gateway.jobs.filter(({ prompt }) => !prompt.startsWith(earlier));
	const lates = runs.flatMap((run, execution) => lateSeconds(jobs, run, execution));
	const error = runs.find((run) => run.error !== undefined)?.error;
	return {
		contestant: contestant.id,
		...situation,
		executions,
		heldSecondsPerJob: rounded(sum(runs.map(({ heldMs }) => heldMs)) / jobs.length / 1000, 2),
		checksPerJob: rounded(sum(jobs.map(({ checks }) => checks)) / jobs.length, 2),
		resumes: rounded(mean(runs.map(({ resumedAt }) => resumedAt.length)), 2),
		lateMeanSeconds: lates.length === 0 ? null : rounded(mean(lates)),
		lateP95Seconds: lates.length === 0 ? null : rounded(percentile(lates, 0.95)),
		wallSeconds: rounded(mean(runs.map(({ startedAt, endedAt }) => endedAt - startedAt)) / 1000),
		bought: jobs.length,
		delivered: sum(runs.map(({ videos }) => videos)),
		failures: runs.filter((run) => run.error !== undefined).length,
		...(error !== undefined && { error }),
	};
}

const earlier = 'An earlier job';

const promptOf = (name: string, seconds: number) => `${name} [sim seconds=${seconds.toFixed(2)}]`;

/** One after another, as when somebody tries the workflow on the days before. */
async function waitForEarlierJobs(
	contestant: Contestant,
	address: GatewayAddress,
	seconds: number,
): Promise<void> {
	const { random } = randomNumbers(seconds);
	for (let job = 0; job < earlierJobs; job++) {
		await timedRun(contestant, address, [promptOf(earlier, varied(seconds, random))]);
	}
}

function lateSeconds(jobs: readonly GatewayJob[], run: TimedRun, execution: number): number[] {
	if (run.error !== undefined) return [];
	const own = jobs.filter(({ prompt }) => prompt.startsWith(`Execution ${execution}.`));
	return [(run.endedAt - Math.max(...own.map(({ endsAt }) => endsAt))) / 1000];
}

runPart('waiting', measureWaiting);
