import type { IDataObject, INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import type { Credentials } from './workflows';
import {
	code,
	create,
	createCredentials,
	givesItems,
	inARow,
	job,
	manualTrigger,
	node,
	poll,
	submitted,
	until,
	webhook,
} from './workflows';
import { cancelBoth, timeOutBoth } from './canceling';
import { testSideBySide } from './sideBySide';

const pollName = 'Veo Poll Until Done';
// n8n resumes on time only after 65 seconds: no suspension here is shorter.
const oneSuspensionMs = 65_000;

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;
let credentials: Credentials;

beforeAll(async () => {
	stage = await openStage(15_678);
	({ client, simulator } = stage);
	credentials = await createCredentials(client, simulator);
});

afterAll(async () => await stage?.close());

const itemsOf = ({ data }: Execution, name = pollName): INodeExecutionData[] =>
	data.resultData.runData[name]?.at(-1)?.data?.main?.[0] ?? [];

const played = () => ({ client, simulator, credentials });

testSideBySide({
	'webhook and manual runs suspend, resume and give the videos': async () => await runsGiveVideos(),
	'cancelling ends a hold and a suspension, and nothing is asked any more': async () =>
		await cancelBoth(played()),
	'the workflow timeout ends a hold, and what is too short to be suspended': async () =>
		await timeOutBoth(played()),
	'a webhook that answers when the last node finishes answers with the jobs': async () =>
		await webhookAnswers(),
	'a sub-workflow that is suspended parks its parent': async () => await subWorkflowWaits(),
	'a sub-workflow that runs once for each item returns all videos': async () =>
		await subWorkflowsReturnAll(),
	'an error workflow gets the ID of the job that failed': async () => await errorWorkflowHears(),
	'pinned data asks nobody, and a partial run buys nothing': async () => await partialRunWaits(),
});

const isWaiting = (status: string) => status === 'waiting';

async function runManually(...row: INode[]): Promise<string> {
	const workflow = await client.createWorkflow(inARow('Manual', manualTrigger(), ...row));
	return await client.runManually(workflow.id, 'Start');
}

/** Webhook and manual runs suspend, resume and give the videos. */
async function runsGiveVideos(): Promise<void> {
	const jobs = givesItems([job(60), job(40)]);
	const row = [jobs, create(credentials), poll(credentials)];
	const workflow = await client.createWorkflow(inARow('Webhook', webhook('videos'), ...row));
	await client.publish(workflow);
	await client.callWebhook('videos');
	const manualId = await runManually(...row);
	const webhookId = (await client.executionsOf(workflow.id))[0]?.id ?? '';

	say('waiting for the first suspension to end (65 s)');
	const started = Date.now();
	for (const id of [webhookId, manualId]) await client.untilExecution(id, 60_000, isWaiting);
	const suspendedAfter = Date.now() - started;
	// n8n stores the highlighted data a moment after the rest.
	await until(async () => {
		const { customData } = await client.execution(manualId);
		return customData?.veo_jobs_1?.split(', ').length === 2;
	}, 10_000);
	for (const id of [webhookId, manualId]) {
		const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
		expect(execution.status).toBe('success');
		const items = itemsOf(execution);
		expect(items.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		for (const { json, binary } of items) {
			expect(json.checks).toBe(2);
			expect(binary?.video).toMatchObject({ mimeType: 'video/mp4' });
		}
	}
	say(`both suspended within ${suspendedAfter} ms, and ended after ${Date.now() - started} ms`);
	for (const seconds of [60, 40]) expect(submitted(simulator, seconds)).toHaveLength(2);
}

/** A webhook that answers when the last node finishes answers as the execution suspends. */
async function webhookAnswers(): Promise<void> {
	const row = [givesItems([job(33)]), create(credentials), poll(credentials)];
	const after = code('After', 'return $input.all();');
	const workflow = await client.createWorkflow(
		inARow('Answering', webhook('answering', 'lastNode'), ...row, after),
	);
	await client.publish(workflow);
	const answer = JSON.parse(await client.callWebhook('answering')) as IDataObject;
	const [bought] = submitted(simulator, 33);
	expect(answer).toMatchObject({ provider: 'deepWl', jobId: bought?.jobId });
	expect(answer.status).not.toBe('succeeded');

	const [{ id } = { id: '' }] = await client.executionsOf(workflow.id);
	const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
	expect(execution.status).toBe('success');
	expect(execution.data.resultData.runData.After).toHaveLength(1);
	const [item] = itemsOf(execution, 'After');
	expect(item?.json).toMatchObject({ jobId: bought?.jobId, status: 'succeeded' });
	expect(item?.binary?.video).toMatchObject({ mimeType: 'video/mp4' });
	expect(submitted(simulator, 33)).toHaveLength(1);
}

/** Runs a parent that calls Veo Create and Veo Poll Until Done as a sub-workflow, to its end. */
async function runParent(
	items: IDataObject[],
	mode: 'once' | 'each',
	waiting: INodeParameters,
): Promise<Execution> {
	const child = await client.createWorkflow(
		inARow(
			'Child',
			node(
				'Called',
				'n8n-nodes-base.executeWorkflowTrigger',
				{ inputSource: 'passthrough' },
				{ typeVersion: 1.1 },
			),
			create(credentials),
			poll(credentials, waiting),
		),
	);
	await client.publish(child);
	const parent = await client.createWorkflow(
		inARow(
			'Parent',
			manualTrigger(),
			givesItems(items),
			node(
				'Call',
				'n8n-nodes-base.executeWorkflow',
				{ workflowId: { __rl: true, mode: 'id', value: child.id }, mode, options: {} },
				{ typeVersion: 1.2 },
			),
		),
	);
	const id = await client.runManually(parent.id, 'Start');
	const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
	expect(execution.status).toBe('success');
	return execution;
}

/** A sub-workflow that is suspended parks its parent, which goes on with its output. */
async function subWorkflowWaits(): Promise<void> {
	const execution = await runParent([job(30)], 'once', { waiting: 'suspend' });
	expect(itemsOf(execution, 'Call').map(({ json }) => json.status)).toEqual(['succeeded']);
}

/** n8n would continue the parent after the first suspended one: Automatic holds there. */
async function subWorkflowsReturnAll(): Promise<void> {
	const items = Array.from({ length: 3 }, () => job(6));
	const execution = await runParent(items, 'each', { pollIntervalSeconds: 5 });
	const returned = itemsOf(execution, 'Call').map(({ json }) => [json.jobId, json.status]);
	expect(returned).toEqual(submitted(simulator, 6).map(({ jobId }) => [jobId, 'succeeded']));
	expect(returned).toHaveLength(3);
}

/** A job that fails while suspended starts the error workflow, which gets its id. */
async function errorWorkflowHears(): Promise<void> {
	const handler = await client.createWorkflow(
		inARow(
			'Handler',
			node('Failed', 'n8n-nodes-base.errorTrigger', {}),
			code('Note', 'return $input.all();'),
		),
	);
	await client.publish(handler);
	const row = [givesItems([job(31, 'failed')]), create(credentials), poll(credentials)];
	const workflow = await client.createWorkflow({
		...inARow('Failing', webhook('failing'), ...row),
		settings: { errorWorkflow: handler.id },
	});
	await client.publish(workflow);
	await client.callWebhook('failing');
	await until(async () => (await client.countOf(handler.id, 'success')) === 1, 2 * oneSuspensionMs);
	const [handled] = await client.executionsOf(handler.id);
	const [told] = itemsOf(await client.execution(handled?.id ?? ''), 'Note');
	expect(JSON.stringify(told?.json)).toContain(submitted(simulator, 31)[0]?.jobId);
}

/** Pinned data asks nobody; a partial run waits for the jobs there are and buys none. */
async function partialRunWaits(): Promise<void> {
	const row = [manualTrigger(), givesItems([job(32)]), create(credentials), poll(credentials)];
	const file = inARow('Pinned', ...row);
	const pinned = await client.createWorkflow({
		...file,
		pinData: { [pollName]: [{ json: { jobId: 'pinned', status: 'succeeded' } }] },
	});
	const pinnedRun = await client.untilExecution(
		await client.runManually(pinned.id, 'Start'),
		20_000,
	);
	expect(itemsOf(pinnedRun).map(({ json }) => json.jobId)).toEqual(['pinned']);

	// The editor's "Execute step" on the waiting node: what Veo Create gave is taken from the last run.
	const ranBefore = Object.entries(pinnedRun.data.resultData.runData);
	const runData = Object.fromEntries(ranBefore.filter(([name]) => name !== pollName));
	const partial = await client.createWorkflow({ ...file, pinData: {} });
	const id = await client.runStep(partial.id, pollName, runData);
	const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
	expect(execution.status).toBe('success');
	expect(itemsOf(execution).map(({ json }) => json.status)).toEqual(['succeeded']);
	expect(submitted(simulator, 32)).toHaveLength(1);
}
