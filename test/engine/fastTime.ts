import { jest } from '@jest/globals';

/*
 * Makes time run faster for nodes, engine and simulator alike: Date is stretched, and n8n's sleep
 * sleeps that much less. A test file that imports this first waits 60 seconds within 0.6.
 */
export const timesFaster = 100;

const RealDate = Date;
const startedAt = RealDate.now();

const fastNow = () => Math.round(startedAt + (RealDate.now() - startedAt) * timesFaster);

// A proxy and not a class of our own, so that a Date from elsewhere is still an instance of it.
globalThis.Date = new Proxy(RealDate, {
	construct: (target, given: unknown[], newTarget) =>
		Reflect.construct(target, given.length === 0 ? [fastNow()] : given, newTarget) as Date,
	get: (target, name, receiver) =>
		name === 'now' ? fastNow : (Reflect.get(target, name, receiver) as unknown),
});

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async (milliseconds: number) =>
		await new Promise<void>((resolve) => {
			setTimeout(resolve, milliseconds / timesFaster);
		}),
}));

/** The same fast time for the simulator. */
export const fastClock = { now: () => Date.now() };
