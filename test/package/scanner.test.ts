import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packPackage, run } from './packed';
import type { Packed } from './packed';
import { manifest, root, shippedSources } from './tree';

// Two rounds of ESLint in a process of their own: seconds on a free machine, more on a busy one.
jest.setTimeout(90_000);

let packed: Packed;

beforeAll(() => {
	packed = packPackage();
});

afterAll(() => {
	packed.remove();
});

interface Scan {
	passed: boolean;
	message?: string;
	/** Errors and warnings, one line each. */
	findings: string[];
	files: number;
}

/** What n8n runs before it lists a package as verified: on the source, and on what npm ships. */
function scan(folder: string, kind: 'source' | 'tarball'): Scan {
	const script = join(__dirname, 'scan.mjs');
	const environment = {
		...process.env,
		// Under Jest's 'test' the plugin takes every file for one called Test.node.ts.
		NODE_ENV: 'production',
		// The scanner leaves a temporary folder behind: it goes with the package's own.
		TMPDIR: packed.workspace,
		TEMP: packed.workspace,
	};
	const printed = run(process.execPath, [script, realpathSync(folder), kind], root, environment);
	return JSON.parse(printed) as Scan;
}

test('the source passes the scanner of n8n, without a warning', () => {
	const { files, ...verdict } = scan(root, 'source');
	expect(verdict).toEqual({ passed: true, findings: [] });
	expect(files).toBeGreaterThanOrEqual(shippedSources.length);
});

test('the tarball passes it as well', () => {
	const { files, ...verdict } = scan(packed.folder, 'tarball');
	expect(verdict).toEqual({ passed: true, findings: [] });
	expect(files).toBeGreaterThanOrEqual(shippedSources.length);
});

test('a bad package does not pass', () => {
	const path = 'dist/nodes/transport/late.js';
	writeFileSync(
		join(packed.folder, path),
		"require('axios');\nsetTimeout(() => console.log(process.env), 5);\n",
	);
	writeFileSync(
		join(packed.folder, 'package.json'),
		JSON.stringify({
			...manifest,
			dependencies: { axios: '1.0.0' },
			overrides: { axios: '1.0.0' },
		}),
	);
	const { passed, findings } = scan(packed.folder, 'tarball');
	expect(passed).toBe(false);
	for (const file of [path, 'package.json']) {
		expect(findings).toContainEqual(expect.stringContaining(`${file}:`));
	}
});
