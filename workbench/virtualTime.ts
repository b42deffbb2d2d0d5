import { once } from 'node:events';
import { ClientRequest, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { InFlight } from './inFlight';
import { watchInFlight } from './inFlight';
import { Timer, TimerQueue } from './timerQueue';

/*
 * Virtual time: it stands still while anything is in flight in this process (see inFlight.ts), and jumps to
 * the next timer when nothing is. Minutes of waiting take no time, and the machine's speed changes no
 * result. It replaces Date, performance.now, setTimeout, setInterval and the timeouts of HTTP requests, so
 * that nodes, engine and servers share one time. Timeouts of a server's own sockets stay real.
 *
 * - A timer of 0 ms fires at the next turn of the event loop.
 * - A timer without a reference (unref) fires when it is due, but time does not jump to it.
 */

/** Real milliseconds since an arbitrary origin, for measurements of the machine. */
export const realMilliseconds = performance.now.bind(performance);

// After the last response, promises and streams take some turns of the event loop to pass it on.
const calmTurns = 25;
// Work that takes longer runs in other threads: leave the processor to them.
const busyTurns = 100;
const minuteMs = 60_000;

/** Runs something in virtual time, starting at the real time. */
export async function inVirtualTime<Result>(work: () => Promise<Result>): Promise<Result> {
	await prepareFetch();
	const time = installVirtualTime();
	let isOver = false;
	const result = work().finally(() => (isOver = true));
	// Awaited below; without this an early rejection would end the process.
	result.catch(() => undefined);
	try {
		for (;;) {
			await time.calm();
			if (isOver) return await result;
			if (!time.jump()) throw new Error('Nothing is going on, and no timer is set');
		}
	} finally {
		time.restore();
	}
}

export interface VirtualTime {
	/** Moves the system clock (Date only), as a person, NTP or a laptop that wakes up does. */
	setClock(byMs: number): void;
	stop(): void;
}

/**
 * Switches to virtual time until it is stopped. It begins at a whole minute: n8n looks for suspended
 * executions once a minute, so results would otherwise depend on the second at which a test starts.
 */
export function startVirtualTime(): VirtualTime {
	const time = installVirtualTime(Math.ceil(Date.now() / minuteMs) * minuteMs);
	let isStopped = false;
	void (async () => {
		await prepareFetch();
		for (;;) {
			await time.calm();
			if (isStopped) return;
			if (!time.jump()) await time.nextTimerSet();
		}
	})();
	return {
		setClock: time.setClock,
		stop: () => {
			isStopped = true;
			time.restore();
		},
	};
}

/** At the first use of fetch, Node compiles its parser in a thread, which nothing shows to be in flight. */
async function prepareFetch(): Promise<void> {
	const server = createServer((_request, response) => response.end());
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const { port } = server.address() as AddressInfo;
	await (await fetch(`http://127.0.0.1:${port}`)).text();
	server.closeAllConnections();
	await once(server.close(), 'close');
}

function installVirtualTime(startedAt = Date.now()) {
	const { Date, setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
	const { setTimeout: setRequestTimeout } = ClientRequest.prototype;
	const monotonicStart = realMilliseconds();
	let passedMs = 0;
	let setByMs = 0;
	const timers = new TimerQueue(() => passedMs);
	const clear = (timer?: NodeJS.Timeout | Timer) => {
		if (timer instanceof Timer) timer.close();
		else clearTimeout(timer);
	};
	Object.assign(globalThis, {
		Date: dateReading(Date, () => Math.round(startedAt + passedMs + setByMs)),
		setTimeout: Object.assign(timers.setTimeout, {
			[promisify.custom]: async (milliseconds: number, value: unknown) =>
				await new Promise((resolve) => timers.setTimeout(resolve, milliseconds, value)),
		}),
		setInterval: timers.setInterval,
		clearTimeout: clear,
		clearInterval: clear,
	});
	performance.now = () => monotonicStart + passedMs;
	ClientRequest.prototype.setTimeout = timeOutWhenIdle;
	const inFlight = watchInFlight();
	return {
		setClock: (byMs: number) => {
			setByMs += byMs;
		},
		/** Waits until nothing is in flight and its consequences have settled. */
		calm: async () => await calm(inFlight, setTimeout),
		/** Moves the time to the next timer. False if there is none. */
		jump: (): boolean => {
			const timer = timers.takeNext();
			if (timer === undefined) return false;
			passedMs = Math.max(passedMs, timer.at);
			timer.fire();
			return true;
		},
		nextTimerSet: timers.nextSet,
		restore: () => {
			inFlight.stop();
			Object.assign(globalThis, { Date, setTimeout, clearTimeout, setInterval, clearInterval });
			performance.now = realMilliseconds;
			ClientRequest.prototype.setTimeout = setRequestTimeout;
		},
	};
}

async function calm(inFlight: InFlight, realSetTimeout: typeof setTimeout): Promise<void> {
	let busy = 0;
	for (let turns = 0; turns < calmTurns;) {
		await (busy < busyTurns
			? new Promise((resolve) => setImmediate(resolve))
			: new Promise((resolve) => realSetTimeout(resolve, 1)));
		const isBusy = inFlight.isAny();
		busy = isBusy ? busy + 1 : 0;
		turns = isBusy ? 0 : turns + 1;
	}
}

/**
 * Replaces ClientRequest.setTimeout, because Node's timers of sockets cannot be replaced. It checks for new
 * bytes once per timeout, so it may fire later than Node's by less than one timeout.
 */
function timeOutWhenIdle(
	this: ClientRequest,
	milliseconds: number,
	onTimeout?: () => void,
): ClientRequest {
	if (onTimeout !== undefined) this.once('timeout', onTimeout);
	if (milliseconds <= 0) return this;
	const bytesNow = () => (this.socket?.bytesRead ?? 0) + (this.socket?.bytesWritten ?? 0);
	let seenBytes = 0;
	const timer = setInterval(() => {
		if (bytesNow() === seenBytes) {
			// Once, as Node does while nothing arrives: a request may be left open for ever.
			clearInterval(timer);
			this.emit('timeout');
		}
		seenBytes = bytesNow();
	}, milliseconds);
	this.once('finish', () => (seenBytes = bytesNow()));
	return this.once('close', () => clearInterval(timer));
}

function dateReading(RealDate: DateConstructor, now: () => number): DateConstructor {
	// A proxy instead of a subclass: a Date made before is still an instance of it.
	return new Proxy(RealDate, {
		construct: (target, given: unknown[], newTarget: DateConstructor) =>
			Reflect.construct(target, given.length > 0 ? given : [now()], newTarget) as Date,
		get: (target, key, receiver): unknown =>
			key === 'now' ? now : Reflect.get(target, key, receiver),
	});
}
