import { createRequire } from 'node:module';
import path from 'node:path';
import type { ICredentialType, INodeType, IVersionedNodeType } from 'n8n-workflow';
import { addTypes, loadClass } from '../engine/nodeTypes';
import { installN8n } from '../n8n/install';

const base = 'n8n-nodes-base';
const langchain = '@n8n/n8n-nodes-langchain';

const nodeFiles = {
	[`${langchain}.googleGemini`]: `${langchain}/dist/nodes/vendors/GoogleGemini/GoogleGemini.node.js`,
	[`${langchain}.openAi`]: `${langchain}/dist/nodes/vendors/OpenAi/OpenAi.node.js`,
	[`${base}.httpRequest`]: `${base}/dist/nodes/HttpRequest/HttpRequest.node.js`,
	[`${base}.if`]: `${base}/dist/nodes/If/If.node.js`,
	[`${base}.wait`]: `${base}/dist/nodes/Wait/Wait.node.js`,
};

const credentialFiles = [
	`${langchain}/dist/credentials/GooglePalmApi.credentials.js`,
	`${base}/dist/credentials/OpenAiApi.credentials.js`,
	`${base}/dist/credentials/HttpHeaderAuth.credentials.js`,
];

/** Adds n8n's own nodes that the contestants use to the engine, from an installed n8n. */
export async function useN8nNodes(): Promise<void> {
	const { folder } = await installN8n((text) => console.log(text));
	const modules = path.join(folder, 'n8n', 'node_modules');
	// By absolute path: the packages export none of these files.
	const requireThere = createRequire(path.join(modules, 'n8n', 'package.json'));
	const load = <Type>(file: string) => loadClass<Type>(requireThere, path.join(modules, file));
	const nodes = Object.entries(nodeFiles).map(
		([type, file]) => [type, load<INodeType | IVersionedNodeType>(file)] as const,
	);
	addTypes(
		Object.fromEntries(nodes),
		credentialFiles.map((file) => load<ICredentialType>(file)),
	);
}
