import type { INodeParameters } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { processClock } from '../../workbench/simulator';
import { createNode, credentialsFor, inARow, model } from '../engine/workflow';
import { useSimulator } from '../useSimulator';
import { measureBelow } from './gauge';
import { measuredRun } from './measuredRun';

const MB = 1024 ** 2;
const imageMb = 20;
// Memory n8n itself needs to read one file after the other, and for the connection.
const slackMb = 60;

let simulator: Simulator;
useSimulator(processClock, (started) => (simulator = started));

/** Sends images of 20 MB each from n8n's storage, and returns the maximum memory held. */
async function send(provider: ProviderName, modelId: string, imageMode: string, count: number) {
	const fields = ['a', 'b', 'c'].slice(0, count);
	const parameters = {
		model: model(modelId),
		imageMode: '={{ $json.imageMode }}',
		images: { image: fields.map((binaryProperty) => ({ source: 'binary', binaryProperty })) },
	} as INodeParameters;
	const measured = await measuredRun({
		file: inARow(createNode(provider, parameters)),
		credentials: credentialsFor(simulator),
		warmUp: [{ prompt: 'A cat', imageMode: 'none' }],
		items: [{ json: { prompt: 'A dog', imageMode } }],
		imageBytes: fields.map(() => imageMb * MB),
	});
	expect(measured.error).toBeUndefined();
	expect(measured.items).toHaveLength(1);
	return measured;
}

/** The sizes of the images of the last create, in MB. */
function arrivedMb(): number[] {
	const found: number[] = [];
	const look = (value: unknown): void => {
		if (typeof value === 'string') {
			if (value.startsWith('data:image/png;base64,')) found.push((value.length * 3) / 4 / MB);
		} else if (Buffer.isBuffer(value)) found.push(value.length / MB);
		else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
	};
	look(simulator.ledger.at(-1)?.fields);
	return found.map(Math.round);
}

test.each([
	['deerApi', 'veo3.1', 'firstAndLastFrame', 2],
	['newApiRemix', 'veo_3_1', 'referenceImages', 3],
	['eronmind', 'veo_3_1', 'firstAndLastFrame', 2],
] as const)(
	'%s: images are held no more than twice while they are sent',
	async (provider, modelId, imageMode, count) => {
		const limitMb = 2 * count * imageMb + slackMb;
		const measured = await measureBelow(
			limitMb,
			async () => await send(provider, modelId, imageMode, count),
		);
		expect(arrivedMb()).toEqual(Array.from({ length: count }, () => imageMb));
		process.stderr.write(
			`${provider}: ${measured.residentMb} MB held for ${count} images of ${imageMb} MB\n`,
		);
		expect(measured.residentMb).toBeLessThan(limitMb);
		expect(measured.heapMb).toBeLessThan(imageMb);
	},
);
