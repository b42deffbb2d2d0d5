import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';

const samplingMicroseconds = 200;

/** What the processor did while something was done. */
export async function profileOf(work: () => Promise<unknown>): Promise<Profiler.Profile> {
	const session = new Session();
	session.connect();
	await session.post('Profiler.enable');
	await session.post('Profiler.setSamplingInterval', { interval: samplingMicroseconds });
	await session.post('Profiler.start');
	await work();
	const { profile } = await session.post('Profiler.stop');
	session.disconnect();
	return profile;
}

/** Time in milliseconds, by itself and with all that it calls. */
export interface TimeUsed {
	name: string;
	selfMs: number;
	totalMs: number;
}

type NameOf = (frame: Profiler.ProfileNode['callFrame']) => string | undefined;

/** The time of all frames that have the same name, most first. Frames without a name count for nobody. */
export function timesBy(profile: Profiler.Profile, nameOf: NameOf): TimeUsed[] {
	const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
	const selfMs = new Map<number, number>();
	profile.samples?.forEach((id, index) => {
		const ms = (profile.timeDeltas?.[index] ?? 0) / 1000;
		selfMs.set(id, (selfMs.get(id) ?? 0) + ms);
	});
	const times = new Map<string, TimeUsed>();
	const visit = (id: number, above: ReadonlySet<string>): number => {
		const node = nodes.get(id);
		if (node === undefined) return 0;
		const name = nameOf(node.callFrame);
		const here = name === undefined ? above : new Set([...above, name]);
		const own = selfMs.get(id) ?? 0;
		const total = (node.children ?? []).reduce((sum, child) => sum + visit(child, here), own);
		if (name === undefined) return total;
		const time = times.get(name) ?? { name, selfMs: 0, totalMs: 0 };
		time.selfMs += own;
		// What calls itself is counted once.
		if (!above.has(name)) time.totalMs += total;
		times.set(name, time);
		return total;
	};
	const root = profile.nodes[0];
	if (root !== undefined) visit(root.id, new Set());
	return [...times.values()].sort((a, b) => b.selfMs - a.selfMs);
}

const fileOf = (url: string) => decodeURIComponent(url.replace(/^file:\/\//, ''));

/** Whose time it is. What the profiler itself and a processor without work take is nobody's. */
export const ownerOf: NameOf = ({ url, functionName }) => {
	const file = fileOf(url);
	if (isOurs(file)) return 'ours';
	if (file.includes('/node_modules/')) return 'n8n';
	if (file.includes('/workbench/')) return 'workbench';
	const isNobodys = ['(idle)', '(program)', '(root)', 'dispatch'].includes(functionName);
	return isNobodys ? undefined : 'node';
};

const isOurs = (file: string) =>
	/\/(?:dist\/)?(?:nodes|credentials)\/[^/]+\//.test(file) && !file.includes('/node_modules/');

/** A function of ours, with its place. */
export const ourFunction: NameOf = ({ url, functionName, lineNumber }) => {
	const file = fileOf(url);
	if (!isOurs(file)) return undefined;
	return `${functionName || '(anonymous)'} ${file.replace(/^.*\/((?:nodes|credentials)\/)/, '$1')}:${lineNumber + 1}`;
};
