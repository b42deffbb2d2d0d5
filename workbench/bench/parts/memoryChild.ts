import { contestantNamed } from '../contestants';
import { useN8nNodes } from '../n8nNodes';
import { timedRun } from '../timedRun';
import type { MemoryTask } from './memory';

/** Sends by how many bytes the resident set grew during one download. */
async function main(): Promise<void> {
	const { contestant, bytes, ...address } = JSON.parse(process.argv[2] ?? '') as MemoryTask;
	await useN8nNodes();
	const makeVideo = async (size: number) => {
		const prompt = `A boat [sim seconds=0 bytes=${size}]`;
		const { videos } = await timedRun(contestantNamed(contestant), address, [prompt]);
		if (videos !== 1) throw new Error(`${contestant} delivered ${videos} videos`);
	};
	// A first video loads and compiles the code, which is not measured.
	await makeVideo(1024 * 1024);
	globalThis.gc?.();
	// Measured from the minimum: memory of the first video is freed until the second download starts.
	let lowest = Infinity;
	let grown = 0;
	const read = () => {
		const resident = process.memoryUsage.rss();
		lowest = Math.min(lowest, resident);
		grown = Math.max(grown, resident - lowest);
	};
	const timer = setInterval(read, 2);
	await makeVideo(bytes);
	read();
	clearInterval(timer);
	process.send?.(grown, () => process.exit());
}

void main();
