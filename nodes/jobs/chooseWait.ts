import type { NextCheck, Waiting } from './schedule';
import { minSuspendMs } from './schedule';

/** What decides whether the node may suspend the execution. Times are milliseconds since 1970. */
export interface WaitRules {
	/** What the user chose. */
	waiting: Waiting;
	/** False where n8n cannot call the node again. */
	canCallAgain: boolean;
	/** Whether n8n runs the nodes in the order of before version 1: it calls the node before the wait. */
	isLegacyOrder: boolean;
	/** Whether another workflow, or an agent's tool, called this workflow. */
	isSubWorkflow: boolean;
	/** When the node began to wait. */
	startedAt: number;
	/** When the node stops waiting. */
	deadline: number;
	/** The workflow's own timeout, if it has one, from `startedAt` on. */
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

// For so long n8n lets executions go on after SIGTERM: a hold that is shorter ends by itself.
const maxUnstoredHoldMs = 30_000;

/**
 * The wait that takes place instead of the planned one. A suspension ends before n8n would cancel the
 * execution. In Automatic the first long hold becomes a suspension, which stores the jobs: n8n keeps
 * nothing of a run that crashes before, and repeating it would buy the jobs again.
 */
export function chooseWait(planned: NextCheck, rules: WaitRules, now: number): NextCheck {
	if (planned.how === 'suspend') {
		return { at: Math.min(planned.at, latestResume(rules)), how: 'suspend' };
	}
	const { waiting, isStored, startedAt, deadline } = rules;
	const isShort = planned.at - startedAt <= maxUnstoredHoldMs;
	if (waiting !== 'automatic' || isStored || isShort) return planned;
	const at = Math.max(planned.at, now + minSuspendMs);
	return at <= Math.min(deadline, latestResume(rules)) ? { at, how: 'suspend' } : planned;
}

// n8n counts from the start of the execution, which a node cannot see: a minute for what ran before the
// first of these nodes, and for the last check and the download.
const timeoutMarginMs = 60_000;

/** Until when the execution may be suspended. Later n8n would cancel it as it resumes. */
function latestResume({ startedAt, workflowTimeoutMs }: WaitRules): number {
	return workflowTimeoutMs === undefined
		? Infinity
		: startedAt + workflowTimeoutMs - timeoutMarginMs;
}
