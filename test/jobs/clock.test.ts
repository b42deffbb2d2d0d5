import type { Clock } from '../../nodes/jobs/clock';
import { waitUntil } from '../../nodes/jobs/clock';

function slept(clock: Partial<Clock> = {}) {
	let now = 0;
	const naps: number[] = [];
	const sleeper: Clock = {
		now: () => now,
		sleep: async (milliseconds) => {
			naps.push(milliseconds);
			now += milliseconds;
		},
		isCanceled: () => false,
		...clock,
	};
	return { sleeper, naps, now: () => now };
}

test('a wait is cut into slices and to its end', async () => {
	const { sleeper, naps } = slept();
	await waitUntil(sleeper, 1_200);
	expect(naps).toEqual([500, 500, 200]);
});

test('it ends when the execution is cancelled, and when what is waited for is there', async () => {
	const canceled = slept();
	await waitUntil({ ...canceled.sleeper, isCanceled: () => canceled.now() >= 1_000 }, 60_000);
	expect(canceled.now()).toBe(1_000);
	const there = slept();
	await waitUntil(there.sleeper, 60_000, () => there.now() >= 1_500);
	expect(there.now()).toBe(1_500);
});
