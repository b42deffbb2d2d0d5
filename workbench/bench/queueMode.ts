import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { N8nClient } from '../n8n/client';
import { installN8n } from '../n8n/install';
import type { Instance } from '../n8n/instance';
import { startN8n } from '../n8n/instance';
import { installOwnPackage } from '../n8n/ownPackage';
import { startQueueServers } from '../n8n/queue';
import { sum } from './figures';

const mainPort = 15_788;
const workerPort = 15_798;
// Not those of the tests, which may run at the same time.
const ports = { postgresPort: 25_632, redisPort: 26_579 };

/** A real n8n in queue mode, with this package installed as a person installs it. */
export interface QueueMode {
	client: N8nClient;
	/** Ends main instance and worker as a power cut would, and starts both again. */
	powerCut(): Promise<void>;
	/** Processor time spent until now, of each part. */
	processorSeconds(): ProcessorSeconds;
	/** The rows of a query to n8n's database, as text. */
	query(sql: string): Promise<string[][]>;
	stop(): Promise<void>;
}

/** Seconds of processor time, by the part of n8n that spent them. */
export interface ProcessorSeconds {
	main: number;
	worker: number;
	postgres: number;
}

/** Starts PostgreSQL, Redis, a main instance and one worker. */
export async function startQueueMode(
	workerConcurrency: number,
	say: (text: string) => void,
): Promise<QueueMode> {
	const installed = installN8n(say);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-bench-'));
	const userFolder = path.join(folder, 'user');
	installOwnPackage(userFolder, say);
	const servers = startQueueServers(folder, say, ports);
	say(`starting n8n in queue mode, one worker of concurrency ${workerConcurrency}`);
	const startMain = async () =>
		await startN8n(installed, { userFolder, port: mainPort, environment: servers.environment });
	const startWorker = async () =>
		await startN8n(installed, {
			userFolder,
			port: workerPort,
			command: 'worker',
			arguments: [`--concurrency=${workerConcurrency}`],
			environment: { ...servers.environment, QUEUE_HEALTH_CHECK_PORT: String(workerPort) },
		});
	let main: Instance = await startMain();
	let worker: Instance = await startWorker();
	const client = new N8nClient(main.baseUrl);
	await client.logIn();
	return {
		client,
		powerCut: async () => {
			await Promise.all([worker.kill(), main.kill()]);
			[main, worker] = await Promise.all([startMain(), startWorker()]);
		},
		processorSeconds: () => ({
			main: processorSecondsOf(main.pid),
			worker: processorSecondsOf(worker.pid),
			postgres: processorSecondsOf(postmasterOf(folder)),
		}),
		query: async (sql) => {
			const connection = ['-h', '127.0.0.1', '-p', String(ports.postgresPort), '-U', 'n8n'];
			const given = [...connection, '-d', 'n8n', '-At', '-F', '\t', '-c', sql];
			const { stdout } = await promisify(execFile)('psql', given);
			return stdout
				.split('\n')
				.filter(Boolean)
				.map((line) => line.split('\t'));
		},
		stop: async () => {
			await Promise.all([main.stop(), worker.stop()]);
			servers.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

const postmasterOf = (folder: string) =>
	Number(readFileSync(path.join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);

/** Of a process and of those it has started, as /proc/PID/stat counts it: in hundredths of a second. */
function processorSecondsOf(pid: number): number {
	const ticks = readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.flatMap((name) => statOf(Number(name)) ?? [])
		.filter((stat) => stat.pid === pid || stat.parent === pid)
		.map((stat) => stat.ticks + (stat.pid === pid ? stat.ticksOfEnded : 0));
	return sum(ticks) / 100;
}

function statOf(pid: number) {
	try {
		// What stands before the bracket is the number and the name, which may hold anything.
		const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
		const fields = rest.split(' ').map(Number);
		const [user = 0, system = 0, userOfEnded = 0, systemOfEnded = 0] = fields.slice(11, 15);
		return {
			pid,
			parent: fields[1],
			ticks: user + system,
			ticksOfEnded: userOfEnded + systemOfEnded,
		};
	} catch {
		// It has ended meanwhile.
		return undefined;
	}
}
