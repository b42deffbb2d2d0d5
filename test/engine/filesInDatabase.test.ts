import './binaryMode/database';
import { fastClock } from './fastTime';
import { Container } from '@n8n/di';
import { BinaryDataBlobManager, BinaryDataService, ErrorReporter } from 'n8n-core';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import type { Simulator } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { createNode, fileOf, itemsOf, jobsOf, mediaOf, pollNode, runNodes } from './workflow';

const name = 'Veo Poll Until Done';
const MB = 1024 ** 2;
const cap = 40 * MB;

/** Rows of a table, as n8n's own store: each file is read whole, and refused above a size. */
class Rows {
	readonly files = new Map<string, Buffer>();
	readonly readSizes: number[] = [];

	async write(key: string, body: Buffer | Readable): Promise<number> {
		const bytes = Buffer.isBuffer(body) ? body : await buffer(body);
		this.readSizes.push(bytes.length);
		if (bytes.length > cap) {
			throw new Error(`File exceeds the maximum of ${cap / MB} MB for database mode`);
		}
		this.files.set(key, bytes);
		return bytes.length;
	}

	async read(key: string) {
		return this.files.get(key) ?? null;
	}

	async readStream() {
		return null;
	}

	async copy() {}

	async rename() {}

	async delete() {}
}

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));
const rows = new Rows();

beforeAll(() => {
	const manager = new BinaryDataBlobManager(rows, Container.get(ErrorReporter));
	Container.get(BinaryDataService).setManager('database', manager);
});
afterEach(() => {
	rows.files.clear();
	rows.readSizes.length = 0;
});

async function fetchOne(directive: string, options = {}) {
	return await runNodes(
		simulator,
		[createNode('apimp'), pollNode('apimp', { options }, { onError: 'continueRegularOutput' })],
		[{ prompt: `A cat [sim seconds=0 ${directive}]` }],
	);
}

test('a video becomes a row', async () => {
	const run = await fetchOne('');
	const [item] = itemsOf(run, name);
	expect(fileOf(item).id).toMatch(/^database:/);
	expect(await mediaOf(item)).toBe('landscape-8s');
});

test('a video that is larger than allowed does not reach the database', async () => {
	const run = await fetchOne(`bytes=${2 * MB}`, { maxSizeMb: 1 });
	expect(jobsOf(run, name)).toMatchObject([
		{
			failure: {
				code: 'download_failed',
				message: expect.stringMatching(/allowed 1 MB$/) as string,
			},
		},
	]);
	expect([...rows.files.keys()]).toEqual([]);
	expect(rows.readSizes).toEqual([]);
});

test('what n8n itself refuses is said in its words, and the job comes out', async () => {
	const run = await fetchOne(`bytes=${cap + 1}`);
	expect(jobsOf(run, name)).toMatchObject([
		{
			status: 'succeeded',
			videoUrl: expect.stringMatching(/\.mp4$/) as string,
			failure: {
				code: 'download_failed',
				message: expect.stringMatching(/maximum of 40 MB/) as string,
			},
		},
	]);
});
