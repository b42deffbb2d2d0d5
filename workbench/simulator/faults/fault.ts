import type { ProviderName } from '../../../nodes/providers';
import type { ChangingKind } from './change';
import { changingKinds } from './change';
import type { WireKind } from './wire';
import { wireKinds } from './wire';

/** Faults that stand in the place of the answer. */
const replacingKinds = [
	...(['status', 'html', 'htmlOk', 'empty', 'text', 'wrongType'] as const),
	...(['redirect', 'redirectLoop', 'resetBeforeHeaders', 'hang'] as const),
];

export type FaultKind = (typeof replacingKinds)[number] | ChangingKind | WireKind | 'delay';

export const faultKinds: readonly FaultKind[] = [
	...replacingKinds,
	...changingKinds,
	...wireKinds,
	'delay',
];

export type RouteName = 'create' | 'status' | 'content' | 'models' | 'taskData' | 'cdn' | 'remix';

/** One thing that goes wrong, on the next request that fits. */
export interface Fault {
	provider?: ProviderName;
	route?: RouteName;
	kind: FaultKind;
	/** How many requests it spoils; Default 1. */
	times?: number;
	httpStatus?: number;
	retryAfterSeconds?: number;
	/** For `delay`. */
	delayMs?: number;
	/** For `redirect`. Default: a video on the foreign origin. Empty: a redirect without a target. */
	location?: string;
	/** For `text`: the whole body. */
	text?: string;
	/** The request is carried out first (a job is started) and only its answer is lost. */
	acceptFirst?: boolean;
}

export interface PendingFault {
	fault: Fault;
	timesLeft: number;
}
