import { N8nClient } from '../../workbench/n8n/client';
import type { Instance } from '../../workbench/n8n/instance';
import { startN8n } from '../../workbench/n8n/instance';
import { startQueueServers, startWorker } from '../../workbench/n8n/queue';
import type { Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import { say, setStage } from './stage';
import type { Credentials } from './workflows';
import { createCredentials } from './workflows';

/** n8n in queue mode on PostgreSQL, the simulator, and the credentials for it. */
export interface QueueStage {
	main: Instance;
	client: N8nClient;
	simulator: Simulator;
	credentials: Credentials;
	/** Starts the main instance again after it was killed. */
	startMain(): Promise<Instance>;
	/** Each worker needs a port of its own. */
	startWorker(port: number, concurrency?: number): Promise<Instance>;
	startWebhookProcessor(port: number): Promise<Instance>;
	/** Stops all that were started. */
	close(): Promise<void>;
}

/** Two stages on one machine need ports that differ by more than their instances do. */
export async function openQueueStage(
	port: number,
	more: Record<string, string> = {},
): Promise<QueueStage> {
	const { installed, folder, userFolder, clear } = await setStage();
	const simulator = await startSimulator();
	const ports = { postgresPort: port + 10_000, redisPort: port + 11_000 };
	const servers = startQueueServers(folder, say, ports);
	const environment = { ...servers.environment, ...more };
	const started: Instance[] = [];
	const keep = (instance: Instance) => {
		started.push(instance);
		return instance;
	};
	const startMain = async () => keep(await startN8n(installed, { userFolder, port, environment }));
	say('starting n8n in queue mode');
	const main = await startMain();
	const client = new N8nClient(main.baseUrl);
	await client.logIn();
	return {
		main,
		client,
		simulator,
		credentials: await createCredentials(client, simulator),
		startMain,
		startWorker: async (workerPort, concurrency = 1) => {
			const options = { userFolder, port: workerPort, environment };
			return keep(await startWorker(installed, options, concurrency));
		},
		startWebhookProcessor: async (webhookPort) => {
			const options = { userFolder, port: webhookPort, environment, command: 'webhook' } as const;
			return keep(await startN8n(installed, options));
		},
		close: async () => {
			await Promise.all(started.map(async (instance) => await instance.stop()));
			servers.stop();
			await simulator.close();
			clear();
		},
	};
}
