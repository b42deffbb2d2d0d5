import * as fc from 'fast-check';
import type { CheckHistory } from '../../nodes/jobs/duration';
import type { Pace, Waiting } from '../../nodes/jobs/schedule';
import { minSuspendMs, scheduleNextCheck } from '../../nodes/jobs/schedule';

const minute = 60_000;
const fresh: CheckHistory = { beganAt: 0, failedChecks: 0 };
const pace: Pace = {
	waiting: 'automatic',
	intervalMs: 15_000,
	typical: { medianMs: 3 * minute, spread: 0.35 },
	deadline: 30 * minute,
};
const paceWith = (changed: Partial<Pace>): Pace => ({ ...pace, ...changed });

const anyProgress = fc.record(
	{
		beganAt: fc.integer({ min: 0, max: 10 * minute }),
		failedChecks: fc.integer({ min: 0, max: 20 }),
		percent: fc.integer({ min: 0, max: 100 }),
		movedAt: fc.integer({ min: 0, max: 20 * minute }),
		checkedAt: fc.integer({ min: 0, max: 20 * minute }),
		retryAfterMs: fc.integer({ min: 0, max: 10 * minute }),
		soon: fc.boolean(),
	},
	{ requiredKeys: ['beganAt', 'failedChecks'] },
);
const anyPace = fc.record({
	waiting: fc.constantFrom<Waiting>('automatic', 'hold', 'suspend'),
	intervalMs: fc.integer({ min: 5_000, max: 10 * minute }),
	typical: fc.record({
		medianMs: fc.integer({ min: 10_000, max: 20 * minute }),
		spread: fc.double({ min: 0.15, max: 2, noNaN: true }),
	}),
	deadline: fc.integer({ min: 2 * minute, max: 600 * minute }),
});
const anyTime = fc.integer({ min: 0, max: 20 * minute });
const anyRandom = fc.double({ min: 0, max: 1, noNaN: true });

test('whatever is known of a job, the next look is a time ahead, and a suspension is long enough', () => {
	fc.assert(
		fc.property(anyProgress, anyPace, anyTime, anyRandom, (progress, given, now, random) => {
			const { at, how } = scheduleNextCheck(progress, given, now, random);
			expect(Number.isInteger(at)).toBe(true);
			expect(at).toBeGreaterThan(now);
			if (given.waiting === 'hold') expect(how).toBe('hold');
			const reachesDeadline = at >= given.deadline - 1_000;
			if (given.waiting === 'suspend' && !reachesDeadline) expect(how).toBe('suspend');
			if (how === 'suspend' && !reachesDeadline) {
				expect(at - now).toBeGreaterThanOrEqual(minSuspendMs);
			}
		}),
		{ numRuns: 3_000 },
	);
});

test('the last look comes just before the deadline, and is held where n8n would resume too late', () => {
	const deadline = 10 * minute;
	const late = scheduleNextCheck(fresh, paceWith({ deadline }), deadline - 20_000, 0.5);
	expect(late.at).toBeLessThanOrEqual(deadline - 1_000);
	expect(late.how).toBe('hold');
	const early = scheduleNextCheck(
		fresh,
		paceWith({ deadline: 70_000, waiting: 'suspend' }),
		0,
		0.5,
	);
	expect(early).toEqual({ at: 69_000, how: 'suspend' });
});

test('a gateway that does not answer is asked ever less often', () => {
	const waits = [1, 2, 3, 4, 8].map(
		(failedChecks) =>
			scheduleNextCheck({ ...fresh, failedChecks }, paceWith({ waiting: 'hold' }), 0, 0).at,
	);
	expect(waits).toEqual([15_000, 30_000, 60_000, 120_000, 120_000]);
});

test('a limit of requests is kept to as it is told, however often it is told', () => {
	const limited = { ...fresh, limitedChecks: 9, retryAfterMs: 40_000 };
	expect(scheduleNextCheck(limited, pace, 0, 0).at).toBe(40_000);
	expect(scheduleNextCheck({ ...limited, retryAfterMs: 1_000 }, pace, 0, 0).at).toBe(
		pace.intervalMs,
	);
	const untold = { ...limited, retryAfterMs: undefined };
	expect(scheduleNextCheck(untold, pace, 0, 0).at).toBe(120_000);
});

test('Retry-After is obeyed, and suspended where it is long', () => {
	const asked = { ...fresh, failedChecks: 1, retryAfterMs: 90_000 };
	expect(scheduleNextCheck(asked, pace, 0, 0)).toEqual({ at: 90_000, how: 'suspend' });
	expect(scheduleNextCheck(asked, paceWith({ waiting: 'hold' }), 0, 0)).toEqual({
		at: 90_000,
		how: 'hold',
	});
	const shortly = { ...fresh, failedChecks: 1, retryAfterMs: 20_000 };
	expect(scheduleNextCheck(shortly, pace, 0, 0)).toEqual({ at: 20_000, how: 'hold' });
});

test('what may be there within seconds is asked within seconds', () => {
	expect(scheduleNextCheck({ ...fresh, soon: true }, pace, 0, 0)).toEqual({
		at: 5_000,
		how: 'hold',
	});
});

test('a longer poll interval is kept, also where holding is asked for', () => {
	const slow = paceWith({ waiting: 'hold', intervalMs: 5 * minute });
	expect(scheduleNextCheck(fresh, slow, 0, 0).at).toBeGreaterThanOrEqual(5 * minute);
});

