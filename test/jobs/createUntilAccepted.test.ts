import type { Clock } from '../../nodes/jobs/clock';
import type { Outcome } from '../../nodes/jobs/outcome';
import { createUntilAccepted } from '../../nodes/jobs/createUntilAccepted';

const failure = { code: 'no_answer' as const, message: 'no', retryable: false };
const job: Outcome<string> = { kind: 'read', value: 'job-1' };

/** A clock on which sleeping takes no time, and what was slept. */
function stoppedClock(canceledAfterMs = Infinity) {
	let now = 0;
	const clock: Clock = {
		now: () => now,
		sleep: async (milliseconds) => {
			now += milliseconds;
		},
		isCanceled: () => now >= canceledAfterMs,
	};
	return { clock, sleptMs: () => now };
}

async function create(outcomes: Array<Outcome<string>>, canceledAfterMs?: number) {
	const { clock, sleptMs } = stoppedClock(canceledAfterMs);
	let attempts = 0;
	const last = outcomes.at(-1) ?? job;
	const outcome = await createUntilAccepted(async () => outcomes[attempts++] ?? last, clock);
	return { outcome, attempts, sleptMs: sleptMs() };
}

test('an unknown outcome and a refusal are never sent again', async () => {
	const unknown: Outcome<string> = { kind: 'unknown', failure };
	expect(await create([unknown, job])).toMatchObject({ outcome: unknown, attempts: 1 });
	const refused: Outcome<string> = { kind: 'refused', failure, httpStatus: 400 };
	expect(await create([refused, job])).toMatchObject({ outcome: refused, attempts: 1 });
});

test('a create that was certainly not accepted is sent again, with exponential backoff', async () => {
	const notAccepted: Outcome<string> = { kind: 'notAccepted', failure };
	expect(await create([notAccepted, notAccepted, job])).toEqual({
		outcome: job,
		attempts: 3,
		sleptMs: 2_000 + 4_000,
	});
	expect(await create([notAccepted])).toMatchObject({ outcome: notAccepted, attempts: 4 });
});

test('Retry-After is obeyed, and one that is too long ends the attempts', async () => {
	const later = (retryAfterMs: number): Outcome<string> => ({
		kind: 'notAccepted',
		failure,
		retryAfterMs,
	});
	expect(await create([later(7_000), job])).toMatchObject({ attempts: 2, sleptMs: 7_000 });
	expect(await create([later(600_000), job])).toMatchObject({ attempts: 1, sleptMs: 0 });
});

test('a permanent reason and a canceled execution end the attempts', async () => {
	const permanent: Outcome<string> = { kind: 'notAccepted', failure, permanent: true };
	expect(await create([permanent, job])).toMatchObject({ outcome: permanent, attempts: 1 });
	const notAccepted: Outcome<string> = { kind: 'notAccepted', failure };
	expect(await create([notAccepted, job], 1_000)).toMatchObject({ attempts: 1 });
});
