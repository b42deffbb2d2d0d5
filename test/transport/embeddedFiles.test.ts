import { jest } from '@jest/globals';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { videoBytes } from '../../workbench/simulator/files';
import { readText } from '../../nodes/transport/body';
import { downloadVideo } from '../../nodes/transport/download/downloadVideo';
import { openEmbeddedFile } from '../../nodes/transport/download/embeddedFile';
import { withoutFiles } from '../../nodes/transport/embeddedFiles';
import { receive } from '../../nodes/transport/receive';
import type { Connection } from '../../nodes/transport/send';
import type { Call } from '../../nodes/wire/call';
import { createSecretMask } from '../../nodes/wire/secretMask';

const member = 'bytesBase64Encoded';

/** A text of base64 and the bytes in it, or any text. */
interface Content {
	text: string;
	bytes: Buffer;
}
type Value = Content | Value[] | { [name: string]: Value } | string | number | boolean | null;

const isContent = (value: Value): value is Content =>
	typeof value === 'object' && value !== null && 'bytes' in value && Buffer.isBuffer(value.bytes);

const anyContent: fc.Arbitrary<Content> = fc
	.record({
		bytes: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
		prefix: fc.constantFrom('', '', 'data:video/mp4;base64,', 'DATA:;base64,'),
		form: fc.constantFrom('base64', 'base64url', 'lines'),
	})
	.map(({ bytes, prefix, form }) => {
		const text = bytes.toString(form === 'base64url' ? form : 'base64');
		const lines = text.replace(/.{7}/g, '$&\r\n');
		return { bytes, text: prefix + (form === 'lines' ? lines : text) };
	});

const anyName = fc.oneof(
	{ weight: 3, arbitrary: fc.constant(member) },
	{ weight: 1, arbitrary: fc.constantFrom('', `${member}2`, 'bytes', 'a"', '\\', '日', '🎬') },
);
// Strings that look like what is searched for.
const anyString = fc.oneof(
	fc.string({ unit: 'grapheme' }),
	fc.constantFrom(member, `"${member}":"QUJD"`, `\\"${member}\\": "`, `{"${member}"`, ':', '\\'),
);
const anyMember = (value: fc.Arbitrary<Value>) => fc.tuple(anyName, fc.oneof(anyContent, value));
const { value: anyValue, root: anyRoot } = fc.letrec<{ value: Value; root: Value }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 3 },
		anyString,
		fc.constantFrom<Value>(null, true, 0, -1.5e3),
		tie('root'),
	),
	root: fc.oneof(
		fc.array(tie('value'), { maxLength: 4 }),
		fc
			.uniqueArray(anyMember(tie('value')), { selector: ([name]) => name, maxLength: 4 })
			.map((members): Value => Object.fromEntries(members)),
	),
}));

/** Writes JSON with white space between its parts and escapes in its strings, as `noise` decides. */
function write(value: Value, noise: () => number): string {
	const space = () => ['', '', '', ' ', '\n\t'][noise() % 5] ?? '';
	const letter = (unit: string) => {
		if (noise() % 6 === 0) return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
		return unit === '/' && noise() % 2 === 0 ? '\\/' : JSON.stringify(unit).slice(1, -1);
	};
	const string = (text: string) => `"${text.split('').map(letter).join('')}"`;
	const list = (parts: string[]) => parts.join(`${space()},${space()}`);
	const writeValue = (each: Value): string => {
		if (typeof each === 'string') return string(each);
		if (typeof each !== 'object' || each === null) return String(each);
		if (isContent(each)) return string(each.text);
		if (Array.isArray(each)) return `[${space()}${list(each.map(writeValue))}${space()}]`;
		const members = Object.entries(each).map(
			([name, own]) => `${string(name)}${space()}:${space()}${writeValue(own)}`,
		);
		return `{${space()}${list(members)}${space()}}`;
	};
	return space() + writeValue(value) + space();
}

/** The texts of all members with the name, in their order. */
function listFiles(value: Value): Array<string | Content> {
	if (typeof value !== 'object' || value === null || isContent(value)) return [];
	const children = Object.entries(value);
	return children.flatMap(([name, child]) => {
		const isText = typeof child === 'string' || (child !== null && isContent(child));
		return isText && name === member && !Array.isArray(value) ? [child] : listFiles(child);
	});
}

interface Written {
	value: Value;
	text: string;
	/** The text in pieces that may be cut within a letter. */
	chunks: Buffer[];
}

const anyJson: fc.Arbitrary<Written> = fc
	.record({
		value: fc.oneof({ weight: 9, arbitrary: anyRoot }, { weight: 1, arbitrary: anyValue }),
		noise: fc.array(fc.nat({ max: 59 }), { minLength: 1, maxLength: 40 }),
		cuts: fc.array(fc.nat({ max: 1000 }), { maxLength: 30 }),
		isInBytes: fc.boolean(),
	})
	.map(({ value, noise, cuts, isInBytes }) => {
		let taken = 0;
		const text = write(value, () => noise[taken++ % noise.length] ?? 0);
		const bytes = Buffer.from(text);
		const places = isInBytes
			? [...bytes.keys()].slice(1)
			: cuts.map((share) => Math.floor((share * bytes.length) / 1001)).sort((a, b) => a - b);
		const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index]));
		return { value, text, chunks };
	});

