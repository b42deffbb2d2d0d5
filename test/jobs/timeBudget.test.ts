import type { Clock } from '../../nodes/jobs/clock';
import { retryTransient } from '../../nodes/jobs/retryTransient';
import { startTimeBudget } from '../../nodes/jobs/timeBudget';

/** Time that passes only during a sleep, or when the test advances it. */
function steppedClock() {
	let now = 1_000_000;
	let isCanceled = false;
	const pass = (seconds: number) => {
		now += seconds * 1000;
	};
	const clock: Clock = {
		now: () => now,
		sleep: async (milliseconds) => pass(milliseconds / 1000),
		isCanceled: () => isCanceled,
	};
	const cancel = () => {
		isCanceled = true;
	};
	return { clock, pass, cancel, deadlineIn: (seconds: number) => now + seconds * 1000 };
}

describe('the time for a download', () => {
	test('ends two minutes after the deadline', () => {
		const { clock, pass, deadlineIn } = steppedClock();
		const budget = startTimeBudget(clock, deadlineIn(600));
		budget.begin();
		expect(budget.leftMs()).toBe(720_000);
		pass(700);
		// A retry does not extend it.
		budget.begin();
		expect(budget.leftMs()).toBe(20_000);
	});

	test('is two minutes if the node is resumed long after its deadline', () => {
		const { clock, deadlineIn } = steppedClock();
		const budget = startTimeBudget(clock, deadlineIn(-86_400));
		budget.begin();
		expect(budget.leftMs()).toBe(120_000);
	});

	test.each([
		[100, 120],
		[250, 50],
		[400, -100],
	])(
		'begun %i s late, after waiting in the queue, it is %i s: never beyond five minutes',
		(late, left) => {
			const { clock, pass, deadlineIn } = steppedClock();
			const budget = startTimeBudget(clock, deadlineIn(0));
			pass(late);
			budget.begin();
			expect(budget.leftMs()).toBe(left * 1000);
		},
	);
});

describe('a transient failure', () => {
	const run = async (secondsLeft: number, onAttempt?: (cancel: () => void) => void) => {
		const { clock, cancel, deadlineIn } = steppedClock();
		const budget = startTimeBudget(clock, deadlineIn(secondsLeft - 120));
		budget.begin();
		let attempts = 0;
		const attempt = async () => {
			onAttempt?.(cancel);
			return ++attempts;
		};
		return { result: await retryTransient(attempt, () => true, clock, budget), attempts };
	};

	test.each([
		[1000, 4],
		[119, 4],
	])('is tried four times with %i s left', async (secondsLeft, attempts) => {
		expect(await run(secondsLeft + 121)).toEqual({ result: attempts, attempts });
	});

	test('is not retried after a cancel', async () => {
		expect(await run(1000, (cancel) => cancel())).toEqual({ result: 1, attempts: 1 });
	});

	test('is not retried when the time is over before the next attempt', async () => {
		const { clock, pass, deadlineIn } = steppedClock();
		const budget = startTimeBudget(clock, deadlineIn(0));
		budget.begin();
		pass(112);
		let attempts = 0;
		const before = clock.now();
		await retryTransient(
			async () => ++attempts,
			() => true,
			clock,
			budget,
		);
		// After three seconds once more; six more would be too many.
		expect(attempts).toBe(2);
		expect(clock.now() - before).toBe(3_000);
	});
});
