import type { IConnections, INode, INodeParameters, IWorkflowSettings } from 'n8n-workflow';

/** A workflow as n8n exports it. */
export interface WorkflowFile {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings?: IWorkflowSettings;
}

export function buildNode(
	name: string,
	type: string,
	parameters: INodeParameters = {},
	typeVersion = 1,
): INode {
	return { id: name, name, type, typeVersion, position: [0, 0], parameters };
}

/** A connection to the input of a node. */
export const to = (name: string) => ({ node: name, type: 'main' as const, index: 0 });

/** Connects the first output of each node to the next node. */
export function connectInARow(nodes: readonly INode[]): IConnections {
	const connections: IConnections = {};
	nodes.slice(1).forEach(({ name }, index) => {
		connections[nodes[index]?.name ?? ''] = { main: [[to(name)]] };
	});
	return connections;
}
