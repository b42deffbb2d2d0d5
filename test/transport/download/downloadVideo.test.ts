import { Readable } from 'node:stream';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { videoBytes } from '../../../workbench/simulator/files';
import { downloadVideo } from '../../../nodes/transport/download/downloadVideo';
import type { Connection } from '../../../nodes/transport/send';
import { createSecretMask } from '../../../nodes/wire/secretMask';

const MB = 1024 ** 2;
const baseUrl = 'https://api.example.com';

/** A video of so many megabytes, as n8n's helper gives it: decompressed, with the length of before. */
function* decompressed(megabytes: number): Generator<Buffer> {
	yield videoBytes('landscape-8s');
	// A box of length 0, which goes on to the end of the file.
	const megabyte = Buffer.alloc(MB);
	for (let count = 0; count < megabytes; count++) yield megabyte;
}

/** Downloads such a video into memory. A file there has no id. */
async function fetchIntoMemory(megabytes: number) {
	let storedBytes = 0;
	const helpers = {
		httpRequest: async () => ({
			statusCode: 200,
			headers: { 'content-type': 'video/mp4', 'content-length': '200000' },
			body: Readable.from(decompressed(megabytes), { objectMode: false }),
		}),
		prepareBinaryData: async (file: AsyncIterable<Buffer> | Buffer): Promise<IBinaryData> => {
			if (!Buffer.isBuffer(file)) for await (const chunk of file) storedBytes += chunk.length;
			return { data: '', mimeType: 'video/mp4' };
		},
	};
	const context = { helpers } as unknown as IExecuteFunctions;
	const connection: Connection & { context: IExecuteFunctions } = {
		context,
		credential: 'veoDeerApi',
		baseUrl,
		settings: { baseUrl },
		keyUrls: [],
		mask: createSecretMask(['sk']),
	};
	const download = await downloadVideo(connection, {
		sources: [{ method: 'GET', path: 'https://files.example.com/1.mp4' }],
		fileName: '1.mp4',
		leftMs: () => Infinity,
	});
	return { download, storedBytes };
}

test('a file whose compressed length is small is not loaded into memory beyond the limit', async () => {
	const { download, storedBytes } = await fetchIntoMemory(110);
	expect(download).toMatchObject({
		failure: {
			message: expect.stringMatching(/100 MB, because n8n keeps files in memory/) as string,
		},
		isTransient: false,
	});
	expect(storedBytes).toBeLessThanOrEqual(100 * MB);
});

test('up to the limit it is loaded', async () => {
	const { download, storedBytes } = await fetchIntoMemory(90);
	expect(download).toHaveProperty('binary');
	expect(storedBytes).toBe(videoBytes('landscape-8s').length + 90 * MB);
});