test('a job close to its end by its own progress is held, and one far from it is suspended', () => {
	const now = 170_000;
	const ends = { ...fresh, percent: 95, movedAt: now, checkedAt: now };
	expect(scheduleNextCheck(ends, pace, now, 0).how).toBe('hold');
	const goesOn = { ...fresh, percent: 30, movedAt: now, checkedAt: now };
	expect(scheduleNextCheck(goesOn, pace, now, 0).how).toBe('suspend');
});

test('a progress that is told at once, or stands still, is not believed', () => {
	const typical = scheduleNextCheck(fresh, pace, 100_000, 0);
	const toldAtOnce = { ...fresh, percent: 50, movedAt: 1_000, checkedAt: 100_000 };
	expect(scheduleNextCheck(toldAtOnce, pace, 100_000, 0)).toEqual(typical);
	const standsStill = { ...fresh, percent: 90, movedAt: 40_000, checkedAt: 100_000 };
	expect(scheduleNextCheck(standsStill, pace, 100_000, 0)).toEqual(typical);
});

test('where the end is known to within seconds, it is asked sooner than the interval', () => {
	const now = 170_000;
	const told = { percent: 97, movedAt: now, checkedAt: now, first: { percent: 10, at: 30_000 } };
	const holding = paceWith({ waiting: 'hold' });
	const soon = scheduleNextCheck({ ...fresh, ...told }, holding, now, 0).at - now;
	expect(soon).toBeGreaterThanOrEqual(3_000);
	expect(soon).toBeLessThan(pace.intervalMs);
	const familiar = paceWith({ waiting: 'hold', typical: { medianMs: 170_000, spread: 0.15 } });
	expect(scheduleNextCheck(fresh, familiar, now, 0).at - now).toBeLessThan(pace.intervalMs);
	const overdue = 250_000;
	expect(scheduleNextCheck(fresh, familiar, overdue, 0).at - overdue).toBe(pace.intervalMs);
	const slow = paceWith({ waiting: 'hold', intervalMs: 60_000 });
	expect(scheduleNextCheck({ ...fresh, ...told }, slow, now, 0).at - now).toBeGreaterThanOrEqual(
		12_000,
	);
});

test('an end is held for where it is known well, and not where it is anyone’s guess', () => {
	const age = 190_000;
	const howWith = (spread: number) =>
		scheduleNextCheck(
			{ ...fresh, checkedAt: age },
			paceWith({ typical: { medianMs: 200_000, spread } }),
			age,
			0,
		).how;
	expect(howWith(0.15)).toBe('hold');
	expect(howWith(0.5)).toBe('suspend');
});

test('many executions do not wake at the same moment', () => {
	const at = (random: number) => scheduleNextCheck(fresh, pace, 0, random).at;
	expect(at(1) - at(0)).toBeGreaterThan(2_000);
});

describe('numbers that nobody meant', () => {
	const absurd = [-1e300, -1, 0, 1e-9, 2_500, 1e9, 1.7e12, 1e13, 1e300];
	const anyNumber = fc.oneof(
		fc.constantFrom(...absurd),
		fc.double({ noNaN: true, noDefaultInfinity: true }),
	);
	const absurdProgress = fc.record(
		{
			beganAt: anyNumber,
			failedChecks: fc.nat(2_000),
			percent: anyNumber,
			movedAt: anyNumber,
			checkedAt: anyNumber,
			first: fc.record({ percent: anyNumber, at: anyNumber }),
			limitedChecks: fc.nat(2_000),
			retryAfterMs: anyNumber,
		},
		{ requiredKeys: ['beganAt', 'failedChecks'] },
	);
	const absurdPace = fc.record({
		waiting: fc.constantFrom<Waiting>('automatic', 'hold', 'suspend'),
		intervalMs: anyNumber,
		typical: fc.record({ medianMs: fc.double({ min: 1, max: 1e300 }), spread: fc.constant(0.35) }),
		deadline: anyNumber,
	});
	// 120 steps of the outlook, and some 150 waits to choose from at each.
	const maxSteps = 120 * 150;

	/** How often `decide` compares two numbers; it is stopped where that is more often than it may be. */
	function stepsOf(decide: () => void): number {
		const { min, max } = Math;
		let steps = 0;
		const counted = (compare: typeof min) =>
			function (...values: number[]): number {
				if (++steps > 10 * maxSteps) throw new Error('It takes too many steps');
				return compare(...values);
			};
		Math.min = counted(min);
		Math.max = counted(max);
		try {
			decide();
		} finally {
			Math.min = min;
			Math.max = max;
		}
		return steps;
	}

	test('a decision takes a bounded number of steps, and says a time', () => {
		fc.assert(
			fc.property(absurdProgress, absurdPace, (progress, given) => {
				const now = 1.8e12;
				let look = { at: NaN };
				expect(stepsOf(() => (look = scheduleNextCheck(progress, given, now, 0.5)))).toBeLessThan(
					3 * maxSteps,
				);
				expect(look.at).not.toBeNaN();
				expect(look.at).toBeGreaterThan(now);
			}),
			{ numRuns: 1_000 },
		);
	});

	test('a poll interval of a hundred days, or a Unix timestamp, is one of an hour', () => {
		for (const seconds of [1e7, 1.8e9, 1.8e12]) {
			const slow = paceWith({ intervalMs: seconds * 1000, deadline: 1e9 });
			expect(stepsOf(() => scheduleNextCheck(fresh, slow, 0, 0))).toBeLessThan(maxSteps);
			expect(scheduleNextCheck(fresh, slow, 0, 0).at).toBe(60 * minute);
		}
	});
});
