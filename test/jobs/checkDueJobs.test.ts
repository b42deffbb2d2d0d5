import * as fc from 'fast-check';
import type { CheckOptions } from '../../nodes/jobs/checkDueJobs';
import { checkDueJobs } from '../../nodes/jobs/checkDueJobs';
import type { DatedClock } from '../../nodes/jobs/clock';
import { findNextCheck } from '../../nodes/jobs/decide';
import type { JobState } from '../../nodes/jobs/job';
import type { Outcome } from '../../nodes/jobs/outcome';
import type { Waiting } from '../../nodes/jobs/schedule';
import { minSuspendMs } from '../../nodes/jobs/schedule';
import type { WatchedJob } from '../../nodes/jobs/watchedJob';
import { watchJob } from '../../nodes/jobs/watchedJob';

const minute = 60_000;

/** A clock that the test sets. It was at 0 at the beginning of 1970. */
const clockAt = (now: () => number): DatedClock => ({
	now,
	fromDate: (date) => date,
	sleep: async () => await Promise.resolve(),
	isCanceled: () => false,
});

/** When the next check is due, by the clock of the options. */
const nextCheck = (jobs: readonly WatchedJob[], { clock, pace }: CheckOptions) =>
	findNextCheck(jobs, clock.now(), pace.deadline);

interface ProviderBehavior {
	waiting: Waiting;
	durationsMs: number[];
	reportsProgress: boolean;
	/** One check in so many fails; 0 for none. */
	failsEvery: number;
	checkTakesMs: number;
	timeoutMs: number;
	intervalMs: number;
	/** 0 to 1. Drawn here, so that fast-check can repeat a run. */
	jitter: number;
}

