import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import { code, create, inARow, jsonsOf, poll, runByHand, until, webhook } from './workflows';

/*
 * n8n is killed (kill -9) while Veo Create sends its creates, is started again, and each execution is
 * retried, as often as n8n allows. No video may be bought twice. Each case by itself: test/engine/killed.
 */

const rounds = Number(process.env.KILL_ROUNDS ?? 2);
const itemsPerExecution = 12;
const executionsPerRound = 3;
// Four creates at a time: an execution sends for about three times as long.
const answerMs = 800;

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;

beforeAll(async () => {
	stage = await openStage(15_860);
	({ client, simulator } = stage);
});
afterAll(async () => await stage?.close());

const items = (name: string) =>
	code(
		'Items',
		`const { run } = $input.first().json.body ?? { run: 'by hand' };
return Array.from({ length: ${itemsPerExecution} }, (_, n) => ({ json: { prompt: \`${name} \${run}.\${n}\` } }));`,
	);

/** Sends several creates at once, and a retry sends those of the other items. */
const veoCreate = () => ({
	...create(stage.credentials),
	onError: 'continueRegularOutput' as const,
});

/** The workflows to kill: started by a webhook and by hand, with and without saved progress. */
const kinds = [true, false].flatMap((isSaved) =>
	[true, false].map((isProduction) => ({
		isSaved,
		isProduction,
		name: `${isProduction ? 'production' : 'manual'}-${isSaved ? 'saved' : 'not-saved'}`,
	})),
);
type Kind = (typeof kinds)[number];

/** Starts the executions of a round, and returns the ids of those that run. */
async function startAll(workflows: Map<Kind, string>, round: number): Promise<Map<string, Kind>> {
	const started = new Map<string, Kind>();
	for (const kind of kinds) {
		const { name, isSaved, isProduction } = kind;
		if (isProduction) {
			for (let run = 0; run < executionsPerRound; run++) {
				await client.callWebhook(name, { run: `${round}-${run}` });
			}
			for (const { id } of await client.executionsOf(workflows.get(kind) ?? '')) {
				started.set(id, kind);
			}
		} else {
			const settings = { saveExecutionProgress: isSaved };
			const row = [items(`${name} ${round}`), veoCreate()];
			started.set(await runByHand(client, row, { settings }), kind);
		}
	}
	return started;
}

async function publishAll(): Promise<Map<Kind, string>> {
	const workflows = new Map<Kind, string>();
	for (const kind of kinds.filter(({ isProduction }) => isProduction)) {
		const { name, isSaved: saveExecutionProgress } = kind;
		const row = [webhook(name), items(name), veoCreate()];
		const file = { ...inARow(name, ...row), settings: { saveExecutionProgress } };
		const workflow = await client.createWorkflow(file);
		await client.publish(workflow);
		workflows.set(kind, workflow.id);
	}
	return workflows;
}

test(`${rounds} times kill -9 while Veo Create runs: nothing is bought twice`, async () => {
	const workflows = await publishAll();
	let crashed = 0;
	let returned = 0;
	let refusals = 0;
	for (let round = 0; round < rounds; round++) {
		const paidBefore = simulator.ledger.length;
		simulator.failNext({ kind: 'delay', delayMs: answerMs, route: 'create', times: 500 });
		const known = new Set(await idsOf(workflows));
		const started = await startAll(workflows, round);
		await until(async () => simulator.ledger.length > paidBefore);
		await sleep(Math.random() * answerMs * 2);
		await stage.kill();
		await stage.startAgain();
		for (const [id, { isSaved, isProduction, name }] of started) {
			if (known.has(id)) continue;
			const execution = await client.untilExecution(id, 60_000);
			if (execution.status !== 'crashed') continue;
			crashed++;
			const paid = simulator.ledger.length;
			if (!isSaved && !isProduction) {
				await expect(client.retryExecution(id)).rejects.toThrow(/cannot be retried/);
				refusals++;
				continue;
			}
			const retried = await client.execution(await client.retryExecution(id));
			const output = JSON.stringify(jsonsOf(retried, 'Veo Create'));
			const ids = simulator.ledger.slice(0, paid).map(({ jobId }) => jobId);
			const found = ids.filter((jobId) => output.includes(jobId)).length;
			returned += found;
			const created = simulator.ledger.length;
			say(`${name}: ${found} jobs returned, ${created - paid} created by the retry`);
			await client.retryExecution(id);
			expect(simulator.ledger).toHaveLength(created);
		}
	}
	const prompts = simulator.ledger.map(({ prompt }) => prompt);
	say(
		`${rounds} kills, ${crashed} crashed executions, ${refusals} not retried by n8n, ${prompts.length} jobs; ${returned} returned by retries`,
	);
	expect(crashed).toBeGreaterThan(rounds);
	expect(returned).toBeGreaterThan(0);
	expect(new Set(prompts).size).toBe(prompts.length);
});

test('killed while Veo Poll Until Done holds, before anything is stored: a retry buys nothing', async () => {
	const name = 'holding';
	const row = [
		webhook(name),
		items(name),
		veoCreate(),
		poll(stage.credentials, { waiting: 'hold' }),
	];
	const workflow = await client.createWorkflow(inARow(name, ...row));
	await client.publish(workflow);
	const isOwn = ({ prompt }: { prompt: string }) => prompt.startsWith(name);
	await client.callWebhook(name, { run: 'once' });
	await until(async () => simulator.calls.some(({ route }) => route === 'status'));
	expect(simulator.ledger.filter(isOwn)).toHaveLength(itemsPerExecution);
	await stage.kill();
	await stage.startAgain();
	const [{ id } = { id: '' }] = await client.executionsOf(workflow.id);
	expect((await client.untilExecution(id, 60_000)).status).toBe('crashed');
	// n8n has added a run of Veo Create from its event log, and retries from the trigger.
	const retried = await client.untilExecution(await client.retryExecution(id), 60_000);
	expect(JSON.stringify(jsonsOf(retried, 'Veo Create'))).toMatch(/outcome_unknown/);
	expect(simulator.ledger.filter(isOwn)).toHaveLength(itemsPerExecution);
});

async function idsOf(workflows: Map<Kind, string>): Promise<string[]> {
	const lists = await Promise.all([...workflows.values()].map((id) => client.executionsOf(id)));
	return lists.flat().map(({ id }) => id);
}
