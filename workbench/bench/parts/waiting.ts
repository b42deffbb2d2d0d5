/*
 * What waiting costs: each contestant makes videos of 20, 60, 120 and 300 seconds, one or a hundred in an
 * execution, on n8n's own engine in virtual time.
 */
import { mean, quantile, sum } from 'simple-statistics';
import type { Contestant } from '../contestants';
import { contestants } from '../contestants';
import { useN8nNodes } from '../n8nNodes';
import type { BenchProvider, ProviderAddress } from '../provider';
import { startBenchProvider } from '../provider';
import { randomNumbers, vary } from '../randomNumbers';
import { timedRun } from '../timedRun';
import { inVirtualTime } from '../../virtualTime';

/** The jobs a contestant waits for. */
export interface Situation {
	/** Whether the provider reports progress. */
	progress: boolean;
	/** Whether ten such jobs came before, at the same base URL in the same process. */
	familiar: boolean;
	/** How long the jobs take on average. */
	seconds: number;
	/** Jobs in one execution. */
	jobs: number;
}

export interface WaitingRow extends Situation {
	contestant: string;
	/** Time an execution was running, not suspended, per job. */
	heldSeconds: number;
	/** Status requests per job. */
	checks: number;
	/** From the end of an execution's last job to the end of the execution; null if none succeeded. */
	lateSeconds: number | null;
	lateP95Seconds: number | null;
	/** From the start to the end of an execution. */
	wholeSeconds: number;
	bought: number;
	delivered: number;
}

// Enough single jobs for a 95th percentile; one execution of a hundred jobs is already a mean.
const executionsFor = (jobs: number) => (jobs === 1 ? 40 : 1);
const earlierJobs = 10;
// n8n looks for due executions once a minute: the starts are spread over one such interval.
const startsWithinMs = 60_000;

export async function measureWaiting(): Promise<WaitingRow[]> {
	await useN8nNodes();
	const provider = await startBenchProvider();
	const rows: WaitingRow[] = [];
	for (const contestant of contestants) {
		console.log(contestant.label);
		for (const situation of situationsFor(contestant)) {
			rows.push(await measureSituation(contestant, provider, situation));
		}
	}
	await provider.close();
	return rows;
}

/** Progress and earlier jobs make a difference to our nodes only; the others are measured once. */
function situationsFor({ isOurs }: Contestant): Situation[] {
	const either = isOurs ? [true, false] : [false];
	return [20, 60, 120, 300].flatMap((seconds) =>
		[1, 100].flatMap((jobs) =>
			either.flatMap((progress) =>
				either.map((familiar) => ({ progress, familiar, seconds, jobs })),
			),
		),
	);
}

async function measureSituation(
	contestant: Contestant,
	provider: BenchProvider,
	situation: Situation,
): Promise<WaitingRow> {
	const { progress, familiar, seconds, jobs } = situation;
	provider.reset();
	provider.behavior.reportsProgress = progress;
	// The same random numbers, so the same jobs, for each contestant.
	const { random } = randomNumbers(seconds * 1000 + jobs);
	const known = provider.newAddress();
	const runs = await inVirtualTime(async () => {
		if (familiar) await waitForEarlierJobs(contestant, known, seconds);
		provider.jobs.length = 0;
		return await Promise.all(
			Array.from({ length: executionsFor(jobs) }, async (_, execution) => {
				await new Promise((resolve) => setTimeout(resolve, startsWithinMs * random()));
				const prompts = Array.from({ length: jobs }, () =>
					promptFor(`Execution ${execution}.`, vary(seconds, random)),
				);
				// With a base URL of its own, a first job learns nothing from the execution before it.
				const run = await timedRun(contestant, familiar ? known : provider.newAddress(), prompts);
				const own = provider.jobs.filter(({ prompt }) => prompts.includes(prompt));
				const lastEnd = Math.max(...own.map(({ endsAt }) => endsAt));
				return { ...run, lateSeconds: (run.endedAt - lastEnd) / 1000 };
			}),
		);
	});
	const lates = runs.filter(({ error }) => error === undefined).map((run) => run.lateSeconds);
	const bought = provider.jobs.length;
	return {
		contestant: contestant.id,
		...situation,
		heldSeconds: round(sum(runs.map(({ heldMs }) => heldMs)) / bought / 1000, 2),
		checks: round(sum(provider.jobs.map(({ checks }) => checks)) / bought, 2),
		lateSeconds: lates.length === 0 ? null : round(mean(lates)),
		lateP95Seconds: lates.length === 0 ? null : round(quantile(lates, 0.95)),
		wholeSeconds: round(mean(runs.map(({ startedAt, endedAt }) => endedAt - startedAt)) / 1000),
		bought,
		delivered: sum(runs.map(({ videos }) => videos)),
	};
}

const promptFor = (name: string, seconds: number) => `${name} [sim seconds=${seconds.toFixed(2)}]`;

/** Jobs one after another, from which our nodes learn a duration. */
async function waitForEarlierJobs(
	contestant: Contestant,
	address: ProviderAddress,
	seconds: number,
): Promise<void> {
	const { random } = randomNumbers(seconds);
	for (let job = 0; job < earlierJobs; job++) {
		await timedRun(contestant, address, [promptFor('Earlier', vary(seconds, random))]);
	}
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits));
