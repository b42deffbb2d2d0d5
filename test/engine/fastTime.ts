import { afterAll } from '@jest/globals';
import { startVirtualTime } from '../../workbench/virtualTime';

/*
 * A test file that imports this first runs in virtual time (workbench/virtualTime.ts): its nodes, the
 * engine, the simulator and its own servers wait for hours at once, and the machine's speed changes no
 * result. setTimeout counts virtual milliseconds; jest's own time-out of a test is real.
 */
const time = startVirtualTime();
afterAll(() => time.stop());

/** Sets the machine's clock, as a person, NTP or a laptop that wakes up does. */
export const { setClock } = time;

const startedAt = Date.now() - performance.now();

/** The virtual time for the simulator, whose clock is not that of the machine. */
export const fastClock = { now: () => Math.round(startedAt + performance.now()) };

/** Waits without letting virtual time pass. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets some of the virtual time pass. */
export async function passSeconds(seconds: number): Promise<void> {
	await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
