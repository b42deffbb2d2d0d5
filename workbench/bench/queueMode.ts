import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { N8nClient } from '../n8n/client';
import { installN8n } from '../n8n/install';
import type { Instance } from '../n8n/instance';
import { startN8n } from '../n8n/instance';
import { installOwnPackage } from '../n8n/ownPackage';
import { startQueueServers } from '../n8n/queue';

const mainPort = 15_788;
const workerPort = 15_798;
// Not those of the tests, which may run at the same time.
const ports = { postgresPort: 25_632, redisPort: 26_579 };

/** A real n8n in queue mode, with this package installed as a person installs it. */
export interface QueueMode {
	client: N8nClient;
	/** Ends main instance and worker as a power cut would, and starts both again. */
	powerCut(): Promise<void>;
	/** The rows of a query to n8n's database, as text. */
	query(sql: string): Promise<string[][]>;
	stop(): Promise<void>;
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
