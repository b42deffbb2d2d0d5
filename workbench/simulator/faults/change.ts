import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import type { Answer } from './answer';

const MEGABYTE = 1024 * 1024;
const HUGE_MEGABYTES = 100;
const BOMB_PART_MEGABYTES = 8;
const BOMB_PARTS = 128;
const MAX_PIECES = 60;
const DEEP_LEVELS = 100_000;

type Payload = Buffer | Readable;

let bombPart: Buffer | undefined;

/** The answer with other bytes, and headers that fit them. */
export function changed(kind: ChangingKind, answer: Answer, reply: FastifyReply): Payload {
	reply.removeHeader('content-length');
	return changes[kind](answer, reply);
}

const changes = {
	bom: ({ body }) => Buffer.concat([Buffer.from('\uFEFF'), body]),

	// Small enough to cut characters of several bytes.
	splitText: ({ body }) => Readable.from(inPieces(body), { objectMode: false }),

	gzip: ({ body }, reply) => {
		reply.header('content-encoding', 'gzip');
		return gzipSync(body);
	},

	gzipBroken: ({ body }, reply) => {
		reply.header('content-encoding', 'gzip');
		return body;
	},

	// A gzip stream may have many members, so one is compressed once and sent often.
	gzipBomb: ({ body }, reply) => {
		reply.header('content-encoding', 'gzip');
		const { start, end } = aroundPadding(body);
		bombPart ??= gzipSync(Buffer.alloc(BOMB_PART_MEGABYTES * MEGABYTE, ' '), { level: 9 });
		const parts = new Array<Buffer>(BOMB_PARTS).fill(bombPart);
		return Readable.from([gzipSync(start), ...parts, gzipSync(end)], { objectMode: false });
	},

	hugeJson: ({ body }) => Readable.from(padded(body), { objectMode: false }),

	// One more member, nested deeper than recursion can follow.
	deepJson: ({ body }) => {
		const nested = '['.repeat(DEEP_LEVELS) + ']'.repeat(DEEP_LEVELS);
		return Buffer.from(withMember(body.toString(), nested));
	},

	// The first half, correctly labelled as a range, in answer to a request for the whole.
	partial: ({ body }, reply) => {
		const half = body.subarray(0, Math.floor(body.length / 2));
		reply.code(206).header('content-range', `bytes 0-${half.length - 1}/${body.length}`);
		return half;
	},

	truncatedJson: ({ body }) => body.subarray(0, Math.floor(body.length / 2)),
} satisfies Record<string, (answer: Answer, reply: FastifyReply) => Payload>;

/** Faults that change the bytes of the answer, not their transport. */
export type ChangingKind = keyof typeof changes;
export const changingKinds = Object.keys(changes) as ChangingKind[];

async function* inPieces(body: Buffer): AsyncGenerator<Buffer> {
	const pieceBytes = Math.max(1, Math.ceil(body.length / MAX_PIECES));
	for (let at = 0; at < body.length; at += pieceBytes) {
		yield body.subarray(at, at + pieceBytes);
		await nextTurn();
	}
}

/** The answer with one more member of that size; a text only becomes longer. */
async function* padded(body: Buffer): AsyncGenerator<Buffer> {
	const { start, end } = aroundPadding(body);
	yield Buffer.from(start);
	const padding = Buffer.alloc(MEGABYTE, ' ');
	for (let count = 0; count < HUGE_MEGABYTES; count++) {
		yield padding;
		await nextTurn();
	}
	yield Buffer.from(end);
}

/** The answer with one more member, split where the padding goes. */
function aroundPadding(body: Buffer): { start: string; end: string } {
	const [start = '', end = ''] = withMember(body.toString(), '"PADDING"').split('PADDING');
	return { start, end };
}

/** A JSON object with one more first member; any other text with the JSON before it. */
function withMember(text: string, json: string): string {
	return text.startsWith('{')
		? text.replace('{', `{"simulated":${json}${/^\{\s*\}/.test(text) ? '' : ','}`)
		: json + text;
}
