import type { IExecuteFunctions } from 'n8n-workflow';

/** n8n's "highlighted data" of an execution: ten texts of at most 512 letters. */
interface HighlightedData {
	getAll(): Record<string, string>;
	set(key: string, value: string): void;
}

const jobsPerText = 5;

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
	const { $execution } = context.getWorkflowDataProxy(0);
	const { customData } = $execution as { customData?: HighlightedData };
	if (customData === undefined) return;
	for (let first = 0; first < jobIds.length; first += jobsPerText) {
		const key = `veo_jobs_${Object.keys(customData.getAll()).length + 1}`;
		customData.set(key, jobIds.slice(first, first + jobsPerText).join(', '));
	}
}
