import { manifest, shippedSources } from './tree';

test('every node and every credential of the tree is listed, once', () => {
	const builtPaths = (ending: string) =>
		shippedSources
			.filter((path) => path.endsWith(ending))
			.map((path) => `dist/${path.replace(/\.ts$/, '.js')}`);
	expect([...manifest.n8n.nodes].sort()).toEqual(builtPaths('.node.ts'));
	expect([...manifest.n8n.credentials].sort()).toEqual(builtPaths('.credentials.ts'));
	expect(manifest.n8n.n8nNodesApiVersion).toBe(1);
});

test('nothing is installed with the package, and nothing runs at its installation', () => {
	expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	for (const field of [
		'dependencies',
		'optionalDependencies',
		'bundleDependencies',
		'bundledDependencies',
		'peerDependenciesMeta',
		'overrides',
		'resolutions',
		'bin',
		'main',
	]) {
		expect(manifest).not.toHaveProperty(field);
	}
	const lifeCycle =
		/^(?:pre|post)?(?:install|uninstall|prepare|pack|publish)$|^prepublishOnly$|^dependencies$/;
	expect(Object.keys(manifest.scripts).filter((name) => lifeCycle.test(name))).toEqual([]);
});

test('it is published as a community node', () => {
	expect(manifest.name).toMatch(/^n8n-nodes-[a-z-]+$/);
	expect(manifest.keywords).toContain('n8n-community-node-package');
	expect(manifest.license).toBe('MIT');
	expect(manifest.files).toEqual(['dist']);
	expect(manifest.engines).toEqual({ node: expect.stringMatching(/^>=20(?:\.\d+){0,2}$/) });
	expect(manifest).not.toHaveProperty('private');
});
