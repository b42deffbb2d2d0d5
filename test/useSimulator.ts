import type { Clock, Simulator } from '../workbench/simulator';
import { startSimulator } from '../workbench/simulator';

/** Starts a simulator for the tests of the file, and has it forget after each of them what that did. */
export function useSimulator(clock: Clock, take: (simulator: Simulator) => void): void {
	let simulator: Simulator;
	beforeAll(async () => {
		simulator = await startSimulator({ clock });
		take(simulator);
	});
	afterEach(() => simulator.reset());
	afterAll(async () => await simulator.close());
}
