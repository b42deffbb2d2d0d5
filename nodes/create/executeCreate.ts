import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeExecutionData,
} from 'n8n-workflow';
import { outputItems } from '../execution/results';
import { executeWithProgress } from '../execution/savedProgress';
import { withHints } from '../execution/toolHints';
import type { OperationName } from '../providers/provider';
import { createJobs } from './createJobs';

/** Starts the jobs of a node and returns them as its output. */
export async function executeCreate(
	context: IExecuteFunctions,
	response: EngineResponse | undefined,
	operationName: OperationName,
): Promise<INodeExecutionData[][] | EngineRequest> {
	return await executeWithProgress(withHints(context), response, async (run, saveProgress) => [
		outputItems(run, await createJobs(run, operationName, saveProgress)),
	]);
}
