import type { GatewayName } from '../gateways';
import type { Simulation } from '../simulation';

/** Faults that stand in the place of the answer. */
const replacingKinds = [
	'status',
	'html',
	'htmlOk',
	'empty',
	'text',
	'wrongType',
	'redirect',
	'redirectLoop',
	'resetBeforeHeaders',
	'hang',
] as const;

/** Faults that change the bytes of the answer, and nothing about how they travel. */
export const changingKinds = [
	'bom',
	'splitText',
	'gzip',
	'gzipBroken',
	'gzipBomb',
	'hugeJson',
	'deepJson',
	'partial',
	'truncatedJson',
] as const;

/** Faults of the bytes on the wire, which no HTTP server sends. */
export const wireKinds = [
	'resetAfterHeaders',
	'resetMidBody',
	'shortBody',
	'lengthTooLong',
	'lengthTooShort',
	'chunkGarbage',
	'chunksUnended',
	'gzipCut',
	'early',
	'earlyOnly',
	'switching',
	'headerGarbage',
	'headersTooLong',
	'notHttp',
	'hangAfterHeaders',
	'drip',
] as const;

export const faultKinds = [...replacingKinds, ...changingKinds, ...wireKinds, 'delay'] as const;

export const routeNames = [
	'create',
	'status',
	'content',
	'models',
	'taskData',
	'cdn',
	'remix',
] as const;

export type FaultKind = (typeof faultKinds)[number];
export type WireKind = (typeof wireKinds)[number];
export type ChangingKind = (typeof changingKinds)[number];
export type RouteName = (typeof routeNames)[number];

/** One thing that goes wrong, on the next request that fits. */
export interface Fault {
	gateway?: GatewayName;
	route?: RouteName;
	kind: FaultKind;
	/** How many requests it spoils; 1 unless told. */
	times?: number;
	httpStatus?: number;
	retryAfterSeconds?: number;
	/** For `delay`. */
	delayMs?: number;
	/** For `redirect`: a video on the foreign origin unless told; empty for a redirect that leads nowhere. */
	location?: string;
	/** For `text`: the whole body. */
	text?: string;
	/** The request is carried out first (a job is bought) and only its answer is lost. */
	acceptFirst?: boolean;
}

export interface PendingFault {
	fault: Fault;
	timesLeft: number;
}

export function addFault(simulation: Simulation, fault: Fault): void {
	simulation.faults.push({ fault, timesLeft: fault.times ?? 1 });
}

export function spoiltCount({ faults }: Simulation): number {
	return faults.reduce((sum, { fault, timesLeft }) => sum + (fault.times ?? 1) - timesLeft, 0);
}

export function takeFault(
	simulation: Simulation,
	route: RouteName,
	gateway?: GatewayName,
): PendingFault | undefined {
	const pending = simulation.faults.find(
		({ fault, timesLeft }) => timesLeft > 0 && concerns(fault, route, gateway),
	);
	if (pending === undefined) return undefined;
	pending.timesLeft -= 1;
	return { ...pending };
}

/** Files belong to no gateway: a fault for them is found by its route alone. */
function concerns(fault: Fault, route: RouteName, gateway?: GatewayName): boolean {
	if (fault.route !== undefined && fault.route !== route) return false;
	if (gateway === undefined) return fault.route === route || fault.gateway === undefined;
	return fault.gateway === undefined || fault.gateway === gateway;
}
