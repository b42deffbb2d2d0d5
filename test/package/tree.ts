import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const root = join(__dirname, '../..');

/** The parts of package.json that decide what n8n loads and what npm ships. */
export interface Manifest {
	name: string;
	license: string;
	keywords: string[];
	engines: { node: string };
	files: string[];
	scripts: Record<string, string>;
	peerDependencies: Record<string, string>;
	n8n: { n8nNodesApiVersion: number; nodes: string[]; credentials: string[] };
}

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

/** Every file below a folder, as paths relative to `from`, with slashes. */
export function filesUnder(folder: string, from = folder): string[] {
	return readdirSync(folder, { withFileTypes: true })
		.flatMap((entry) => {
			const path = join(folder, entry.name);
			return entry.isDirectory()
				? filesUnder(path, from)
				: [relative(from, path).split(sep).join('/')];
		})
		.sort();
}

/** The TypeScript files that are built into the package. */
export const shippedSources = ['nodes', 'credentials']
	.flatMap((folder) => filesUnder(join(root, folder), root))
	.filter((path) => path.endsWith('.ts'));
