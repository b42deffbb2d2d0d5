import type { IExecuteFunctions, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { runWorkflow } from '../../engine/engine';
import { addTypes } from '../../engine/nodeTypes';
import { benchCredentials, node } from '../contestants';
import type { BenchGateway } from '../gateway';

type Work = (context: IExecuteFunctions) => Promise<void>;

let workOfNode: Work = async () => undefined;

const insideType = 'bench.inside';

/** A node that does what it is told, with the helpers that every node has. */
const insideNodeType: INodeType = {
	description: {
		displayName: 'Inside',
		name: 'inside',
		group: ['transform'],
		version: 1,
		description: 'Does what it is told',
		defaults: { name: 'Inside' },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'veoOpenAiVideosApi', required: true }],
		properties: [],
	},
	async execute(this: IExecuteFunctions) {
		await workOfNode(this);
		return [this.getInputData()];
	},
};

/** Processor milliseconds of work inside a node that n8n's engine runs, without the engine's own. */
export async function insideNode(
	gateway: Pick<BenchGateway, 'origin' | 'key'>,
	work: Work,
): Promise<number> {
	addTypes({ [insideType]: insideNodeType }, []);
	let used = NaN;
	workOfNode = async (context) => {
		used = await processorMs(async () => await work(context));
	};
	const start = node('Start', 'n8n-nodes-base.manualTrigger', 1, {});
	const workflow = {
		name: 'Inside',
		nodes: [start, node('Inside', insideType, 1, {})],
		connections: { Start: { main: [[{ node: 'Inside', type: 'main' as const, index: 0 }]] } },
	};
	const { data } = await runWorkflow(workflow, { credentials: benchCredentials(gateway) });
	if (data.resultData.error) throw data.resultData.error;
	return used;
}

/** Processor milliseconds of all threads while something is done. */
export async function processorMs(work: () => Promise<unknown>): Promise<number> {
	globalThis.gc?.();
	const before = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000;
}
