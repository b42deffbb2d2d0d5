import type { IExecuteFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { Clock } from '../jobs/clock';

/** Real time, and the cancellation of the running execution. */
export function executionClock(context: IExecuteFunctions): Clock {
	const signal = context.getExecutionCancelSignal();
	return {
		now: () => Date.now(),
		sleep: async (milliseconds) => await sleep(milliseconds),
		isCanceled: () => signal?.aborted === true,
	};
}
