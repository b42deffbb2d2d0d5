import type { NextCheck, Waiting } from './schedule';
import { lastCheckMs, minSuspendMs } from './schedule';

/** What decides whether the node may suspend the execution. Times count from when it began to wait. */
export interface WaitRules {
	/** What the user chose. */
	waiting: Waiting;
	/** False where n8n cannot call the node again. */
	canCallAgain: boolean;
	/** The execution order before v1, which calls the node again before the wait. */
	isLegacyOrder: boolean;
	/** Whether another workflow, or an agent's tool, called this workflow. */
	isSubWorkflow: boolean;
	/** When the node stops waiting. */
	deadline: number;
	/** What is left of the workflow's own timeout when the node begins to wait, if it has one. */
	workflowTimeoutMs: number | undefined;
	/** Whether n8n's database already has the jobs: what it does not have is lost in a crash. */
	isStored: boolean;
}

/** Why the node holds although the user did not choose Hold. */
export type HoldReason =
	'cannotSuspend' | 'legacyOrder' | 'subWorkflow' | 'filesInMemory' | 'workflowTimeout';

/** Why the execution must not be suspended now. Undefined where it may be, or where Hold was chosen. */
export function holdReason(
	rules: WaitRules,
	now: number,
	filesAreInMemory: boolean,
): HoldReason | undefined {
	const { waiting, canCallAgain, isLegacyOrder, isSubWorkflow } = rules;
	if (waiting === 'hold') return undefined;
	if (!canCallAgain) return 'cannotSuspend';
	if (isLegacyOrder) return 'legacyOrder';
	if (waiting === 'automatic' && isSubWorkflow) return 'subWorkflow';
	if (filesAreInMemory) return 'filesInMemory';
	return now + minSuspendMs > latestResume(rules) ? 'workflowTimeout' : undefined;
}

// n8n's default grace period after SIGTERM (N8N_GRACEFUL_SHUTDOWN_TIMEOUT): a shorter hold ends by itself.
const maxUnstoredHoldMs = 30_000;

/**
 * Until when Automatic may hold. A crash loses what n8n has not stored, and running it again would pay
 * for the jobs again. A suspension stores it.
 */
export const holdUntil = ({ isStored }: WaitRules): number =>
	isStored ? Infinity : maxUnstoredHoldMs;

/**
 * The wait that takes place. A suspension ends before n8n would cancel the execution. One that the deadline
 * makes too short is a hold, because n8n may resume it a minute late; with Suspend only after the last check.
 */
export function chooseWait(planned: NextCheck, rules: WaitRules, now: number): NextCheck {
	if (planned.how === 'hold') return planned;
	const at = Math.min(planned.at, latestResume(rules));
	const isTooShort =
		rules.waiting === 'suspend' ? at - now <= lastCheckMs : at - now < minSuspendMs;
	return { at, how: isTooShort ? 'hold' : 'suspend' };
}

// n8n counts from the start of the execution, which a node cannot see: one minute for the nodes before,
// the last check and the download.
const timeoutMarginMs = 60_000;

/** Until when the execution may be suspended: n8n would cancel it on a later resume. */
function latestResume({ workflowTimeoutMs = Infinity }: WaitRules): number {
	return workflowTimeoutMs - timeoutMarginMs;
}
