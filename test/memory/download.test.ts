import { openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator } from '../../workbench/simulator';
import { startSimulator } from '../../workbench/simulator';
import { generatedBytes } from '../../workbench/simulator/generatedFile';
import { createNode, credentialsFor, inARow, pollNode } from '../engine/workflow';
import { measuredRun } from './measuredRun';

const GB = 1024 ** 3;

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator();
});
afterEach(() => simulator.reset());
afterAll(() => simulator.close());

test.each([
	['a direct link', 'apimp', ''],
	['the download route', 'deerApi', 'content=bytes'],
	['a redirect', 'deerApi', 'content=redirect'],
	['JSON with a link', 'deerApi', 'content=json'],
] as const)(
	'1 GB through %s streams to the disk',
	async (_name, provider, directive) => {
		const prompt = (bytes: number) => `A cat [sim seconds=0 bytes=${bytes} ${directive}]`;
		const measured = await measuredRun({
			file: inARow(createNode(provider), pollNode(provider, { options: { maxSizeMb: 2000 } })),
			credentials: credentialsFor(simulator),
			warmUp: [{ prompt: prompt(16 * 1024 ** 2) }],
			items: [{ json: { prompt: prompt(GB) } }],
		});
		console.log(JSON.stringify(measured, null, 1));
	},
	120_000,
);
