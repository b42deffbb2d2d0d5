import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type { Execution, N8nClient } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import type { OpenStage } from './openStage';
import { openStage } from './openStage';
import { say } from './stage';
import {
	call,
	called,
	code,
	create,
	givesItems,
	inARow,
	itemsOf,
	job,
	jsonsOf,
	manualTrigger,
	node,
	poll,
	pollName,
	runByHand,
	jobsTaking,
	until,
	webhook,
} from './workflows';
import { cancelBoth, timeOutBoth } from './canceling';
import { testSideBySide } from './sideBySide';

// n8n resumes on time only after 65 seconds: no suspension here is shorter.
const oneSuspensionMs = 65_000;

let stage: OpenStage;
let simulator: Simulator;
let client: N8nClient;

beforeAll(async () => {
	stage = await openStage(15_678);
	({ client, simulator } = stage);
});

afterAll(async () => await stage?.close());

/** Creates jobs and waits for them. */
const veoNodes = (waiting: INodeParameters = {}) => [
	create(stage.credentials),
	poll(stage.credentials, waiting),
];

testSideBySide({
	'webhook and manual runs suspend, resume and give the videos': runsGiveVideos,
	'cancelling ends a hold and a suspension, and no check follows': async () =>
		await cancelBoth(stage),
	'the workflow timeout ends a hold, and what is too short to be suspended': async () =>
		await timeOutBoth(stage),
	'a webhook that answers when the last node finishes answers with the jobs': webhookAnswers,
	'a sub-workflow that is suspended parks its parent': subWorkflowWaits,
	'a sub-workflow that runs once for each item returns all videos': subWorkflowsReturnAll,
	'an error workflow gets the ID of the job that failed': errorWorkflowHears,
	'a rehearsal is suspended and gives a video, without a credential': rehearsalRuns,
	'pinned data makes no call, and a partial run creates no job': partialRunWaits,
});

const isWaiting = (status: string) => status === 'waiting';

async function runsGiveVideos(): Promise<void> {
	const row = [givesItems([job(60), job(40)]), ...veoNodes()];
	const workflow = await client.createWorkflow(inARow('Webhook', webhook('videos'), ...row));
	await client.publish(workflow);
	await client.callWebhook('videos');
	const manualId = await runByHand(client, row);
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
			expect(json.checks).toBe(1);
			expect(binary?.video).toMatchObject({ mimeType: 'video/mp4' });
		}
	}
	say(`both suspended within ${suspendedAfter} ms, and ended after ${Date.now() - started} ms`);
	for (const seconds of [60, 40]) expect(jobsTaking(simulator, seconds)).toHaveLength(2);
}

async function rehearsalRuns(): Promise<void> {
	const id = await runByHand(client, [
		givesItems([job(777)]),
		create({}, { options: { rehearse: true } }),
		poll({}, { waiting: 'suspend' }),
	]);
	await client.untilExecution(id, 60_000, isWaiting);
	const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
	expect(execution.status).toBe('success');
	const [{ json, binary } = { json: {} }] = itemsOf(execution);
	expect(json).toMatchObject({ status: 'succeeded', rehearsal: true });
	expect(binary?.video).toMatchObject({ mimeType: 'video/mp4' });
	expect(jobsTaking(simulator, 777)).toEqual([]);
}

async function webhookAnswers(): Promise<void> {
	const row = [givesItems([job(33)]), ...veoNodes()];
	const after = code('After', 'return $input.all();');
	const workflow = await client.createWorkflow(
		inARow('Answering', webhook('answering', 'lastNode'), ...row, after),
	);
	await client.publish(workflow);
	const answer = JSON.parse(await client.callWebhook('answering')) as IDataObject;
	const [created] = jobsTaking(simulator, 33);
	expect(answer).toMatchObject({ provider: 'deepWl', jobId: created?.jobId });
	expect(answer.status).not.toBe('succeeded');

	const [{ id } = { id: '' }] = await client.executionsOf(workflow.id);
	const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
	expect(execution.status).toBe('success');
	expect(execution.data.resultData.runData.After).toHaveLength(1);
	const [item] = itemsOf(execution, 'After');
	expect(item?.json).toMatchObject({ jobId: created?.jobId, status: 'succeeded' });
	expect(item?.binary?.video).toMatchObject({ mimeType: 'video/mp4' });
	expect(jobsTaking(simulator, 33)).toHaveLength(1);
}

