import type { IExecuteFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { Clock } from '../jobs/clock';

/** Real time as it is when the node is called, and the cancellation of the running execution. */
export function createExecutionClock(context: IExecuteFunctions): Clock {
	const signal = context.getExecutionCancelSignal();
	// The machine's clock may be set while the node runs. This one only goes on.
	const aheadMs = Date.now() - performance.now();
	return {
		now: () => Math.round(aheadMs + performance.now()),
		sleep: async (milliseconds) => await sleep(milliseconds),
		isCanceled: () => signal?.aborted === true,
	};
}
