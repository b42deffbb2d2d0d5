import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Answer } from './answer';

/** Writes an answer to the socket as broken servers and connections do. */
export function sendBytes(kind: WireKind, answer: Answer, socket: Socket): void {
	// The client may close the connection at any time.
	socket.on('error', () => undefined);
	faults[kind](answer)(socket);
}

type Send = (socket: Socket) => void;
type Parts = Array<string | Buffer>;

/** Writes and leaves the connection open. */
const open =
	(...parts: Parts): Send =>
	(socket) =>
		parts.forEach((part) => socket.write(part));

const close =
	(...parts: Parts): Send =>
	(socket) => {
		open(...parts)(socket);
		socket.end();
	};

// A broken connection discards what the client has not read or unpacked yet; this is long enough for a busy machine.
const BREAK_AFTER_MS = 300;
// Far below every idle timeout, and few enough bytes for a test to reach a timeout of minutes quickly.
const DRIP_MS = 1_000;
const TOO_LONG_HEADER = 256 * 1024;

const breakOff =
	(...parts: Parts): Send =>
	(socket) => {
		open(...parts)(socket);
		setTimeout(() => socket.end(), BREAK_AFTER_MS);
	};

const reset =
	(...parts: Parts): Send =>
	(socket) => {
		open(...parts)(socket);
		setTimeout(() => socket.resetAndDestroy(), BREAK_AFTER_MS);
	};

const head = ({ httpStatus, headers }: Answer, changed: Record<string, string | number> = {}) => {
	const lines = Object.entries({ ...headers, ...changed }).map(
		([name, value]) => `${name}: ${value}`,
	);
	const status = `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}`;
	return [status, ...lines, '', ''].join('\r\n');
};

const withLength = (answer: Answer, length = answer.body.length) =>
	head(answer, { 'content-length': length });

const chunkedHead = (answer: Answer) => {
	const headers = { ...answer.headers };
	delete headers['content-length'];
	return head({ ...answer, headers }, { 'transfer-encoding': 'chunked' });
};

const chunk = (bytes: Buffer) =>
	Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

const half = (body: Buffer) => body.subarray(0, Math.floor(body.length / 2));

const earlyHints = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n';

const faults = {
	resetAfterHeaders: (answer) => reset(withLength(answer)),
	resetMidBody: (answer) => reset(withLength(answer), half(answer.body)),
	shortBody: (answer) => close(withLength(answer), half(answer.body)),
	lengthTooLong: (answer) => close(withLength(answer, answer.body.length + 10), answer.body),
	// The rest is where the next response should begin.
	lengthTooShort: (answer) => open(withLength(answer, half(answer.body).length), answer.body),
	chunkGarbage: (answer) =>
		close(chunkedHead(answer), chunk(half(answer.body)), 'zz\r\nno length\r\n'),
	chunksUnended: (answer) => close(chunkedHead(answer), chunk(half(answer.body))),
	gzipCut: (answer) => {
		const body = gzipSync(answer.body);
		const headers = { 'content-encoding': 'gzip', 'content-length': body.length };
		return breakOff(head(answer, headers), half(body));
	},
	early: (answer) =>
		close(earlyHints, 'HTTP/1.1 102 Processing\r\n\r\n', withLength(answer), answer.body),
	earlyOnly: () => close(earlyHints),
	switching: () =>
		open('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
	headerGarbage: ({ body }) => close('HTTP/1.1 two hundred OK\r\ncontent type json\r\n\r\n', body),
	headersTooLong: (answer) =>
		close(head(answer, { 'x-simulated': 'x'.repeat(TOO_LONG_HEADER) }), answer.body),
	notHttp: () => close('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'),
	hangAfterHeaders: (answer) => open(withLength(answer), half(answer.body)),
	// A byte every second, without end.
	drip: (answer) => (socket) => {
		socket.write(chunkedHead(answer));
		const dripping = setInterval(() => {
			if (socket.destroyed) clearInterval(dripping);
			else socket.write(chunk(Buffer.from(' ')));
		}, DRIP_MS);
	},
} satisfies Record<string, (answer: Answer) => Send>;

/** Faults in the bytes on the wire, which no HTTP server can send. */
export type WireKind = keyof typeof faults;
export const wireKinds = Object.keys(faults) as WireKind[];
