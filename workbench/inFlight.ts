import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import * as zlib from 'node:zlib';

/** Tells whether this process is still at work on something that no timer has to start. */
export interface InFlight {
	isAny(): boolean;
	stop(): void;
}

/**
 * Watches all work that comes back through the event loop by itself: bytes, ends and resets between two
 * sockets of this process, connections being made, files, name look-ups, and compression in threads.
 *
 * A request as such does not count. One whose server waits for a timer, or never answers, has nothing in
 * flight, and neither has a socket that nobody reads. A server in another process is not seen.
 */
export function watchInFlight(): InFlight {
	const sockets = watchSockets();
	const compression = watchCompression();
	return {
		isAny: () => compression.isAny() || sockets.isAny() || isSystemBusy(),
		stop: () => {
			sockets.stop();
			compression.stop();
		},
	};
}

// FSReqCallback, FSReqPromise, CloseReq and GetAddrInfoReqWrap. A WriteWrap may wait for a reader for ever.
const isSystemBusy = () => process.getActiveResourcesInfo().some((name) => name.includes('Req'));

/** What Node itself keeps about a connection. It is gone when the socket is closed. */
interface Handle {
	reading?: boolean;
	bytesRead: number;
	bytesWritten: number;
}

type Inside = Socket & { _handle?: Handle | null; _readableState: { ended: boolean } };

function watchSockets(): InFlight {
	const sockets = new Set<Inside>();
	const peers = new WeakMap<Inside, Inside>();
	const onOpen = (message: unknown) => {
		const { socket } = message as { socket: Inside };
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
	};
	const channels = ['net.client.socket', 'net.server.socket'];
	for (const channel of channels) subscribe(channel, onOpen);

	function findPeers(connected: Inside[]): void {
		if (connected.every((socket) => peers.has(socket))) return;
		const byPorts = new Map(
			connected.map((socket) => [`${socket.localPort} ${socket.remotePort}`, socket]),
		);
		for (const socket of connected) {
			const peer = byPorts.get(`${socket.remotePort} ${socket.localPort}`);
			if (peer !== undefined && !peers.has(socket)) peers.set(socket, peer);
		}
	}

	return {
		isAny: () => {
			const open = [...sockets].filter(({ destroyed }) => !destroyed);
			// Asked for its port too early, a socket would go on giving the wrong one.
			if (open.some(({ connecting }) => connecting)) return true;
			findPeers(open);
			return open.some((socket) => {
				const peer = peers.get(socket);
				return peer !== undefined && isOnItsWay(peer, socket);
			});
		},
		stop: () => {
			for (const channel of channels) unsubscribe(channel, onOpen);
		},
	};
}

/** Whether bytes or an end have left one socket, and the other one reads but has not got them yet. */
function isOnItsWay(from: Inside, to: Inside): boolean {
	const reader = to._handle;
	if (reader?.reading !== true || to._readableState.ended) return false;
	const writer = from._handle ?? undefined;
	return writer === undefined || from.writableEnded || writer.bytesWritten > reader.bytesRead;
}

type Native = Record<'init' | 'write' | 'close', (this: object, ...given: unknown[]) => unknown>;

/** Node lists no compression that runs in a thread, so its native objects are watched. */
function watchCompression(): InFlight {
	const running = new Set<object>();
	// Of a stream that is older than this, nobody would say that it is done.
	const watched = new WeakSet<object>();
	const restores = [zlib.createGunzip(), zlib.createBrotliDecompress()].map((stream) => {
		const { _handle: handle } = stream as unknown as { _handle: object };
		stream.close();
		const native = Object.getPrototypeOf(handle) as Native;
		const { init, write, close } = native;
		native.init = function (...given) {
			watched.add(this);
			// The function among them is called when a write is done.
			const changed = given.map((value) =>
				typeof value !== 'function'
					? value
					: function (this: object, ...results: unknown[]): unknown {
							running.delete(this);
							return Reflect.apply(value, this, results) as unknown;
						},
			);
			return init.apply(this, changed);
		};
		native.write = function (...given) {
			if (watched.has(this)) running.add(this);
			return write.apply(this, given);
		};
		// It comes after an error too, instead of the call above.
		native.close = function (...given) {
			running.delete(this);
			return close.apply(this, given);
		};
		return () => Object.assign(native, { init, write, close });
	});
	return {
		isAny: () => running.size > 0,
		stop: () => {
			for (const restore of restores) restore();
		},
	};
}
