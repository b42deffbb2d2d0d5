import { continueRegular, execute, expectVideos, withCredential } from './scene';
import { randomBytes } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { readBinary } from '../../workbench/engine/engine';
import { videoBytes } from '../../workbench/simulator/files';
import { image } from '../simulator/calls';
import type { Handle } from './ownHost';
import { sendJson, serveVideoAt, useOwnHost } from './ownHost';
import { fileOf, pollNode } from './workflow';

/* Half a file, a web page or JSON is never kept as a video, and a whole one is, whatever is said of it. */

const host = useOwnHost();
const video = videoBytes('landscape-8s');
const { length } = video;
const half = Math.floor(length / 2);
const etag = '"one"';

/** Polls a finished job whose file is what the host sends at its link. There is no other way to it. */
async function fetchFile(
	send: Handle,
	parameters?: INodeParameters,
): Promise<{
	item: INodeExecutionData | undefined;
	ranges: OutgoingHttpHeaders[];
	requests: number;
}> {
	const ranges: OutgoingHttpHeaders[] = [];
	let requests = 0;
	const link = `${host.baseUrl}/file.mp4`;
	serveVideoAt(
		host,
		() => link,
		(request, response) => {
			requests++;
			if (request.headers.range !== undefined) ranges.push(request.headers);
			send(request, response);
		},
	);
	const { items, jobs } = await execute(
		pollNode('deepWl', parameters, continueRegular),
		[{ jobId: 'job-1' }],
		withCredential('deepWl', { baseUrl: host.baseUrl }),
	);
	expect(jobs).toMatchObject([{ status: 'succeeded', videoUrl: link }]);
	return { item: items[0], ranges, requests };
}

function expectNoFile({ item }: Awaited<ReturnType<typeof fetchFile>>, says = /./): void {
	expect(item?.binary).toBeUndefined();
	const message = expect.stringMatching(says) as string;
	expect(item?.json).toMatchObject({ failure: { code: 'download_failed', message } });
}

/** Sends the bytes in pieces that end there: no first piece is enough to know a video. */
const send =
	(headers: OutgoingHttpHeaders, bytes = video, httpStatus = 200): Handle =>
	(_request, response) => {
		response.writeHead(httpStatus, { 'content-type': 'video/mp4', ...headers });
		response.write(bytes.subarray(0, 5), () => {
			setTimeout(() => response.end(bytes.subarray(5)), 20);
		});
	};

/** Sends some bytes and breaks off: by a reset, or by an orderly end of the connection. */
const breakOff =
	(headers: OutgoingHttpHeaders, bytes: Buffer, how: 'reset' | 'end' = 'reset'): Handle =>
	(_request, response) => {
		response.writeHead(200, { 'content-type': 'video/mp4', ...headers });
		response.write(bytes, () => {
			if (how === 'end') response.socket?.end();
			// After the bytes were read: no time passes before.
			else setTimeout(() => response.socket?.resetAndDestroy(), 300);
		});
	};

type SendRest = (from: number) => Handle;

/** Breaks off the first answers, can send the rest, and sends the whole from then on. */
function breaks(
	headers: OutgoingHttpHeaders,
	rest: SendRest,
	{ file = video, first = video.subarray(0, half), times = 1 } = {},
): Handle {
	const all = { 'content-length': file.length, ...headers };
	let answers = 0;
	return (request, response) => {
		const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
		if (from !== undefined) rest(Number(from))(request, response);
		else if (answers++ < times) breakOff(all, first)(request, response);
		else send(all, file)(request, response);
	};
}

/** The rest of a file, whatever it was asked for. */
const sendRest =
	(file: Buffer, headers: OutgoingHttpHeaders = {}): SendRest =>
	(from) => {
		const range = `bytes ${from}-${file.length - 1}/${file.length}`;
		return send({ 'content-range': range, ...headers }, file.subarray(from), 206);
	};

/** An MP4 that no compression makes smaller. With a box of length 0 nothing in it says where it ends. */
function incompressible(mdatBytes = 400_000): Buffer {
	const bytes = Buffer.concat([Buffer.alloc(24), randomBytes(400_000 - 8)]);
	bytes.writeUInt32BE(16, 0);
	bytes.write('ftypisom', 4, 'latin1');
	bytes.writeUInt32BE(mdatBytes, 16);
	bytes.write('mdat', 20, 'latin1');
	return bytes;
}