const anyProvider: fc.Arbitrary<ProviderBehavior> = fc.record({
	waiting: fc.constantFrom<Waiting>('automatic', 'hold', 'suspend'),
	durationsMs: fc.array(fc.integer({ min: 0, max: 12 * minute }), { minLength: 1, maxLength: 8 }),
	reportsProgress: fc.boolean(),
	failsEvery: fc.constantFrom(0, 0, 3, 7),
	checkTakesMs: fc.integer({ min: 0, max: 8_000 }),
	timeoutMs: fc.integer({ min: 1 * minute, max: 30 * minute }),
	intervalMs: fc.integer({ min: 5_000, max: 90_000 }),
	jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Every check of the third job fails, as long as all three are checked together. */
const failsForOneJob: ProviderBehavior = {
	waiting: 'suspend',
	durationsMs: [1, 1, 0],
	reportsProgress: false,
	failsEvery: 3,
	checkTakesMs: 0,
	timeoutMs: 1 * minute,
	intervalMs: 5_000,
	jitter: 0,
};

/** Waits for jobs as the node does, on a clock that costs no time. n8n may wake a short suspension late. */
async function waitFor(provider: ProviderBehavior) {
	let now = 0;
	let checks = 0;
	/** When a job was checked last, if that check was answered. */
	const answeredAt = new Map<string, number>();
	const clock = clockAt(() => now);
	const stateAt = (durationMs: number): JobState => {
		if (now >= durationMs) {
			return {
				status: 'succeeded',
				videos: [{ kind: 'final', links: ['https://example.com/a.mp4'] }],
			};
		}
		const progress = provider.reportsProgress ? Math.floor((now / durationMs) * 100) : undefined;
		return { status: 'running', progress };
	};
	const options: CheckOptions = {
		clock,
		pace: {
			waiting: provider.waiting,
			intervalMs: provider.intervalMs,
			deadline: provider.timeoutMs,
		},
		readTypical: () => ({ medianMs: 3 * minute, spread: 0.35 }),
		tolerance: 5,
		check: async (jobId): Promise<Outcome<JobState>> => {
			checks++;
			if (provider.failsEvery > 0 && checks % provider.failsEvery === 0) {
				answeredAt.delete(jobId);
				return {
					kind: 'unknown',
					failure: { code: 'no_answer', message: '502', retryable: false },
				};
			}
			answeredAt.set(jobId, now);
			return { kind: 'read', value: stateAt(provider.durationsMs[Number(jobId)] ?? 0) };
		},
		random: () => provider.jitter,
	};
	const jobs = provider.durationsMs.map((_duration, index) => watchJob(String(index)));
	let rounds = 0;
	let heldMs = 0;
	for (;;) {
		await checkDueJobs(jobs, options);
		now += provider.checkTakesMs;
		if (++rounds > 2_000) throw new Error('It never ends');
		const next = nextCheck(jobs, options);
		if (next === undefined) break;
		const isShort = next.how === 'suspend' && next.at - now < minSuspendMs;
		if (next.how === 'hold') heldMs += Math.max(0, next.at - now);
		now = Math.max(now, next.at) + (isShort ? minute : 0);
	}
	return { jobs, answeredAt, rounds, heldMs, endedAt: now };
}

test('whatever the provider does, every job ends once, in time, and is not asked without end', async () => {
	await fc.assert(
		fc.asyncProperty(anyProvider, async (provider) => {
			const { jobs, answeredAt, rounds, heldMs, endedAt } = await waitFor(provider);
			jobs.forEach(({ jobId, ending, state, checks }, index) => {
				const duration = provider.durationsMs[index] ?? 0;
				const lastAnswerAt = answeredAt.get(jobId);
				expect(ending).toBeDefined();
				if (ending?.kind === 'ended') expect(state?.status).toBe('succeeded');
				else if (lastAnswerAt === undefined) expect(provider.failsEvery).toBeGreaterThan(0);
				else {
					// Given up at the deadline, after an answer that was recent and said that it runs.
					expect(duration).toBeGreaterThan(lastAnswerAt);
					expect(lastAnswerAt).toBeGreaterThanOrEqual(provider.timeoutMs - 3_000);
				}
				expect(checks).toBeLessThan(10 + (2 * provider.timeoutMs) / 5_000);
			});
			const longest = Math.min(provider.timeoutMs, 12 * minute + 10 * minute);
			expect(endedAt).toBeLessThanOrEqual(longest + minSuspendMs + minute + 3 * 8_000);
			expect(rounds).toBeLessThan(30 + (2 * provider.timeoutMs) / 5_000);
			if (provider.waiting === 'suspend') expect(heldMs).toBeLessThanOrEqual(1_000);
		}),
		{ numRuns: 400, examples: [[failsForOneJob]] },
	);
});

test('a deadline that is near does not make it ask again and again', async () => {
	const provider: ProviderBehavior = {
		waiting: 'suspend',
		durationsMs: [60 * minute],
		reportsProgress: false,
		failsEvery: 0,
		checkTakesMs: 0,
		timeoutMs: 100_000,
		intervalMs: 15_000,
		jitter: 0,
	};
	for (let timeoutMs = 61_000; timeoutMs < 400_000; timeoutMs += 7_000) {
		const { jobs } = await waitFor({ ...provider, timeoutMs });
		expect(jobs[0]?.ending?.kind).toBe('deadline');
		expect(jobs[0]?.checks).toBeLessThanOrEqual(8);
	}
});

describe('a provider that limits its requests', () => {
	const limited: Outcome<JobState> = {
		kind: 'notAccepted',
		failure: { code: 'rate_limited', message: '429', retryable: true },
		retryAfterMs: 40_000,
	};

	function pollOptions(check: CheckOptions['check'], deadline = 30 * minute) {
		let now = 0;
		const clock = clockAt(() => now);
		const options: CheckOptions = {
			clock,
			pace: { waiting: 'hold', intervalMs: 15_000, deadline },
			readTypical: () => ({ medianMs: minute, spread: 0.35 }),
			tolerance: 2,
			check,
		};
		const goTo = (at: number) => (now = at);
		return { options, goTo };
	}

	test('does not lose a job, however often it refuses', async () => {
		let checks = 0;
		const done: JobState = { status: 'succeeded', videos: [], isLinkLate: false };
		const { options, goTo } = pollOptions(
			async () => await Promise.resolve(++checks > 20 ? { kind: 'read', value: done } : limited),
		);
		const jobs = [watchJob('a')];
		for (let rounds = 0; jobs[0]?.pending && rounds < 50; rounds++) {
			await checkDueJobs(jobs, options);
			goTo(nextCheck(jobs, options)?.at ?? 0);
		}
		expect(jobs[0]).toMatchObject({ checks: 21, ending: { kind: 'ended' } });
	});

	test('is not asked for the other jobs of the round either', async () => {
		let checks = 0;
		const { options, goTo } = pollOptions(async () => {
			checks++;
			return await Promise.resolve(limited);
		});
		const jobs = Array.from({ length: 400 }, (_, index) => watchJob(String(index)));
		await checkDueJobs(jobs, options);
		expect(checks).toBeLessThanOrEqual(16);
		expect(nextCheck(jobs, options)?.at).toBeGreaterThanOrEqual(40_000);
		goTo(38_000);
		await checkDueJobs(jobs, options);
		expect(checks).toBeLessThanOrEqual(16);
	});

	test('has accepted a check again when it does not find a job', async () => {
		const notFound: Outcome<JobState> = {
			kind: 'refused',
			failure: { code: 'job_not_found', message: '404', retryable: false },
			httpStatus: 404,
		};
		let isLimited = true;
		const checked: string[] = [];
		const { options, goTo } = pollOptions(async (jobId) => {
			checked.push(jobId);
			return await Promise.resolve(isLimited ? limited : notFound);
		});
		const jobs = Array.from({ length: 40 }, (_, index) => watchJob(String(index)));
		await checkDueJobs(jobs, options);
		isLimited = false;
		checked.length = 0;
		const at = 45_000;
		goTo(at);
		await checkDueJobs(jobs, options);
		expect(checked).toHaveLength(40);
		// It may be there within seconds: the Retry-After before has passed.
		for (const { pending } of jobs) expect(pending?.nextCheck.at).toBeLessThan(at + 6_000);
	});

	test('still ends the waiting at the deadline, which says why nothing was seen', async () => {
		const { options, goTo } = pollOptions(async () => await Promise.resolve(limited), 100_000);
		const jobs = [watchJob('a')];
		for (let rounds = 0; jobs[0]?.pending && rounds < 50; rounds++) {
			await checkDueJobs(jobs, options);
			goTo(nextCheck(jobs, options)?.at ?? 0);
		}
		const [{ ending } = {}] = jobs;
		expect(ending).toMatchObject({ kind: 'deadline' });
		expect(ending?.kind === 'deadline' && ending.limitedChecks).toBeGreaterThan(1);
	});
});

describe('jobs that are canceled at the deadline', () => {
	const running: Outcome<JobState> = { kind: 'read', value: { status: 'running' } };
	const failure = { code: 'no_answer', message: '502', retryable: false } as const;
	const unknown = { kind: 'unknown', failure } as const;
	const refused = { kind: 'refused', failure, httpStatus: 409 } as const;
	const accepted = { kind: 'read', value: undefined } as const;
	const read = (value: JobState): Outcome<JobState> => ({ kind: 'read', value });
	const canceled = read({
		status: 'canceled',
		failure: { code: 'canceled', message: 'Canceled', retryable: true },
	});
	const late = read({ status: 'succeeded', videos: [], isLinkLate: true });
	const failed = read({ status: 'failed', failure });

	/** Cancels so many running jobs on a clock that a call of each kind moves on. */
	async function reachDeadline(
		outcome: Outcome<unknown>,
		after: Outcome<JobState>,
		{ count = 1, before = running, cancelTakesMs = 0, stopAfter = Infinity } = {},
	) {
		let now = 0;
		const cancels: string[] = [];
		const options: CheckOptions = {
			clock: { ...clockAt(() => now), isCanceled: () => cancels.length >= stopAfter },
			pace: { waiting: 'hold', intervalMs: 15_000, deadline: minute },
			readTypical: () => ({ medianMs: minute, spread: 0.35 }),
			tolerance: 5,
			check: async (jobId) => await Promise.resolve(cancels.includes(jobId) ? after : before),
			cancel: async (jobId) => {
				cancels.push(jobId);
				now += cancelTakesMs;
				return await Promise.resolve(outcome);
			},
		};
		const jobs = Array.from({ length: count }, (_, index) => watchJob(String(index)));
		await checkDueJobs(jobs, options);
		expect(cancels).toEqual([]);
		now = minute;
		await checkDueJobs(jobs, options);
		return { jobs, cancels };
	}

	const deadline = { kind: 'deadline', at: minute };
	const isFailed = { ...deadline, cancellation: { kind: 'failed', failure } };

	test.each<[string, Outcome<unknown>, Outcome<JobState>, object]>([
		['canceled', accepted, canceled, { ...deadline, cancellation: { kind: 'canceled' } }],
		['canceled, its answer lost', unknown, canceled, { cancellation: { kind: 'canceled' } }],
		['still running', accepted, running, { ...deadline, cancellation: { kind: 'requested' } }],
		['not checked', accepted, unknown, { ...deadline, cancellation: { kind: 'requested' } }],
		['not canceled, by a refusal', refused, running, isFailed],
		['not canceled, by a fault', unknown, unknown, isFailed],
		['failed meanwhile', refused, failed, { kind: 'ended' }],
		['done meanwhile, its link not there yet', refused, late, { kind: 'ended' }],
		['canceled by somebody before', refused, canceled, { kind: 'ended' }],
	])('%s', async (_what, outcome, after, ending) => {
		const { jobs, cancels } = await reachDeadline(outcome, after);
		expect(cancels).toEqual(['0']);
		expect(jobs[0]?.ending).toMatchObject(ending);
		expect(jobs[0]?.checks).toBe(3);
	});

	test('are not those that have succeeded', async () => {
		const { jobs, cancels } = await reachDeadline(accepted, late, { before: late });
		expect(cancels).toEqual([]);
		expect(jobs[0]?.ending).not.toHaveProperty('cancellation');
	});

	test('are those that can be canceled in a minute', async () => {
		const { jobs, cancels } = await reachDeadline(accepted, canceled, {
			count: 100,
			cancelTakesMs: 1_000,
		});
		expect(cancels).toHaveLength(60);
		const endings = jobs.map(({ ending }) => ending);
		expect(endings.filter((ending) => ending?.kind === 'deadline')).toHaveLength(100);
		expect(endings).toContainEqual({
			...deadline,
			limitedChecks: 0,
			cancellation: { kind: 'failed', failure: expect.objectContaining({ code: 'no_answer' }) },
		});
	});

	test('are none after the execution is canceled', async () => {
		const { jobs, cancels } = await reachDeadline(accepted, canceled, {
			count: 100,
			stopAfter: 20,
		});
		expect(cancels.length).toBeLessThan(20 + 16);
		expect(jobs.filter(({ ending }) => ending === undefined).length).toBeGreaterThanOrEqual(64);
	});
});

test.each<Waiting>(['automatic', 'suspend'])(
	'%s suspends between rounds, however long a round takes',
	async (waiting) => {
		let now = 0;
		const options: CheckOptions = {
			clock: clockAt(() => now),
			pace: { waiting, intervalMs: 15_000, deadline: 30 * minute },
			// All are delayed, so that each is to be checked after the shortest suspension.
			readTypical: () => ({ medianMs: 5_000, spread: 0.15 }),
			tolerance: 5,
			check: async () => {
				now += 30;
				return await Promise.resolve({ kind: 'read', value: { status: 'running' } });
			},
		};
		const jobs = Array.from({ length: 5_000 }, (_, index) => watchJob(String(index), -minute));
		for (let rounds = 1; rounds <= 3; rounds++) {
			await checkDueJobs(jobs, options);
			expect(new Set(jobs.map(({ checks }) => checks))).toEqual(new Set([rounds]));
			const next = nextCheck(jobs, options);
			expect(next?.how).toBe('suspend');
			expect(Number(next?.at) - now).toBeGreaterThanOrEqual(minSuspendMs);
			now = next?.at ?? now;
		}
	},
);

test('a job whose provider dates its begin in the future is not held for as if it had just begun', async () => {
	let now = 0;
	const options: CheckOptions = {
		clock: clockAt(() => now),
		pace: { waiting: 'automatic', intervalMs: 15_000, deadline: 30 * minute },
		readTypical: () => ({ medianMs: 5_000, spread: 0.35 }),
		tolerance: 5,
		// A local time that is taken for UTC.
		check: async () =>
			await Promise.resolve({
				kind: 'read',
				value: { status: 'running', createdAt: 8 * 60 * minute },
			}),
	};
	const jobs = [watchJob('a')];
	let heldMs = 0;
	while (jobs[0]?.pending) {
		await checkDueJobs(jobs, options);
		const next = nextCheck(jobs, options);
		if (next?.how === 'hold' && now < 25 * minute) heldMs += next.at - now;
		now = next?.at ?? now;
	}
	expect(heldMs).toBeLessThanOrEqual(minute);
});

test('checks that fall due within one suspension are made together at its end', () => {
	const jobsDueAt = (...times: number[]) =>
		times.map((at, index) => {
			const job = watchJob(String(index));
			if (job.pending) job.pending.nextCheck = { at, how: 'suspend' };
			return job;
		});
	const wake = (deadline: number, ...times: number[]) =>
		findNextCheck(jobsDueAt(...times), 0, deadline);
	expect(wake(30 * minute, 100_000, 70_000, 140_000)).toEqual({ at: 100_000, how: 'suspend' });
	expect(wake(30 * minute, 70_000)).toEqual({ at: 70_000, how: 'suspend' });
	expect(wake(90_000, 70_000, 100_000)).toEqual({ at: 90_000, how: 'suspend' });
});

test('how long a job took is reported if it succeeded', async () => {
	const durations: number[] = [];
	let now = 0;
	const options: CheckOptions = {
		clock: clockAt(() => now),
		pace: { waiting: 'hold', intervalMs: 15_000, deadline: 30 * minute },
		readTypical: () => ({ medianMs: minute, spread: 0.35 }),
		onDuration: (_job, durationMs) => durations.push(durationMs),
		tolerance: 5,
		check: async (jobId) => {
			const failure = { code: 'generation_failed', message: 'no', retryable: true } as const;
			const ended: JobState =
				jobId === 'good'
					? { status: 'succeeded', videos: [], isLinkLate: false }
					: { status: 'failed', failure };
			return await Promise.resolve({
				kind: 'read',
				value: now < 70_000 ? { status: 'running' } : ended,
			});
		},
	};
	const jobs = [watchJob('good'), watchJob('bad')];
	while (jobs.some(({ pending }) => pending)) {
		await checkDueJobs(jobs, options);
		now = nextCheck(jobs, options)?.at ?? now;
	}
	expect(durations).toHaveLength(1);
	expect(durations[0]).toBeGreaterThan(55_000);
	expect(durations[0]).toBeLessThan(90_000);
});

describe('answers that are no states', () => {
	const read = (state: JobState): Outcome<JobState> => ({ kind: 'read', value: state });
	const running = read({ status: 'running' });
	const done = read({ status: 'succeeded', videos: [], isLinkLate: false });
	const refusal = (httpStatus: number): Outcome<JobState> => ({
		kind: 'refused',
		failure: { code: 'key_refused', message: `HTTP ${httpStatus}`, retryable: false },
		httpStatus,
	});
	const webPage: Outcome<JobState> = {
		kind: 'unknown',
		failure: { code: 'no_answer', message: 'a web page', retryable: false },
		isWebPage: true,
	};
	const broken: Outcome<JobState> = {
		kind: 'unknown',
		failure: { code: 'no_answer', message: '502', retryable: false },
	};

	/** Checks one job until its waiting ends. The last outcome is given again and again. */
	async function waitWith(outcomes: Array<Outcome<JobState>>, tolerance = 5, createdAt?: number) {
		let now = 0;
		const checkedAt: number[] = [];
		const options: CheckOptions = {
			clock: clockAt(() => now),
			pace: { waiting: 'hold', intervalMs: 15_000, deadline: 30 * minute },
			readTypical: () => ({ medianMs: 1_000, spread: 0.35 }),
			tolerance,
			check: async () => {
				const outcome = outcomes[Math.min(checkedAt.length, outcomes.length - 1)];
				checkedAt.push(now);
				return await Promise.resolve(outcome ?? running);
			},
			random: () => 0,
		};
		const job = watchJob('a', createdAt);
		for (let rounds = 0; job.pending && rounds < 500; rounds++) {
			await checkDueJobs([job], options);
			now = nextCheck([job], options)?.at ?? now;
		}
		return { ending: job.ending, state: job.state, checkedAt };
	}

	test.each([400, 401, 402, 403, 410, 422])(
		'one odd %i after a state is not the end',
		async (status) => {
			const { ending, checkedAt } = await waitWith([
				running,
				refusal(status),
				running,
				refusal(status),
				done,
			]);
			expect(ending?.kind).toBe('ended');
			// At the normal pace, without a back-off.
			const [first = 0, ...others] = checkedAt
				.slice(1)
				.map((at, index) => at - (checkedAt[index] ?? 0));
			expect(first).toBeGreaterThan(0);
			for (const wait of others) expect(wait).toBeLessThanOrEqual(15_000);
		},
	);

	test.each([
		['three in a row', 5, 3],
		['as many as are tolerated', 2, 2],
		['the first, where none is tolerated', 1, 1],
	])('a repeated one is the end: %s', async (_name, tolerance, count) => {
		const { ending, checkedAt, state } = await waitWith([running, refusal(401)], tolerance);
		expect(ending).toMatchObject({ kind: 'refused', failure: { code: 'key_refused' } });
		expect(checkedAt).toHaveLength(1 + count);
		expect(state).toEqual({ status: 'running' });
	});

	test('before any state one is enough: the key or the job ID is wrong', async () => {
		const { ending, checkedAt } = await waitWith([refusal(401), done]);
		expect(ending?.kind).toBe('refused');
		expect(checkedAt).toHaveLength(1);
	});

	test('two web pages before any state: no API is at the address', async () => {
		const { ending, checkedAt } = await waitWith([webPage]);
		expect(ending).toMatchObject({ kind: 'refused', failure: { code: 'wrong_address' } });
		expect(checkedAt).toEqual([0, 15_000]);
		const { ending: later } = await waitWith([webPage, broken, webPage, done]);
		expect(later).toMatchObject({ failure: { code: 'wrong_address' } });
	});

	test('web pages of an API that has answered, or has created the job, are failed checks', async () => {
		expect((await waitWith([running, webPage])).ending).toMatchObject({
			kind: 'unanswered',
			failedChecks: 5,
		});
		expect((await waitWith([webPage, webPage, done], 5, -1)).ending?.kind).toBe('ended');
		expect((await waitWith([webPage, running, webPage, done])).ending?.kind).toBe('ended');
	});
});
