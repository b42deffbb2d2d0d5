import type { QueueStage } from './openQueueStage';
import { openQueueStage } from './openQueueStage';
import { say } from './stage';
import { code, create, givesItems, jsonsOf, poll, runByHand } from './workflows';

const mainPort = 15_868;
const webhookPort = 15_888;
const executions = 10;

let stage: QueueStage;

beforeAll(async () => {
	// A worker creates the URL, and the main instance is called at it.
	stage = await openQueueStage(mainPort, { WEBHOOK_URL: `http://127.0.0.1:${mainPort}/` });
	await stage.startWorker(15_878, 2);
	await stage.startWebhookProcessor(webhookPort);
});

afterAll(async () => await stage?.close());

const untilMs = 300_000;

test('ten executions whose jobs end together, each called twice at once at two processes', async () => {
	const { client, simulator, credentials } = stage;
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
