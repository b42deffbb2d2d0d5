import { afterAll, jest } from '@jest/globals';

/*
 * Makes time run faster for nodes, engine and simulator alike: Date is stretched, and n8n's sleep
 * sleeps that much less. A test file that imports this first waits 60 seconds within 0.6.
 */
export const timesFaster = 100;

// Time in which this process stands still does not count, so that a busy machine changes nothing:
// between two ticks no more than this passes.
const longestTickMs = 5;

const RealDate = Date;
const realSteady = performance.now.bind(performance);
const startedAt = RealDate.now();
let fastNow = startedAt;
let tickedAt = realSteady();

function tick(): void {
	const realNow = realSteady();
	fastNow += Math.min(realNow - tickedAt, longestTickMs) * timesFaster;
	tickedAt = realNow;
}

const ticking = setInterval(tick, 2).unref();
afterAll(() => {
	clearInterval(ticking);
	// Unlike Date, this object is not the test file's own: the next file in this process has it as well.
	performance.now = realSteady;
});

function now(): number {
	tick();
	return Math.round(fastNow + setByMs);
}

let setByMs = 0;

/** Sets the machine's clock, as a person, NTP or a laptop that wakes up does. */
export function setClock(byMs: number): void {
	setByMs += byMs;
}

// A proxy and not a class of our own, so that a Date from elsewhere is still an instance of it.
globalThis.Date = new Proxy(RealDate, {
	construct: (target, given: unknown[], newTarget) =>
		Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
	get: (target, name, receiver) =>
		name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
});

// What counts the time that passes goes as fast, and nobody sets it.
performance.now = () => {
	tick();
	return fastNow - startedAt;
};

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async (milliseconds: number) =>
		await new Promise<void>((resolve) => {
			setTimeout(resolve, milliseconds / timesFaster);
		}),
}));

/** The same fast time for the simulator. */
export const fastClock = { now: () => Date.now() };

/** Lets some of the fast time pass. */
export async function passSeconds(seconds: number): Promise<void> {
	const until = Date.now() + seconds * 1000;
	while (Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 1));
}
