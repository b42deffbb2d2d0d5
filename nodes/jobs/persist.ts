import type { Clock } from './clock';
import { waitUntil } from './clock';

const waitsMs = [3_000, 6_000, 12_000];

/** Does what costs nothing again while it fails in passing. Gives the last result. */
export async function persist<Result>(
	attempt: () => Promise<Result>,
	failsInPassing: (result: Result) => boolean,
	clock: Clock,
): Promise<Result> {
	for (const waitMs of waitsMs) {
		const result = await attempt();
		if (!failsInPassing(result) || clock.isCanceled()) return result;
		await waitUntil(clock, clock.now() + waitMs);
	}
	return await attempt();
}
