import type {
	INodeListSearchItems,
	INodeParameters,
	INodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';
import type { CredentialValues } from '../../workbench/engine/credentials';
import { WorkbenchCredentials } from '../../workbench/engine/credentials';
import { nodeTypes } from '../../workbench/engine/nodeTypes';
import { veoNode } from './workflow';
// After the workbench, which sets what n8n-core reads while it loads.
import { LoadOptionsContext } from 'n8n-core';

/** What the editor shows when a person opens the list of the field Model, from n8n's own context. */
export async function searchModels(
	credentials: CredentialValues,
	parameters: INodeParameters,
	filter?: string,
): Promise<INodeListSearchItems[]> {
	const chosen = Object.keys(credentials).map((type) => [type, { id: type, name: type }] as const);
	const type = 'operation' in parameters ? 'veoRemixExtend' : 'veoCreate';
	const node = { ...veoNode(type, parameters), credentials: Object.fromEntries(chosen) };
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const additionalData = {
		credentialsHelper: new WorkbenchCredentials(credentials),
		currentNodeParameters: parameters,
	} as unknown as IWorkflowExecuteAdditionalData;
	const context = new LoadOptionsContext(workflow, node, additionalData, 'parameters.model');
	const { methods } = nodeTypes.getByNameAndVersion(node.type) as INodeType;
	const search = methods?.listSearch?.searchModels;
	if (search === undefined) throw new Error(`${node.name} has no search for models`);
	const { results } = await search.call(context, filter);
	return results;
}