/** Runs a parent that calls Veo Create and Veo Poll Until Done as a sub-workflow, to its end. */
async function runParent(
	items: IDataObject[],
	mode: 'once' | 'each',
	waiting: INodeParameters,
): Promise<Execution> {
	const child = await client.createWorkflow(inARow('Child', called(), ...veoNodes(waiting)));
	await client.publish(child);
	const id = await runByHand(client, [givesItems(items), call('Call', child.id, mode)]);
	const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
	expect(execution.status).toBe('success');
	return execution;
}

async function subWorkflowWaits(): Promise<void> {
	const execution = await runParent([job(30)], 'once', { waiting: 'suspend' });
	expect(jsonsOf(execution, 'Call').map(({ status }) => status)).toEqual(['succeeded']);
}

/** n8n would continue the parent after the first suspended one: Automatic holds there. */
async function subWorkflowsReturnAll(): Promise<void> {
	const items = Array.from({ length: 3 }, () => job(6));
	const execution = await runParent(items, 'each', { pollIntervalSeconds: 5 });
	const returned = jsonsOf(execution, 'Call').map(({ jobId, status }) => [jobId, status]);
	expect(returned).toEqual(jobsTaking(simulator, 6).map(({ jobId }) => [jobId, 'succeeded']));
	expect(returned).toHaveLength(3);
}

async function errorWorkflowHears(): Promise<void> {
	const handler = await client.createWorkflow(
		inARow(
			'Handler',
			node('Failed', 'n8n-nodes-base.errorTrigger', {}),
			code('Note', 'return $input.all();'),
		),
	);
	await client.publish(handler);
	const row = [givesItems([job(31, 'failed')]), ...veoNodes()];
	const workflow = await client.createWorkflow({
		...inARow('Failing', webhook('failing'), ...row),
		settings: { errorWorkflow: handler.id },
	});
	await client.publish(workflow);
	await client.callWebhook('failing');
	await until(async () => (await client.countOf(handler.id, 'success')) === 1, 2 * oneSuspensionMs);
	const [handled] = await client.executionsOf(handler.id);
	const [heard] = jsonsOf(await client.execution(handled?.id ?? ''), 'Note');
	expect(JSON.stringify(heard)).toContain(jobsTaking(simulator, 31)[0]?.jobId);
}

async function partialRunWaits(): Promise<void> {
	const file = inARow('Pinned', manualTrigger(), givesItems([job(32)]), ...veoNodes());
	const pinned = await client.createWorkflow({
		...file,
		pinData: { [pollName]: [{ json: { jobId: 'pinned', status: 'succeeded' } }] },
	});
	const pinnedRun = await client.untilExecution(
		await client.runManually(pinned.id, 'Start'),
		20_000,
	);
	expect(jsonsOf(pinnedRun).map(({ jobId }) => jobId)).toEqual(['pinned']);

	// The editor's "Execute step" on the waiting node: what Veo Create gave is taken from the last run.
	const ranBefore = Object.entries(pinnedRun.data.resultData.runData);
	const runData = Object.fromEntries(ranBefore.filter(([name]) => name !== pollName));
	const partial = await client.createWorkflow({ ...file, pinData: {} });
	const id = await client.runStep(partial.id, pollName, runData);
	const execution = await client.untilExecution(id, 3 * oneSuspensionMs);
	expect(execution.status).toBe('success');
	expect(jsonsOf(execution).map(({ status }) => status)).toEqual(['succeeded']);
	expect(jobsTaking(simulator, 32)).toHaveLength(1);
}
