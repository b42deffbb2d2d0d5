import type { IExecuteFunctions } from 'n8n-workflow';
import type { Invocation } from '../execution/suspension';
import type { Clock } from '../jobs/clock';
import type { WaitRules } from '../jobs/chooseWait';
import type { PollSettings } from './pollInput';
import { workflowTimeoutMs } from './pollInput';
import { isSubWorkflow } from './waitHints';

/** What decides whether this run may suspend, from the node, its workflow and how n8n called it. */
export function readWaitRules(
	context: IExecuteFunctions,
	{ canCallAgain, lastRun }: Invocation,
	{ waiting, timeoutMs }: PollSettings,
	clock: Clock,
): WaitRules {
	// n8n 1.113 and 2.0 do not tell a node the settings of its workflow.
	const workflow = context.getWorkflowSettings?.();
	return {
		waiting,
		canCallAgain,
		isLegacyOrder: workflow !== undefined && workflow.executionOrder !== 'v1',
		isSubWorkflow: isSubWorkflow(context),
		deadline: timeoutMs,
		workflowTimeoutMs: readTimeoutLeftMs(context, Date.now() - clock.now()),
		isStored: lastRun !== undefined || workflow?.saveExecutionProgress === true,
	};
}

/**
 * The workflow's own timeout from `startedAt` on, when this node began, in milliseconds since 1970. n8n counts
 * it from the start of the execution, over all nodes and loops: the first start of such a node stands for that.
 */
function readTimeoutLeftMs(context: IExecuteFunctions, startedAt: number): number | undefined {
	const timeoutMs = workflowTimeoutMs(context);
	if (timeoutMs === Infinity) return undefined;
	const executionId = context.getExecutionId();
	const shared = context.getContext('flow') as { veoStart?: { executionId: string; at: number } };
	if (shared.veoStart?.executionId !== executionId)
		shared.veoStart = { executionId, at: startedAt };
	const leftMs = shared.veoStart.at + timeoutMs - startedAt;
	// A queue worker restarts the timeout at every resume, so an execution may be older than its timeout.
	return leftMs > 0 ? Math.min(leftMs, timeoutMs) : timeoutMs;
}