const gzip = { 'content-encoding': 'gzip' };
const changed = Buffer.from(video).fill(0xaa, half);
const other = Buffer.from(video).fill(0xaa);
const lastModified = 'Fri, 20 Nov 2026 10:00:00 GMT';
const dated = { 'last-modified': lastModified };
const boxEnd = video.readUInt32BE(0);
const part = (range: string) => send({ 'content-range': `bytes ${range}` }, video, 206);

describe('a download that breaks off goes on only with the same file', () => {
	test.each([
		['a tag', { etag }, etag],
		['a date', dated, lastModified],
		['both', { etag, ...dated }, etag],
		['a weak tag and a date', { etag: 'W/"one"', ...dated }, lastModified],
		['a tag, and it is called a text', { etag, 'content-type': 'text/plain' }, etag],
	])('%s proves it', async (_title, headers, proof) => {
		const { item, ranges } = await fetchFile(breaks(headers, sendRest(video, headers)));
		expect(ranges).toMatchObject([{ range: `bytes=${half - 1024}-`, 'if-range': proof }]);
		await expectVideos([item]);
	});

	const otherDate = { 'last-modified': 'Sat, 21 Nov 2026 10:00:00 GMT' };
	const fromTheNext: SendRest = (from) => sendRest(video, { etag })(from + 1);
	const aPartOfTheRest: SendRest = (from) => {
		const headers = { etag, 'content-range': `bytes ${from}-${from + 1999}/${length}` };
		return send(headers, video.subarray(from, from + 2000), 206);
	};

	test.each<[string, OutgoingHttpHeaders, SendRest]>([
		['its tag is another', { etag }, sendRest(changed, { etag: '"two"' })],
		['its date is another', dated, sendRest(changed, otherDate)],
		['it has no tag any more', { etag }, sendRest(changed)],
		['it has no date any more', dated, sendRest(changed)],
		['only a part of the rest comes', { etag }, aPartOfTheRest],
		['its length is another', { etag }, sendRest(changed.subarray(0, -1), { etag })],
		['its tag is the same, and its bytes are not', { etag }, sendRest(other, { etag })],
		['it begins elsewhere', { etag }, fromTheNext],
		['the whole of it comes', { etag }, () => send({ 'content-length': length }, changed)],
		['the server refuses', { etag }, () => send({}, Buffer.alloc(0), 416)],
	])('%s: it is fetched from the start', async (_title, headers, rest) => {
		const { item, ranges } = await fetchFile(breaks(headers, rest));
		expect(ranges).toHaveLength(1);
		await expectVideos([item]);
	});

	test.each<[string, OutgoingHttpHeaders]>([
		['nothing', {}],
		['a weak tag', { etag: 'W/"one"' }],
	])('%s proves nothing: it is fetched from the start', async (_title, headers) => {
		const { item, ranges } = await fetchFile(breaks(headers, sendRest(changed)));
		expect(ranges).toEqual([]);
		await expectVideos([item]);
	});

	test('the rest of a compressed file is not joined to what was decompressed of it', async () => {
		const file = incompressible(0);
		const body = gzipSync(file);
		// RFC 9110, 15.3.7: a 206 to If-Range need not say once more that the file is compressed.
		const rest = sendRest(body, { etag });
		const sending = breaks({ etag, ...gzip }, rest, {
			file: body,
			first: body.subarray(0, 200_000),
		});
		const { item, ranges, requests } = await fetchFile(sending);
		expect(file.equals(await readBinary(fileOf(item)))).toBe(true);
		expect(ranges).toHaveLength(1);
		expect(requests).toBe(1 + 2);
	});
});

