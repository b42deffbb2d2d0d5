import { randomUUID } from 'node:crypto';
import { NodeOperationError } from 'n8n-workflow';
import type { Clock } from '../jobs/clock';
import { createUntilAccepted } from '../jobs/createUntilAccepted';
import type { Failure, Job } from '../jobs/job';
import { toJob } from '../jobs/job';
import type { createKeyedLimiter, createLimiter } from '../jobs/limiter';
import type { ItemResult } from '../execution/results';
import { catchPerItem } from '../execution/results';
import type { SaveProgress } from '../execution/savedProgress';
import { addUndocumentedHints } from '../execution/undocumentedAnswers';
import type { ProviderConnection } from '../fields/connection';
import type { CreatedJob } from '../wire/call';
import { withoutQueries } from '../wire/failures';
import type { BalanceCheck } from './checkBalance';
import type { Claims } from './claims';
import { createOrFind } from './createOrFind';
import {
	alreadySentResult,
	limitReachedResult,
	notStartedResult,
	unknownOutcomeResult,
} from './failedCreate';
import type { JobLimits } from './jobLimits';
import type { Prepared, PrepareOptions } from './prepareCall';
import { buildFinalCall, prepareCall } from './prepareCall';
import { isRehearsed, readRehearsalOutcome, rehearsedResult } from './rehearse';
import type { AddWakeUrl } from './wakeByCallback';
import type { WantedJob } from './wantedJobs';
import { ledgerFor } from './wantedJobs';

/** Shared by all jobs of one run, but for `scene` and the ledger. */
export interface CreateRun extends PrepareOptions {
	clock: Clock;
	claims: Claims;
	limits: JobLimits;
	checkBalance: BalanceCheck;
	saveProgress: SaveProgress;
	/** Runs one task at a time, in item order. */
	inOrder: ReturnType<typeof createLimiter>;
	/** Runs the tasks of equal requests one at a time. */
	equalInOrder: ReturnType<typeof createKeyedLimiter>;
	keep(jobId: string): void;
	addWakeUrl: AddWakeUrl;
}

/** Starts one job, or rehearses it. A job that this execution, or the one it retries, has started is returned. */
export async function createWantedJob(run: CreateRun, wanted: WantedJob): Promise<ItemResult> {
	const { context, providerName } = run;
	const { itemIndex, scene } = wanted;
	const numbers = scene === undefined ? {} : { scene: scene.scene, scenes: scene.scenes };
	const job = { provider: providerName, ...numbers };
	const own: CreateRun = { ...run, ledger: ledgerFor(run.ledger, wanted), scene };
	const result = await catchPerItem(context, itemIndex, job, async () => createJob(own, itemIndex));
	return { ...result, job: { ...job, ...result.job } };
}

async function createJob(run: CreateRun, itemIndex: number): Promise<ItemResult> {
	const { context, provider, providerName, connection, ledger, limits } = run;
	if (isRehearsed(context, itemIndex)) {
		const outcome = readRehearsalOutcome(context, itemIndex);
		const { input, call } = await run.inOrder(async () => await prepareCall(run, itemIndex, true));
		return rehearsedResult(itemIndex, providerName, outcome, input, call);
	}
	const isNew = !ledger.mayHave(itemIndex);
	const runProblem = isNew ? limits.findProblem() : undefined;
	if (runProblem !== undefined) return limitReachedResult(run, itemIndex, runProblem);
	const prepared = await run.inOrder(async () => await prepareCall(run, itemIndex, false));
	const { input, request, recorded } = prepared;
	if (recorded?.kind === 'job') {
		context.addExecutionHints({
			message: withoutQueries(
				`Job ${recorded.job.jobId} was already started in this execution. It is returned, not bought again`,
			),
		});
		return { itemIndex, job: recorded.job };
	}
	if (recorded !== undefined) {
		return unknownOutcomeResult(run, itemIndex, recorded.reason, input);
	}
	if (connection instanceof Error) {
		const description = connection.description ?? undefined;
		throw new NodeOperationError(context.getNode(), connection.message, { itemIndex, description });
	}

	const balanceProblem = await run.checkBalance(connection);
	if (balanceProblem !== undefined) {
		return limitReachedResult(run, itemIndex, balanceProblem.message, balanceProblem);
	}
	const built = await buildFinalCall(prepared, connection, run.images);
	if (built.kind === 'failed') return notStartedResult(run, itemIndex, built.failure, input);
	const start = async () =>
		await startJob(run, itemIndex, { ...prepared, call: built.call }, connection);
	// A list of jobs does not show which of two equal creates made which job.
	return await (provider.find === undefined ? start() : run.equalInOrder(request, start));
}

