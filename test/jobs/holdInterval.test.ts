import { checkDueJobs, skipFirstCheck } from '../../nodes/jobs/checkDueJobs';
import type { CheckOptions } from '../../nodes/jobs/checkDueJobs';
import type { WaitRules } from '../../nodes/jobs/chooseWait';
import { decide } from '../../nodes/jobs/decide';
import type { JobState } from '../../nodes/jobs/job';
import { readTypicalDuration } from '../../nodes/jobs/learnedDurations';
import type { Outcome } from '../../nodes/jobs/outcome';
import { watchJob } from '../../nodes/jobs/watchedJob';

/*
 * With Hold, the poll interval is an upper bound: however little is known of a job, its end is noticed within
 * one interval. A provider that is asked too often says itself when to ask again.
 */

const intervalMs = 5_000;
const answerMs = 200;
const deadline = 1_800_000;
const lengths = Array.from({ length: 91 }, (_, index) => 30_000 + 3_000 * index);
const rules: WaitRules = {
	waiting: 'hold',
	canCallAgain: true,
	isLegacyOrder: false,
	isSubWorkflow: false,
	deadline,
	workflowTimeoutMs: undefined,
	isStored: true,
};

type Progress = (share: number) => number | undefined;

/** Waits for a first job of this length. Gives how long after its end the waiting was over. */
async function noticedAfterMs(
	lengthMs: number,
	{
		progress,
		limitedAtMs = Infinity,
		random,
	}: { progress: Progress; limitedAtMs?: number; random: number },
): Promise<number> {
	let now = 0;
	let isLimited = false;
	const answer = (): Outcome<JobState> => {
		now += answerMs;
		if (now >= lengthMs) return { kind: 'read', value: { status: 'succeeded', videos: [] } };
		if (now >= limitedAtMs && !isLimited) {
			isLimited = true;
			const failure = {
				code: 'rate_limited',
				message: 'Too many requests',
				retryable: true,
			} as const;
			return { kind: 'notAccepted', failure, permanent: false, retryAfterMs: 8_000 };
		}
		const percent = progress(now / lengthMs);
		return { kind: 'read', value: { status: 'running', progress: percent } };
	};
	const options: CheckOptions = {
		clock: {
			now: () => now,
			sleep: async () => undefined,
			isCanceled: () => false,
			fromDate: (date) => date,
		},
		pace: { waiting: 'hold', intervalMs, deadline },
		readTypical: () => readTypicalDuration('a first job'),
		tolerance: 5,
		check: async () => answer(),
		random: () => random,
	};
	const job = watchJob('a job', 0);
	skipFirstCheck(job, 0, options);
	for (;;) {
		const decision = decide([job], { rules, holdReason: undefined, now, areFilesRunning: false });
		if (decision.kind === 'done') return now - lengthMs;
		now = decision.until;
		await checkDueJobs([job], options);
	}
}

const reports: Record<string, Progress> = {
	'no progress': () => undefined,
	'even progress': (share) => Math.round(100 * share),
	'a progress that stands still': () => 10,
	'a progress that is slow at first': (share) => Math.round(100 * share ** 3),
	'a progress that is nearly at its end at once': (share) => Math.min(99, Math.round(300 * share)),
};

test.each(Object.keys(reports))(
	'%s: the end of a first job is noticed within the poll interval',
	async (name) => {
		const progress = reports[name] ?? (() => undefined);
		for (const random of [0, 0.5, 1]) {
			for (const lengthMs of lengths) {
				const lateMs = await noticedAfterMs(lengthMs, { progress, random });
				if (lateMs > intervalMs + answerMs) throw new Error(`${lengthMs} ms: ${lateMs} ms late`);
			}
		}
	},
);

test('a limit on requests delays one check by what it asks for, and no later one', async () => {
	const progress = () => undefined;
	for (const lengthMs of lengths) {
		const early = await noticedAfterMs(lengthMs, { progress, limitedAtMs: 5_000, random: 1 });
		expect(early).toBeLessThanOrEqual(intervalMs + answerMs);
		const limitedAtMs = lengthMs - 5_000;
		const atTheEnd = await noticedAfterMs(lengthMs, { progress, limitedAtMs, random: 1 });
		expect(atTheEnd).toBeLessThanOrEqual(1.05 * 8_000 + answerMs);
	}
});
