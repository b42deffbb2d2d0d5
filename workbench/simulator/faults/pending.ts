import type { ProviderName } from '../../../nodes/providers';
import type { Simulation } from '../simulation';
import type { Fault, PendingFault, RouteName } from './fault';

export function addFault(simulation: Simulation, fault: Fault): void {
	simulation.faults.push({ fault, timesLeft: fault.times ?? 1 });
}

export function spoiltCount({ faults }: Simulation): number {
	return faults.reduce((sum, { fault, timesLeft }) => sum + (fault.times ?? 1) - timesLeft, 0);
}

export function takeFault(
	simulation: Simulation,
	route: RouteName,
	provider?: ProviderName,
): PendingFault | undefined {
	const pending = simulation.faults.find(
		({ fault, timesLeft }) => timesLeft > 0 && matches(fault, route, provider),
	);
	if (pending === undefined) return undefined;
	pending.timesLeft -= 1;
	return { ...pending };
}

/** Files belong to no provider: a fault for them is found by its route alone. */
function matches(fault: Fault, route: RouteName, provider?: ProviderName): boolean {
	if (fault.route !== undefined && fault.route !== route) return false;
	if (provider === undefined) return fault.route === route || fault.provider === undefined;
	return fault.provider === undefined || fault.provider === provider;
}
