import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { IExecuteFunctions } from 'n8n-workflow';
import { downloadVideo } from '../../nodes/transport/download/downloadVideo';
import { receive } from '../../nodes/transport/receive';
import type { Call } from '../../nodes/wire/call';
import { createSecretMask } from '../../nodes/wire/secretMask';
import { generatedBytes } from '../../workbench/simulator/generatedFile';
import { startGauge } from './gauge';

/*
 * A process that reads an answer with two embedded files of 256 MB each, first without them and then the
 * second of them, and prints by how much its memory grew at most.
 */
const fileBytes = 256 * 1024 ** 2;
const baseUrl = 'https://api.example.com';
const member = 'bytesBase64Encoded';
const call: Call = { method: 'POST', path: '/fetch', json: {}, isRepeatable: true };

function* answer(): Generator<string> {
	yield '{"videos":[{';
	for (const end of ['},{', '}]}']) {
		yield `"${member}":"`;
		let rest = Buffer.alloc(0);
		for (const chunk of generatedBytes(0, fileBytes - 1)) {
			const bytes = Buffer.concat([rest, chunk]);
			rest = bytes.subarray(bytes.length - (bytes.length % 3));
			yield bytes.subarray(0, bytes.length - rest.length).toString('base64');
		}
		yield `${rest.toString('base64')}"${end}`;
	}
}

async function main(): Promise<void> {
	let storedBytes = 0;
	const store = new Writable({
		write: (chunk: Buffer, _encoding, done) => {
			storedBytes += chunk.length;
			done();
		},
	});
	const helpers = {
		httpRequestWithAuthentication: async () => ({
			statusCode: 200,
			headers: { 'content-type': 'application/json' },
			body: Readable.from(answer(), { objectMode: false }),
		}),
		prepareBinaryData: async (file: Readable) => {
			await pipeline(file, store);
			return { id: 'file', data: '', mimeType: 'video/mp4' };
		},
	};
	const connection = {
		context: { helpers } as unknown as IExecuteFunctions,
		credential: 'veoDeerApi',
		baseUrl,
		settings: { baseUrl },
		keyUrls: [],
		mask: createSecretMask(['sk']),
	};
	const growth = startGauge();
	const received = await receive(connection, { ...call, embeddedFile: { member } }, {});
	const sources = [{ ...call, embeddedFile: { member, index: 1 } }];
	const timeless = { leftMs: () => Infinity, maxBytes: Infinity };
	const download = await downloadVideo(connection, { sources, fileName: '1.mp4', ...timeless });
	const answered = received.kind === 'received' ? received.answer.body : received;
	const result = { ...growth(), answered, download, storedBytes, fileBytes };
	process.stdout.write(`MEASURED ${JSON.stringify(result)}\n`);
}

void main();
