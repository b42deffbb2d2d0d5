import './binaryMode/database';
import { continueRegular, execute, expectVideos } from './scene';
import { Container } from '@n8n/di';
import { BinaryDataBlobManager, BinaryDataService, ErrorReporter } from 'n8n-core';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { createNode, fileOf, pollNode } from './workflow';

const MB = 1024 ** 2;
const cap = 40 * MB;
const readSizes: number[] = [];
const files = new Map<string, Buffer>();

/** Rows of a table, as n8n's own store: each file is read whole, and refused above a size. */
const rows = {
	async write(key: string, body: Buffer | Readable): Promise<number> {
		const bytes = Buffer.isBuffer(body) ? body : await buffer(body);
		readSizes.push(bytes.length);
		if (bytes.length > cap) throw new Error(`File exceeds the maximum of ${cap / MB} MB`);
		files.set(key, bytes);
		return bytes.length;
	},
	read: async (key: string) => await Promise.resolve(files.get(key) ?? null),
	readStream: async () => await Promise.resolve(null),
	copy: async () => await Promise.resolve(),
	rename: async () => await Promise.resolve(),
	delete: async () => await Promise.resolve(),
};

beforeAll(() => {
	const manager = new BinaryDataBlobManager(rows, Container.get(ErrorReporter));
	Container.get(BinaryDataService).setManager('database', manager);
});
afterEach(() => {
	files.clear();
	readSizes.length = 0;
});

const fetchOne = async (directive: string, options = {}) =>
	await execute(
		[createNode('apimp'), pollNode('apimp', { options }, continueRegular)],
		[`A cat [sim seconds=0 ${directive}]`],
	);

test('a video becomes a row', async () => {
	const { items } = await fetchOne('');
	expect(fileOf(items[0]).id).toMatch(/^database:/);
	await expectVideos(items);
});

test.each([
	[
		'is larger than allowed: it does not reach the database',
		2 * MB,
		{ maxSizeMb: 1 },
		0,
		/allowed 1 MB$/,
	],
	['n8n itself refuses: in its words, and the job comes out', cap + 1, {}, 1, /maximum of 40 MB/],
])('a video that %s', async (_which, bytes, options, reads, says) => {
	const { jobs } = await fetchOne(`bytes=${bytes}`, options);
	const failure = { code: 'download_failed', message: expect.stringMatching(says) as string };
	const videoUrl = expect.stringMatching(/\.mp4$/) as string;
	expect(jobs).toMatchObject([{ status: 'succeeded', videoUrl, failure }]);
	expect(files.size).toBe(0);
	expect(readSizes).toHaveLength(reads);
});
