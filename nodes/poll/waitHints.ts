import type { IExecuteFunctions } from 'n8n-workflow';
import type { HoldReason } from '../jobs/chooseWait';
import type { Provider } from '../providers/provider';

const holdHints: Readonly<Record<HoldReason, string>> = {
	cannotSuspend:
		'The node held its worker while it waited, because this run could not be suspended: n8n is older than 1.113, an agent called the node as a tool, or there is no previous node',
	legacyOrder:
		'The node held its worker while it waited, because the workflow setting Execution Order is v0 (legacy). There, the output of a suspended node is lost for expressions, webhooks and parent workflows. Set it to v1 to suspend',
	subWorkflow:
		'The node held its worker while it waited, because this is a sub-workflow: if the parent runs it once for each item, n8n continues the parent before all suspended sub-workflows have ended. If the parent runs it once with all items, set Waiting to Suspend to use no worker',
	filesInMemory:
		'The node held its worker after the first download, because this n8n keeps binary data in memory and would lose the file in a suspension. Set N8N_DEFAULT_BINARY_DATA_MODE=filesystem to suspend',
	workflowTimeout:
		'The node held its worker, because the workflow timeout would have canceled the execution before it resumed',
};

const suspendedSubWorkflow =
	'This sub-workflow was suspended. If the parent runs it once for each item, n8n continues the parent after the first one has ended: choose "Run once with all items" there, or set Waiting to Automatic here';

/** Explains a hold that the settings do not ask for, and the limits of n8n with sub-workflows. */
export function addWaitHints(
	context: IExecuteFunctions,
	{ held, hasSuspended }: { held: HoldReason | undefined; hasSuspended: boolean },
): void {
	if (held !== undefined) context.addExecutionHints({ message: holdHints[held] });
	if (hasSuspended && isSubWorkflow(context)) {
		context.addExecutionHints({ message: suspendedSubWorkflow });
	}
}

/** Explains that the provider cannot do what the option On Timeout asks for. */
export function addCancelHint(context: IExecuteFunctions, { label, cancel }: Provider): void {
	if (cancel !== undefined) return;
	context.addExecutionHints({
		message: `On Timeout is set to Cancel, but ${label} cannot cancel a job: a job that is still running at the timeout continues, and can be polled again`,
	});
}

/** Explains that a call was expected, and why none has ended the wait. */
export function addCallbackHint(
	context: IExecuteFunctions,
	{ label }: Provider,
	{
		isExpected,
		hasSuspended,
		wereCalled,
	}: Record<'isExpected' | 'hasSuspended' | 'wereCalled', boolean>,
): void {
	if (!isExpected || wereCalled) return;
	context.addExecutionHints({ message: hasSuspended ? noCall(label) : heldCall });
}

const noCall = (label: string) =>
	`Wake by Callback is on, and no call of ${label} has arrived: the jobs were noticed by checks. See whether ${label} can reach n8n at its WEBHOOK_URL`;
const heldCall =
	'Wake by Callback is on, but the execution was not suspended: n8n refuses a call while an execution is running';

/** Whether another workflow called this one. Also true after a resume. */
export const isSubWorkflow = (context: IExecuteFunctions) => context.getMode() === 'integrated';