const bodyOf = (chunks: readonly Buffer[]) => Readable.from(chunks, { objectMode: false });

test('however an answer is written and split, it is read as it is, without its files', async () => {
	const property = fc.asyncProperty(anyJson, async ({ text, chunks }) => {
		const withEmpty: unknown = JSON.parse(text, (name, value: unknown) =>
			name === member && typeof value === 'string' ? '' : value,
		);
		let begun = 0;
		const body = withoutFiles(bodyOf(chunks), member, () => begun++);
		const read = await readText(body);
		expect(JSON.parse(read.text)).toEqual(withEmpty);
		expect(read.incomplete).toBeUndefined();
		expect(begun).toBeLessThanOrEqual(1);
	});
	await fc.assert(property, { numRuns: 500 });
});

test('however an answer is written and split, each file in it is found and decoded', async () => {
	let decoded = 0;
	const property = fc.asyncProperty(anyJson, async ({ value, chunks }) => {
		const files = listFiles(value);
		for (const [index, file] of files.entries()) {
			const opened = await openEmbeddedFile(bodyOf(chunks), { member, index }, Infinity);
			if (opened.kind !== 'file') throw new Error(`There is no file ${index}`);
			if (typeof file === 'string') continue;
			expect(await buffer(opened.file)).toEqual(file.bytes);
			decoded++;
		}
		const none = { member, index: files.length };
		expect(await openEmbeddedFile(bodyOf(chunks), none, Infinity)).toHaveProperty('text');
	});
	await fc.assert(property, { numRuns: 500 });
	expect(decoded).toBeGreaterThan(50);
});

const baseUrl = 'https://api.example.com/v1';
const video = videoBytes('landscape-8s');
const json = { operationName: 'operations/1' };
const call: Call = { method: 'POST', path: '/operations:fetch', json, isRepeatable: true };

interface Answer {
	status?: number;
	chunks: Iterable<Buffer | string> | AsyncIterable<string>;
}

/** A connection whose host gives one answer after the other. */
function connect(...answers: Answer[]) {
	const sent: unknown[] = [];
	const stored: Buffer[] = [];
	const helpers = {
		httpRequestWithAuthentication: async (_type: string, { method, body }: IHttpRequestOptions) => {
			const { status = 200, chunks } = answers[sent.push({ method, body }) - 1] ?? { chunks: [] };
			const headers = {
				'content-type': 'application/json',
				// Those of the answer, not of a file in it.
				'content-length': '1000000000',
				etag: '"1"',
			};
			const bodyStream = Readable.from(chunks, { objectMode: false });
			return { statusCode: status, headers, body: bodyStream };
		},
		prepareBinaryData: async (file: Readable) => {
			stored.push(await buffer(file));
			return { id: 'filesystem:1', data: '', mimeType: 'video/mp4' };
		},
	};
	const connection: Connection & { context: IExecuteFunctions } = {
		context: { helpers } as unknown as IExecuteFunctions,
		credential: 'veoDeerApi',
		baseUrl,
		settings: { baseUrl },
		keyUrls: [],
		mask: createSecretMask([video.toString('base64').slice(400, 440)]),
	};
	return { connection, sent, stored };
}

async function downloadAt(index: number, answer: Answer, maxBytes?: number) {
	const { connection, sent, stored } = connect(answer);
	const download = await downloadVideo(connection, {
		sources: [{ ...call, embeddedFile: { member, index } }],
		fileName: '1.mp4',
		maxBytes,
		leftMs: () => Infinity,
	});
	expect(sent).toEqual([{ method: 'POST', body: json }]);
	return { download, stored };
}

const answerWith = (...files: Array<Buffer | string>): string =>
	JSON.stringify({
		done: true,
		response: { videos: files.map((file) => ({ [member]: file.toString('base64') })) },
	});

test.each([0, 2])(
	'the file at %i is stored: the mask of the key leaves its bytes alone',
	async (index) => {
		const { download, stored } = await downloadAt(index, {
			chunks: [answerWith(...[0, 1, 2].map((each) => (each === index ? video : 'QUJD')))],
		});
		expect(download).toMatchObject({ kind: 'file', binary: { id: 'filesystem:1' } });
		expect(stored).toHaveLength(1);
		expect(stored[0]?.equals(video)).toBe(true);
	},
);

const whole = answerWith(video);

test('what comes after the file is not waited for', async () => {
	const chunks = function* () {
		yield whole;
		throw new Error('The connection broke off');
	};
	expect((await downloadAt(0, { chunks: chunks() })).stored).toHaveLength(1);
});

