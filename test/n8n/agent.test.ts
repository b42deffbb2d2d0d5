import { randomUUID } from 'node:crypto';
import type { INode } from 'n8n-workflow';
import { VeoCreate } from '../../nodes/VeoCreate/VeoCreate.node';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import { example, isOurs, rehearse } from '../exampleFiles';
import type { ModelRequest, Script, ScriptedModel, ToolCall } from './scriptedModel';
import { startScriptedModel, toolAnswers } from './scriptedModel';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import type { Credentials } from './workflows';
import { itemsOf } from './workflows';

/*
 * The nodes as tools of n8n's agent, as in the example ai-agent.json. The model plays scripts: what the
 * agent sends to it is what a real one would get.
 */

const longestRunMs = 200_000;

let stage: OpenStage;
let simulator: Simulator;
let model: ScriptedModel;
let client: N8nClient;
let openAiApi: Credentials[string];
let anyKey: Credentials[string];
let talks: ReturnType<typeof talkAll>;

// Still running at the first check, which is at once, and over at the second, a minute later.
const prompt = (text: string, more = '') => `${text} [sim seconds=30 ${more}]`;

const create = (text: string, more?: string): ToolCall => ({
	tool: 'Create_Video',
	with: { prompt: prompt(text, more), aspectRatio: '16:9' },
});
const wait = (jobId: unknown): ToolCall => ({ tool: 'Wait_for_Video', with: { jobId } });
const extend = (jobId: unknown): ToolCall => ({
	tool: 'Extend_Video',
	with: { jobId, prompt: 'It goes on [sim seconds=0]' },
});

/** What a tool answered, which is a list of one. */
const read = (answer = '[{}]') => (JSON.parse(answer) as Array<Record<string, unknown>>)[0] ?? {};

const endingOf: Record<string, string> = { Reef: 'ending=safety' };

const scripts: Record<string, Script> = {
	Boat: [() => [create('A boat')], ([created]) => [wait(read(created).jobId)]],
	Fight: [
		() => [create('A fight', 'ending=safety')],
		([created]) => [wait(read(created).jobId), wait('video_unknown')],
	],
	Twice: [() => [create('A cat')], () => [create('A cat'), create('A cat from above')]],
	Lost: [() => [create('A dog')], () => [create('A dog')]],
	...Object.fromEntries(
		['Harbor', 'Island', 'Reef'].map((name) => [
			name,
			[() => [{ tool: 'Make_Video', with: { prompt: prompt(name, endingOf[name]) } }]],
		]),
	),
	Extend: [
		() => [create('A kite', 'seconds=0')],
		([created]) => [wait(read(created).jobId)],
		([created]) => [extend(read(created).jobId)],
		([, , extended]) => [wait(read(extended).jobId)],
	],
};

beforeAll(async () => {
	stage = await openStage(15_764);
	({ client, simulator } = stage);
	model = await startScriptedModel(scripts);
	anyKey = await client.createCredential('Any key', 'veoDeepWlApi', {
		apiKey: 'any',
		baseUrl: simulator.baseUrl('deepWl'),
	});
	openAiApi = await client.createCredential('Scripted', 'openAiApi', {
		apiKey: 'sk-scripted',
		url: model.url,
	});
});

afterAll(async () => {
	await stage?.close();
	await model?.close();
});

type Change = (node: INode) => INode;

/** Starts a conversation with the agent of the example, changed, with the credentials filled in. */
async function talk(
	said: string,
	change: Change = (node) => node,
	name = 'ai-agent',
): Promise<string> {
	const file = example(name);
	const credentials = { ...stage.credentials, openAiApi };
	const nodes = file.nodes.map((node) => {
		const needsThem = isOurs(node) || node.name === 'OpenAI Chat Model';
		// Several copies of one workflow are published at the same time.
		const webhookId = node.webhookId && randomUUID();
		return change(needsThem ? { ...node, credentials, webhookId } : { ...node, webhookId });
	});
	const workflow = await client.createWorkflow({ ...file, nodes });
	// n8n runs a published workflow only as the tool of an agent.
	if (name === subWorkflow) await client.publish(workflow);
	return await client.runManually(workflow.id, 'Chat', said);
}

async function talked(said: string, change?: Change, name?: string): Promise<Execution> {
	return await client.untilExecution(await talk(said, change, name), longestRunMs);
}

/** Waiting set to Suspend, as the note of the example with a sub-workflow says for n8n 2.39 and newer. */
const suspending: Change = (node) =>
	node.name === 'Wait for Video'
		? { ...node, parameters: { ...node.parameters, waiting: 'suspend' } }
		: node;
