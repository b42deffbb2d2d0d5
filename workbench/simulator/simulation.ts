import type { Clock } from './clock';
import type { PendingFault } from './faults';
import type { Job, Submission } from './jobs';
import type { Call } from './recording';

/** Everything that all hosts of one simulator share. */
export interface Simulation {
	clock: Clock;
	jobs: Job[];
	/** Every accepted create, which is every purchase. */
	ledger: Submission[];
	/** Every request seen on both ports. */
	calls: Call[];
	faults: PendingFault[];
	/** Creates that were told 429 once, as `gateway prompt`. */
	rateLimited: Set<string>;
	addresses: Addresses;
}

export interface Addresses {
	/** Where the gateways are. */
	origin: string;
	/** Another origin (same host, other port), which must never see a key. */
	cdnOrigin: string;
	taskDataUrl: string;
}

export function createSimulation(clock: Clock): Simulation {
	return {
		clock,
		jobs: [],
		ledger: [],
		calls: [],
		faults: [],
		rateLimited: new Set(),
		addresses: { origin: '', cdnOrigin: '', taskDataUrl: '' },
	};
}

/** Forgets everything but the time and the addresses. */
export function resetSimulation(simulation: Simulation): void {
	for (const list of [simulation.jobs, simulation.ledger, simulation.calls, simulation.faults]) {
		list.length = 0;
	}
	simulation.rateLimited.clear();
}
