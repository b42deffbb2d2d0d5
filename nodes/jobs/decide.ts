import type { HoldReason, WaitRules } from './chooseWait';
import { chooseWait } from './chooseWait';
import { isTooSoon, listPendingJobs } from './checkDueJobs';
import type { NextCheck } from './schedule';
import { minSuspendMs } from './schedule';
import type { WatchedJob } from './watchedJob';

/** What the node does after a round of checks. Times are those of its clock. */
export type Decision =
	/** The waiting is over for every job. */
	| { kind: 'done' }
	/** Store the execution in n8n's database until then. */
	| { kind: 'suspend'; until: number }
	/** Wait, then have n8n call the node again: a queue worker sees cancellations and timeouts only between calls. */
	| { kind: 'handBack'; until: number }
	/** Wait within this call, because n8n cannot call the node again or a download is running. */
	| { kind: 'wait'; until: number; mayEndWithFiles: boolean };

export interface Situation {
	rules: WaitRules;
	/** Why the node must not suspend now. */
	holdReason: HoldReason | undefined;
	now: number;
	/** A suspension would wait for the downloads: the checks and the deadline of the other jobs must not. */
	areFilesRunning: boolean;
}

export function decide(
	jobs: readonly WatchedJob[],
	{ rules, holdReason, now, areFilesRunning }: Situation,
): Decision {
	const planned = findNextCheck(jobs, now, rules.deadline);
	if (planned === undefined) return { kind: 'done' };
	const { at: until, how } = holdReason === undefined ? chooseWait(planned, rules, now) : planned;
	if (how === 'suspend' && !areFilesRunning) return { kind: 'suspend', until };
	if (rules.canCallAgain && !areFilesRunning) return { kind: 'handBack', until };
	return { kind: 'wait', until, mayEndWithFiles: how === 'suspend' };
}

/**
 * The next check of any job; undefined when no job is waited for. While one job is held for, the node
 * holds. Before the deadline there is always one more check.
 */
export function findNextCheck(
	jobs: readonly WatchedJob[],
	now: number,
	deadline: number,
): NextCheck | undefined {
	const checks = listPendingJobs(jobs).map(({ pending }) => pending.nextCheck);
	if (checks.length === 0) return undefined;
	const first = Math.min(deadline, ...checks.map(({ at }) => at));
	if (checks.some(({ how }) => how === 'hold')) return { at: first, how: 'hold' };
	// Too soon to be suspended until then: its check now decides how long.
	if (checks.some((check) => isTooSoon(check, now))) return { at: now, how: 'hold' };
	// After the first check the next suspension lasts at least `minSuspendMs`: a check due in that time would
	// be late. The jobs are returned together, so the node sleeps until the last of these.
	const together = checks.map(({ at }) => at).filter((at) => at < first + minSuspendMs);
	const wakeAt = Math.max(first, ...together, now + minSuspendMs);
	return { at: Math.min(wakeAt, deadline), how: 'suspend' };
}

/** When jobs are checked first that have just been created, if the suspension comes before it that stores them. */
export function findFirstResume(
	jobs: readonly WatchedJob[],
	rules: WaitRules,
	now: number,
): number {
	const planned = findNextCheck(jobs, now, rules.deadline)?.at ?? now;
	const at = Math.min(Math.max(planned, now + minSuspendMs), rules.deadline);
	return chooseWait({ at, how: 'suspend' }, { ...rules, waiting: 'suspend' }, now).at;
}

/** Makes every check that was to come after a suspension due by `latest`, because the node must hold. */
export function holdInstead(jobs: readonly WatchedJob[], latest: number): void {
	for (const { pending } of listPendingJobs(jobs)) {
		const { at, how } = pending.nextCheck;
		if (how === 'suspend') pending.nextCheck = { at: Math.min(at, latest), how: 'hold' };
	}
}
