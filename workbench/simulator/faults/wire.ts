import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Answer } from './answer';

/** Sends an answer as bytes of our own making, as broken servers and lines do. */
export function sendBytes(kind: WireKind, answer: Answer, socket: Socket): void {
	// A client may go away at any time.
	socket.on('error', () => undefined);
	faults[kind](answer, socket);
}

const head = ({ httpStatus, headers }: Answer, changed: Record<string, string | number> = {}) => {
	const lines = Object.entries({ ...headers, ...changed }).map(
		([name, value]) => `${name}: ${value}`,
	);
	return [`HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}`, ...lines, '', ''].join(
		'\r\n',
	);
};

/** The head of an answer without a length. */
const chunkedHead = (answer: Answer) => {
	const headers = { ...answer.headers };
	delete headers['content-length'];
	return head({ ...answer, headers }, { 'transfer-encoding': 'chunked' });
};

const chunk = (bytes: Buffer) =>
	Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

const withLength = (answer: Answer, length = answer.body.length) =>
	head(answer, { 'content-length': length });

const halfOf = ({ body }: Answer) => body.subarray(0, Math.floor(body.length / 2));

/** Late enough, also on a busy machine, because a reset overtakes bytes that were not read yet. */
const resetSoon = (socket: Socket) => {
	setTimeout(() => socket.resetAndDestroy(), RESET_AFTER_MS);
};
const RESET_AFTER_MS = 300;
const DRIP_MS = 20;
const TOO_LONG_HEADER = 256 * 1024;

const faults = {
	resetAfterHeaders: (answer, socket) => {
		socket.write(withLength(answer));
		resetSoon(socket);
	},
	resetMidBody: (answer, socket) => {
		socket.write(withLength(answer));
		socket.write(halfOf(answer));
		resetSoon(socket);
	},
	shortBody: (answer, socket) => {
		socket.write(withLength(answer));
		socket.end(halfOf(answer));
	},
	lengthTooLong: (answer, socket) => {
		socket.write(withLength(answer, answer.body.length + 10));
		socket.end(answer.body);
	},
	// The rest stands where the next answer should begin.
	lengthTooShort: (answer, socket) => {
		socket.write(withLength(answer, halfOf(answer).length));
		socket.write(answer.body);
	},
	chunkGarbage: (answer, socket) => {
		socket.write(chunkedHead(answer));
		socket.write(chunk(halfOf(answer)));
		socket.end('zz\r\nno length\r\n');
	},
	chunksUnended: (answer, socket) => {
		socket.write(chunkedHead(answer));
		socket.end(chunk(halfOf(answer)));
	},
	gzipCut: (answer, socket) => {
		const body = gzipSync(answer.body);
		socket.write(head(answer, { 'content-encoding': 'gzip', 'content-length': body.length }));
		socket.end(body.subarray(0, Math.floor(body.length / 2)));
	},
	early: (answer, socket) => {
		socket.write('HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n');
		socket.write('HTTP/1.1 102 Processing\r\n\r\n');
		socket.write(withLength(answer));
		socket.end(answer.body);
	},
	earlyOnly: (_answer, socket) => {
		socket.end('HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n');
	},
	switching: (_answer, socket) => {
		socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n');
		socket.write('connection: upgrade\r\n\r\n');
	},
	headerGarbage: (answer, socket) => {
		socket.write('HTTP/1.1 two hundred OK\r\ncontent type json\r\n\r\n');
		socket.end(answer.body);
	},
	headersTooLong: (answer, socket) => {
		socket.write(head(answer, { 'x-simulated': 'x'.repeat(TOO_LONG_HEADER) }));
		socket.end(answer.body);
	},
	notHttp: (_answer, socket) => {
		socket.end('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
	},
	hangAfterHeaders: (answer, socket) => {
		socket.write(withLength(answer));
		socket.write(halfOf(answer));
	},
	// Sends bytes without end.
	drip: (answer, socket) => {
		socket.write(chunkedHead(answer));
		const dripping = setInterval(() => {
			if (socket.destroyed) clearInterval(dripping);
			else socket.write(chunk(Buffer.from(' ')));
		}, DRIP_MS);
	},
} satisfies Record<string, (answer: Answer, socket: Socket) => void>;

/** Faults of the bytes on the wire, which no HTTP server sends. */
export type WireKind = keyof typeof faults;
export const wireKinds = Object.keys(faults) as WireKind[];
