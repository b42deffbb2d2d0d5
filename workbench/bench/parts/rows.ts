/*
 * What waiting costs a real n8n in queue mode, with one worker of n8n's default concurrency: how large the
 * rows of suspended executions are, and how fast many of them are suspended and resumed.
 */
import { contestantNamed } from '../contestants';
import { newestExecution, untilExecutions } from '../executions';
import { mostInASecond, rounded } from '../figures';
import type { BenchGateway } from '../gateway';
import { startBenchGateway } from '../gateway';
import { publish } from '../published';
import type { ProcessorSeconds, QueueMode } from '../queueMode';
import { startQueueMode } from '../queueMode';
import { runPart, say } from './part';

/** Many executions of one job each, called at once. */
export interface CrowdRow {
	executions: number;
	/** From the first call of the webhook until all of them are suspended. */
	suspendSeconds: number;
	/** From the first to the last time at which one of them is to be resumed. */
	dueWithinSeconds: number;
	/** From the first check of the resume until all of them have ended. */
	resumeSeconds: number;
	mostChecksInASecond: number;
	/** Of one suspended execution, on average. */
	storedBytes: number;
	/** What one takes on PostgreSQL's disk, with all tables of executions and their indexes. */
	diskBytes: number;
	/** Processor milliseconds of each part of n8n, for an execution that is started and suspended. */
	startMs: ProcessorSeconds;
	/** The same for one that is resumed and ends. */
	resumeMs: ProcessorSeconds;
}

/** One execution of many jobs. */
export interface LargeRow {
	jobs: number;
	/** From the call of the webhook until it is suspended, with the submits. */
	suspendSeconds: number;
	/** From the first check of the last resume until it has ended. */
	resumeSeconds: number;
	storedBytes: number;
	/** The same, as PostgreSQL compresses it. */
	compressedBytes: number;
}

export interface RowsResult {
	workerConcurrency: number;
	crowd: CrowdRow;
	large: LargeRow[];
}

// They are suspended before the first of them is resumed, after 65 s or more.
const executions = 300;
const callsAtATime = 20;
// n8n's default.
const workerConcurrency = 10;
const suspend = contestantNamed('suspend');
const promptOf = (seconds: number) => `A boat [sim seconds=${seconds}]`;
// A slow machine overtakes itself: what has ended was suspended as well.
const suspended = ['waiting', 'success'];

async function measureRows(): Promise<RowsResult> {
	const gateway = await startBenchGateway();
	const n8n = await startQueueMode(workerConcurrency, say);
	try {
		await publish(n8n, gateway, [suspend], {
			parameters: { [suspend.lastNode]: { download: false } },
		});
		// Loaded and warm, as in a worker that has been running for a while.
		await n8n.client.callWebhook(suspend.id, { prompt: promptOf(20) });
		await untilExecutions(n8n, ['success'], 1);
		const crowd = await measureCrowd(n8n, gateway);
		const large: LargeRow[] = [];
		for (const jobs of [1, 100, 1_000]) large.push(await measureLarge(n8n, gateway, jobs));
		return { workerConcurrency, crowd, large };
	} finally {
		await n8n.stop();
		await gateway.close();
	}
}

async function measureCrowd(n8n: QueueMode, gateway: BenchGateway): Promise<CrowdRow> {
	const before = await newestExecution(n8n);
	const startedAt = performance.now();
	const atStart = n8n.processorSeconds();
	let left = executions;
	const lane = async () => {
		while (left-- > 0) await n8n.client.callWebhook(suspend.id, { prompt: promptOf(20) });
	};
	await Promise.all(Array.from({ length: callsAtATime }, lane));
	await untilExecutions(n8n, suspended, executions, before);
	const suspendSeconds = rounded((performance.now() - startedAt) / 1000);
	const atSuspension = n8n.processorSeconds();
	say(`${executions} executions were suspended within ${suspendSeconds} s`);
	const [[dueWithinSeconds] = []] = await n8n.query(
		`select extract(epoch from max("waitTill") - min("waitTill")) from execution_entity where id > ${before}`,
	);
	const [[storedBytes, diskBytes] = []] = await n8n.query(
		`select avg(length(data)), (pg_total_relation_size('execution_data') + pg_total_relation_size('execution_entity')) / ${executions} from execution_data where "executionId" > ${before}`,
	);
	const resumed = await checksUntilEnd(n8n, gateway, {
		executions,
		jobs: executions,
		after: before,
	});
	const atEnd = n8n.processorSeconds();
	const row: CrowdRow = {
		executions,
		suspendSeconds,
		dueWithinSeconds: rounded(Number(dueWithinSeconds)),
		resumeSeconds: resumed.seconds,
		mostChecksInASecond: mostInASecond(resumed.checks),
		storedBytes: Math.round(Number(storedBytes)),
		diskBytes: Math.round(Number(diskBytes)),
		startMs: millisecondsEach(atStart, atSuspension),
		resumeMs: millisecondsEach(atSuspension, atEnd),
	};
	say(`they ended within ${row.resumeSeconds} s`);
	return row;
}

function millisecondsEach(before: ProcessorSeconds, after: ProcessorSeconds): ProcessorSeconds {
	const each = (part: keyof ProcessorSeconds) =>
		rounded(((after[part] - before[part]) / executions) * 1000);
	return { main: each('main'), worker: each('worker'), postgres: each('postgres') };
}

async function measureLarge(
	n8n: QueueMode,
	gateway: BenchGateway,
	jobs: number,
): Promise<LargeRow> {
	const before = await newestExecution(n8n);
	const startedAt = performance.now();
	// Longer than all of them take to be submitted.
	const prompt = Array.from({ length: jobs }, () => promptOf(60 + jobs / 10));
	await n8n.client.callWebhook(suspend.id, { prompt });
	await untilExecutions(n8n, suspended, 1, before);
	const suspendSeconds = rounded((performance.now() - startedAt) / 1000);
	const [[storedBytes, compressedBytes] = []] = await n8n.query(
		`select length(data), pg_column_size(data) from execution_data where "executionId" > ${before}`,
	);
	const row: LargeRow = {
		jobs,
		suspendSeconds,
		storedBytes: Number(storedBytes),
		compressedBytes: Number(compressedBytes),
		resumeSeconds: (await checksUntilEnd(n8n, gateway, { executions: 1, jobs, after: before }))
			.seconds,
	};
	say(JSON.stringify(row));
	return row;
}

/** Waits for the end: the checks from now on, and how long it took from the last one of every job. */
async function checksUntilEnd(
	n8n: QueueMode,
	{ checks }: BenchGateway,
	{ executions: count, jobs, after }: { executions: number; jobs: number; after: number },
): Promise<{ checks: number[]; seconds: number }> {
	const earlier = checks.length;
	await untilExecutions(n8n, ['success'], count, after);
	const times = checks.slice(earlier).map(({ at }) => at);
	return { checks: times, seconds: rounded((Date.now() - (times.at(-jobs) ?? NaN)) / 1000) };
}

runPart('rows', measureRows);
