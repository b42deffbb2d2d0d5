/*
 * How waiting grows, on n8n's own engine in virtual time: what an execution with many jobs stores, how
 * many checks come at once when many executions resume, and what a gateway does that refuses more than
 * 100 requests a minute.
 */
import { typicalOf } from '../../../nodes/jobs/experience';
import type { Pace } from '../../../nodes/jobs/schedule';
import { nextLook } from '../../../nodes/jobs/schedule';
import type { Contestant } from '../contestants';
import { contestantNamed } from '../contestants';
import { rounded, sum } from '../figures';
import type { BenchGateway } from '../gateway';
import { startBenchGateway } from '../gateway';
import { randomNumbers } from '../randomNumbers';
import { timedRun, timedRunOf } from '../timedRun';
import { inVirtualTime } from '../virtualTime';
import { runPart, say } from './part';

/** One execution with many jobs. */
export interface StoredRow {
	jobs: number;
	/** What n8n would write into its database, at the largest. */
	storedBytes: number;
	/** Real milliseconds of the stretch that looks at every job and suspends again. */
	suspendAgainMs: number;
	/** Real milliseconds of the last stretch, without downloads. */
	endMs: number;
}

/** Many executions of one job each, all started within a second. */
export interface BurstRow {
	executions: number;
	jitter: boolean;
	/** The most checks within one second of the first resume. */
	mostChecksInASecond: number;
	/** From the first to the last check of the first resume. */
	spreadSeconds: number;
}

/** What the gateway's limit of requests does. */
export interface LimitRow {
	waiting: string;
	executions: number;
	itemsEach: number;
	bought: number;
	delivered: number;
	checks: number;
	refusedChecks: number;
	wallSeconds: number;
	errors: Record<string, number>;
}

export interface GrowthResult {
	stored: StoredRow[];
	burst: BurstRow[];
	limit: LimitRow[];
	requestsPerMinute: number;
}

const requestsPerMinute = 100;
const suspend = contestantNamed('suspend');
const pollOnly: Contestant = {
	...suspend,
	nodes: (origin) => suspend.nodes(origin).filter(({ name }) => name === suspend.lastNode),
	links: {},
};
const withoutDownload = { parameters: { [suspend.lastNode]: { download: false } } };

async function measureGrowth(): Promise<GrowthResult> {
	const gateway = await startBenchGateway();
	const stored: StoredRow[] = [];
	for (const jobs of [1, 10, 100, 1_000, 10_000]) stored.push(await measureStored(gateway, jobs));
	const burst: BurstRow[] = [];
	for (const executions of [100, 1_000, 10_000]) {
		for (const jitter of [false, true]) burst.push(measureBurst(executions, jitter));
	}
	const limit: LimitRow[] = [];
	for (const waiting of ['automatic', 'suspend', 'hold']) {
		limit.push(await measureLimit(gateway, waiting, 1, 100));
		limit.push(await measureLimit(gateway, waiting, 200, 1));
		limit.push(await measureLimit(gateway, waiting, 1, 400));
	}
	await gateway.close();
	return { stored, burst, limit, requestsPerMinute };
}

async function measureStored(gateway: BenchGateway, jobs: number): Promise<StoredRow> {
	gateway.reset();
	gateway.manners.tellsProgress = false;
	const { storedBytes, stretchMs } = await inVirtualTime(async () => {
		const items = Array.from({ length: jobs }, () => ({
			json: { provider: 'openAiVideos', jobId: gateway.buy('A boat [sim seconds=120]').jobId },
		}));
		return await timedRunOf(pollOnly, gateway, items, withoutDownload);
	});
	say(`${jobs} jobs in one execution: ${Math.max(...storedBytes)} bytes`);
	return {
		jobs,
		storedBytes: Math.max(...storedBytes),
		suspendAgainMs: rounded(stretchMs.at(1) ?? NaN),
		endMs: rounded(stretchMs.at(-1) ?? NaN),
	};
}

/** The first looks after the submits, by the schedule itself: ten thousand executions are too many for one process. */
function measureBurst(executions: number, jitter: boolean): BurstRow {
	const { random } = randomNumbers(executions);
	const looks: number[] = [];
	for (let execution = 0; execution < executions; execution++) {
		const at = Math.round(1_000 * random());
		const progress = { beganAt: at, lookedAt: at, failedChecks: 0 };
		const pace = {
			waiting: 'suspend',
			intervalMs: 15_000,
			typical: typicalOf('a kind nobody has seen'),
			deadline: Infinity,
		};
		looks.push(nextLook(progress, pace as Pace, at, jitter ? random() : 0).at);
	}
	const perSecond = new Map<number, number>();
	for (const at of looks) {
		const second = Math.floor(at / 1000);
		perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
	}
	const first = looks.reduce((least, at) => Math.min(least, at));
	const last = looks.reduce((most, at) => Math.max(most, at));
	return {
		executions,
		jitter,
		mostChecksInASecond: Math.max(...perSecond.values()),
		spreadSeconds: rounded((last - first) / 1000),
	};
}

async function measureLimit(
	gateway: BenchGateway,
	waiting: string,
	executions: number,
	itemsEach: number,
): Promise<LimitRow> {
	gateway.reset();
	gateway.manners.requestsPerMinute = requestsPerMinute;
	const contestant = contestantNamed(waiting);
	const prompts = Array.from({ length: itemsEach }, () => 'A boat [sim seconds=120]');
	const startedAt = Date.now();
	let endedAt = startedAt;
	const runs = await inVirtualTime(
		async () =>
			await Promise.all(
				Array.from({ length: executions }, async () => {
					const run = await timedRun(contestant, gateway, prompts, withoutDownload);
					endedAt = Math.max(endedAt, run.endedAt);
					return run;
				}),
			),
	);
	const errors: Record<string, number> = {};
	for (const { error } of runs) {
		if (error !== undefined) errors[error] = (errors[error] ?? 0) + 1;
	}
	const row: LimitRow = {
		waiting,
		executions,
		itemsEach,
		bought: gateway.jobs.length,
		delivered: sum(runs.map(({ outputItems }) => outputItems)),
		checks: gateway.checks.length,
		refusedChecks: gateway.checks.filter(({ isRefused }) => isRefused).length,
		wallSeconds: rounded((endedAt - startedAt) / 1000, 0),
		errors,
	};
	say(JSON.stringify(row));
	return row;
}

runPart('growth', measureGrowth);
