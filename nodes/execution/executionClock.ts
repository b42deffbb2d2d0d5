import type { IExecuteFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import type { DatedClock } from '../jobs/clock';

/**
 * A clock that is at `elapsedMs` when it is created, with the cancellation of the running execution.
 * Monotonic during one call of `execute()`: setting the machine's clock has no effect.
 */
export function createExecutionClock(context: IExecuteFunctions, elapsedMs = 0): DatedClock {
	const signal = context.getExecutionCancelSignal();
	const zeroAt = performance.now() - elapsedMs;
	const zeroDate = Date.now() - elapsedMs;
	return {
		now: () => Math.round(performance.now() - zeroAt),
		fromDate: (date) => date - zeroDate,
		sleep: async (milliseconds) => await sleep(milliseconds),
		isCanceled: () => signal?.aborted === true,
	};
}
