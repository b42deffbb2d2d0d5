import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import * as zlib from 'node:zlib';

/** Whether work is in flight in this process that completes without a timer. */
export interface InFlight {
	isAny(): boolean;
	stop(): void;
}

/**
 * Watches work whose result arrives through the event loop: bytes, ends and resets between two sockets of this
 * process, new connections, files, name resolution, and compression in threads.
 *
 * An open request alone does not count: if its server waits for a timer or never answers, or if the socket is
 * not being read, nothing is in flight. Servers in other processes are not seen.
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

// FSReqCallback, FSReqPromise, CloseReq and GetAddrInfoReqWrap. A WriteWrap may wait for a reader forever.
const isSystemBusy = () => process.getActiveResourcesInfo().some((name) => name.includes('Req'));

/** Node's internal handle of a connection; null once the socket is closed. */
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
			// A socket caches its ports: reading them before it is connected would keep wrong ones.
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

/** Whether one socket has sent bytes or an end that the other, which is reading, has not received. */
function isOnItsWay(from: Inside, to: Inside): boolean {
	const reader = to._handle;
	if (reader?.reading !== true || to._readableState.ended) return false;
	const writer = from._handle ?? undefined;
	return writer === undefined || from.writableEnded || writer.bytesWritten > reader.bytesRead;
}

type Native = Record<'init' | 'write' | 'close', (this: object, ...given: unknown[]) => unknown>;

/** Node does not list compression in threads among its active resources, so its native objects are patched. */
function watchCompression(): InFlight {
	const running = new Set<object>();
	// Streams created before have no patched callback that would report their end.
	const watched = new WeakSet<object>();
	const restores = [zlib.createGunzip(), zlib.createBrotliDecompress()].map((stream) => {
		const { _handle: handle } = stream as unknown as { _handle: object };
		stream.close();
		const native = Object.getPrototypeOf(handle) as Native;
		const { init, write, close } = native;
		native.init = function (...given) {
			watched.add(this);
			// The function among the arguments is called when a write is complete.
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
		// Called after an error too, when the callback is not.
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
