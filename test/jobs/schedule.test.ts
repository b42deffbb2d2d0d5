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

const anyHistory = fc.record(
	{
		beganAt: fc.integer({ min: 0, max: 10 * minute }),
		failedChecks: fc.integer({ min: 0, max: 20 }),
		progress: fc.record({
			percent: fc.integer({ min: 0, max: 100 }),
			movedAt: fc.integer({ min: 0, max: 20 * minute }),
			first: fc.option(
				fc.record({
					percent: fc.integer({ min: 1, max: 100 }),
					at: fc.integer({ min: 0, max: 20 * minute }),
				}),
				{ nil: undefined },
			),
		}),
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
	holdUntil: fc.option(fc.integer({ min: 0, max: 20 * minute }), { nil: undefined }),
});
const anyTime = fc.integer({ min: 0, max: 20 * minute });
const anyRandom = fc.double({ min: 0, max: 1, noNaN: true });

test('whatever is known of a job, the next check is a time ahead, and a suspension is long enough', () => {
	fc.assert(
		fc.property(anyHistory, anyPace, anyTime, anyRandom, (history, given, now, random) => {
			const { at, how } = scheduleNextCheck(history, given, now, random);
			const lastCheckAt = given.deadline - 1_000;
			expect(Number.isInteger(at)).toBe(true);
			expect(at).toBeGreaterThan(now);
			if (given.waiting === 'hold') expect(how).toBe('hold');
			if (given.waiting === 'suspend') expect(how).toBe('suspend');
			if (how === 'suspend') expect(at - now).toBeGreaterThanOrEqual(minSuspendMs);
			const mustHold = lastCheckAt - now < minSuspendMs;
			if (how === 'hold' && given.waiting === 'automatic' && !mustHold) {
				expect(at).toBeLessThanOrEqual(given.holdUntil ?? Infinity);
			}
			if (now < lastCheckAt) {
				const minMs = how === 'suspend' ? minSuspendMs : 0;
				expect(at).toBeLessThanOrEqual(Math.max(lastCheckAt, now + minMs));
			}
		}),
		{ numRuns: 3_000 },
	);
});

test('in Hold, checks never come rarer than the poll interval, whatever is predicted', () => {
	fc.assert(
		fc.property(anyHistory, anyPace, anyTime, anyRandom, (history, given, now, random) => {
			const answered: CheckHistory = { ...history, failedChecks: 0, soon: false };
			const holding: Pace = { ...given, waiting: 'hold', deadline: Infinity };
			const waitMs = scheduleNextCheck(answered, holding, now, random).at - now;
			expect(waitMs).toBeLessThanOrEqual(given.intervalMs);
			expect(waitMs).toBeGreaterThanOrEqual(Math.max(3_000, given.intervalMs / 5 - 1));
		}),
		{ numRuns: 2_000 },
	);
});

test('Automatic checks once more before it may hold no longer', () => {
	const young = paceWith({ typical: { medianMs: 20_000, spread: 0.3 }, holdUntil: 30_000 });
	const at = (now: number, random: number) => scheduleNextCheck(fresh, young, now, random);
	for (const random of [0, 0.5, 1]) {
		const before = at(26_500, random);
		expect(before.how).toBe('hold');
		expect(before.at).toBeLessThanOrEqual(30_000);
		expect(at(29_000, random).how).toBe('suspend');
	}
	const slow = { ...young, intervalMs: 60_000 };
	expect(scheduleNextCheck(fresh, slow, 20_000, 1)).toEqual({ at: 30_000, how: 'hold' });
	const limited: CheckHistory = { ...fresh, limitedChecks: 1, retryAfterMs: 20_000 };
	expect(scheduleNextCheck(limited, young, 15_000, 0)).toEqual({ at: 80_000, how: 'suspend' });
});

