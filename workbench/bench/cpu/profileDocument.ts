import type { CpuProfile } from '../parts/cpuChild';
import { table } from '../report/table';
import type { TimeUsed } from './profiler';
import type { Work } from './work';

/** What one step costs, in milliseconds. */
export interface StepRow {
	work: Work;
	slope: number;
	fixed: number;
	/** Undefined where n8n has nothing like it. */
	bare: number | undefined;
}

/** Where the time of one step goes. */
export interface ProfileRow extends CpuProfile {
	work: Work;
}

export interface ProfileResult {
	rows: readonly StepRow[];
	profiles: readonly ProfileRow[];
	processor: string;
	repeats: number;
	date: Date;
}

export function profileDocument(result: ProfileResult): string {
	const { rows, profiles, processor, repeats, date } = result;
	return `# Where our processor time goes

Written by \`npm run bench:profile\`. Machine: ${processor}, Linux, Node ${process.versions.node}; date: ${date.toISOString().slice(0, 10)}. \`npm run bench:profile -- hold-100\` looks into one step and writes nothing.

## What each step costs

Each step is done few times and many times, ${repeats} times in turn, in a process of its own on n8n's own engine. The slope between the two is what one unit costs; what is left at no unit at all is the beginning and the end. "Bare" is as little as n8n can do the same with: its request helper, a stream into its storage, a node that passes its items on. Whoever compares machines compares the ratio. The gateway is on the same machine, answers at once and asks for no TLS; n8n's look into its database for the credential, once a request, is not in it.

${stepTable(rows)}

## Whose time it is

By Node's profiler, which costs time of its own: shares, not figures. "n8n" is n8n's engine and all packages below it, "Node" the sockets, streams and the garbage collector.

${ownerTable(profiles)}

${profiles.map(functionTable).join('\n\n')}
`;
}

export function stepTable(rows: readonly StepRow[]): string {
	return table(
		['step', 'unit', 'ms a unit', 'bare, ms', 'times bare', 'beginning and end, ms'],
		rows.map(({ work, slope, bare = NaN, fixed }) => [
			work.label,
			work.unit,
			slope,
			bare,
			slope / bare,
			fixed,
		]),
	);
}

export function ownerTable(profiles: readonly ProfileRow[]): string {
	return table(
		['step', 'our nodes', 'n8n', 'Node', 'workbench'],
		profiles.map(({ work, owners }) => {
			const all = owners.reduce((sum, { selfMs }) => sum + selfMs, 0);
			const shares = ['ours', 'n8n', 'node', 'workbench'].map((owner) => {
				const { selfMs = 0 } = owners.find(({ name }) => name === owner) ?? {};
				return `${Math.round((selfMs / all) * 100)} %`;
			});
			return [titleOf(work), ...shares];
		}),
	);
}

const mostFunctions = 8;

/** The functions of ours that take the most time themselves. */
export function functionTable({ work, functions }: ProfileRow): string {
	const perUnit = (milliseconds: number) => Math.round((milliseconds / work.many) * 1000);
	const most = [...functions].sort(bySelf).slice(0, mostFunctions);
	return table(
		[`${titleOf(work)}`, `µs per ${work.unit}, itself`, 'with all it calls at once'],
		most.map(({ name, selfMs, totalMs }) => [name, perUnit(selfMs), perUnit(totalMs)]),
	);
}

const bySelf = (a: TimeUsed, b: TimeUsed) => b.selfMs - a.selfMs;

const titleOf = ({ id, label }: Work) => `${label} (\`${id}\`)`;
