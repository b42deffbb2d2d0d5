import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { processClock } from '../../workbench/simulator';
import { generatedBytes } from '../../workbench/simulator/generatedFile';
import { createNode, credentialsFor, fileOf, inARow, pollNode } from '../engine/workflow';
import { useSimulator } from '../useSimulator';
import { measureBelow } from './gauge';
import type { Measured } from './measuredRun';
import { measuredRun } from './measuredRun';

const MB = 1024 ** 2;
const largeBytes = 1024 * MB;
// 24 to 38 MB on Node 20, 33 to 85 MB on Node 24: what is not yet collected differs.
const maxMb = 100;

let simulator: Simulator;
useSimulator(processClock, (started) => (simulator = started));

interface Fetch {
	provider: ProviderName;
	directive?: string;
	sizes: number[];
	maxSizeMb?: number;
	binaryMode?: 'filesystem' | 'default';
	look?(measured: Measured, userFolder: string): void;
}

async function fetchVideos(options: Fetch): Promise<Measured> {
	const { provider, directive = '', sizes, maxSizeMb, binaryMode, look } = options;
	const itemOf = (bytes: number) => ({
		prompt: `A cat [sim seconds=0 bytes=${bytes} ${directive}]`,
	});
	const parameters = { waiting: 'hold', options: maxSizeMb === undefined ? {} : { maxSizeMb } };
	const play = {
		file: inARow(createNode(provider), pollNode(provider, parameters)),
		credentials: credentialsFor(simulator),
		warmUp: [itemOf(16 * MB)],
		items: sizes.map((size) => ({ json: itemOf(size) })),
	};
	return await measureBelow(maxMb, async () => await measuredRun(play, binaryMode, look));
}

/** The pieces of the stored file that differ from what was sent. */
function wrongPieces(userFolder: string, size: number): number[] {
	const paths = readdirSync(userFolder, { recursive: true, encoding: 'utf8' });
	const path = paths
		.map((each) => join(userFolder, each))
		.find((each) => statSync(each).isFile() && statSync(each).size === size);
	if (path === undefined) throw new Error('The file is not in the storage');
	const file = openSync(path, 'r');
	const starts = [0, 1 * MB - 3, size / 2 + 7, size - 100_000];
	const wrong = starts.filter((start) => {
		const sent = Buffer.concat([...generatedBytes(start, start + 99_999)]);
		const kept = Buffer.alloc(sent.length);
		readSync(file, kept, 0, kept.length, start);
		return !kept.equals(sent);
	});
	closeSync(file);
	return wrong;
}

test.each([
	['a direct link', 'replicate', ''],
	['the download route', 'deerApi', 'content=bytes'],
	['a redirect', 'deerApi', 'content=redirect'],
] as const)('1 GB through %s streams to the disk', async (title, provider, directive) => {
	const measured = await fetchVideos({
		provider,
		directive,
		sizes: [largeBytes],
		maxSizeMb: 2000,
		look: ({ items }, userFolder) => {
			expect(fileOf(items[0]).bytes).toBe(largeBytes);
			expect(wrongPieces(userFolder, largeBytes)).toEqual([]);
		},
	});
	process.stderr.write(`1 GB through ${title}: ${measured.residentMb} MB more resident\n`);
	expect(measured.error).toBeUndefined();
	expect(measured.residentMb).toBeLessThan(maxMb);
});

test('four at a time take no more', async () => {
	const measured = await fetchVideos({
		provider: 'replicate',
		sizes: [1, 2, 3, 4].map((count) => 200 * MB + count),
		maxSizeMb: 2000,
	});
	expect(measured.error).toBeUndefined();
	expect(measured.items.map((item) => fileOf(item).bytes)).toEqual(
		[1, 2, 3, 4].map((count) => 200 * MB + count),
	);
	expect(measured.residentMb).toBeLessThan(maxMb);
});

test('a video of 1 GB that n8n would keep in memory is refused before a byte of it is read', async () => {
	const measured = await fetchVideos({
		provider: 'replicate',
		sizes: [largeBytes],
		binaryMode: 'default',
	});
	expect(measured.error).toMatch(
		/larger than the allowed 100 MB, because n8n keeps files in memory here/,
	);
	expect(measured.error).toContain(simulator.ledger.at(-1)?.jobId);
	expect(measured.residentMb).toBeLessThan(maxMb);
});
