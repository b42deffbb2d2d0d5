import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { createExecutionClock } from '../execution/executionClock';
import { collectHints } from '../execution/savedProgress';
import type { Invocation } from '../execution/suspension';
import type { HoldReason } from '../jobs/chooseWait';
import { holdReason } from '../jobs/chooseWait';
import { readSettings } from '../poll/pollInput';
import { readWaitRules } from '../poll/waitRules';

type Obstacle = readonly [message: string, whatToDo: string];

const holds: Obstacle = ['Waiting is Hold', 'Set it to Automatic or Suspend'];

const obstacles: Readonly<Record<Exclude<HoldReason, 'filesInMemory'>, Obstacle>> = {
	cannotSuspend: [
		'n8n is older than 1.113, an agent called the node as a tool, or there is no previous node',
		'Connect a node before this one, or use n8n 1.113 or newer',
	],
	legacyOrder: [
		'the workflow setting Execution Order is v0 (legacy)',
		'Set it to v1 in the settings of the workflow',
	],
	subWorkflow: [
		'this is a sub-workflow, and if the parent runs it once for each item, n8n continues the parent before all suspended sub-workflows have ended',
		'Let the parent run it once with all items, and set Waiting to Suspend',
	],
	workflowTimeout: [
		'the workflow timeout would cancel the execution before it resumes',
		'Raise the timeout in the settings of the workflow',
	],
};

/**
 * Why the node must not start jobs and wait for them: where the execution cannot be suspended, n8n would lose
 * their IDs in a crash. Throws if a field of the waiting cannot be read.
 */
export function findObstacle(
	context: IExecuteFunctions,
	invocation: Invocation,
): NodeOperationError | undefined {
	// The hints come when the jobs are waited for.
	const { copy } = collectHints(context);
	const settings = readSettings(copy);
	const rules = readWaitRules(copy, invocation, settings, createExecutionClock(copy));
	const reason = settings.waiting === 'hold' ? 'hold' : holdReason(rules, 0, false);
	if (reason === undefined || reason === 'filesInMemory') return undefined;
	const [message, whatToDo] = reason === 'hold' ? holds : obstacles[reason];
	return new NodeOperationError(
		context.getNode(),
		`Create and Get Video must suspend the execution, which is not possible here: ${message}`,
		{
			description: `${whatToDo}. Or use the operation Create and Veo Poll Until Done after it, which can wait in another way. Nothing was sent.`,
		},
	);
}
