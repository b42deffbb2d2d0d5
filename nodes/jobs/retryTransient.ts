import type { Clock } from './clock';
import { waitUntil } from './clock';
import type { TimeBudget } from './timeBudget';

const waitsMs = [3_000, 6_000, 12_000];

/** Retries an idempotent call while it fails transiently and time is left. Returns the last result. */
export async function retryTransient<Result>(
	attempt: () => Promise<Result>,
	isTransient: (result: Result) => boolean,
	clock: Clock,
	budget: Pick<TimeBudget, 'leftMs'>,
): Promise<Result> {
	for (const waitMs of waitsMs) {
		const result = await attempt();
		if (!isTransient(result) || budget.leftMs() <= waitMs) return result;
		await waitUntil(clock, clock.now() + waitMs);
		if (budget.leftMs() <= 0) return result;
	}
	return await attempt();
}
