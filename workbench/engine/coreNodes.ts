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

/** The nodes of n8n-nodes-base that example workflows use, by the last part of their type. */
export const coreNodes: Readonly<Record<string, INodeType>> = {
	manualTrigger,
	noOp,
	set,
	stickyNote: noOp,
};
