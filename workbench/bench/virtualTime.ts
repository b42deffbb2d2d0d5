import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { promisify } from 'node:util';

/*
 * Time that stands still while anything happens in this process, and jumps to the next timer when nothing
 * does. Minutes of waiting pass at once and a slow machine changes no result. Nodes, engine and gateway
 * read it alike: it replaces Date, performance.now, setTimeout and clearTimeout. Node's own sockets keep
 * real time.
 */

/** What really passes, for what is measured of the machine. In milliseconds, from some beginning. */
export const realMilliseconds = performance.now.bind(performance);

interface Timer {
	at: number;
	order: number;
	run(): void;
	isDone: boolean;
}

// After the last answer, promises and streams hand things on over some turns of the event loop.
const calmTurns = 25;

/** Runs something in virtual time, which begins at the real now. */
export async function inVirtualTime<Result>(work: () => Promise<Result>): Promise<Result> {
	const real = {
		Date: globalThis.Date,
		setTimeout: globalThis.setTimeout,
		clearTimeout: globalThis.clearTimeout,
	};
	const timers = timerQueue();
	let now = real.Date.now();
	const beganAt = now;
	const steadyBeganAt = realMilliseconds();
	performance.now = () => steadyBeganAt + now - beganAt;
	globalThis.Date = dateReading(real.Date, () => now);
	globalThis.setTimeout = timers.setTimeout(() => now);
	globalThis.clearTimeout = ((timer?: object) => {
		if (!timers.clear(timer)) real.clearTimeout(timer as NodeJS.Timeout);
	}) as typeof clearTimeout;
	const requests = openRequests();
	let isOver = false;
	const result = work().finally(() => (isOver = true));
	// It is awaited below; without this an early failure would end the process.
	result.catch(() => undefined);
	try {
		for (;;) {
			await calm(requests.count);
			if (isOver) return await result;
			const timer = timers.next();
			if (timer === undefined) throw new Error('Nothing is going on, and no timer is set');
			now = Math.max(now, timer.at);
			timer.run();
		}
	} finally {
		requests.stop();
		Object.assign(globalThis, real);
		performance.now = realMilliseconds;
	}
}

/** Waits until no request is open, no file is being read or written, and nothing follows from the last one. */
async function calm(openRequestCount: () => number): Promise<void> {
	for (let turns = 0; turns < calmTurns;) {
		await new Promise((resolve) => setImmediate(resolve));
		turns = openRequestCount() > 0 || usesFiles() ? 0 : turns + 1;
	}
}

// FSReqCallback, FSReqPromise and CloseReq.
const usesFiles = () => process.getActiveResourcesInfo().some((name) => name.includes('Req'));

/** Counts the HTTP requests of this process whose answers have not come to their end. */
function openRequests(): { count(): number; stop(): void } {
	const open = new Set<ClientRequest>();
	const onStart = (message: unknown) => {
		const { request } = message as { request: ClientRequest };
		open.add(request);
		// A request closes after its answer has been read, or when it fails.
		request.once('close', () => open.delete(request));
	};
	subscribe('http.client.request.start', onStart);
	return {
		count: () => open.size,
		stop: () => unsubscribe('http.client.request.start', onStart),
	};
}

function dateReading(RealDate: DateConstructor, now: () => number): DateConstructor {
	return new Proxy(RealDate, {
		construct: (target, given: unknown[], newTarget: DateConstructor) =>
			Reflect.construct(target, given.length > 0 ? given : [now()], newTarget) as Date,
		get: (target, key, receiver): unknown =>
			key === 'now' ? now : Reflect.get(target, key, receiver),
	});
}

/** The timers that are set, in the order in which they are due. */
function timerQueue() {
	const due: Timer[] = [];
	const byHandle = new WeakMap<object, Timer>();
	let orders = 0;

	const isBefore = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);

	function add(timer: Timer): void {
		let low = 0;
		let high = due.length;
		// The latest first: the next one is taken from the end.
		while (low < high) {
			const middle = (low + high) >> 1;
			if (isBefore(timer, due[middle] as Timer)) low = middle + 1;
			else high = middle;
		}
		due.splice(low, 0, timer);
	}

	const setOne =
		(now: () => number) =>
		(handler: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) => {
			const timer: Timer = {
				at: now() + Math.max(0, Number(milliseconds) || 0),
				order: ++orders,
				run: () => handler(...given),
				isDone: false,
			};
			const handle = { ref: () => handle, unref: () => handle, hasRef: () => true };
			byHandle.set(handle, timer);
			add(timer);
			return handle;
		};

	return {
		setTimeout: (now: () => number) => {
			const set = setOne(now);
			const inPromise = async (milliseconds: number, value: unknown) =>
				await new Promise((resolve) => set(resolve, milliseconds, value));
			return Object.assign(set, {
				[promisify.custom]: inPromise,
			}) as unknown as typeof setTimeout;
		},
		/** Whether it was one of these. */
		clear: (handle?: object): boolean => {
			const timer = handle === undefined ? undefined : byHandle.get(handle);
			if (timer !== undefined) timer.isDone = true;
			return timer !== undefined;
		},
		next: (): Timer | undefined => {
			for (;;) {
				const timer = due.pop();
				if (timer === undefined || !timer.isDone) return timer;
			}
		},
	};
}
