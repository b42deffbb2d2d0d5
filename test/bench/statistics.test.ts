import { mean, mostInASecond, percentile, rounded, sum } from '../../workbench/bench/figures';

test('a percentile is the value that this share does not exceed, in whatever order they come', () => {
	const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
	expect(percentile(hundred, 0.95)).toBe(95);
	expect(percentile(hundred, 0.5)).toBe(50);
	expect(percentile([7, 3], 0.95)).toBe(7);
	expect(percentile([7, 3], 0)).toBe(3);
	expect(percentile([], 0.95)).toBeNaN();
	expect(hundred[0]).toBe(100);
});

test('sum and mean', () => {
	expect(sum([1, 2, 3.5])).toBe(6.5);
	expect(mean([1, 2, 3])).toBe(2);
	expect(mean([])).toBeNaN();
});

test('the most in a second counts by the seconds of the clock', () => {
	expect(mostInASecond([900, 999, 1_000, 1_001, 1_999, 5_000])).toBe(3);
	expect(mostInASecond([])).toBe(0);
});

test('a figure is rounded to the digits it is good for', () => {
	expect([rounded(1.25), rounded(1.239, 2), rounded(17.6, 0)]).toEqual([1.3, 1.24, 18]);
});
