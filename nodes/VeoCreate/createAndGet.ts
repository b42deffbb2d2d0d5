import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeParameters,
} from 'n8n-workflow';
import { createJobs } from '../create/createJobs';
import type { ItemResult } from '../execution/results';
import { catchForAllItems } from '../execution/results';
import {
	endProgressEntry,
	isProgressEntry,
	keepForNextWork,
	workWithProgress,
} from '../execution/savedProgress';
import type { Invocation } from '../execution/suspension';
import { endRun, readWakeTime, resume, suspendUntil } from '../execution/suspension';
import { withHints } from '../execution/toolHints';
import type { CreatedJobs } from '../poll/checkpoint';
import { readCheckpoint } from '../poll/checkpoint';
import { pollJobs } from '../poll/pollJobs';
import { findObstacle } from './findObstacle';
import { createdJobs, storeResults } from './createdJobs';

/*
 * Starts jobs and waits for them in one node. Between the last answer to a create and the suspension that
 * stores the jobs, nothing is sent. Later calls read the jobs from the checkpoint. Without one they come from
 * the ledger, as in Veo Create: the checkpoint saves time, and the ledger keeps a job from being bought again.
 */

/** Starts the jobs of the node, waits until they have ended, and returns them with their videos. */
export async function createAndGet(
	given: IExecuteFunctions,
	response: EngineResponse | undefined,
	fields: INodeParameters,
): Promise<INodeExecutionData[][] | EngineRequest> {
	const wakeTime = readWakeTime(given);
	if (wakeTime !== undefined) return await suspendUntil(given, wakeTime);
	if (isProgressEntry(given)) return endProgressEntry(given);
	const context = withHints(given);
	const invocation = resume(context, response);
	const wait = async (created: CreatedJobs, isUnstored: boolean) => {
		const source = { ...createdJobs(context, created), isUnstored };
		const results = await pollJobs(context, invocation, source);
		return Array.isArray(results) ? endRun(context, invocation, results, created.hints) : results;
	};
	const known = readCheckpoint(invocation.state, context.getExecutionId())?.created;
	if (known !== undefined) return await wait(known, false);
	const step = await startJobs(context, invocation, fields);
	if (step.kind === 'save') return step.request;
	const { results, hints, hasStarted } = step;
	const hasFailed = ({ error }: ItemResult) => error !== undefined;
	if (results.every(hasFailed) || (results.some(hasFailed) && !context.continueOnFail())) {
		keepForNextWork(context, invocation);
		return endRun(context, invocation, results, hints);
	}
	return await wait({ results: storeResults(results), hints }, hasStarted);
}

/** Starts the jobs, and has the last of them stored too where n8n stores the progress. */
const startJobs = async (
	context: IExecuteFunctions,
	invocation: Invocation,
	fields: INodeParameters,
) =>
	await workWithProgress(context, invocation, async (run, save) => {
		const obstacle = await catchForAllItems(run, () => findObstacle(run, invocation));
		const started = await createJobs(run, 'create', fields, save, obstacle);
		if (started.hasStarted) await save();
		return started;
	});