describe('a whole video is kept', () => {
	const all = `bytes 0-${length - 1}/${length}`;

	test.each<[string, number, OutgoingHttpHeaders]>([
		['text/plain', 200, { 'content-type': 'text/plain' }],
		['application/json', 200, { 'content-type': 'application/json; charset=utf-8' }],
		['text/html', 200, { 'content-type': 'text/html' }],
		['any bytes', 200, { 'content-type': 'binary/octet-stream' }],
		['a copy of a proxy', 203, {}],
		['a part that is all of it', 206, { 'content-range': all }],
		['such a part as a text', 206, { 'content-type': 'text/plain', 'content-range': all }],
	])('%s', async (_title, httpStatus, headers) => {
		const { item, requests } = await fetchFile(send(headers, video, httpStatus));
		expect(item?.json).not.toHaveProperty('failure');
		await expectVideos([item]);
		expect(requests).toBe(1);
	});

	test('no server is asked to compress it, and one that does is understood', async () => {
		const file = incompressible();
		const body = gzipSync(file);
		// It is whole where its boxes end.
		expect(body.length).toBeGreaterThan(file.length);
		const asked: unknown[] = [];
		const { item, requests } = await fetchFile((request, response) => {
			asked.push(request.headers['accept-encoding']);
			send({ ...gzip, 'content-length': body.length }, body)(request, response);
		});
		expect(file.equals(await readBinary(fileOf(item)))).toBe(true);
		expect(asked).toEqual(['identity']);
		expect(requests).toBe(1);
	});

	test('JSON in its place names a link, which is followed once', async () => {
		const follow = async (steps: number) => {
			const paths: unknown[] = [];
			const fetched = await fetchFile((request, response) => {
				paths.push(request.url);
				const url = `${host.baseUrl}/file/${paths.length}`;
				if (paths.length <= steps) sendJson(response, 200, { video_url: url });
				else send({})(request, response);
			});
			return { ...fetched, paths };
		};
		const { item, paths } = await follow(1);
		await expectVideos([item]);
		expect(paths).toEqual(['/file.mp4', '/file/1']);
		const twice = await follow(1000);
		expectNoFile(twice);
		expect(twice.paths).not.toContain('/file/2');
	});
});

const plain = incompressible(0);
const zipped = gzipSync(plain);
// It grows so much that its half is longer than what its length says.
const growing = gzipSync(Buffer.concat([video.subarray(0, 1000), Buffer.alloc(5_000_000)]));
const whole = { 'content-length': length };
// The first half once more, and honest about it.
const wrongRest: SendRest = () =>
	send({ 'content-range': `bytes 0-${half - 1}/${length}` }, video.subarray(0, half), 206);
const restOfABox: SendRest = (from) =>
	send(
		{ etag, 'content-range': `bytes ${from}-${length - 1}/${length}` },
		video.subarray(from, boxEnd),
		206,
	);

test.each<[string, Handle]>([
	['a web page as a video', send({}, Buffer.from('<!DOCTYPE html><title>Sign in</title>'))],
	['a picture as a file', send({ 'content-type': 'application/octet-stream' }, image)],
	['nothing as a video', send({}, Buffer.alloc(0))],
	['a few bytes as a video', send({}, video.subarray(0, 8))],
	['a text as a text', send({ 'content-type': 'text/plain' }, Buffer.from('There is no file'))],
	['a video without a length that breaks off', breakOff({}, video.subarray(0, 20_000))],
	[
		'a video that ends early',
		breakOff({ 'content-length': plain.length }, plain.subarray(0, -9), 'end'),
	],
	[
		'a compressed video that ends early',
		breakOff({ ...gzip, 'content-length': zipped.length }, zipped.subarray(0, -1000), 'end'),
	],
	[
		'half of a compressed video',
		breakOff({ ...gzip, 'content-length': growing.length }, growing.subarray(0, -100)),
	],
	['half a video that goes on with the wrong half', breaks({ etag }, wrongRest, { times: 99 })],
	[
		'a video whose rest ends early at the end of a box',
		breaks({ etag }, restOfABox, { first: video.subarray(0, boxEnd), times: 99 }),
	],
	['a part that was not asked for', sendRest(video.subarray(0, half))(0)],
	['a part without the end', part(`0-${length - 1}/${length + 1}`)],
	['a part without the beginning', part(`1-${length}/${length + 1}`)],
	['a part of an unknown length', part(`0-${length - 1}/*`)],
])('not kept: %s', async (_title, sending) => {
	expectNoFile(await fetchFile(sending));
});

test.each<[string, OutgoingHttpHeaders, INodeParameters, RegExp]>([
	['grows larger', {}, { options: { maxSizeMb: half / 1024 ** 2 } }, /larger than the allowed/],
	['says so', { 'content-length': 10_000_000_000 }, {}, /larger than the allowed 512 MB/],
])(
	'not kept: a video that is larger than allowed and %s',
	async (_how, headers, parameters, says) => {
		expectNoFile(await fetchFile(send(headers), parameters), says);
	},
);

test('a video as large as allowed is kept', async () => {
	const options = { maxSizeMb: length / 1024 ** 2 };
	await expectVideos([(await fetchFile(send(whole), { options })).item]);
});
