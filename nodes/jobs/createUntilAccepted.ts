import type { Clock } from './clock';
import { waitUntil } from './clock';
import type { Outcome } from './outcome';

const maxAttempts = 4;
const firstWaitMs = 2_000;
const maxWaitMs = 60_000;

/**
 * Sends a create until it is accepted, with exponential backoff. Only a create that was certainly not
 * accepted is sent again: after an unknown outcome that might buy the video twice.
 */
export async function createUntilAccepted<Value>(
	attempt: () => Promise<Outcome<Value>>,
	clock: Clock,
): Promise<Outcome<Value>> {
	for (let attempts = 1; ; attempts++) {
		const outcome = await attempt();
		if (outcome.kind !== 'notAccepted' || outcome.permanent) return outcome;
		const waitMs = Math.max(outcome.retryAfterMs ?? 0, firstWaitMs * 2 ** (attempts - 1));
		if (attempts === maxAttempts || waitMs > maxWaitMs) return outcome;
		await waitUntil(clock, clock.now() + waitMs);
		if (clock.isCanceled()) return outcome;
	}
}
