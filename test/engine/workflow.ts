import type {
	IBinaryData,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	IRun,
	ITaskData,
} from 'n8n-workflow';
import { providers } from '../../nodes/providers';
import type { Provider } from '../../nodes/providers/provider';
import type { CredentialValues } from '../../workbench/engine/credentials';
import type { RunOptions, WorkflowFile } from '../../workbench/engine/engine';
import { readBinary, runWorkflow } from '../../workbench/engine/engine';
import type { ProviderName } from '../../nodes/providers';
import type { Call, Simulator } from '../../workbench/simulator';
import type { MediaName } from '../../workbench/simulator/files';
import { videoBytes } from '../../workbench/simulator/files';
import { simulatorCredentials } from '../../workbench/simulatorCredentials';

const displayNames = {
	veoCreate: 'Veo Create',
	veoPollUntilDone: 'Veo Poll Until Done',
	veoRemixExtend: 'Veo Remix Extend',
};

/** What a person sets on the tab Settings of a node, and its name where it is not the usual one. */
export type NodeSettings = Partial<
	Pick<INode, 'name' | 'onError' | 'retryOnFail' | 'maxTries' | 'waitBetweenTries'>
>;

/** One of our nodes, named as on the canvas. */
export function veoNode(
	type: keyof typeof displayNames,
	parameters: INodeParameters,
	settings: NodeSettings = {},
): INode {
	return nodeOf(`n8n-nodes-veo.${type}`, displayNames[type], parameters, settings);
}

/** Veo Create with the prompt of each item. */
export function createNode(
	provider: ProviderName,
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
): INode {
	return veoNode('veoCreate', { provider, prompt: '={{ $json.prompt }}', ...parameters }, settings);
}

/** Veo Remix Extend, which makes a video longer in one of its ways. */
export function remixNode(
	operation: 'createExtended' | 'extend' | 'retryExtension',
	provider: ProviderName,
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
): INode {
	return veoNode('veoRemixExtend', { operation, provider, ...parameters }, settings);
}

/** Extend with the defaults of its fields, and the link of the video where the provider takes that. */
export function extendNode(
	provider: ProviderName,
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
): INode {
	const options = takesVideoUrl(provider) ? { videoUrl: '={{ $json.videoUrl }}' } : {};
	return remixNode('extend', provider, { options, ...parameters }, settings);
}

/** Veo Create for a video that its provider can extend. */
export function createExtendableNode(provider: ProviderName): INode {
	const { create }: Provider = providers[provider];
	// Vertex AI extends videos in a bucket only.
	const isInBucket = 'storageUri' in create.options;
	return createNode(provider, isInBucket ? { options: { storageUri: 'gs://bucket/veo' } } : {});
}

/** Whether a provider extends a video by its link, and not by its job. */
export function takesVideoUrl(provider: ProviderName): boolean {
	const { extend }: Provider = providers[provider];
	return extend !== undefined && 'videoUrl' in extend.options;
}

/** Veo Poll Until Done for the jobs of its items, waiting inside the running node. */
export function pollNode(
	provider: ProviderName,
	parameters: INodeParameters = {},
	settings: NodeSettings = {},
): INode {
	return veoNode('veoPollUntilDone', { provider, waiting: 'hold', ...parameters }, settings);
}

/** The node as the tool of an agent. */
export const asTool = (node: INode): INode => ({
	...node,
	onError: 'continueRegularOutput',
	rewireOutputLogTo: 'ai_tool',
});

/** The node with a credential that no other test has: the counts of a day are those of the process. */
export function withCredentialId(node: INode, id: string): INode {
	const { credential } = providers[node.parameters['provider'] as ProviderName];
	return { ...node, credentials: { [credential]: { id, name: id } } };
}

/** The value of a model field, as the editor stores it. */
export function model(value: string): INodeParameters {
	return { __rl: true, mode: 'id', value } as unknown as INodeParameters;
}

/** The nodes in a row, behind a manual trigger. */
export function inARow(...nodes: INode[]): WorkflowFile {
	const trigger = nodeOf('n8n-nodes-base.manualTrigger', 'Trigger', {});
	const names = [trigger, ...nodes].map(({ name }) => name);
	const connections = nodes.map(({ name }, index) => [
		names[index],
		{ main: [[{ node: name, type: 'main' as const, index: 0 }]] },
	]);
	return {
		name: 'Test',
		nodes: [trigger, ...nodes],
		connections: Object.fromEntries(connections) as WorkflowFile['connections'],
	};
}

