import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderName } from '../../nodes/providers';
import type { Clock } from './clock';
import type { Drift } from './drift';
import type { PendingFault, RouteName } from './faults/fault';
import type { Job, LedgerEntry } from './jobs';

/** The state that all hosts of a simulator share. */
export interface Simulation {
	clock: Clock;
	jobs: Job[];
	/** Every accepted create: each was paid for. */
	ledger: LedgerEntry[];
	/** Every request seen on both ports. */
	calls: Call[];
	faults: PendingFault[];
	drifts: Drift[];
	/** Every try to call the address of a job. */
	callTries: CallTry[];
	/** Called with each accepted create. */
	onJob?(job: Job): void;
	/** Creates that were answered with 429 once, as `provider prompt`. */
	rateLimited: Set<string>;
	addresses: Addresses;
}

/** One try to call the address of a job. Without `httpStatus` it had no answer. */
export interface CallTry {
	jobId: string;
	at: number;
	httpStatus?: number;
}

/** One HTTP request as it arrived. */
export interface Call {
	/** The port it arrived on. */
	origin: 'provider' | 'foreign';
	provider?: ProviderName;
	method: string;
	/** Missing if it led to no named route. */
	route?: RouteName;
	/** With its query, as sent. */
	path: string;
	headers: IncomingHttpHeaders;
	/** Of a status check by POST: the job is named in it. */
	body?: unknown;
	/** Missing if the answer was never completed. */
	httpStatus?: number;
	/** In the simulator's time, milliseconds. */
	at: number;
	answeredAt?: number;
}

export interface Addresses {
	/** Where the providers' hosts are. */
	origin: string;
	/** Another origin (same machine, other port), which must never see a key. */
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
		drifts: [],
		callTries: [],
		rateLimited: new Set(),
		addresses: { origin: '', cdnOrigin: '', taskDataUrl: '' },
	};
}

/** Removes everything but the clock and the addresses. */
export function resetSimulation(simulation: Simulation): void {
	const { jobs, ledger, calls, faults, drifts, callTries } = simulation;
	for (const list of [jobs, ledger, calls, faults, drifts, callTries]) list.length = 0;
	simulation.rateLimited.clear();
}
