import { writeFileSync } from 'node:fs';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';

// n8n-nodes-base is published as a whole, with hundreds of dependencies. These nodes do what ours need of
// it, with the same parameters; the tests in a real n8n run the originals.

const described = (
	displayName: string,
	properties: INodeProperties[] = [],
	outputs = [NodeConnectionTypes.Main],
): INodeType['description'] => ({
	displayName,
	name: displayName,
	group: ['transform'],
	version: [1, 2, 3, 3.4],
	description: displayName,
	defaults: { name: displayName },
	inputs: [NodeConnectionTypes.Main],
	outputs,
	properties,
});

const property = (
	displayName: string,
	name: string,
	type: INodeProperties['type'],
	value: INodeProperties['default'],
): INodeProperties => ({ displayName, name, type, default: value });

const asTrigger = (displayName: string): INodeType['description'] => ({
	...described(displayName),
	group: ['trigger'],
	inputs: [],
});

/** A node that turns each item into one or several, paired with it. */
const perItem = (
	displayName: string,
	properties: INodeProperties[],
	run: (
		context: IExecuteFunctions,
		itemIndex: number,
		item: INodeExecutionData,
	) => Promise<INodeExecutionData | INodeExecutionData[]>,
): INodeType => ({
	description: described(displayName, properties),
	async execute(this: IExecuteFunctions) {
		const items: INodeExecutionData[] = [];
		for (const [itemIndex, item] of this.getInputData().entries()) {
			const made = [await run(this, itemIndex, item)].flat();
			items.push(...made.map((each) => ({ ...each, pairedItem: { item: itemIndex } })));
		}
		return [items];
	},
});

/** A trigger that something outside starts: its output is what the execution is started with. */
const startedFromOutside: INodeType = {
	description: asTrigger('Trigger'),
	async trigger() {
		return {};
	},
};

const passOn = (description: INodeType['description']): INodeType => ({
	description,
	async execute(this: IExecuteFunctions) {
		return [this.getInputData()];
	},
});

const noOp = passOn(described('No Operation'));

/** Edit Fields with "Manual Mapping", or with JSON. */
const set = perItem(
	'Edit Fields',
	[
		property('Mode', 'mode', 'string', 'manual'),
		property('JSON', 'jsonOutput', 'json', '{}'),
		property('Fields', 'assignments', 'json', '{}'),
	],
	async (context, itemIndex) => {
		if (context.getNodeParameter('mode', itemIndex) === 'raw') {
			const text = context.getNodeParameter('jsonOutput', itemIndex) as string;
			return { json: JSON.parse(text) as IDataObject };
		}
		const { assignments = [] } = context.getNodeParameter('assignments', itemIndex) as {
			assignments?: Array<{ name: string; value: IDataObject[string] }>;
		};
		return { json: Object.fromEntries(assignments.map(({ name, value }) => [name, value])) };
	},
);

/** Split Out: one item for each element of a list. */
const splitOut = perItem(
	'Split Out',
	[property('Fields To Split Out', 'fieldToSplitOut', 'string', '')],
	async (context, itemIndex, { json }) => {
		const list = json[String(context.getNodeParameter('fieldToSplitOut', itemIndex))];
		return (list as IDataObject[]).map((each) => ({ json: each }));
	},
);

const twoOutputs = [NodeConnectionTypes.Main, NodeConnectionTypes.Main];

/** If: what meets the conditions at the first output, the rest at the second. */
const condition: INodeType = {
	description: described(
		'If',
		[
			{
				...property('Conditions', 'conditions', 'filter', {}),
				typeOptions: { filter: { version: 2 } },
			},
		],
		twoOutputs,
	),
	async execute(this: IExecuteFunctions) {
		const outputs: INodeExecutionData[][] = [[], []];
		for (const [itemIndex, item] of this.getInputData().entries()) {
			const isMet = this.getNodeParameter('conditions', itemIndex, false, { extractValue: true });
			outputs[isMet ? 0 : 1]?.push({ ...item, pairedItem: { item: itemIndex } });
		}
		return outputs;
	},
};

/** Stop And Error with a message. */
const stopAndError: INodeType = {
	description: described('Stop and Error', [
		property('Error Message', 'errorMessage', 'string', ''),
	]),
	async execute(this: IExecuteFunctions) {
		throw new NodeOperationError(this.getNode(), String(this.getNodeParameter('errorMessage', 0)));
	},
};

/** HTTP Request that posts JSON. */
const httpRequest = perItem(
	'HTTP Request',
	[property('URL', 'url', 'string', ''), property('JSON', 'jsonBody', 'json', '')],
	async (context, itemIndex) => {
		const data = (await context.helpers.httpRequest({
			method: 'POST',
			url: String(context.getNodeParameter('url', itemIndex)),
			body: JSON.parse(String(context.getNodeParameter('jsonBody', itemIndex))) as IDataObject,
		})) as string;
		return { json: { data } };
	},
);

/** Read/Write Files from Disk, writing. */
const readWriteFile = perItem(
	'Read/Write Files from Disk',
	[
		property('File Path and Name', 'fileName', 'string', ''),
		property('Input Binary Field', 'dataPropertyName', 'string', 'data'),
	],
	async (context, itemIndex, { json, binary }) => {
		const fileName = String(context.getNodeParameter('fileName', itemIndex));
		const field = String(context.getNodeParameter('dataPropertyName', itemIndex));
		writeFileSync(fileName, await context.helpers.getBinaryDataBuffer(itemIndex, field));
		return { json: { ...json, fileName }, binary };
	},
);

/** Loop Over Items: the next batch at the second output; at the end, all that came back at the first. */
const splitInBatches: INodeType = {
	description: described(
		'Loop Over Items',
		[property('Batch Size', 'batchSize', 'number', 1)],
		twoOutputs,
	),
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

/** The nodes of n8n-nodes-base that our workflows use, by the last part of their type. */
export const coreNodes: Readonly<Record<string, INodeType>> = {
	formTrigger: startedFromOutside,
	httpRequest,
	if: condition,
	manualTrigger: passOn(asTrigger('Manual Trigger')),
	noOp,
	readWriteFile,
	scheduleTrigger: startedFromOutside,
	set,
	splitInBatches,
	splitOut,
	stickyNote: noOp,
	stopAndError,
};
