import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Job } from './jobs';
import type { Simulation } from './simulation';

const mediaNames = ['landscape-8s', 'landscape-15s', 'portrait-8s', 'portrait-15s'] as const;

export type MediaName = (typeof mediaNames)[number];

interface Video {
	bytes: Buffer;
	etag: string;
}

const videos = new Map<string, Video>(
	mediaNames.map((name) => {
		const bytes = readFileSync(join(__dirname, 'media', `${name}.mp4`));
		const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
		return [name, { bytes, etag }];
	}),
);

export function videoBytes(name: MediaName): Buffer {
	return videos.get(name)?.bytes ?? Buffer.alloc(0);
}

/** What a job makes: 8 seconds, or 15 once it has been extended. */
export function finalMedia(job: Job): MediaName {
	return `${job.isPortrait ? 'portrait' : 'landscape'}-${job.kind === 'create' ? 8 : 15}s`;
}

export function firstSegmentMedia(job: Job): MediaName {
	return job.isPortrait ? 'portrait-8s' : 'landscape-8s';
}

/** The part of a job's id that is safe in a file name. */
function fileStem(job: Job): string {
	return job.jobId.replace(/^.*[:_]/, '');
}

/** The link to a job's file in operator storage, which is another origin than the gateway. */
export function finalUrl(simulation: Simulation, job: Job, folder = ''): string {
	return `${simulation.addresses.cdnOrigin}/cdn${folder}/${finalMedia(job)}/${fileStem(job)}.mp4`;
}

/** A signed link without a file extension, as the 15-second gateway's upstream gives. */
export function firstSegmentUrl(simulation: Simulation, job: Job, expiresAt: number): string {
	const { cdnOrigin } = simulation.addresses;
	return `${cdnOrigin}/cdn/${firstSegmentMedia(job)}/${fileStem(job)}?Expires=${expiresAt}`;
}

export function sendVideo(
	request: FastifyRequest,
	reply: FastifyReply,
	name: string,
): FastifyReply {
	const video = videos.get(name);
	if (video === undefined) return reply.code(404).type('text/plain').send('Not Found');
	const { bytes, etag } = video;
	reply.headers({ etag, 'accept-ranges': 'bytes', 'content-type': 'video/mp4' });
	if (request.headers['if-none-match'] === etag) return reply.code(304).send();
	const ifRange = request.headers['if-range'];
	const range = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
	if (range === undefined) return reply.header('content-length', bytes.length).send(bytes);
	const span = readRange(range, bytes.length);
	if (span === undefined) {
		return reply.code(416).header('content-range', `bytes */${bytes.length}`).send();
	}
	return reply
		.code(206)
		.header('content-range', `bytes ${span.first}-${span.last}/${bytes.length}`)
		.header('content-length', span.last - span.first + 1)
		.send(bytes.subarray(span.first, span.last + 1));
}

/** One byte range of RFC 9110: `bytes=0-99`, `bytes=100-` or `bytes=-100`. */
function readRange(header: string, size: number): { first: number; last: number } | undefined {
	const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
	if (from === '' && to === '') return undefined;
	const first = from === '' ? Math.max(size - Number(to), 0) : Number(from);
	const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
	return first <= last && first < size ? { first, last } : undefined;
}
