import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { IConnections, INode, INodeParameters, IWorkflowSettings } from 'n8n-workflow';

/** An example as it stands in its file. */
export interface Example {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings: IWorkflowSettings;
}

const folder = path.join(__dirname, '..', 'examples');

/** The examples people import, by file name without its ending. */
export const exampleNames = readdirSync(folder)
	.filter((file) => file.endsWith('.json'))
	.map((file) => path.basename(file, '.json'));

/** What a person fills in: parameters of nodes, by the node's name. */
export type FilledIn = Readonly<Record<string, object>>;

/** An example, with the parameters a person fills in. */
export function example(name: string, filledIn: FilledIn = {}): Example {
	const file = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as Example;
	for (const [nodeName, parameters] of Object.entries(filledIn)) {
		const node = file.nodes.find((each) => each.name === nodeName);
		if (node === undefined) throw new Error(`The example ${name} has no node "${nodeName}"`);
		node.parameters = { ...node.parameters, ...parameters } as INodeParameters;
	}
	return file;
}

export const isOurs = ({ type }: INode) => type.startsWith('n8n-nodes-veo.');

/** A node of an example as in a rehearsal: what would start a paid job has the option. */
export function rehearse(node: INode, rehearseOutcome = 'succeeded'): INode {
	if (!isOurs(node) || node.type.includes('veoPoll')) return node;
	const given = node.parameters.options as INodeParameters | undefined;
	const options = { ...given, rehearse: true, rehearseOutcome };
	return { ...node, parameters: { ...node.parameters, options } };
}

/** The value of a prompt list in an Edit Fields node, as a person writes it. */
export const table = (value: object) => ({ jsonOutput: JSON.stringify(value) });

/** The assignments of an Edit Fields node. */
export const fields = (values: Readonly<Record<string, string>>) => ({
	assignments: {
		assignments: Object.entries(values).map(([name, value]) => ({
			id: name,
			name,
			value,
			type: 'string',
		})),
	},
});