const subWorkflow = 'agent-with-sub-workflow';

/** Without a credential for the provider, and with the option Rehearse. */
const rehearsing: Change = (node) =>
	isOurs(node) ? { ...rehearse(node), credentials: undefined } : node;

/** The same where n8n wants a credential before it publishes: any key is enough for a rehearsal. */
const rehearsingWithAnyKey: Change = (node) =>
	isOurs(node) ? { ...rehearse(node), credentials: { veoDeepWlApi: anyKey } } : node;

/** A tool as it is just after it was added: no description of its own, On Error and Download as they are. */
const asDropped: Change = (node) => {
	if (!isOurs(node)) return node;
	const { provider, operation, model: chosen, jobId, prompt: given } = node.parameters;
	const parameters = { provider, operation, model: chosen, jobId, prompt: given };
	return { ...node, onError: undefined, parameters: JSON.parse(JSON.stringify(parameters)) };
};

/** The agent of n8n before 1.113, which calls its tools itself; with Retry On Fail on the tool. */
const olderAgent: Change = (node) => {
	if (node.name === 'Video Agent') return { ...node, typeVersion: 2.2 };
	return node.name === 'Create Video'
		? { ...node, onError: undefined, retryOnFail: true, maxTries: 3, waitBetweenTries: 100 }
		: node;
};

/** A conversation with the agent whose tool is a sub-workflow, and the states its execution was in. */
async function watched(said: string, change?: Change) {
	const statuses = new Set<string>();
	const id = await talk(said, change, subWorkflow);
	const run = await client.untilExecution(id, longestRunMs, (status) => {
		statuses.add(status);
		return !['new', 'running', 'waiting'].includes(status);
	});
	return { run, statuses };
}

/** Starts those that wait for a job together. */
function talkAll() {
	const all = {
		boat: talk('Boat'),
		fight: talked('Fight'),
		fightOfDropped: talked('Fight', asDropped),
		extended: talked('Extend'),
		held: watched('Harbor'),
		suspended: watched('Island', suspending),
		failed: talked('Reef', suspending, subWorkflow),
		rehearsed: talked('Boat', rehearsing),
		rehearsedInSubWorkflow: talked('Harbor', rehearsingWithAnyKey, subWorkflow),
	};
	for (const each of Object.values(all)) each.catch(() => undefined);
	return all;
}

/** The paid jobs whose prompt begins so. */
const paid = (start: string) => simulator.ledger.filter((each) => each.prompt.startsWith(start));

/** The last request of a conversation: it holds all that was said. */
function requestOf(execution: Execution): ModelRequest {
	const output = itemsOf(execution, 'Video Agent')[0]?.json.output;
	const found = model.requests.findLast(
		(request) => `Done: ${toolAnswers(request).at(-1)}` === output,
	);
	if (found === undefined) throw new Error(`The agent answered ${String(output)}`);
	return found;
}

/** What the tools answered, as the model got it. */
const answersOf = (execution: Execution) => toolAnswers(requestOf(execution)).map(read);

/** Loses the answer to the next create, whose job is started and paid for. */
function loseNextAnswer(): void {
	simulator.reset();
	simulator.failNext({ route: 'create', kind: 'resetBeforeHeaders', acceptFirst: true });
}

test('a job whose answer was lost is not created again when the model asks again', async () => {
	loseNextAnswer();
	const run = await talked('Lost');
	expect(run.status).toBe('success');
	const failure = {
		code: 'outcome_unknown',
		message: expect.stringContaining('did not clearly accept or reject the request'),
		retryable: false,
	};
	const unclear = expect.objectContaining({ failure });
	expect(answersOf(run)).toEqual([unclear, unclear]);
	expect(paid('A dog')).toHaveLength(1);
});

test('nor when an older agent asks again, and n8n tries each time three times', async () => {
	loseNextAnswer();
	const run = await talked('Lost', olderAgent);
	expect(run.data.resultData.runData['Create Video']).toHaveLength(6);
	// n8n gives an older agent no error text, unless On Error is Continue as in the example.
	expect(toolAnswers(requestOf(run))).toEqual(['', '']);
	expect(paid('A dog')).toHaveLength(1);
});

test('the same request again gives the same job, and another prompt another one', async () => {
	const run = await talked('Twice');
	expect(run.status).toBe('success');
	const [first, again, other] = answersOf(run).map(({ jobId }) => jobId);
	expect(again).toBe(first);
	expect(paid('A cat').map(({ jobId }) => jobId)).toEqual([first, other]);
});

