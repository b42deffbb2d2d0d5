import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

// A request closes some turns of the event loop after its answer has been read.
const lookAgainMs = 3;
// A long timer may watch over a request that has yet to begin.
const longMs = 20_000;
const longLookMs = 50;

/**
 * Makes the time in which no request is open take no time: a timer is over at the next turn of the event
 * loop then, and the clock leaps to where it would be. Whatever the processor does is done as often as in
 * real life, and while an answer is on its way time passes as it does for everybody.
 */
export function leapOverWaits(): void {
	const real = {
		now: Date.now.bind(Date),
		steady: performance.now.bind(performance),
		setTimeout: globalThis.setTimeout,
		clearTimeout: globalThis.clearTimeout,
	};
	const clearOf = new WeakMap<object, () => void>();
	const isAnyOpen = watchRequests();
	let aheadMs = 0;
	Date.now = () => real.now() + Math.round(aheadMs);
	performance.now = () => real.steady() + aheadMs;
	const leaping = (handler: () => void, milliseconds = 0) => {
		const dueAt = performance.now() + milliseconds;
		const lookAfter = (lookMs: number) => {
			const look = real.setTimeout(leap, lookMs);
			clearOf.set(timer, () => real.clearTimeout(look));
		};
		const leap = () => {
			const leftMs = dueAt - performance.now();
			if (leftMs > 0 && isAnyOpen()) return lookAfter(Math.min(leftMs, lookAgainMs));
			aheadMs += Math.max(0, leftMs);
			handler();
		};
		const timer = setImmediate(() => (milliseconds > longMs ? lookAfter(longLookMs) : leap()));
		clearOf.set(timer, () => clearImmediate(timer));
		return timer;
	};
	globalThis.setTimeout = Object.assign(leaping, real.setTimeout) as never;
	globalThis.clearTimeout = ((timer?: NodeJS.Timeout) => {
		const clear = timer && clearOf.get(timer);
		if (clear === undefined) real.clearTimeout(timer);
		else clear();
	}) as typeof clearTimeout;
}

/** Whether an HTTP request of this process is open. */
function watchRequests(): () => boolean {
	const open = new Set<ClientRequest>();
	subscribe('http.client.request.start', (message) => {
		const { request } = message as { request: ClientRequest };
		open.add(request);
		request.once('close', () => open.delete(request));
	});
	return () => open.size > 0;
}