test.each<[string, Answer, number, RegExp, boolean]>([
	[
		'an error',
		{ status: 404, chunks: ['{"error":{"code":404,"message":"No such operation"}}'] },
		0,
		/^No such operation \(HTTP 404\)$/,
		true,
	],
	[
		'an error that has a file nevertheless',
		{ status: 403, chunks: [whole] },
		0,
		/^the answer has no video 1 \(HTTP 403\)$/,
		false,
	],
	[
		'an error with HTTP 200',
		{ chunks: ['{"done":true,"error":{"code":3,"message":"The prompt was refused"}}'] },
		0,
		/^The prompt was refused \(HTTP 200\)$/,
		true,
	],
	['no such file', { chunks: [whole] }, 1, /^the answer has no video 2 \(HTTP 200\)$/, true],
	['a redirect', { status: 302, chunks: [] }, 0, /^the answer has no video 1 \(HTTP 302\)$/, true],
	['an empty file', { chunks: [answerWith('')] }, 0, /an empty file/, true],
	['a file that is no video', { chunks: [answerWith(Buffer.alloc(99))] }, 0, /no MP4 video/, false],
	['a web page for a file', { chunks: [answerWith('<html></html>')] }, 0, /is not base64/, false],
	['half a group', { chunks: [answerWith('QUJDR')] }, 0, /is not base64/, false],
	[
		'a file that goes on after its end',
		{ chunks: [answerWith(`${video.toString('base64').slice(0, 400)}QQ==QUJD`)] },
		0,
		/is not base64/,
		false,
	],
	[
		'an answer that ends within the file',
		{ chunks: [whole.slice(0, 5000)] },
		0,
		/^the file broke off after \d+ of unknown bytes$/,
		true,
	],
	[
		'a file that ends within a box',
		{ chunks: [answerWith(video.subarray(0, 5000))] },
		0,
		/in the middle of a box/,
		true,
	],
])(
	'%s: nothing is stored, and the reason is said',
	async (_what, answer, index, message, isTransient) => {
		const { download, stored } = await downloadAt(index, answer);
		expect(stored).toEqual([]);
		expect(download).toMatchObject({
			kind: 'failed',
			failure: { message: expect.stringMatching(message) as string },
			isTransient,
			isRefused: false,
		});
	},
);

test('a file is not larger than the limit', async () => {
	const { download } = await downloadAt(0, { chunks: [whole] }, 1000);
	expect(download).toMatchObject({
		failure: { message: expect.stringMatching(/larger than the allowed/) as string },
	});
});

/** An answer of so many megabytes, of which nearly all are two files. */
function* hugeAnswer(megabytes: number): Generator<string> {
	const letters = 'A'.repeat(1024 * 1024);
	yield '{"videos":[{';
	for (const end of ['},{', '}]']) {
		yield `"${member}":"`;
		for (let count = 0; count < megabytes / 2; count++) yield letters;
		yield `"${end}`;
	}
	yield ',"note":"at its end"}';
}

test('an answer whose files are large is read without them', async () => {
	const { connection } = connect({ chunks: hugeAnswer(60) });
	const received = await receive(connection, { ...call, embeddedFile: { member } }, {});
	const videos = [{ [member]: '' }, { [member]: '' }];
	expect(received).toMatchObject({ answer: { body: { videos, note: 'at its end' } } });
	expect(received).not.toHaveProperty('incomplete', expect.anything());
});

test('what is no file of an answer has the usual limit', async () => {
	const { connection } = connect({ chunks: hugeAnswer(4) });
	const other = { ...call, embeddedFile: { member: 'note' } };
	expect(await receive(connection, other, {})).toMatchObject({
		incomplete: 'an answer of more than 1 MB',
	});
});

describe('the time of an answer', () => {
	beforeEach(() => jest.useFakeTimers());
	afterEach(() => jest.useRealTimers());

	/** The start of an answer, and ten seconds later, again and again, a piece of it. */
	async function receiveSlowly(start: string, piece: string, pieces: number, end: string) {
		const chunks = async function* () {
			yield start;
			for (let sent = 0; sent < pieces; sent++) {
				await new Promise((resolve) => setTimeout(resolve, 10_000));
				yield piece;
			}
			yield end;
		};
		const { connection } = connect({ chunks: chunks() });
		const embedding = { ...call, embeddedFile: { member } };
		const received = receive(connection, embedding, { timeoutMs: 30_000 });
		await jest.advanceTimersByTimeAsync(10 * 60_000);
		return await received;
	}

	const inFile = [`{"${member}":"`, 'QUJD', '"}'] as const;

	test('has five minutes more for its files', async () => {
		const [start, piece, end] = inFile;
		expect(await receiveSlowly(start, piece, 30, end)).toMatchObject({
			answer: { body: { [member]: '' } },
			incomplete: undefined,
		});
		const late = { incomplete: 'no end in time' };
		expect(await receiveSlowly(start, piece, 36, end)).toMatchObject(late);
		expect(await receiveSlowly('{"text":"', piece, 30, end)).toMatchObject(late);
	});
});
