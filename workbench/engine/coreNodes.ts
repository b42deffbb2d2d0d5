import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

// n8n's own nodes are published only together, with hundreds of dependencies. These do what the ones
// in our workflows do, with the same parameters; in a real n8n its own nodes run.

const main = [NodeConnectionTypes.Main];
const described = (displayName: string, inputs = main): INodeType['description'] => ({
	displayName,
	name: displayName,
	group: ['transform'],
	version: [1, 2, 3, 3.4],
	description: displayName,
	defaults: { name: displayName },
	inputs,
	outputs: main,
	properties: [],
});

const manualTrigger: INodeType = {
	description: { ...described('Manual Trigger', []), group: ['trigger'] },
	async execute(this: IExecuteFunctions) {
		return [this.getInputData()];
	},
};

const noOp: INodeType = {
	description: described('No Operation'),
	async execute(this: IExecuteFunctions) {
		return [this.getInputData()];
	},
};

/** Edit Fields with "Manual Mapping". */
const set: INodeType = {
	description: {
		...described('Edit Fields'),
		properties: [{ displayName: 'Fields', name: 'assignments', type: 'json', default: '{}' }],
	},
	async execute(this: IExecuteFunctions) {
		const items = this.getInputData().map((_item, itemIndex): INodeExecutionData => {
			const { assignments = [] } = this.getNodeParameter('assignments', itemIndex) as {
				assignments?: Array<{ name: string; value: unknown }>;
			};
			const json = Object.fromEntries(assignments.map(({ name, value }) => [name, value]));
			return { json: json as IDataObject, pairedItem: { item: itemIndex } };
		});
		return [items];
	},
};

/** Loop Over Items: gives its items in batches at the second output, and all that came back at the first. */
const splitInBatches: INodeType = {
	description: {
		...described('Loop Over Items'),
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		properties: [{ displayName: 'Batch Size', name: 'batchSize', type: 'number', default: 1 }],
	},
	async execute(this: IExecuteFunctions) {
		const context = this.getContext('node') as {
			waiting?: INodeExecutionData[];
			done?: INodeExecutionData[];
		};
		const came = this.getInputData();
		if (context.waiting === undefined) Object.assign(context, { waiting: [...came], done: [] });
		else context.done?.push(...came);
		const batch = context.waiting?.splice(0, Number(this.getNodeParameter('batchSize', 0))) ?? [];
		return batch.length > 0 ? [[], batch] : [context.done ?? [], []];
	},
};

/** The nodes of n8n-nodes-base that example workflows use, by the last part of their type. */
export const coreNodes: Readonly<Record<string, INodeType>> = {
	manualTrigger,
	noOp,
	set,
	splitInBatches,
	stickyNote: noOp,
};