/** Sends the create of one item and records its outcome. */
async function startJob(
	run: CreateRun,
	itemIndex: number,
	{ operation, input, call: unmarked, request }: Prepared,
	connection: ProviderConnection,
): Promise<ItemResult> {
	const { provider, clock, ledger, claims, limits, keep } = run;
	// It may have waited for an upload or for an equal create.
	if (clock.isCanceled()) return notStartedResult(run, itemIndex, canceled, input);
	// After the fingerprint of the request: each execution has another URL.
	const waking = run.addWakeUrl(itemIndex, unmarked, operation, connection);
	const call = provider.find?.mark(waking.call, randomUUID()) ?? waking.call;
	const isKnown = (jobId: string) => ledger.hasJob(jobId);
	// Asked again, because other items were sent meanwhile. From here to the record nothing else runs.
	const problem = limits.takePlace();
	if (problem !== undefined) return limitReachedResult(run, itemIndex, problem);
	// Recorded before it is sent, so that a node that ends here does not send it again when retried.
	ledger.record(itemIndex, request, { kind: 'unknown', reason: neverAnswered });
	const names = ledger.listNames(itemIndex, request);
	if (!(await claims.claim(names))) {
		ledger.forget(itemIndex, request);
		limits.giveBackPlace();
		return alreadySentResult(run, itemIndex, input);
	}
	const endWithoutJob = async (failure: Failure) => {
		ledger.forget(itemIndex, request);
		limits.giveBackPlace();
		await claims.release(names);
		return notStartedResult(run, itemIndex, failure, input);
	};
	await run.saveProgress();
	if (clock.isCanceled()) return await endWithoutJob(canceled);
	const outcome = await createUntilAccepted(
		async () => await createOrFind(connection, { call, operation, input, isKnown }, clock),
		clock,
	);
	switch (outcome.kind) {
		case 'read': {
			const job = readStartedJob(run, input, outcome.value);
			ledger.record(itemIndex, request, { kind: 'job', job });
			limits.countJob();
			keep(job.jobId);
			waking.noteJob(job.jobId);
			return { itemIndex, job };
		}
		case 'unknown': {
			const reason = outcome.failure.message;
			ledger.record(itemIndex, request, { kind: 'unknown', reason });
			limits.countJob();
			return unknownOutcomeResult(run, itemIndex, reason, input);
		}
		case 'refused':
		case 'notAccepted':
			return await endWithoutJob(outcome.failure);
	}
}

/** The job that was accepted. Adds hints about what is unusual in the answer. */
function readStartedJob(
	{ context, provider, providerName }: CreateRun,
	{ model, prompt }: Prepared['input'],
	{ jobId, state, isFound }: CreatedJob & { isFound?: true },
): Job {
	if (isFound) {
		context.addExecutionHints({
			message: `The answer to a create was lost. Its job ${jobId} was found in the list of ${provider.label}`,
		});
	}
	const { statusWord } = state;
	if (statusWord !== undefined) {
		addUndocumentedHints(context, provider.label, [{ statusWords: [statusWord] }]);
	}
	const createdAt = new Date().toISOString();
	return toJob(state, { provider: providerName, jobId, model, prompt, createdAt });
}

const canceled: Failure = {
	code: 'canceled',
	message: 'the execution was canceled before the request was sent',
	retryable: true,
};

const neverAnswered = 'the node ended before an answer arrived';