/** The node twice in one execution: once at the end of each of two branches. */
export function onTwoBranches(node: INode): WorkflowFile {
	const to = (name: string) => ({ node: name, type: 'main' as const, index: 0 });
	const branches = ['Left', 'Right'].map((name) => nodeOf('n8n-nodes-base.noOp', name, {}));
	return {
		name: 'Test',
		nodes: [nodeOf('n8n-nodes-base.manualTrigger', 'Trigger', {}), ...branches, node],
		connections: {
			Trigger: { main: [[to('Left'), to('Right')]] },
			Left: { main: [[to(node.name)]] },
			Right: { main: [[to(node.name)]] },
		},
	};
}

/** The node inside Loop Over Items, one item at a time. The node "Done" gets what all turns gave. */
export function inALoop(...nodes: INode[]): WorkflowFile {
	const to = (name = '') => [{ node: name, type: 'main' as const, index: 0 }];
	const loop = nodeOf('n8n-nodes-base.splitInBatches', 'Loop', { batchSize: 1 });
	const done = nodeOf('n8n-nodes-base.noOp', 'Done', {});
	const row = inARow({ ...loop, typeVersion: 3 }, ...nodes);
	return {
		...row,
		nodes: [...row.nodes, done],
		connections: {
			...row.connections,
			Loop: { main: [to('Done'), to(nodes[0]?.name)] },
			[nodes.at(-1)?.name ?? '']: { main: [to('Loop')] },
		},
	};
}

function nodeOf(
	type: string,
	name: string,
	parameters: INodeParameters,
	settings: NodeSettings = {},
): INode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters, ...settings };
}

/** One credential per type, as a customer of the simulator's has them. */
export function credentialsFor(simulator: Simulator): CredentialValues {
	return simulatorCredentials(simulator);
}

/** The credentials with some fields of one provider's changed. */
export function credentialsWith(
	simulator: Simulator,
	name: ProviderName,
	changed: Record<string, string>,
): CredentialValues {
	const { credential } = providers[name];
	const all = simulatorCredentials(simulator);
	return { ...all, [credential]: { ...all[credential], ...changed } };
}

/** Runs the nodes in a row with one item per given json, on the simulator's credentials. */
export async function runNodes(
	simulator: Simulator,
	nodes: INode[],
	items: IDataObject[],
	options: Partial<RunOptions> = {},
): Promise<IRun> {
	return await runWorkflow(inARow(...nodes), {
		credentials: credentialsFor(simulator),
		items: items.map((json) => ({ json })),
		...options,
	});
}

/** The runs of a node in an execution. */
export function runsOf(run: IRun, nodeName: string): ITaskData[] {
	return run.data.resultData.runData[nodeName] ?? [];
}

/** What the last run of a node gave at one of its outputs. Output 1 is the error output. */
export function itemsOf(run: IRun, nodeName: string, output = 0): INodeExecutionData[] {
	return runsOf(run, nodeName).at(-1)?.data?.main?.[output] ?? [];
}

/** The json of what a node gave. */
export function jobsOf(run: IRun, nodeName: string, output = 0): IDataObject[] {
	return itemsOf(run, nodeName, output).map(({ json }) => json);
}

/** The file in a binary field of an item. */
export function fileOf(item: INodeExecutionData | undefined, field = 'video'): IBinaryData {
	const file = item?.binary?.[field];
	if (file === undefined) throw new Error(`The item has no file in the field "${field}"`);
	return file;
}

const mediaNames = ['landscape-8s', 'landscape-15s', 'portrait-8s', 'portrait-15s'] as const;

/** Which of the simulator's videos a binary field of an item holds, byte for byte, if any. */
export async function mediaOf(
	item: INodeExecutionData | undefined,
	field = 'video',
): Promise<MediaName | undefined> {
	const bytes = await readBinary(fileOf(item, field));
	return mediaNames.find((name) => bytes.equals(videoBytes(name)));
}

/** The requests that ask a provider to start a paid job. */
export function submitsTo(simulator: Simulator): Call[] {
	return simulator.calls.filter(({ method, route }) => method === 'POST' && route !== 'status');
}

/**
 * The requests that ask a provider how a job is. The download of a file inside such an answer is the same
 * call, without compression.
 */
export function checksOf(simulator: Simulator, jobId = ''): Call[] {
	return simulator.calls.filter(
		({ route, path, headers, body = {} }) =>
			(route === 'status' || route === 'taskData') &&
			headers['accept-encoding'] !== 'identity' &&
			[decodeURIComponent(path), JSON.stringify(body)].some((text) => text.includes(jobId)),
	);
}
