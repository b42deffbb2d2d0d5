import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject, INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Execution, N8nClient, WorkflowInput } from '../../workbench/n8n/client';
import { pauseMs } from '../../workbench/n8n/client';
import type { Simulator } from '../../workbench/simulator';
import { simulatorCredentials } from '../../workbench/simulatorCredentials';

/** Credentials by type, as a node refers to them. */
export type Credentials = Record<string, { id: string; name: string }>;

/** Creates each credential, filled in for the simulator. */
export async function createCredentials(
	client: N8nClient,
	simulator: Simulator,
): Promise<Credentials> {
	const created: Credentials = {};
	for (const [type, values] of Object.entries(simulatorCredentials(simulator))) {
		const { id } = await client.createCredential(type, type, values);
		created[type] = { id, name: type };
	}
	return created;
}

let nodes = 0;

export function node(
	name: string,
	type: string,
	parameters: INodeParameters,
	more: Partial<INode> = {},
): INode {
	const column = nodes++ % 20;
	return {
		id: `node-${nodes}`,
		name,
		type,
		typeVersion: 1,
		position: [column * 220, 0],
		parameters,
		...more,
	};
}

export const manualTrigger = () => node('Start', 'n8n-nodes-base.manualTrigger', {});

export const webhook = (path: string, responseMode: 'onReceived' | 'lastNode' = 'onReceived') =>
	node(
		'Webhook',
		'n8n-nodes-base.webhook',
		{ httpMethod: 'POST', path, responseMode, options: {} },
		{ typeVersion: 2, webhookId: path },
	);

export const code = (name: string, jsCode: string) =>
	node(name, 'n8n-nodes-base.code', { jsCode }, { typeVersion: 2 });

/** A node that gives out the given items. */
export const givesItems = (items: IDataObject[]) =>
	code('Items', `return ${JSON.stringify(items.map((json) => ({ json })))};`);

export const create = (credentials: Credentials, parameters: INodeParameters = {}) =>
	node(
		'Veo Create',
		'n8n-nodes-veo.veoCreate',
		{ provider: 'deepWl', prompt: '={{ $json.prompt }}', ...parameters },
		{ credentials },
	);

export const poll = (
	credentials: Credentials,
	parameters: INodeParameters = {},
	more: Partial<INode> = {},
) =>
	node(
		'Veo Poll Until Done',
		'n8n-nodes-veo.veoPollUntilDone',
		{ provider: 'deepWl', ...parameters },
		{ credentials, ...more },
	);

/** The trigger of a workflow that another one calls, and the node that calls it. */
export const called = () =>
	node(
		'Called',
		'n8n-nodes-base.executeWorkflowTrigger',
		{ inputSource: 'passthrough' },
		{ typeVersion: 1.1 },
	);

export const call = (name: string, workflowId: string, mode: 'once' | 'each' = 'once') =>
	node(
		name,
		'n8n-nodes-base.executeWorkflow',
		{ workflowId: { __rl: true, mode: 'id', value: workflowId }, mode, options: {} },
		{ typeVersion: 1.2 },
	);

/** The item of a job that takes this long and ends this way at the simulator. */
export const job = (seconds: number, ending = 'success') => ({
	prompt: `A boat [sim seconds=${seconds} ending=${ending}]`,
});

/** The jobs that take this long: workflows that run at the same time have different lengths. */
export const jobsTaking = ({ ledger }: Simulator, seconds: number) =>
	ledger.filter(({ prompt }) => prompt.includes(`seconds=${seconds} `));

/** Waits until a condition holds. */
export async function until(holds: () => Promise<boolean>, timeoutMs = 180_000): Promise<void> {
	const startedAt = Date.now();
	while (!(await holds())) {
		const waitedMs = Date.now() - startedAt;
		if (waitedMs > timeoutMs) throw new Error(`Still false after ${timeoutMs} ms: ${holds}`);
		await sleep(pauseMs(waitedMs));
	}
}

/** The nodes in a row. */
export function inARow(name: string, ...row: INode[]): WorkflowInput {
	const connections: WorkflowInput['connections'] = {};
	row.forEach((from, index) => {
		const to = row[index + 1];
		if (to === undefined) return;
		connections[from.name] = { main: [[{ node: to.name, type: 'main', index: 0 }]] };
	});
	return { name, nodes: row, connections };
}

/** Runs the nodes in a row by hand, and gives the id of the execution. */
export async function runByHand(
	client: N8nClient,
	row: INode[],
	more: Partial<WorkflowInput> = {},
): Promise<string> {
	const file = inARow('By hand', manualTrigger(), ...row);
	const { id } = await client.createWorkflow({ ...file, ...more });
	return await client.runManually(id, 'Start');
}

export const pollName = 'Veo Poll Until Done';

/** What the last run of a node gave. */
export const itemsOf = ({ data }: Execution, name = pollName): INodeExecutionData[] =>
	data.resultData.runData[name]?.at(-1)?.data?.main?.[0] ?? [];

export const jsonsOf = (execution: Execution, name = pollName): IDataObject[] =>
	itemsOf(execution, name).map(({ json }) => json);

/** A published workflow: each call of its webhook makes two videos that take this long. */
export async function publishVideos(
	{ client, credentials }: { client: N8nClient; credentials: Credentials },
	name: string,
	seconds: number,
	waiting: 'automatic' | 'hold' | 'suspend',
	timeoutMinutes = 30,
): Promise<string> {
	const prompts = code(
		'Prompts',
		`const { run } = $input.first().json.body;
return [1, 2].map((each) => ({ json: { prompt: \`${name} \${run}.\${each} [sim seconds=${seconds}]\` } }));`,
	);
	const pollNode = poll(credentials, { waiting, pollIntervalSeconds: 5, timeoutMinutes });
	const row = [webhook(name), prompts, create(credentials), pollNode];
	const workflow = await client.createWorkflow(inARow(name, ...row));
	await client.publish(workflow);
	return workflow.id;
}

/** The executions of a workflow that have not ended. */
export async function countUnfinished(client: N8nClient, workflowId: string): Promise<number> {
	const counts = ['new', 'running', 'waiting'].map((each) => client.countOf(workflowId, each));
	return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
}
