import { recordDuration, readTypicalDuration } from '../../nodes/jobs/learnedDurations';

const recordMany = (kind: string, seconds: readonly number[]) =>
	seconds.forEach((each) => recordDuration(kind, each * 1000));

test('the first job takes as long as the prior says', () => {
	const { medianMs, spread } = readTypicalDuration('a kind without a job');
	expect(medianMs).toBeCloseTo(140_000);
	expect(spread).toBeCloseTo(0.5);
});

test('ten jobs show how long they take, and how much they vary', () => {
	recordMany('steady', [58, 61, 60, 62, 59, 60, 57, 63, 60, 60]);
	const steady = readTypicalDuration('steady');
	expect(steady.medianMs / 1000).toBeGreaterThan(57);
	expect(steady.medianMs / 1000).toBeLessThan(68);
	recordMany('moody', [30, 120, 60, 25, 110, 55, 40, 90, 35, 100]);
	expect(readTypicalDuration('moody').spread).toBeGreaterThan(2 * steady.spread);
});

test('one outlier widens the spread and hardly moves the median', () => {
	recordMany(
		'outlier',
		Array.from({ length: 20 }, () => 100),
	);
	const before = readTypicalDuration('outlier');
	recordDuration('outlier', 600_000);
	const after = readTypicalDuration('outlier');
	expect(after.spread).toBeGreaterThan(before.spread * 1.5);
	expect(after.medianMs).toBeLessThan(before.medianMs * 1.3);
});

test('a job that took no time counts as a short one', () => {
	recordDuration('at once', 1);
	const { medianMs, spread } = readTypicalDuration('at once');
	expect(medianMs).toBeGreaterThan(5_000);
	expect(spread).toBeLessThan(2);
});

test('a provider that has become slower is known within twenty jobs', () => {
	recordMany(
		'slower',
		Array.from({ length: 50 }, () => 60),
	);
	recordMany(
		'slower',
		Array.from({ length: 20 }, () => 240),
	);
	expect(readTypicalDuration('slower').medianMs / 1000).toBeGreaterThan(200);
});

test('kinds do not mix', () => {
	recordMany('a', [20, 20, 20]);
	expect(readTypicalDuration('b').medianMs).toBeCloseTo(140_000);
});

test('however many kinds there are, the memory stays small', () => {
	recordDuration('the first one', 20_000);
	for (let kind = 0; kind < 1_000; kind++) recordDuration(`one of many ${kind}`, 20_000);
	expect(readTypicalDuration('the first one').medianMs).toBeCloseTo(140_000);
	expect(readTypicalDuration('one of many 999').medianMs).toBeLessThan(100_000);
});

test('a job created in 1971, by its item, counts as a long one', () => {
	recordDuration('ancient', 55 * 365 * 86_400_000);
	expect(readTypicalDuration('ancient').medianMs).toBeLessThan(3_600_000);
});
