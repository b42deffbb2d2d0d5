import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { N8nClient } from '../n8n/client';
import { installN8n } from '../n8n/install';
import { startN8n } from '../n8n/instance';
import { installOwnPackage } from '../n8n/ownPackage';
import { startQueueServers, startWorker } from '../n8n/queue';

const mainPort = 15_788;
const workerPort = 15_798;
// Different from the tests' ports: both may run at the same time.
const ports = { postgresPort: 25_632, redisPort: 26_579 };
// Enough for all executions of the bench at once: queueing is not measured.
const workerConcurrency = 200;

/** A real n8n in queue mode, with this package installed as a person installs it. */
export interface QueueMode {
	client: N8nClient;
	/** Kills main instance and worker with SIGKILL, and starts both again. */
	killAndRestart(): Promise<void>;
	stop(): Promise<void>;
}

/** Starts PostgreSQL, Redis, a main instance and one worker. */
export async function startQueueMode(): Promise<QueueMode> {
	const say = (text: string) => console.log(text);
	const installed = await installN8n(say);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-bench-'));
	const userFolder = path.join(folder, 'user');
	installOwnPackage(userFolder, say);
	const servers = startQueueServers(folder, say, ports);
	const { environment } = servers;
	const startMain = async () =>
		await startN8n(installed, { userFolder, port: mainPort, environment });
	const startOnlyWorker = async () =>
		await startWorker(installed, { userFolder, port: workerPort, environment }, workerConcurrency);
	const main = await startMain();
	let instances = [main, await startOnlyWorker()];
	const client = new N8nClient(main.baseUrl);
	await client.logIn();
	return {
		client,
		killAndRestart: async () => {
			await Promise.all(instances.map(async (instance) => await instance.kill()));
			instances = await Promise.all([startMain(), startOnlyWorker()]);
		},
		stop: async () => {
			await Promise.all(instances.map(async (instance) => await instance.stop()));
			servers.stop();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}
