import type { ICredentialType, INodeType } from 'n8n-workflow';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { manifest, root } from './tree';

/** One class that n8n loads from `dist`, found as n8n finds it: by its path in package.json. */
export interface Built<Class> {
	/** The file's name up to its first dot. The class must have the same. */
	className: string;
	path: string;
	instance: Class;
}

/** `npm run build` must have run. */
function built<Class>(path: string): Built<Class> {
	const className = basename(path).replace(/\..*$/, '');
	const load = createRequire(join(root, 'package.json'));
	const exported = (load(join(root, path)) as Record<string, unknown>)[className];
	if (typeof exported !== 'function') throw new Error(`${path} exports no class ${className}`);
	return { className, path, instance: new (exported as new () => Class)() };
}

export const builtNodes = () => manifest.n8n.nodes.map((path) => built<INodeType>(path));

export const builtCredentials = () =>
	manifest.n8n.credentials.map((path) => built<ICredentialType>(path));
