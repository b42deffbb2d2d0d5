import type { CheckHistory } from '../../nodes/jobs/duration';
import { measureDurationMs } from '../../nodes/jobs/duration';

const durationWith = (
	changed: Partial<CheckHistory>,
	completedAt: number | undefined,
	now: number,
) => measureDurationMs({ beganAt: 10_000, failedChecks: 0, ...changed }, completedAt, now);

test('a reported end gives the duration', () => {
	expect(durationWith({ checkedAt: 90_000 }, 100_000, 150_000)).toBe(90_000);
	expect(durationWith({}, 100_000, 86_400_000)).toBe(90_000);
});

test('an impossible end is moved into the possible range', () => {
	expect(durationWith({ checkedAt: 90_000 }, 20_000, 150_000)).toBe(80_000);
	expect(durationWith({ checkedAt: 90_000 }, 999_000, 150_000)).toBe(140_000);
	expect(durationWith({}, 10_000, 150_000)).toBeUndefined();
});

test('without one, the end is taken half-way between the last two checks', () => {
	expect(durationWith({ checkedAt: 90_000 }, undefined, 110_000)).toBe(90_000);
});

test.each([
	['no check came before', {}],
	['the check before failed', { checkedAt: 90_000, failedChecks: 1 }],
	['the check before was rate-limited', { checkedAt: 90_000, limitedChecks: 1 }],
	['the check before was too long ago', { checkedAt: 20_000 }],
])('there is no duration where %s', (_why, changed: Partial<CheckHistory>) => {
	expect(durationWith(changed, undefined, 110_000)).toBeUndefined();
});
