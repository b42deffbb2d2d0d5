import { ClientRequest } from 'node:http';
import { promisify } from 'node:util';
import type { InFlight } from './inFlight';
import { watchInFlight } from './inFlight';
import { Timer, TimerQueue } from './timerQueue';

/*
 * Time that stands still while anything is in flight in this process, and jumps to the next timer when
 * nothing is (inFlight.ts says what counts). Minutes of waiting pass at once, and a slow machine changes
 * no result. It replaces Date, performance.now, setTimeout, setInterval and the time-outs of HTTP requests,
 * so that nodes, engine and servers see the same time. What a server's own sockets time is real.
 *
 * - A timer of 0 ms comes at the next turn of the event loop.
 * - A timer without a reference (unref) comes when it is due, but time does not jump for its sake.
 */

/** What really passes, for what is measured of the machine. In milliseconds, from some beginning. */
export const realMilliseconds = performance.now.bind(performance);

// After the last answer, promises and streams hand things on over some turns of the event loop.
const calmTurns = 25;
// What takes longer is work in other threads, which need the processor as well.
const busyTurns = 100;
const minuteMs = 60_000;

/** Runs something in virtual time, which begins at the real now. */
export async function inVirtualTime<Result>(work: () => Promise<Result>): Promise<Result> {
	const time = installVirtualTime();
	let isOver = false;
	const result = work().finally(() => (isOver = true));
	// It is awaited below; without this an early failure would end the process.
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
	/** Sets the machine's clock, as a person, NTP or a laptop that wakes up does: Date alone. */
	setClock(byMs: number): void;
	stop(): void;
}

/**
 * Has all that follows run in virtual time, until it is stopped. It begins at a whole minute: n8n looks for
 * suspended executions once a minute, and what came of a test would depend on when it is run.
 */
export function startVirtualTime(): VirtualTime {
	const time = installVirtualTime(Math.ceil(Date.now() / minuteMs) * minuteMs);
	let isStopped = false;
	void (async () => {
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
		/** Waits until nothing is in flight, and nothing follows from what was. */
		calm: async () => await calm(inFlight, setTimeout),
		/** Goes to the next timer. False where there is none. */
		jump: (): boolean => {
			const timer = timers.takeNext();
			if (timer === undefined) return false;
			passedMs = Math.max(passedMs, timer.at);
			timer.come();
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
 * In the place of ClientRequest.setTimeout: Node's own timers of sockets are out of reach. It looks for new
 * bytes when the time is over, so that it may come later than Node's, by less than the time itself.
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
		if (bytesNow() === seenBytes) this.emit('timeout');
		seenBytes = bytesNow();
	}, milliseconds);
	this.once('finish', () => (seenBytes = bytesNow()));
	return this.once('close', () => clearInterval(timer));
}

function dateReading(RealDate: DateConstructor, now: () => number): DateConstructor {
	// A proxy and not a class of our own, so that a Date from elsewhere is still an instance of it.
	return new Proxy(RealDate, {
		construct: (target, given: unknown[], newTarget: DateConstructor) =>
			Reflect.construct(target, given.length > 0 ? given : [now()], newTarget) as Date,
		get: (target, key, receiver): unknown =>
			key === 'now' ? now : Reflect.get(target, key, receiver),
	});
}
