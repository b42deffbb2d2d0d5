import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { packPackage, run } from './packed';
import type { Packed } from './packed';
import { filesUnder, manifest, root, shippedSources } from './tree';

let packed: Packed;

beforeAll(() => {
	packed = packPackage();
});

afterAll(() => {
	packed.remove();
});

test('it holds what was built, its manifest, its README and its licence', () => {
	const outside = packed.files.filter((path) => !path.startsWith('dist/'));
	expect(outside).toEqual(expect.arrayContaining(['LICENSE.md', 'README.md', 'package.json']));
	const allowed = /^(?:package\.json|README\.md|LICENSE(?:\.[\w-]+)?)$/;
	expect(outside.filter((path) => !allowed.test(path))).toEqual([]);
});

test('what was built is the source of today, its icons and its codex files, and nothing else', () => {
	const assets = filesUnder(join(root, 'nodes'), root).filter((path) =>
		/^nodes\/icons\/[^/]+\.svg$|\.node\.json$/.test(path),
	);
	const builtFrom = [...shippedSources.map((path) => path.replace(/\.ts$/, '.js')), ...assets];
	expect(packed.files.filter((path) => path.startsWith('dist/'))).toEqual(
		builtFrom.map((path) => `dist/${path}`).sort(),
	);
});

test('it names nothing of the machine it was made on, no key and no source map', () => {
	expect(pathsWith(packed, canaries)).toEqual([]);
	// The README names them. The code has no address but those of the providers.
	const loopback = pathsWith(packed, ['127.0.0.1', 'localhost']);
	expect(loopback.filter((found) => found.startsWith('dist/'))).toEqual([
		// No link may lead there.
		'dist/nodes/transport/privateHost.js: localhost',
	]);
});

test('the check for such texts finds them', () => {
	const file = 'canary.js';
	writeFileSync(join(packed.folder, file), canaries.join('\n'));
	const found = pathsWith({ ...packed, files: [file] }, canaries);
	expect(found).toEqual(canaries.map((canary) => `${file}: ${canary}`));
	rmSync(join(packed.folder, file));
});

test('its files ask for n8n-workflow, node:crypto and one another, and for nothing else', () => {
	const asked = packed.files
		.filter((path) => path.endsWith('.js'))
		.flatMap((path) => [...textOf(packed, path).matchAll(/\b(?:require|import)\(\s*([^)]*)\)/g)])
		.map(([, specifier = '']) => specifier)
		.filter((specifier) => !/^["']\.{1,2}\/[\w./-]+["']$/.test(specifier));
	expect([...new Set(asked)].sort()).toEqual(['"n8n-workflow"', '"node:crypto"']);
});

test('it loads where nothing but n8n-workflow is installed', () => {
	const modules = join(packed.workspace, 'node_modules');
	mkdirSync(modules, { recursive: true });
	symlinkSync(join(root, 'node_modules/n8n-workflow'), join(modules, 'n8n-workflow'), 'junction');
	const listed = [...manifest.n8n.nodes, ...manifest.n8n.credentials];
	const script = `
		const found = (name) => { try { return require.resolve(name) } catch { return undefined } };
		const listed = ${JSON.stringify(listed)}.map((path) => '${manifest.name}/' + path);
		console.log(JSON.stringify({
			reachable: ['lodash', 'zod', 'form-data', 'n8n-core', 'jest'].filter(found),
			loaded: listed.flatMap((path) => Object.entries(require(path)))
				.map(([name, Class]) => [name, typeof new Class().displayName === 'string'
					|| typeof new Class().description.displayName === 'string']),
		}));`;
	writeFileSync(join(packed.workspace, 'load.cjs'), script);
	const environment = { ...process.env, NODE_PATH: '', NODE_OPTIONS: '' };
	const printed = run(process.execPath, ['load.cjs'], packed.workspace, environment);
	const names = listed.map((path) => path.replace(/^.*\/(\w+)\..*$/, '$1'));
	expect(JSON.parse(printed)).toEqual({ reachable: [], loaded: names.map((name) => [name, true]) });
});

// Texts of this machine and of the simulator.
const canaries = [
	...[root, homedir()].filter((path) => path.length > 1).map((path) => `${path}/`),
	...['work', 'root', 'tmp', 'home', 'Users'].map((folder) => `/${folder}/`),
	...['sk-sim-', '_control/', 'seeds/', 'sourceMappingURL'],
];

const textOf = ({ folder }: Packed, path: string) => readFileSync(join(folder, path), 'utf8');

function pathsWith(from: Packed, texts: readonly string[]): string[] {
	return from.files.flatMap((path) => {
		const text = textOf(from, path);
		return texts.filter((each) => text.includes(each)).map((each) => `${path}: ${each}`);
	});
}
