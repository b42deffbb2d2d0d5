import type { ProviderName } from '../../../nodes/providers';
import type { ChangingKind } from './change';
import type { WireKind } from './wire';

/** Faults that replace the answer. */
type ReplacingKind =
	| ('status' | 'html' | 'htmlOk' | 'empty' | 'text' | 'wrongType')
	| ('redirect' | 'redirectLoop' | 'resetBeforeHeaders' | 'hang');

export type FaultKind = ReplacingKind | ChangingKind | WireKind | 'delay';

export type RouteName =
	| ('create' | 'status' | 'content' | 'models' | 'taskData' | 'cdn' | 'remix')
	| ('result' | 'cancel' | 'upload' | 'find' | 'balance');

/** Something that goes wrong on the next request that matches. */
export interface Fault {
	provider?: ProviderName;
	route?: RouteName;
	kind: FaultKind;
	/** How many requests it affects. Default 1. */
	times?: number;
	httpStatus?: number;
	retryAfterSeconds?: number;
	/** For `delay`. */
	delayMs?: number;
	/** For `redirect`. Default: a video on the foreign origin. Empty: a redirect without a target. */
	location?: string;
	/** For `text`: the whole body. */
	text?: string;
	/** Carries the request out (starts the job) and loses only the answer. */
	acceptFirst?: boolean;
}

export interface PendingFault {
	fault: Fault;
	timesLeft: number;
}

export function spoiltCount(faults: readonly PendingFault[]): number {
	return faults.reduce((sum, { fault, timesLeft }) => sum + (fault.times ?? 1) - timesLeft, 0);
}

/** The first fault that matches a request, counted down. */
export function takeFault(
	faults: readonly PendingFault[],
	route: RouteName,
	provider?: ProviderName,
): PendingFault | undefined {
	const pending = faults.find(
		({ fault, timesLeft }) => timesLeft > 0 && matches(fault, route, provider),
	);
	if (pending === undefined) return undefined;
	pending.timesLeft -= 1;
	return { ...pending };
}

/** Files belong to no provider: their faults match by route only. */
function matches(fault: Fault, route: RouteName, provider?: ProviderName): boolean {
	if (fault.route !== undefined && fault.route !== route) return false;
	if (provider === undefined) return fault.route === route || fault.provider === undefined;
	return fault.provider === undefined || fault.provider === provider;
}
