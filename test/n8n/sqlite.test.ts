import { setTimeout as sleep } from 'node:timers/promises';
import type { INode, INodeExecutionData } from 'n8n-workflow';
import type { Execution } from '../../workbench/n8n/client';
import { N8nClient } from '../../workbench/n8n/client';
import type { Instance } from '../../workbench/n8n/instance';
import { startN8n } from '../../workbench/n8n/instance';
import type { Simulator } from '../../workbench/simulator';
import { realClock, startSimulator } from '../../workbench/simulator';
import type { Stage } from './stage';
import { say, setStage } from './stage';
import type { Credentials } from './workflows';
import {
	create,
	createCredentials,
	givesItems,
	inARow,
	manualTrigger,
	poll,
	webhook,
} from './workflows';

const pollName = 'Veo Poll Until Done';
// n8n resumes on time only after 65 seconds: no suspension here is shorter.
const oneSuspensionMs = 65_000;

let stage: Stage;
let simulator: Simulator;
let n8n: Instance;
let client: N8nClient;
let credentials: Credentials;

beforeAll(async () => {
	stage = setStage();
	simulator = await startSimulator({ clock: realClock() });
	say('starting n8n on SQLite');
	n8n = await startN8n(stage.installed, { userFolder: stage.userFolder, port: 15_678 });
	client = new N8nClient(n8n.baseUrl);
	await client.logIn();
	credentials = await createCredentials(client, simulator);
});

afterAll(async () => {
	await n8n?.stop();
	await simulator?.close();
	stage?.clear();
});

const job = (seconds: number, ending = 'success') => ({
	prompt: `A boat [sim seconds=${seconds} ending=${ending}]`,
});

const itemsOf = ({ data }: Execution, name = pollName): INodeExecutionData[] =>
	data.resultData.runData[name]?.at(-1)?.data?.main?.[0] ?? [];

const isWaiting = (status: string) => status === 'waiting';

async function runManually(...row: INode[]): Promise<string> {
	const workflow = await client.createWorkflow(inARow('Manual', manualTrigger(), ...row));
	return await client.runManually(workflow.id, 'Start');
}

/** The checks of the jobs that were submitted since the ledger had that many entries. */
function checksSince(submits: number): number {
	const jobIds = simulator.ledger.slice(submits).map(({ jobId }) => jobId);
	const isCheck = (path: string) => jobIds.some((id) => path.includes(`/video/query?id=${id}`));
	return simulator.calls.filter(({ path }) => isCheck(path)).length;
}

test('webhook and manual runs suspend, resume and give the videos', async () => {
	const jobs = givesItems([job(60), job(40)]);
	const row = [jobs, create(credentials), poll(credentials)];
	const workflow = await client.createWorkflow(inARow('Webhook', webhook('videos'), ...row));
	await client.publish(workflow);
	await client.callWebhook('videos');
	const manualId = await runManually(...row);
	const webhookId = (await client.executionsOf(workflow.id))[0]?.id ?? '';

	say('waiting for the first suspension to end (65 s)');
	const started = Date.now();
	for (const id of [webhookId, manualId]) await client.untilExecution(id, 20_000, isWaiting);
	const suspendedAfter = Date.now() - started;
	for (const id of [webhookId, manualId]) {
		const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
		expect(execution.status).toBe('success');
		const items = itemsOf(execution);
		expect(items.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		for (const { binary } of items) expect(binary?.video).toMatchObject({ mimeType: 'video/mp4' });
	}
	say(`both suspended within ${suspendedAfter} ms, and ended after ${Date.now() - started} ms`);
	expect(simulator.ledger).toHaveLength(4);
});

test('cancelling ends a hold and a suspension, and nothing is asked any more', async () => {
	const submits = simulator.ledger.length;
	const holding = await runManually(
		givesItems([job(600)]),
		create(credentials),
		poll(credentials, { waiting: 'hold', pollIntervalSeconds: 5 }),
	);
	const suspended = await runManually(
		givesItems([job(600)]),
		create(credentials),
		poll(credentials),
	);
	await client.untilExecution(suspended, 20_000, isWaiting);
	await sleep(2_000);
	await Promise.all([holding, suspended].map(async (id) => await client.stopExecution(id)));
	for (const id of [holding, suspended]) {
		expect((await client.untilExecution(id, 10_000)).status).toBe('canceled');
	}
	const before = checksSince(submits);
	expect(before).toBeGreaterThanOrEqual(2);
	say('waiting to see that nobody asks any more (75 s)');
	await sleep(75_000);
	expect(checksSince(submits)).toBe(before);
});

test('the workflow time-out ends a hold and a suspension', async () => {
	const submits = simulator.ledger.length;
	const start = async (waiting: 'hold' | 'automatic') => {
		const row = [givesItems([job(600)]), create(credentials), poll(credentials, { waiting })];
		const workflow = await client.createWorkflow({
			...inARow('Timed', manualTrigger(), ...row),
			settings: { executionTimeout: 10 },
		});
		return await client.runManually(workflow.id, 'Start');
	};
	const ids = [await start('hold'), await start('automatic')];
	say('waiting for the time-out of both (up to 70 s)');
	for (const id of ids) {
		expect((await client.untilExecution(id, 2 * oneSuspensionMs)).status).toBe('canceled');
	}
	const before = checksSince(submits);
	expect(before).toBeGreaterThanOrEqual(2);
	await sleep(20_000);
	expect(checksSince(submits)).toBe(before);
});
