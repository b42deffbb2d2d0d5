import type { TypicalDuration } from './duration';

/*
 * How long jobs took, as far as this process has seen. It is kept in memory, and n8n's next start begins
 * anew: what n8n would store for a workflow is written whole at the end of an execution, over what other
 * executions have stored since it began.
 */

/** The logarithms of durations; what is long ago counts less. */
interface Experience {
	/** How many were seen, each one counted for less by every later one. */
	weight: number;
	mean: number;
	/** The weighted sum of the squared distances from the mean. */
	squares: number;
}

// Providers say that a job takes 1 to 6 minutes: so do nine in ten of these. It counts as one job seen,
// and is nearly forgotten twenty jobs later.
const prior: Experience = { weight: 1, mean: Math.log(140_000), squares: 0.5 ** 2 };
const fading = 0.9;
const minSpread = 0.15;
// Whether a job takes less matters to nobody, and its logarithm would weigh like that of an hour.
const minDurationMs = 5_000;
// What took longer was a job that nobody looked at, or a wrong time of its creation.
const maxDurationMs = 6 * 3_600_000;
const maxKinds = 1_000;

const experiences = new Map<string, Experience>();

/** What jobs of one kind take: at first what jobs take anywhere, then more and more what was seen. */
export function readTypicalDuration(kind: string): TypicalDuration {
	const { weight, mean, squares } = experiences.get(kind) ?? prior;
	const spread = Math.max(minSpread, Math.sqrt(squares / weight));
	return { medianMs: Math.exp(mean), spread };
}

/** Takes in how long a job of one kind took. */
export function recordDuration(kind: string, durationMs: number): void {
	const { weight, mean, squares } = experiences.get(kind) ?? prior;
	const seen = Math.log(Math.min(maxDurationMs, Math.max(minDurationMs, durationMs)));
	const weightNow = weight * fading + 1;
	const meanNow = mean + (seen - mean) / weightNow;
	experiences.set(kind, {
		weight: weightNow,
		mean: meanNow,
		squares: squares * fading + (seen - mean) * (seen - meanNow),
	});
	const [oldest] = experiences.keys();
	if (experiences.size > maxKinds && oldest !== undefined) experiences.delete(oldest);
}
