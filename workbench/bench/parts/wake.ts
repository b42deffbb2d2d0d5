/*
 * What waiting costs with Wake by Callback, in a real n8n on SQLite and in real time. The simulator calls at
 * the end of a job as each provider documents.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { max, mean, median } from 'simple-statistics';
import { providerNames, providers } from '../../../nodes/providers';
import { N8nClient } from '../../n8n/client';
import { installN8n } from '../../n8n/install';
import { startN8n } from '../../n8n/instance';
import { installOwnPackage } from '../../n8n/ownPackage';
import type { RunningTimes } from '../../n8n/runningTimes';
import { recordRunningTimes } from '../../n8n/runningTimes';
import type { WakeJobs, WakeRun, WakeStage } from '../../n8n/wakeRun';
import { endWakeRun, startWakeRun } from '../../n8n/wakeRun';
import { startSimulator } from '../../simulator';
import { simulatorCredentials } from '../../simulatorCredentials';

export interface WakeRow {
	situation: string;
	/** Jobs in one execution. */
	jobs: number;
	executions: number;
	/** From the end of a job to the check that noticed it. */
	noticedSeconds: { median: number; max: number };
	/** From the end of an execution's last job to the end of the execution. */
	lateSeconds: { median: number; max: number };
	/** Status requests per job. */
	checks: number;
	/** Time an execution was running, not suspended, per job. With the work itself, which takes time here. */
	heldSeconds: number;
}

const port = 15_808;
const callingProviders = providerNames.filter((name) => 'callback' in providers[name].create);
const executionsEach = 3;
// Single jobs end so far apart that none waits for the work of another.
const apartMs = 5_000;
// The longest wait is for a lost call, until nine in ten first jobs would have ended.
const maxMs = 600_000;

interface Stage extends WakeStage {
	times: RunningTimes;
}

interface TimedRun extends WakeRun {
	heldMs: number;
}

export async function measureWake(): Promise<WakeRow[]> {
	const say = (text: string) => console.log(text);
	const installed = await installN8n(say);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-bench-'));
	const userFolder = path.join(folder, 'user');
	installOwnPackage(userFolder, say);
	const simulator = await startSimulator();
	const times = recordRunningTimes(folder);
	const { environment } = times;
	const n8n = await startN8n(installed, { userFolder, port, environment });
	try {
		const client = new N8nClient(n8n.baseUrl);
		await client.logIn();
		const credentials: WakeStage['credentials'] = {};
		for (const [type, values] of Object.entries(simulatorCredentials(simulator))) {
			const { id } = await client.createCredential(type, type, values);
			credentials[type] = { id, name: type };
		}
		return await measureSituations({ client, simulator, credentials, times });
	} finally {
		await n8n.stop();
		await simulator.close();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function measureSituations(stage: Stage): Promise<WakeRow[]> {
	const rows = [
		// The longer ones first: what shorter ones teach would have these checked before their ends.
		await measureSingle(stage, 120),
		await measureBatch(
			stage,
			'one job of 120 s, the call is lost',
			() => ({
				seconds: [120],
				words: 'noCall',
			}),
			1,
		),
		await measureSingle(stage, 25),
		await measureBatch(stage, '10 jobs that end at the same instant', () => ({
			seconds: { count: 10, endsAt: Date.now() + 30_000 },
		})),
		await measureBatch(stage, '10 jobs that end 3 s apart', () => ({
			seconds: Array.from({ length: 10 }, (_, index) => 25 + 3 * index),
		})),
		await measureBatch(stage, '100 jobs that end within a minute', () => ({
			seconds: Array.from({ length: 100 }, (_, index) => 30 + 0.6 * index),
		})),
	];
	console.table(rows);
	return rows;
}

async function measureSingle(stage: Stage, seconds: number): Promise<WakeRow> {
	const names = callingProviders.flatMap((provider) =>
		Array.from({ length: executionsEach }, (_, run) => ({
			provider,
			name: `${provider}-${seconds}-${run}`,
		})),
	);
	const runs = await Promise.all(
		names.map(async ({ provider, name }, index) => {
			await sleep(index * apartMs);
			return await run(stage, { name, provider, seconds: [seconds] });
		}),
	);
	return summarize(`one job of ${seconds} s`, runs);
}

/** One execution after another. */
async function measureBatch(
	stage: Stage,
	situation: string,
	jobs: () => Omit<WakeJobs, 'name'>,
	executions = executionsEach,
): Promise<WakeRow> {
	const runs: TimedRun[] = [];
	for (let index = 0; index < executions; index++) {
		const name = `${situation.replace(/\W+/g, '-')}-${index}`;
		runs.push(await run(stage, { name, ...jobs() }));
	}
	return summarize(situation, runs);
}

async function run(stage: Stage, jobs: WakeJobs): Promise<TimedRun> {
	const id = await startWakeRun(stage, jobs);
	const ended = await endWakeRun(stage, id, jobs.name, maxMs);
	if (ended.execution.status !== 'success') throw new Error(`${jobs.name} failed: execution ${id}`);
	return { ...ended, heldMs: await stage.times.untilEnd(id) };
}

function summarize(situation: string, runs: readonly TimedRun[]): WakeRow {
	const jobs = runs[0]?.noticedMs.length ?? 0;
	const spread = (values: number[]) => ({
		median: toSeconds(median(values)),
		max: toSeconds(max(values)),
	});
	return {
		situation,
		jobs,
		executions: runs.length,
		noticedSeconds: spread(runs.flatMap(({ noticedMs }) => noticedMs)),
		lateSeconds: spread(runs.map(({ lateMs }) => lateMs)),
		checks: round(mean(runs.map(({ checks }) => checks)) / jobs),
		heldSeconds: toSeconds(mean(runs.map(({ heldMs }) => heldMs)) / jobs),
	};
}

const round = (value: number) => Number(value.toFixed(2));
const toSeconds = (ms: number) => round(ms / 1000);
