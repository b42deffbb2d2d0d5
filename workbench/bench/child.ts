import { spawn } from 'node:child_process';
import path from 'node:path';

/**
 * Runs a file of the bench as a process of its own, which prints its result as the last line of its
 * output: what it measures of itself must hold nothing of the gateway or of another contestant.
 */
export async function inChild<Result>(file: string, task: object): Promise<Result> {
	const flags = ['--expose-gc', '--import', 'tsx'];
	const child = spawn(process.execPath, [...flags, file, JSON.stringify(task)], {
		cwd: path.join(__dirname, '..', '..'),
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	if (code !== 0) throw new Error(`${path.basename(file)} ended with ${code}`);
	return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Result;
}

/** What a child was asked to do. */
export const taskOfChild = <Task>(): Task => JSON.parse(process.argv[2] ?? '{}') as Task;

/** Ends a child with its result. */
export function endChild(result: object): void {
	process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
