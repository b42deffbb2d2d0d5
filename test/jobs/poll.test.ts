import * as fc from 'fast-check';
import type { Clock } from '../../nodes/jobs/clock';
import type { JobState } from '../../nodes/jobs/job';
import type { Outcome } from '../../nodes/jobs/outcome';
import type { PollOptions } from '../../nodes/jobs/poll';
import { checkDue, nextLookOf, watchOf } from '../../nodes/jobs/poll';
import type { Waiting } from '../../nodes/jobs/schedule';
import { leastSuspendMs } from '../../nodes/jobs/schedule';

const minute = 60_000;

interface Gateway {
	waiting: Waiting;
	durationsMs: number[];
	tellsProgress: boolean;
	/** One check in so many fails; 0 for none. */
	failsEvery: number;
	checkTakesMs: number;
	timeoutMs: number;
	intervalMs: number;
}

const anyGateway: fc.Arbitrary<Gateway> = fc.record({
	waiting: fc.constantFrom<Waiting>('automatic', 'hold', 'suspend'),
	durationsMs: fc.array(fc.integer({ min: 0, max: 12 * minute }), { minLength: 1, maxLength: 8 }),
	tellsProgress: fc.boolean(),
	failsEvery: fc.constantFrom(0, 0, 3, 7),
	checkTakesMs: fc.integer({ min: 0, max: 8_000 }),
	timeoutMs: fc.integer({ min: 1 * minute, max: 30 * minute }),
	intervalMs: fc.integer({ min: 5_000, max: 90_000 }),
});

/** Waits for jobs as the node does, on a clock that costs no time. n8n may wake a short suspension late. */
async function waitFor(gateway: Gateway) {
	let now = 0;
	let checks = 0;
	const clock: Clock = {
		now: () => now,
		sleep: async () => await Promise.resolve(),
		isCanceled: () => false,
	};
	const stateAt = (durationMs: number): JobState => {
		if (now >= durationMs) {
			return { status: 'succeeded', videos: [{ url: 'https://example.com/a.mp4', kind: 'final' }] };
		}
		const progress = gateway.tellsProgress ? Math.floor((now / durationMs) * 100) : undefined;
		return { status: 'running', progress };
	};
	const options: PollOptions = {
		clock,
		pace: {
			waiting: gateway.waiting,
			intervalMs: gateway.intervalMs,
			typicalMs: 3 * minute,
			deadline: gateway.timeoutMs,
		},
		tolerance: 5,
		check: async (jobId): Promise<Outcome<JobState>> => {
			checks++;
			if (gateway.failsEvery > 0 && checks % gateway.failsEvery === 0) {
				return {
					kind: 'unknown',
					failure: { code: 'no_answer', message: '502', retryable: false },
				};
			}
			return { kind: 'read', value: stateAt(gateway.durationsMs[Number(jobId)] ?? 0) };
		},
	};
	const watches = gateway.durationsMs.map((_duration, index) => watchOf(String(index), 0));
	let rounds = 0;
	let heldMs = 0;
	for (;;) {
		await checkDue(watches, options);
		now += gateway.checkTakesMs;
		if (++rounds > 2_000) throw new Error('It never ends');
		const next = nextLookOf(watches, options);
		if (next === undefined) break;
		const isShort = next.how === 'suspend' && next.at - now < leastSuspendMs;
		if (next.how === 'hold') heldMs += Math.max(0, next.at - now);
		now = Math.max(now, next.at) + (isShort ? minute : 0);
	}
	return { watches, rounds, heldMs, endedAt: now };
}

test('whatever the gateway does, every job ends once, in time, and is not asked without end', async () => {
	await fc.assert(
		fc.asyncProperty(anyGateway, async (gateway) => {
			const { watches, rounds, heldMs, endedAt } = await waitFor(gateway);
			watches.forEach(({ ending, state, checks }, index) => {
				const duration = gateway.durationsMs[index] ?? 0;
				if (ending?.kind === 'ended') expect(state?.status).toBe('succeeded');
				else expect(duration).toBeGreaterThan(0);
				expect(checks).toBeLessThan(10 + (2 * gateway.timeoutMs) / 5_000);
			});
			const longest = Math.min(gateway.timeoutMs, 12 * minute + 10 * minute);
			expect(endedAt).toBeLessThanOrEqual(longest + leastSuspendMs + minute + 3 * 8_000);
			expect(rounds).toBeLessThan(30 + (2 * gateway.timeoutMs) / 5_000);
			if (gateway.waiting === 'suspend') expect(heldMs).toBeLessThanOrEqual(1_000);
		}),
		{ numRuns: 400 },
	);
});

test('a deadline that is near does not make it ask again and again', async () => {
	const gateway: Gateway = {
		waiting: 'suspend',
		durationsMs: [60 * minute],
		tellsProgress: false,
		failsEvery: 0,
		checkTakesMs: 0,
		timeoutMs: 100_000,
		intervalMs: 15_000,
	};
	for (let timeoutMs = 61_000; timeoutMs < 400_000; timeoutMs += 7_000) {
		const { watches } = await waitFor({ ...gateway, timeoutMs });
		expect(watches[0]?.ending?.kind).toBe('deadline');
		expect(watches[0]?.checks).toBeLessThanOrEqual(8);
	}
});
