import type { IExecuteFunctions } from 'n8n-workflow';
import type { HoldReason } from '../jobs/chooseWait';

const holdHints: Readonly<Record<HoldReason, string>> = {
	cannotSuspend:
		'The node held its worker while it waited, because this run could not be suspended: n8n is older than 1.113, an agent called the node as a tool, or no node comes before this one',
	legacyOrder:
		'The node held its worker while it waited, because the workflow setting Execution Order is v0 (legacy), with which the output of a suspended node is lost for expressions, webhooks and parent workflows. With v1 the node suspends',
	subWorkflow:
		'The node held its worker while it waited, because this is a sub-workflow: if the parent runs it once for each item, n8n continues the parent before all suspended sub-workflows have ended. If the parent runs it once with all items, set Waiting to Suspend to free the worker',
	filesInMemory:
		'The node held its worker after the first download, because this n8n keeps binary data in memory and would lose the file in a suspension. With N8N_DEFAULT_BINARY_DATA_MODE=filesystem the node suspends',
	workflowTimeout:
		'The node held its worker, because the workflow timeout would have canceled the execution before it resumed',
};

const suspendedSubWorkflow =
	'This sub-workflow was suspended. If the parent runs it once for each item, n8n continues the parent after the first one has ended: choose "Run once with all items" there, or set Waiting to Automatic here';

/** Tells a person how the node waited, where its settings do not say so or n8n has a flaw. */
export function addWaitHints(
	context: IExecuteFunctions,
	{ held, hasSuspended }: { held: HoldReason | undefined; hasSuspended: boolean },
): void {
	if (held !== undefined) context.addExecutionHints({ message: holdHints[held] });
	if (hasSuspended && isSubWorkflow(context)) {
		context.addExecutionHints({ message: suspendedSubWorkflow });
	}
}

/** Whether another workflow called this one. It stays so when the execution resumes. */
export const isSubWorkflow = (context: IExecuteFunctions) => context.getMode() === 'integrated';
