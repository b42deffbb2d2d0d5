import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import {
	code,
	create,
	givesItems,
	inARow,
	itemsOf,
	jsonsOf,
	runByHand,
	until,
	webhook,
} from './workflows';

/*
 * Create and Get Video in a real n8n: n8n is killed (kill -9) at several moments from the first create to
 * the middle of the suspension, and started again. No video may be bought twice, and an execution that was
 * suspended ends by itself.
 */

const jobSeconds = 20;
const itemsPerExecution = 2;
// The create is answered after this, by each of the two items of an execution at a time.
const answerMs = 1_000;
/** When n8n is killed, counted from when the first create of a round arrives. */
const momentsMs = [300, 900, 1_050, 1_200, 1_500, 5_000];

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;

beforeAll(async () => {
	stage = await openStage(15_880);
	({ client, simulator } = stage);
});
afterAll(async () => await stage?.close());

const oneNode = () => ({
	...create(stage.credentials, { mode: 'createAndGet' }),
	onError: 'continueRegularOutput' as const,
});
const countCreates = () => simulator.calls.filter(({ route }) => route === 'create').length;
const after = () => code('After', 'return $input.all();');

test('the video comes out of one node, and the next node runs once', async () => {
	const prompt = `By hand [sim seconds=${jobSeconds}]`;
	const id = await runByHand(client, [givesItems([{ prompt }]), oneNode(), after()]);
	const waiting = await client.untilExecution(id, 60_000, (status) => status === 'waiting');
	expect(JSON.stringify(waiting.data)).toContain(simulator.ledger[0]?.jobId);
	expect(simulator.calls.filter(({ route }) => route === 'status')).toEqual([]);
	const ended = await client.untilExecution(id, 180_000);
	expect(ended.status).toBe('success');
	expect(jsonsOf(ended, 'After')).toMatchObject([{ status: 'succeeded', prompt }]);
	expect(itemsOf(ended, 'After')[0]?.binary?.video).toMatchObject({ mimeType: 'video/mp4' });
	expect(ended.data.resultData.runData.After).toHaveLength(1);
});

test('stopped while it is suspended, and retried: the same job, with its video', async () => {
	const prompt = `Stopped [sim seconds=${jobSeconds}]`;
	const id = await runByHand(client, [givesItems([{ prompt }]), oneNode(), after()]);
	await client.untilExecution(id, 60_000, (status) => status === 'waiting');
	const [{ jobId = '' } = {}] = simulator.ledger.filter((job) => job.prompt === prompt);
	await client.stopExecution(id);
	const { data } = await client.untilExecution(id, 60_000);
	expect(JSON.stringify(data)).toContain(jobId);
	await sleep(jobSeconds * 1_000);
	const retried = await client.untilExecution(await client.retryExecution(id), 180_000);
	expect(jsonsOf(retried, 'After')).toMatchObject([{ status: 'succeeded', jobId }]);
	expect(simulator.ledger.filter((job) => job.prompt === prompt)).toHaveLength(1);
});

test('its provider wakes it', async () => {
	const prompt = `Woken [sim seconds=${jobSeconds}]`;
	const parameters = { provider: 'kie', mode: 'createAndGet', options: { wakeByCallback: true } };
	const node = create(stage.credentials, parameters);
	const startedAt = Date.now();
	const id = await runByHand(client, [givesItems([{ prompt }]), node, after()]);
	const ended = await client.untilExecution(id, 120_000);
	expect(jsonsOf(ended, 'After')).toMatchObject([{ status: 'succeeded', checks: 1 }]);
	// Without the call, the first check comes after 65 seconds.
	expect(Date.parse(ended.stoppedAt ?? '') - startedAt).toBeLessThan(60_000);
});

test('kill -9 at any moment: nothing is bought twice, and what was suspended ends by itself', async () => {
	const workflows: string[] = [];
	for (const saveExecutionProgress of [true, false]) {
		const name = `one-node-${saveExecutionProgress ? 'saved' : 'not-saved'}`;
		const items = code(
			'Items',
			`const { run } = $input.first().json.body;
return Array.from({ length: ${itemsPerExecution} }, (_, n) => ({ json: { prompt: \`${name} \${run}.\${n} [sim seconds=${jobSeconds}]\` } }));`,
		);
		const file = inARow(name, webhook(name), items, oneNode(), after());
		const workflow = await client.createWorkflow({ ...file, settings: { saveExecutionProgress } });
		await client.publish(workflow);
		workflows.push(workflow.id);
	}
	const startedBefore = simulator.ledger.length;
	const counts = { crashed: 0, suspended: 0 };
	const known = new Set<string>();
	for (const momentMs of momentsMs) {
		const sentBefore = countCreates();
		simulator.failNext({ kind: 'delay', delayMs: answerMs, route: 'create', times: 500 });
		for (const name of ['one-node-saved', 'one-node-not-saved']) {
			await client.callWebhook(name, { run: `${momentMs}` });
		}
		await until(async () => countCreates() > sentBefore);
		await sleep(momentMs);
		await stage.kill();
		await stage.startAgain();
		const ids = (await Promise.all(workflows.map(async (id) => await client.executionsOf(id))))
			.flat()
			.map(({ id }) => id)
			.filter((id) => !known.has(id));
		for (const id of ids) {
			known.add(id);
			const { status } = await client.untilExecution(id, 60_000, (each) => each !== 'running');
			if (status !== 'crashed') {
				counts.suspended++;
				continue;
			}
			counts.crashed++;
			const retryId = await client.retryExecution(id);
			known.add(retryId);
			await client.untilExecution(retryId, 180_000);
		}
	}
	for (const id of known)
		await client.untilExecution(id, 180_000, (status) => status !== 'waiting');
	const prompts = simulator.ledger.slice(startedBefore).map(({ prompt }) => prompt);
	say(
		`${momentsMs.length} kills: ${counts.crashed} executions crashed, ${counts.suspended} were suspended; ${prompts.length} jobs`,
	);
	expect(new Set(prompts).size).toBe(prompts.length);
	expect(counts.crashed).toBeGreaterThan(0);
	expect(counts.suspended).toBeGreaterThan(0);
	for (const id of known) {
		const { status, data } = await client.execution(id);
		if (status === 'crashed') continue;
		expect(status).toBe('success');
		expect(data.resultData.runData.After).toHaveLength(1);
	}
});
