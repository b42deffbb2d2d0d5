import { writeFileSync } from 'node:fs';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
} from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';

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

const property = (
	displayName: string,
	name: string,
	type: INodeProperties['type'],
	value: INodeProperties['default'],
): INodeProperties => ({ displayName, name, type, default: value });

/** A trigger that something outside starts: it gives out what the execution is started with. */
const startedFromOutside: INodeType = {
	description: { ...described('Trigger', []), group: ['trigger'] },
	async trigger() {
		return {};
	},
};

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

/** Edit Fields with "Manual Mapping", or with JSON. */
const set: INodeType = {
	description: {
		...described('Edit Fields'),
		properties: [
			property('Mode', 'mode', 'string', 'manual'),
			property('JSON', 'jsonOutput', 'json', '{}'),
			property('Fields', 'assignments', 'json', '{}'),
		],
	},
	async execute(this: IExecuteFunctions) {
		const items = this.getInputData().map((_item, itemIndex): INodeExecutionData => {
			const pairedItem = { item: itemIndex };
			if (this.getNodeParameter('mode', itemIndex) === 'raw') {
				const text = this.getNodeParameter('jsonOutput', itemIndex) as string;
				return { json: JSON.parse(text) as IDataObject, pairedItem };
			}
			const { assignments = [] } = this.getNodeParameter('assignments', itemIndex) as {
				assignments?: Array<{ name: string; value: unknown }>;
			};
			const json = Object.fromEntries(assignments.map(({ name, value }) => [name, value]));
			return { json: json as IDataObject, pairedItem };
		});
		return [items];
	},
};

/** Split Out: one item for each element of a list. */
const splitOut: INodeType = {
	description: {
		...described('Split Out'),
		properties: [property('Fields To Split Out', 'fieldToSplitOut', 'string', '')],
	},
	async execute(this: IExecuteFunctions) {
		const items = this.getInputData().flatMap(({ json }, itemIndex) => {
			const list = json[String(this.getNodeParameter('fieldToSplitOut', itemIndex))];
			return (list as IDataObject[]).map((each) => ({
				json: each,
				pairedItem: { item: itemIndex },
			}));
		});
		return [items];
	},
};

/** If: what meets the conditions at the first output, the rest at the second. */
const condition: INodeType = {
	description: {
		...described('If'),
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		properties: [
			{
				...property('Conditions', 'conditions', 'filter', {}),
				typeOptions: { filter: { version: 2 } },
			},
		],
	},
	async execute(this: IExecuteFunctions) {
		const items = this.getInputData().map((item, itemIndex) => ({
			...item,
			pairedItem: { item: itemIndex },
		}));
		const isMet = items.map((_item, itemIndex) =>
			this.getNodeParameter('conditions', itemIndex, false, { extractValue: true }),
		);
		return [items.filter((_, index) => isMet[index]), items.filter((_, index) => !isMet[index])];
	},
};

/** Stop And Error with a message. */
const stopAndError: INodeType = {
	description: {
		...described('Stop and Error'),
		properties: [property('Error Message', 'errorMessage', 'string', '')],
	},
	async execute(this: IExecuteFunctions) {
		throw new NodeOperationError(this.getNode(), String(this.getNodeParameter('errorMessage', 0)));
	},
};

/** HTTP Request that posts JSON. */
const httpRequest: INodeType = {
	description: {
		...described('HTTP Request'),
		properties: [property('URL', 'url', 'string', ''), property('JSON', 'jsonBody', 'json', '')],
	},
	async execute(this: IExecuteFunctions) {
		const items: INodeExecutionData[] = [];
		for (const itemIndex of this.getInputData().keys()) {
			const data = (await this.helpers.httpRequest({
				method: 'POST',
				url: String(this.getNodeParameter('url', itemIndex)),
				body: JSON.parse(String(this.getNodeParameter('jsonBody', itemIndex))) as IDataObject,
			})) as string;
			items.push({ json: { data }, pairedItem: { item: itemIndex } });
		}
		return [items];
	},
};

/** Read/Write Files from Disk, writing. */
const readWriteFile: INodeType = {
	description: {
		...described('Read/Write Files from Disk'),
		properties: [
			property('File Path and Name', 'fileName', 'string', ''),
			property('Input Binary Field', 'dataPropertyName', 'string', 'data'),
		],
	},
	async execute(this: IExecuteFunctions) {
		const items: INodeExecutionData[] = [];
		for (const [itemIndex, { json, binary }] of this.getInputData().entries()) {
			const fileName = String(this.getNodeParameter('fileName', itemIndex));
			const field = String(this.getNodeParameter('dataPropertyName', itemIndex));
			writeFileSync(fileName, await this.helpers.getBinaryDataBuffer(itemIndex, field));
			items.push({ json: { ...json, fileName }, binary, pairedItem: { item: itemIndex } });
		}
		return [items];
	},
};

/** Loop Over Items: gives its items in batches at the second output, and all that came back at the first. */
const splitInBatches: INodeType = {
	description: {
		...described('Loop Over Items'),
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		properties: [property('Batch Size', 'batchSize', 'number', 1)],
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
	formTrigger: startedFromOutside,
	httpRequest,
	if: condition,
	manualTrigger,
	noOp,
	readWriteFile,
	scheduleTrigger: startedFromOutside,
	set,
	splitInBatches,
	splitOut,
	stickyNote: noOp,
	stopAndError,
};
