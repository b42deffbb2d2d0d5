import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { generatedBytes } from './generatedFile';
import type { Job } from './jobs';
import { unixSeconds } from './jobs';
import type { Simulation } from './simulation';

const mediaNames = ['landscape-8s', 'landscape-15s', 'portrait-8s', 'portrait-15s'] as const;

export type MediaName = (typeof mediaNames)[number];

interface Video {
	size: number;
	etag: string;
	/** Both positions included. */
	read(first: number, last: number): Buffer | Readable;
}

const media = new Map<string, Buffer>(
	mediaNames.map((name) => [name, readFileSync(join(__dirname, 'media', `${name}.mp4`))]),
);

export function videoBytes(name: MediaName): Buffer {
	return media.get(name) ?? Buffer.alloc(0);
}

/** A recorded video, or a generated one of the size in its name. */
function videoNamed(name: string): Video | undefined {
	const bytes = media.get(name);
	if (bytes !== undefined) {
		const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
		const read = (first: number, last: number) => bytes.subarray(first, last + 1);
		return { size: bytes.length, etag, read };
	}
	const size = Number(/^generated-(\d+)$/.exec(name)?.[1] ?? NaN);
	if (!Number.isSafeInteger(size)) return undefined;
	const read = (first: number, last: number) => Readable.from(generatedBytes(first, last));
	return { size, etag: `"generated-${size}"`, read };
}

/** A recorded or a generated video as base64, in pieces: a large one is never in memory as a whole. */
export async function* base64Video(name: string): AsyncGenerator<string> {
	const video = videoNamed(name);
	if (video === undefined) throw new Error(`There is no video ${name}`);
	const bytes = video.read(0, video.size - 1);
	let rest = Buffer.alloc(0);
	for await (const piece of Buffer.isBuffer(bytes) ? [bytes] : bytes) {
		const joined = Buffer.concat([rest, piece as Buffer]);
		const whole = joined.length - (joined.length % 3);
		rest = joined.subarray(whole);
		yield joined.toString('base64', 0, whole);
	}
	yield rest.toString('base64');
}

/** The video of a job: 8 seconds, 15 if extended, or a generated file of the directed size. */
export function finalMedia(job: Job): string {
	if (job.directives.bytes > 0) return `generated-${job.directives.bytes}`;
	return `${job.isPortrait ? 'portrait' : 'landscape'}-${job.operation === 'create' ? 8 : 15}s`;
}

function firstSegmentMedia(job: Job): MediaName {
	return job.isPortrait ? 'portrait-8s' : 'landscape-8s';
}

/** The part of a job's id that is safe in a file name. */
function fileStem(job: Job): string {
	return job.jobId.replace(/^.*[:_/]/, '');
}

/** The link to a job's file in operator storage, on another origin than the provider. */
export function finalUrl(simulation: Simulation, job: Job, folder = ''): string {
	const path = `/cdn${folder}/${finalMedia(job)}/${fileStem(job)}.mp4`;
	const { linkSeconds } = job.directives;
	if (linkSeconds === 0) return simulation.addresses.cdnOrigin + path;
	const now = simulation.clock.now();
	const query = `Expires=${unixSeconds(now) + linkSeconds}&Signature=signed-at-${now}`;
	return `${simulation.addresses.cdnOrigin}${path}?${query}`;
}

/** A signed link without a file extension, as newApiRemix's upstream gives. */
export function firstSegmentUrl(simulation: Simulation, job: Job, expiresAt: number): string {
	const { cdnOrigin } = simulation.addresses;
	return `${cdnOrigin}/cdn/${firstSegmentMedia(job)}/${fileStem(job)}?Expires=${expiresAt}`;
}

export function sendVideo(
	request: FastifyRequest,
	reply: FastifyReply,
	name: string,
): FastifyReply {
	const video = videoNamed(name);
	if (video === undefined) return reply.code(404).type('text/plain').send('Not Found');
	const { size, etag, read } = video;
	reply.headers(buildHeaders(video));
	if (request.headers['if-none-match'] === etag) return reply.code(304).send();
	const ifRange = request.headers['if-range'];
	const range = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
	if (range === undefined) return reply.header('content-length', size).send(read(0, size - 1));
	const span = readRange(range, size);
	if (span === undefined) {
		return reply.code(416).header('content-range', `bytes */${size}`).send();
	}
	return reply
		.code(206)
		.header('content-range', `bytes ${span.first}-${span.last}/${size}`)
		.header('content-length', span.last - span.first + 1)
		.send(read(span.first, span.last));
}

const buildHeaders = (video: Video | undefined) => ({
	etag: video?.etag ?? '',
	'accept-ranges': 'bytes',
	'content-type': 'video/mp4',
});

/** One byte range of RFC 9110: `bytes=0-99`, `bytes=100-` or `bytes=-100`. */
function readRange(header: string, size: number): { first: number; last: number } | undefined {
	const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
	if (from === '' && to === '') return undefined;
	const first = from === '' ? Math.max(size - Number(to), 0) : Number(from);
	const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
	return first <= last && first < size ? { first, last } : undefined;
}
