import { N8nClient } from '../../workbench/n8n/client';
import type { Instance } from '../../workbench/n8n/instance';
import { startN8n } from '../../workbench/n8n/instance';
import type { QueueServers } from '../../workbench/n8n/queue';
import { startQueueServers } from '../../workbench/n8n/queue';
import type { Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import type { Stage } from './stage';
import { say, setStage } from './stage';
import type { Credentials } from './workflows';
import { code, create, createCredentials, givesItems, jsonsOf, poll, runByHand } from './workflows';

const mainPort = 15_868;
const workerPort = 15_878;
const webhookPort = 15_888;
const executions = 10;

let stage: Stage;
let servers: QueueServers;
let simulator: Simulator;
let instances: Instance[] = [];
let client: N8nClient;
let credentials: Credentials;

beforeAll(async () => {
	stage = await setStage();
	simulator = await startSimulator();
	servers = startQueueServers(stage.folder, say, { postgresPort: 25_532, redisPort: 26_479 });
	const { installed, userFolder } = stage;
	// A worker creates the URL, and the main instance is called at it.
	const webhookUrl = { WEBHOOK_URL: `http://127.0.0.1:${mainPort}/` };
	const environment = { ...servers.environment, ...webhookUrl };
	say(
		'starting n8n in queue mode: a main instance, a webhook processor, a worker of concurrency 2',
	);
	const main = await startN8n(installed, { userFolder, port: mainPort, environment });
	const worker = await startN8n(installed, {
		userFolder,
		port: workerPort,
		command: 'worker',
		arguments: ['--concurrency=2'],
		environment: { ...environment, QUEUE_HEALTH_CHECK_PORT: String(workerPort) },
	});
	const webhooks = await startN8n(installed, {
		userFolder,
		port: webhookPort,
		command: 'webhook',
		environment,
	});
	instances = [main, worker, webhooks];
	client = new N8nClient(main.baseUrl);
	await client.logIn();
	credentials = await createCredentials(client, simulator);
});

afterAll(async () => {
	await Promise.all(instances.map(async (instance) => await instance.stop()));
	servers?.stop();
	await simulator?.close();
	stage?.clear();
});

const untilMs = 300_000;

test('ten executions whose jobs end together, each called twice at once at two processes', async () => {
	const endsAt = Date.now() + 45_000;
	const ids: string[] = [];
	for (let index = 0; index < executions; index++) {
		const seconds = ((endsAt - Date.now()) / 1000).toFixed(3);
		const prompt = `Queued ${index} [sim seconds=${seconds} words=noCall]`;
		ids.push(
			await runByHand(client, [
				givesItems([{ prompt }]),
				create(credentials, { provider: 'kie', options: { wakeByCallback: true } }),
				poll(credentials, { provider: 'kie', waiting: 'suspend' }),
				code('After', 'return $input.all();'),
			]),
		);
	}
	for (const id of ids) await client.untilExecution(id, 60_000, (status) => status === 'waiting');
	await new Promise((resolve) => setTimeout(resolve, Math.max(0, endsAt + 500 - Date.now())));
	const calledAt = Date.now();
	const calls = simulator.ledger.flatMap(({ jobId, fields }) =>
		[mainPort, webhookPort, mainPort, webhookPort].map(async (port) => {
			const body = JSON.stringify({ code: 200, data: { taskId: jobId } });
			const headers = { 'content-type': 'application/json' };
			const url = String(fields.callBackUrl).replace(`:${mainPort}/`, `:${port}/`);
			return (await fetch(url, { method: 'POST', body, headers })).status;
		}),
	);
	const statuses = await Promise.all(calls);
	expect(statuses.filter((status) => status === 200)).toHaveLength(executions);

	const ended = await Promise.all(ids.map(async (id) => await client.untilExecution(id, untilMs)));
	for (const execution of ended) {
		expect(execution.status).toBe('success');
		expect(jsonsOf(execution, 'After')).toMatchObject([{ status: 'succeeded', checks: 1 }]);
		expect(execution.data.resultData.runData.After).toHaveLength(1);
	}
	const last = Math.max(...ended.map(({ stoppedAt }) => Date.parse(stoppedAt ?? '')));
	say(`${executions} executions called at once ended within ${last - calledAt} ms, 1 check each`);
});
