import { setTimeout as sleep } from 'node:timers/promises';
import { endChild, taskOfChild } from '../child';
import { contestantNamed } from '../contestants';
import { useN8nNodes } from '../n8nNodes';
import { timedRun } from '../timedRun';
import { speedUpTime } from '../../fastTime';

export interface MemoryTask {
	contestant: string;
	origin: string;
	key: string;
	bytes: number;
}

export interface MemoryUsed {
	/** The highest resident set while the video came in, less the one before. */
	grownBytes: number;
	videos: number;
}

async function main(): Promise<void> {
	const { contestant, origin, key, bytes } = taskOfChild<MemoryTask>();
	useN8nNodes();
	// Their waits before the download are of no interest here.
	speedUpTime(100);
	const makeVideo = async (size: number) =>
		await timedRun(contestantNamed(contestant), { origin, key }, [
			`A boat [sim seconds=0 bytes=${size}]`,
		]);
	// What is loaded and compiled once is not the video's.
	await makeVideo(1024 * 1024);
	globalThis.gc?.();
	await sleep(300);
	const before = process.memoryUsage.rss();
	let highest = before;
	const timer = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 2);
	const { videos } = await makeVideo(bytes);
	highest = Math.max(highest, process.memoryUsage.rss());
	clearInterval(timer);
	endChild({ grownBytes: highest - before, videos } satisfies MemoryUsed);
}

void main();
