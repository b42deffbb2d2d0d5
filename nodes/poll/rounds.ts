import type { EngineRequest } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { saveJobIds } from '../execution/savedJobIds';
import { requestNextCall, requestSuspension } from '../execution/suspension';
import { checkDueJobs, skipFirstCheck } from '../jobs/checkDueJobs';
import type { HoldReason } from '../jobs/chooseWait';
import { holdReason } from '../jobs/chooseWait';
import { waitUntil } from '../jobs/clock';
import type { Decision } from '../jobs/decide';
import { decide, findFirstResume, holdInstead } from '../jobs/decide';
import type { JobStatus } from '../jobs/job';
import { isRehearsalId } from '../rehearsal/rehearsal';
import { collectCheckpoint } from './keepWait';
import type { Wait } from './wait';
import { listJobIds } from './wait';
import { createWaitingNote } from './waitingNote';

/**
 * Checks the jobs round by round. Where n8n may not have stored them, a suspension comes first. Undefined when
 * the waiting is over for all of them; an engine request when the node is to be called again with the
 * checkpoint in it.
 */
export async function runRounds(wait: Wait): Promise<EngineRequest | undefined> {
	const { context, clock, checkpoint, jobs, rules, options, files, callbacks } = wait;
	const mustHold = holdIfNeeded(wait) !== undefined;
	if (checkpoint === undefined) {
		skipRepeatedChecks(wait);
		if (!mustHold && mustBeStored(wait)) return await storeJobs(wait);
	}
	callbacks.beforeChecks();
	for (let isFirstRound = checkpoint === undefined; ; isFirstRound = false) {
		const roundBeganAt = clock.now();
		await checkDueJobs(jobs, options);
		if (rules.waiting !== 'hold') callbacks.afterChecks(roundBeganAt);
		const reason = holdIfNeeded(wait);
		const now = clock.now();
		const areFilesRunning = files.areRunning();
		const decision = decide(jobs, { rules, holdReason: reason, now, areFilesRunning });
		if (decision.kind === 'done') return undefined;
		if (isFirstRound) saveJobIds(context, listJobIds(jobs));
		wait.held ??= reason;
		const request = await carryOut(wait, decision, now);
		if (request !== undefined) return request;
	}
}

/** Does what was decided at `now`. Undefined where the next round follows. */
async function carryOut(
	wait: Wait,
	decision: Exclude<Decision, { kind: 'done' }>,
	now: number,
): Promise<EngineRequest | undefined> {
	const { clock, files } = wait;
	switch (decision.kind) {
		case 'suspend':
			return await suspend(wait, decision.until, now);
		case 'handBack':
			await waitUntil(clock, decision.until);
			return clock.isCanceled() ? await stop(wait) : await handBack(wait);
		case 'wait': {
			const isOver = () => decision.mayEndWithFiles && !files.areRunning();
			await waitUntil(clock, decision.until, isOver);
			return clock.isCanceled() ? await stop(wait) : undefined;
		}
	}
}

async function suspend(wait: Wait, until: number, now: number): Promise<EngineRequest> {
	const { context, invocation, name, items, jobs, callbacks } = wait;
	const suspendedForMs = until - now;
	const note = createWaitingNote(name, items, jobs, callbacks.arePending());
	// n8n resumes by the machine's clock, which may have been set since this call began.
	const wakeTime = Date.now() + suspendedForMs;
	const state = await collectCheckpoint(wait, suspendedForMs);
	return requestSuspension(context, invocation, wakeTime, state, note);
}

const handBack = async (wait: Wait): Promise<EngineRequest> =>
	requestNextCall(wait.invocation, await collectCheckpoint(wait));

/** The engine ends a canceled execution as soon as it has control; an error of the node would hide that. */
export async function stop(wait: Wait): Promise<EngineRequest> {
	if (wait.invocation.canCallAgain) return await handBack(wait);
	const { context, provider, jobs } = wait;
	throw new NodeOperationError(context.getNode(), 'The execution was canceled while it waited', {
		description: `The jobs continue at ${provider.label}. Poll them again to get their videos: ${listJobIds(jobs).join(', ')}`,
	});
}

/** Why the node must hold now, if it must. Then no check waits for a suspension. */
function holdIfNeeded({
	rules,
	clock,
	files,
	options,
	jobs,
	settings,
}: Wait): HoldReason | undefined {
	const reason = holdReason(rules, clock.now(), files.areInMemory());
	if (reason === undefined) return undefined;
	options.pace.waiting = 'hold';
	holdInstead(jobs, clock.now() + settings.intervalMs);
	return reason;
}

const isRunning = (status: JobStatus | undefined) => status === 'queued' || status === 'running';

/** Whether n8n may not have stored a job yet that is running and paid for. A rehearsal may be lost. */
const mustBeStored = ({ source, items }: Wait): boolean =>
	source.isUnstored === true &&
	items.some(
		(item) => item.kind === 'job' && isRunning(item.carried.status) && !isRehearsalId(item.jobId),
	);

/** Suspends before the first check, so that n8n stores the jobs. */
async function storeJobs(wait: Wait): Promise<EngineRequest> {
	const { context, clock, jobs, rules } = wait;
	if (clock.isCanceled()) return await stop(wait);
	saveJobIds(context, listJobIds(jobs));
	const now = clock.now();
	return await suspend(wait, findFirstResume(jobs, rules, now), now);
}

// n8n starts the next node within milliseconds, and a create answers within seconds.
const justCreatedMs = 10_000;

/**
 * Leaves out the first check of each job whose item says what a check would: it has just been created. A call
 * that came before the suspension was refused: n8n refuses them while an execution is running.
 */
function skipRepeatedChecks({ items, jobById, clock, source, options }: Wait): void {
	for (const item of items) {
		if (item.kind === 'failed') continue;
		const { jobId, carried } = item;
		const at = clock.fromDate(Date.parse(carried.createdAt ?? ''));
		const mayBeCalled = options.isCallExpected?.(jobId) === true;
		const isNew =
			Math.abs(clock.now() - at) < justCreatedMs || (source.isUnstored === true && !mayBeCalled);
		const job = jobById.get(jobId);
		if (job === undefined || !isNew || !isRunning(carried.status)) continue;
		skipFirstCheck(job, Math.min(at, clock.now()), options);
	}
}
