import type { IExecuteFunctions, INodeParameters } from 'n8n-workflow';
import type { Ledger } from '../jobs/ledger';
import { createLedger } from '../jobs/ledger';
import { createKeyedLimiter, createLimiter } from '../jobs/limiter';
import { createExecutionClock } from '../execution/executionClock';
import type { FailedItem, ItemResult, NodeError } from '../execution/results';
import { catchForAllItems, failItem } from '../execution/results';
import { saveJobIdsOnCancel } from '../execution/savedJobIds';
import type { SaveProgress, StartedJobs } from '../execution/savedProgress';
import { isTool } from '../execution/suspension';
import { chosenProvider, connectionOrError } from '../fields/connection';
import type { OperationName, Provider } from '../providers/provider';
import { openBalanceCheck } from './checkBalance';
import { openClaims } from './claims';
import type { CreateRun } from './createJob';
import { createWantedJob } from './createJob';
import { openJobLimits } from './jobLimits';
import { shareImages } from './sharedImages';
import { createAddWakeUrl } from './wakeByCallback';
import type { WantedJob } from './wantedJobs';
import { countNewJobs, listWantedJobs } from './wantedJobs';

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
		const result = each.kind === 'failed' ? each : await createWantedJob(run, each);
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

function openLedger(context: IExecuteFunctions, fields: INodeParameters): Ledger {
	return createLedger(context.getContext('node'), {
		executionId: context.getExecutionId(),
		// For a tool, each call of an agent and each try of Retry On Fail has a new run index. Without it, an
		// agent that repeats a request gets the same job.
		runIndex: isTool(context) ? undefined : Number(context.getWorkflowDataProxy(0).$runIndex),
		fields,
	});
}
