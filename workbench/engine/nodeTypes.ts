import { createRequire } from 'node:module';
import path from 'node:path';
import type { ICredentialType, INodeType, INodeTypes, IVersionedNodeType } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { coreNodes } from './coreNodes';

// The files to load are known only at run time.
const requireFile = createRequire(__filename);
const root = path.join(__dirname, '..', '..');

interface PackageFile {
	name: string;
	n8n: { nodes: string[]; credentials: string[] };
}

const packageFile = requireFile(path.join(root, 'package.json')) as PackageFile;

/** Loads a class of a package as n8n does: it is named as its file up to the first dot. */
export function loadClass<Type>(requireFrom: NodeJS.Require, file: string): Type {
	const className = path.basename(file).split('.')[0] ?? '';
	const Class = (requireFrom(file) as Record<string, new () => Type>)[className];
	if (Class === undefined) throw new Error(`${file} exports no class ${className}`);
	return new Class();
}

const load = <Type>(files: readonly string[]) =>
	files.map((file) => loadClass<Type>(requireFile, path.join(root, file)));

type NodeType = INodeType | IVersionedNodeType;

const nodes = new Map<string, NodeType>(
	load<INodeType>(packageFile.n8n.nodes).map((node) => [
		`${packageFile.name}.${node.description.name}`,
		node,
	]),
);

/** The credential types of the built package, by name. */
export const credentialTypes = new Map(
	load<ICredentialType>(packageFile.n8n.credentials).map((type) => [type.name, type]),
);

/** The nodes of the built package, and those of n8n that our workflows use. */
export const nodeTypes: INodeTypes = {
	getByName: (type): NodeType => nodeTypes.getByNameAndVersion(type),
	getByNameAndVersion(type, version) {
		const node = nodes.get(type) ?? coreNodes[type.split('.')[1] ?? ''];
		if (node === undefined) throw new Error(`There is no node type ${type}`);
		return NodeHelpers.getVersionedNodeType(node, version);
	},
	getKnownTypes: () => ({}),
};

/** Adds types of other packages, nodes by their full type. */
export function addTypes(
	moreNodes: Readonly<Record<string, NodeType>>,
	moreCredentials: readonly ICredentialType[],
): void {
	for (const [type, node] of Object.entries(moreNodes)) nodes.set(type, node);
	for (const type of moreCredentials) credentialTypes.set(type.name, type);
}
