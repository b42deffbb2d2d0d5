import { randomUUID } from 'node:crypto';
import type { IExecuteFunctions, INodeParameters } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Clock } from '../jobs/clock';
import type { Failure } from '../jobs/job';
import { toJob } from '../jobs/job';
import type { Ledger } from '../jobs/ledger';
import { createLedger } from '../jobs/ledger';
import { createKeyedLimiter, createLimiter } from '../jobs/limiter';
import { saveJobIdsOnCancel } from '../execution/savedJobIds';
import { createUntilAccepted } from '../jobs/createUntilAccepted';
import { isTool } from '../execution/suspension';
import { addUndocumentedHints } from '../execution/undocumentedAnswers';
import { withoutQueries } from '../wire/failures';
import type { OperationName, Provider } from '../providers/provider';
import { createExecutionClock } from '../execution/executionClock';
import type { SaveProgress, StartedJobs } from '../execution/savedProgress';
import type { ProviderConnection } from '../fields/connection';
import { chosenProvider, connectionOrError } from '../fields/connection';
import type { FailedItem, ItemResult, NodeError } from '../execution/results';
import { catchPerItem, failItem, catchForAllItems } from '../execution/results';
import type { BalanceCheck } from './checkBalance';
import { openBalanceCheck } from './checkBalance';
import type { Claims } from './claims';
import { openClaims } from './claims';
import { createOrFind } from './createOrFind';
import {
	alreadySentResult,
	limitReachedResult,
	notStartedResult,
	unknownOutcomeResult,
} from './failedCreate';
import type { JobLimits } from './jobLimits';
import { openJobLimits } from './jobLimits';
import type { Prepared, PrepareOptions } from './prepareCall';
import { buildFinalCall, prepareCall } from './prepareCall';
import type { AddWakeUrl } from './wakeByCallback';
import { createAddWakeUrl } from './wakeByCallback';
import { isRehearsed, readRehearsalOutcome, rehearsedResult } from './rehearse';
import { shareImages } from './sharedImages';
import type { WantedJob } from './wantedJobs';
import { countNewJobs, ledgerFor, listWantedJobs } from './wantedJobs';

// With On Error = Continue, where no failure ends the other items. test/faults/load.test.ts measures it.
const maxParallelCreates = 4;

const retryOnFailHint =
	'Retry On Fail is on. Each try returns the jobs that were already started instead of buying them again; a request whose outcome is unknown is never sent again';

const retryHint =
	'This execution is a retry. It returns the jobs that the failed execution started instead of buying them again. If that execution was retried before, retry its newest retry instead: n8n does not pass on the jobs of other retries';

/**
 * Starts one job per input item, or per scene of it. With On Error = Stop Workflow they run one after the
 * other: the first failure ends the execution, which would have paid for every job started in parallel.
 * `fields` are those of the node on which the requests depend: with other ones, a retry buys again. With an
 * `obstacle` nothing is sent: jobs that were already started are handed back, and every other item fails with it.
 */
export async function createJobs(
	context: IExecuteFunctions,
	operationName: OperationName,
	fields: INodeParameters,
	saveProgress: SaveProgress,
	obstacle?: NodeError,
): Promise<StartedJobs> {
	const chosen = await catchForAllItems(context, () => chosenProvider(context));
	if (chosen instanceof Error) return failAll(context, chosen);
	const { name, provider } = chosen;
	const clock = createExecutionClock(context);
	const ledger = openLedger(context, fields);
	if (obstacle !== undefined && ledger.countRecorded() === 0) return failAll(context, obstacle);
	const connection = obstacle ?? (await connectionOrError(context, provider));
	const checkBalance = await catchForAllItems(context, () =>
		openBalanceCheck(context, provider, clock),
	);
	if (checkBalance instanceof Error) return failAll(context, checkBalance);
	const wanted = await listWantedJobs(context, name);
	const limits = await catchForAllItems(context, () =>
		openJobLimits(context, {
			ledger,
			newJobs: countNewJobs(context, ledger, wanted),
			credentialId: credentialIdOf(context, provider),
		}),
	);
	if (limits instanceof Error) return failAll(context, limits);
	if (context.getNode().retryOnFail) context.addExecutionHints({ message: retryOnFailHint });
	if (context.getMode() === 'retry') context.addExecutionHints({ message: retryHint });
	const saver = saveJobIdsOnCancel(context);
	const run: CreateRun = {
		context,
		provider,
		providerName: name,
		// A create in flight is not closed when the execution is canceled: the job may already be paid for,
		// and only the answer has its ID.
		connection: connection instanceof Error ? connection : { ...connection, signal: undefined },
		operationName,
		clock,
		ledger,
		claims: openClaims(context),
		limits,
		checkBalance,
		saveProgress,
		images: shareImages(),
		inOrder: createLimiter(1),
		equalInOrder: createKeyedLimiter(1),
		keep: saver.add,
		addWakeUrl: createAddWakeUrl(context),
	};
	const continues = context.continueOnFail();
	const limit = createLimiter(continues ? maxParallelCreates : 1);
	let hasStopped = false;
	const createWanted = async (each: WantedJob | FailedItem): Promise<ItemResult[]> => {
		if (hasStopped || clock.isCanceled()) return [];
		const result = each.kind === 'failed' ? each : await createForWanted(run, each);
		hasStopped = result.error !== undefined && !continues;
		return [result];
	};
	try {
		const results = await Promise.all(
			wanted.map(async (each) => await limit(async () => await createWanted(each))),
		);
		return { results: results.flat(), hasStarted: ledger.countStarted() > 0 };
	} finally {
		saver.end();
		limits.end();
	}
}

const failAll = (context: IExecuteFunctions, error: NodeError): StartedJobs => ({
	results: context.getInputData().map((_item, itemIndex) => failItem(itemIndex, {}, error)),
	hasStarted: false,
});

/** What identifies the account in the count of a day. */
const credentialIdOf = (context: IExecuteFunctions, { credential }: Provider): string =>
	context.getNode().credentials?.[credential]?.id ?? credential;

/** Shared by all jobs of one run, but for `scene` and the ledger. */
interface CreateRun extends PrepareOptions {
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

function openLedger(context: IExecuteFunctions, fields: INodeParameters): Ledger {
	return createLedger(context.getContext('node'), {
		executionId: context.getExecutionId(),
		// For a tool, each call of an agent and each try of Retry On Fail has a new run index. Without it, an
		// agent that repeats a request gets the same job.
		runIndex: isTool(context) ? undefined : Number(context.getWorkflowDataProxy(0).$runIndex),
		fields,
	});
}

async function createForWanted(run: CreateRun, wanted: WantedJob): Promise<ItemResult> {
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
	const { context, provider, providerName, clock, ledger, claims, limits, keep } = run;
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
			const { jobId, state, isFound } = outcome.value;
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
			const { model, prompt } = input;
			const job = toJob(state, { provider: providerName, jobId, model, prompt, createdAt });
			ledger.record(itemIndex, request, { kind: 'job', job });
			limits.countJob();
			keep(jobId);
			waking.noteJob(jobId);
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

const canceled: Failure = {
	code: 'canceled',
	message: 'the execution was canceled before the request was sent',
	retryable: true,
};

const neverAnswered = 'the node ended before an answer arrived';
