import { existsSync } from 'node:fs';
import path from 'node:path';

/** A program with its first arguments. */
export interface Command {
	program: string;
	given: string[];
}

interface Surroundings {
	execPath: string;
	/** What npm sets for the scripts it runs: its own program. */
	npmExecPath?: string;
	platform: NodeJS.Platform;
	exists(file: string): boolean;
}

/**
 * How to start npm without a shell. On Windows npm is npm.cmd, which Node starts only through a shell, where
 * spaces in paths would need quotes: npm's JavaScript is started with Node instead.
 */
export function chooseNpm({ execPath, npmExecPath, platform, exists }: Surroundings): Command {
	const { dirname, join } = platform === 'win32' ? path.win32 : path.posix;
	const folder = dirname(execPath);
	const script = ['node_modules', 'npm', 'bin', 'npm-cli.js'];
	const found = [
		// The package managers yarn and pnpm set it too.
		...(npmExecPath !== undefined && /npm-cli\.c?js$/.test(npmExecPath) ? [npmExecPath] : []),
		join(folder, ...script),
		join(folder, '..', 'lib', ...script),
	].find(exists);
	return found === undefined
		? { program: 'npm', given: [] }
		: { program: execPath, given: [found] };
}

export const npm = chooseNpm({
	execPath: process.execPath,
	npmExecPath: process.env.npm_execpath,
	platform: process.platform,
	exists: existsSync,
});