test('the last check comes just before the deadline, and is held for where n8n would resume too late', () => {
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

test('failed checks back off exponentially', () => {
	const waits = [1, 2, 3, 4, 8].map(
		(failedChecks) =>
			scheduleNextCheck({ ...fresh, failedChecks }, paceWith({ waiting: 'hold' }), 0, 0).at,
	);
	expect(waits).toEqual([15_000, 30_000, 60_000, 120_000, 120_000]);
});

test('a rate-limited check waits for Retry-After, and backs off without one', () => {
	const limited = { ...fresh, limitedChecks: 9, retryAfterMs: 40_000 };
	expect(scheduleNextCheck(limited, pace, 0, 0).at).toBe(40_000);
	expect(scheduleNextCheck({ ...limited, retryAfterMs: 1_000 }, pace, 0, 0).at).toBe(
		pace.intervalMs,
	);
	const unknown = { ...limited, retryAfterMs: undefined };
	expect(scheduleNextCheck(unknown, pace, 0, 0).at).toBe(120_000);
});

test('Retry-After is obeyed, by a suspension where it is long', () => {
	const asked = { ...fresh, failedChecks: 1, retryAfterMs: 90_000 };
	expect(scheduleNextCheck(asked, pace, 0, 0)).toEqual({ at: 90_000, how: 'suspend' });
	expect(scheduleNextCheck(asked, paceWith({ waiting: 'hold' }), 0, 0)).toEqual({
		at: 90_000,
		how: 'hold',
	});
	const shortly = { ...fresh, failedChecks: 1, retryAfterMs: 20_000 };
	expect(scheduleNextCheck(shortly, pace, 0, 0)).toEqual({ at: 20_000, how: 'hold' });
});

test('what may be there within seconds is checked within seconds', () => {
	expect(scheduleNextCheck({ ...fresh, soon: true }, pace, 0, 0)).toEqual({
		at: 5_000,
		how: 'hold',
	});
});

test('a job close to its end by its own progress is held for, and one far from it is suspended', () => {
	const now = 170_000;
	const at = (percent: number) =>
		scheduleNextCheck(
			{ ...fresh, progress: { percent, movedAt: now }, checkedAt: now },
			pace,
			now,
			0,
		);
	expect(at(95).how).toBe('hold');
	expect(at(30).how).toBe('suspend');
});

test('a progress shows the end although the provider dates the job years back', () => {
	const now = 170_000;
	const progress = { percent: 97, movedAt: now, first: { percent: 10, at: 30_000 } };
	const old: CheckHistory = { ...fresh, beganAt: -3 * 365 * 86_400_000, progress, checkedAt: now };
	const { at, how } = scheduleNextCheck(old, pace, now, 0);
	expect(how).toBe('hold');
	expect(at - now).toBeLessThan(5_000);
});

test('a progress that is reported at once, or stands still, is not believed', () => {
	const slow = paceWith({ waiting: 'hold', typical: { medianMs: 20 * minute, spread: 0.35 } });
	const waitMs = (percent: number, movedAt: number, now: number) =>
		scheduleNextCheck({ ...fresh, progress: { percent, movedAt }, checkedAt: now }, slow, now, 1)
			.at - now;
	expect(waitMs(60, 10_000, 10_000)).toBe(15_000);
	expect(waitMs(65, 65_000, 100_000)).toBe(15_000);
	expect(waitMs(85, 95_000, 100_000)).toBeLessThan(15_000);
});

test('a progress that moves is followed in the shortest suspensions until it gives the pace', () => {
	const slow = paceWith({ typical: { medianMs: 30 * minute, spread: 0.35 } });
	const waitMs = (progress: CheckHistory['progress'], now: number) =>
		scheduleNextCheck({ ...fresh, progress, checkedAt: now }, slow, now, 0).at - now;
	expect(waitMs(undefined, 0)).toBe(10 * minute);
	expect(waitMs({ percent: 0, movedAt: 0 }, 0)).toBe(minSuspendMs);
	const first = { percent: 3, at: 65_000 };
	expect(waitMs({ percent: 3, movedAt: 65_000, first }, 65_000)).toBe(minSuspendMs);
	expect(waitMs({ percent: 3, movedAt: 65_000, first }, 130_000)).toBeGreaterThan(5 * minute);
	expect(waitMs({ percent: 9, movedAt: 200_000, first }, 200_000)).toBeGreaterThan(5 * minute);
});

test('where the end is known to within seconds, checks come sooner than the interval', () => {
	const now = 170_000;
	const progress = { percent: 97, movedAt: now, first: { percent: 10, at: 30_000 } };
	const ending: CheckHistory = { ...fresh, progress, checkedAt: now };
	const holding = paceWith({ waiting: 'hold' });
	expect(scheduleNextCheck(ending, holding, now, 0).at - now).toBeLessThan(5_000);
	const slow = paceWith({ waiting: 'hold', intervalMs: 60_000 });
	expect(scheduleNextCheck(ending, slow, now, 0).at - now).toBe(12_000);
	const familiar = paceWith({ waiting: 'hold', typical: { medianMs: 170_000, spread: 0.15 } });
	expect(scheduleNextCheck(fresh, familiar, now, 0).at - now).toBeLessThan(5_000);
});

test('a delayed job is checked at the interval or after the shortest suspension, and not held for', () => {
	const familiar = { medianMs: 60_000, spread: 0.15 };
	const holding = paceWith({ waiting: 'hold', typical: familiar });
	const waitMs = (now: number) => scheduleNextCheck(fresh, holding, now, 1).at - now;
	expect(waitMs(60_000)).toBeLessThan(5_000);
	expect(waitMs(4 * minute)).toBe(15_000);
	const automatic = paceWith({ typical: familiar });
	expect(scheduleNextCheck(fresh, automatic, 60_000, 0).how).toBe('hold');
	const yearsOld: CheckHistory = { ...fresh, beganAt: -3 * 365 * 86_400_000 };
	for (const history of [fresh, yearsOld]) {
		const { at, how } = scheduleNextCheck(history, automatic, 2 * minute, 0);
		expect({ waitMs: at - 2 * minute, how }).toEqual({ waitMs: minSuspendMs, how: 'suspend' });
	}
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

test('an execution wakes for a hold when two in seven jobs would have ended', () => {
	const typical = { medianMs: 3 * minute, spread: 0.2 };
	const wakeMs = scheduleNextCheck(fresh, paceWith({ typical }), 0, 0).at;
	const shape = Math.PI / (Math.sqrt(3) * typical.spread);
	expect(1 / (1 + (typical.medianMs / wakeMs) ** shape)).toBeCloseTo(2 / 7);
	expect(scheduleNextCheck(fresh, paceWith({ typical, waiting: 'suspend' }), 0, 0).at).toBe(
		typical.medianMs,
	);
});

test('many executions do not wake at the same moment', () => {
	const at = (random: number) => scheduleNextCheck(fresh, pace, 0, random).at;
	expect(at(1) - at(0)).toBeGreaterThan(2_000);
});

describe('absurd numbers', () => {
	const absurd = [-1e300, -1, 0, 1e-9, 2_500, 1e9, 1.7e12, 1e13, 1e300];
	const anyNumber = fc.oneof(
		fc.constantFrom(...absurd),
		fc.double({ noNaN: true, noDefaultInfinity: true }),
	);
	const absurdHistory = fc.record(
		{
			beganAt: anyNumber,
			failedChecks: fc.nat(2_000),
			progress: fc.record(
				{
					percent: anyNumber,
					movedAt: anyNumber,
					first: fc.record({ percent: anyNumber, at: anyNumber }),
				},
				{ requiredKeys: ['percent', 'movedAt'] },
			),
			checkedAt: anyNumber,
			limitedChecks: fc.nat(2_000),
			retryAfterMs: anyNumber,
		},
		{ requiredKeys: ['beganAt', 'failedChecks'] },
	);
	const absurdPace = fc.record({
		waiting: fc.constantFrom<Waiting>('automatic', 'hold', 'suspend'),
		intervalMs: anyNumber,
		typical: fc.record({
			medianMs: fc.double({ min: 1, max: 1e300, noNaN: true }),
			spread: fc.double({ min: 0.15, max: 2, noNaN: true }),
		}),
		deadline: anyNumber,
		holdUntil: fc.option(anyNumber, { nil: undefined }),
	});

	// What remains is too little to be shown apart from the whole.
	const vanishing = {
		beganAt: -1e300,
		failedChecks: 0,
		progress: { percent: 50, movedAt: 1e12, first: { percent: 10, at: 1e12 - 1_000 } },
		checkedAt: 1e12,
	};

	test('a time comes of them', () => {
		fc.assert(
			fc.property(absurdHistory, absurdPace, (history, given) => {
				const now = 1.8e12;
				const { at } = scheduleNextCheck(history, given, now, 0.5);
				expect(at).not.toBeNaN();
				expect(at).toBeGreaterThan(now);
			}),
			{ numRuns: 3_000, examples: [[vanishing, { ...pace, holdUntil: undefined }]] },
		);
	});

	test('a poll interval of a hundred days, or a Unix timestamp, is one of an hour', () => {
		for (const seconds of [1e7, 1.8e9, 1.8e12]) {
			const slow = paceWith({ intervalMs: seconds * 1000, deadline: 1e9 });
			expect(scheduleNextCheck(fresh, slow, 0, 0).at).toBe(60 * minute);
		}
	});
});
