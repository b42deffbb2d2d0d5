import type { Clock } from './clock';
import { waitUntil } from './clock';
import type { TimeBudget } from './timeBudget';

const waitsMs = [3_000, 6_000, 12_000];

/** Repeats what costs nothing while it fails in passing and time is left. Returns the last result. */
export async function retryTransient<Result>(
	attempt: () => Promise<Result>,
	isTransient: (result: Result) => boolean,
	clock: Clock,
	budget: TimeBudget,
): Promise<Result> {
	for (const waitMs of waitsMs) {
		const result = await attempt();
		if (!isTransient(result) || budget.leftMs() <= waitMs) return result;
		await waitUntil(clock, clock.now() + waitMs);
		if (budget.leftMs() <= 0) return result;
	}
	return await attempt();
}
