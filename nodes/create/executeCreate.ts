import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
	INodeParameters,
} from 'n8n-workflow';
import { endProgressEntry, isProgressEntry, workWithProgress } from '../execution/savedProgress';
import { endRun, resume } from '../execution/suspension';
import { withHints } from '../execution/toolHints';
import type { OperationName } from '../providers/provider';
import { createJobs } from './createJobs';

/** Starts the jobs of a node and returns them as its output. `fields`: those on which the requests depend. */
export async function executeCreate(
	given: IExecuteFunctions,
	response: EngineResponse | undefined,
	operationName: OperationName,
	fields: INodeParameters,
): Promise<INodeExecutionData[][] | EngineRequest> {
	if (isProgressEntry(given)) return endProgressEntry(given);
	const context = withHints(given);
	const invocation = resume(context, response);
	const step = await workWithProgress(
		context,
		invocation,
		async (run, save) => await createJobs(run, operationName, fields, save),
	);
	if (step.kind === 'save') return step.request;
	return endRun(context, invocation, step.results, step.hints);
}
