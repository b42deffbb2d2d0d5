import type { CheckHistory } from '../../nodes/jobs/duration';
import { measureDurationMs } from '../../nodes/jobs/duration';

const seen = (changed: Partial<CheckHistory>, completedAt: number | undefined, now: number) =>
	measureDurationMs({ beganAt: 10_000, failedChecks: 0, ...changed }, completedAt, now);

test('a gateway that tells the end tells the duration', () => {
	expect(seen({ checkedAt: 90_000 }, 100_000, 150_000)).toBe(90_000);
	expect(seen({}, 100_000, 86_400_000)).toBe(90_000);
});

test('an end that cannot be is moved to where it can', () => {
	expect(seen({ checkedAt: 90_000 }, 20_000, 150_000)).toBe(80_000);
	expect(seen({ checkedAt: 90_000 }, 999_000, 150_000)).toBe(140_000);
	expect(seen({}, 10_000, 150_000)).toBeUndefined();
});

test('without it, the end lies half-way between the last two looks', () => {
	expect(seen({ checkedAt: 90_000 }, undefined, 110_000)).toBe(90_000);
});

test.each([
	['nobody had looked before', {}],
	['the look before failed', { checkedAt: 90_000, failedChecks: 1 }],
	['the look before was refused as too many', { checkedAt: 90_000, limitedChecks: 1 }],
	['the look before was too long ago', { checkedAt: 20_000 }],
])('nothing is learned where %s', (_why, changed: Partial<CheckHistory>) => {
	expect(seen(changed, undefined, 110_000)).toBeUndefined();
});