describe('while jobs run', () => {
	beforeAll(() => {
		say('letting the agents talk together (about a minute)');
		talks = talkAll();
	});

	test('the waiting is held, and the model gets short JSON with the link', async () => {
		const id = await talks.boat;
		const run = await client.untilExecution(id, longestRunMs, (status) => status !== 'running');
		expect(run.status).toBe('success');
		const answers = answersOf(run);
		expect(answers).toEqual([
			expect.objectContaining({ status: 'queued', jobId: expect.any(String) }),
			expect.objectContaining({
				status: 'succeeded',
				jobId: answers[0]?.jobId,
				videoUrl: expect.stringMatching(/^http.*\.mp4$/),
			}),
		]);
		expect(paid('A boat').map(({ jobId }) => jobId)).toContain(answers[0]?.jobId);
		for (const answer of toolAnswers(requestOf(run))) expect(answer.length).toBeLessThan(1_000);
	});

	test('a failed job comes with its ID and the reason', async () => {
		const run = await talks.fight;
		expect(run.status).toBe('success');
		const [created, failed, unknown] = answersOf(run);
		expect(failed).toMatchObject({
			jobId: created?.jobId,
			status: 'failed',
			failure: { code: 'content_policy', message: expect.stringContaining(String(created?.jobId)) },
		});
		expect(unknown).toMatchObject({ jobId: 'video_unknown', failure: { code: 'job_not_found' } });
	});

	test('a tool that was not set up further names the job in its error', async () => {
		const run = await talks.fightOfDropped;
		expect(run.status).toBe('success');
		const [created, failed] = answersOf(run);
		expect(failed).toEqual({
			error: expect.stringContaining(`Job ${String(created?.jobId)} failed at DeepWL`),
		});
		const tool = requestOf(run).tools?.find((each) => each.function.name === 'Create_Video');
		expect(tool?.function.description).toBe(new VeoCreate().description.description);
	});

	test.each([
		['holds', 'held', 'Harbor', false],
		['is suspended with its agent', 'suspended', 'Island', true],
	] as const)(
		'a sub-workflow as the tool %s, and its video comes',
		async (_how, which, name, waits) => {
			const { run, statuses } = await talks[which];
			expect(run.status).toBe('success');
			expect(statuses.has('waiting')).toBe(waits);
			expect(answersOf(run)).toMatchObject([
				{
					status: 'succeeded',
					jobId: paid(name)[0]?.jobId,
					videoUrl: expect.stringMatching(/^http/),
				},
			]);
			expect(paid(name)).toHaveLength(1);
		},
	);

	test.each(['rehearsed', 'rehearsedInSubWorkflow'] as const)(
		'%s: the agent answers without a key that is right, and nothing is paid for',
		async (which) => {
			const run = await talks[which];
			expect(run.status).toBe('success');
			const rehearsal = expect.stringMatching(/^rehearsal-/);
			expect(answersOf(run).at(-1)).toMatchObject({ status: 'succeeded', jobId: rehearsal });
		},
	);

	test('a sub-workflow whose job fails gives the model the job ID and the reason', async () => {
		const run = await talks.failed;
		expect(run.status).toBe('success');
		const failure = { code: 'content_policy' };
		expect(answersOf(run)).toMatchObject([{ jobId: paid('Reef')[0]?.jobId, failure }]);
	});

	test('a finished video is made longer', async () => {
		const run = await talks.extended;
		expect(run.status).toBe('success');
		const statuses = answersOf(run).map(({ status }) => status);
		// The answer to a remix has the state of its job, and this job takes no time.
		expect(statuses).toEqual(['queued', 'succeeded', 'succeeded', 'succeeded']);
		expect(paid('It goes on').map(({ operation }) => operation)).toEqual(['extend']);
	});
});

test('the model sees what the example says of each tool and its fields', () => {
	const tools = (model.requests[0]?.tools ?? []).map((tool) => tool.function);
	expect(tools.map(({ name, parameters }) => [name, parameters.required])).toEqual([
		['Extend_Video', ['jobId', 'prompt']],
		['Wait_for_Video', ['jobId']],
		// The aspect ratio has a default.
		['Create_Video', ['prompt']],
	]);
	for (const { name, description, parameters } of tools) {
		const node = example('ai-agent').nodes.find((each) => each.name === name.replaceAll('_', ' '));
		expect(description).toBe(node?.parameters.toolDescription);
		for (const [field, { description: about }] of Object.entries(parameters.properties)) {
			expect(node?.parameters[field]).toContain(`$fromAI('${field}', '${about}', 'string'`);
		}
	}
});
