import type { TypicalDuration } from './duration';

/*
 * How long jobs took, in memory until n8n restarts. n8n's static data would not do: the end of an
 * execution writes it whole, over what other executions have stored since this one began.
 */

/** An exponentially weighted mean and variance of the logarithms of durations. */
interface Statistics {
	/** The sum of the weights. */
	weight: number;
	mean: number;
	/** The weighted sum of squared deviations. */
	squares: number;
}

// Providers document 1 to 6 minutes, as nine in ten of these are. It counts as one job.
const prior: Statistics = { weight: 1, mean: Math.log(140_000), squares: 0.5 ** 2 };
// A job's weight halves in seven jobs: a provider that has become slower is known within twenty.
const decay = 0.9;
// Ten equal jobs do not make the next one certain.
const minSpread = 0.15;
// Clamp: below 5 s the exact value is irrelevant and would dominate the mean of the logarithms; above
// six hours it is a job that was not watched, or a wrong time of its create.
const minDurationMs = 5_000;
const maxDurationMs = 6 * 3_600_000;
const maxKinds = 1_000;

const statistics = new Map<string, Statistics>();

/** How long jobs of one kind take: the prior at first, more and more what was measured. */
export function readTypicalDuration(kind: string): TypicalDuration {
	const { weight, mean, squares } = statistics.get(kind) ?? prior;
	const spread = Math.max(minSpread, Math.sqrt(squares / weight));
	return { medianMs: Math.exp(mean), spread };
}

export function recordDuration(kind: string, durationMs: number): void {
	const { weight, mean, squares } = statistics.get(kind) ?? prior;
	const value = Math.log(Math.min(maxDurationMs, Math.max(minDurationMs, durationMs)));
	const weightNow = weight * decay + 1;
	const meanNow = mean + (value - mean) / weightNow;
	statistics.set(kind, {
		weight: weightNow,
		mean: meanNow,
		squares: squares * decay + (value - mean) * (value - meanNow),
	});
	const [oldest] = statistics.keys();
	if (statistics.size > maxKinds && oldest !== undefined) statistics.delete(oldest);
}
