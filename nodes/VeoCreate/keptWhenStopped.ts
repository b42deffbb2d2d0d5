import type { IExecuteFunctions } from 'n8n-workflow';
import { saveJobIds } from '../jobs/savedJobIds';

/**
 * Keeps the ids of started jobs where a stopped execution keeps anything. When a person stops an
 * execution, n8n drops what its running node gives out, and what the nodes before it gave.
 */
export function keptWhenStopped(context: IExecuteFunctions): (jobId: string) => void {
	const signal = context.getExecutionCancelSignal();
	const jobIds: string[] = [];
	signal?.addEventListener('abort', () => keep(context, jobIds), { once: true });
	return (jobId) => {
		if (signal?.aborted) keep(context, [jobId]);
		else jobIds.push(jobId);
	};
}

function keep(context: IExecuteFunctions, jobIds: readonly string[]): void {
	if (jobIds.length === 0) return;
	const node = context.getNode().name;
	context.logger.warn(`The execution was stopped. "${node}" had started: ${jobIds.join(', ')}`);
	saveJobIds(context, jobIds);
}
