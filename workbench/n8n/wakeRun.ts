import type { ProviderName } from '../../nodes/providers';
import type { LedgerEntry, Simulator } from '../simulator';
import { buildNode, connectInARow } from '../workflowFile';
import type { Execution, N8nClient } from './client';

/*
 * One execution on a real n8n whose jobs end with a call of their provider, the simulator.
 */

/** A real n8n with a logged-in person, and the simulator behind its credentials. */
export interface WakeStage {
	client: N8nClient;
	simulator: Simulator;
	/** By type, as a node refers to them. */
	credentials: Record<string, { id: string; name: string }>;
}

export interface WakeJobs {
	/** The first word of their prompts, which those of other executions do not have. */
	name: string;
	/** How long each takes; or when all of them end, in milliseconds since 1970. */
	seconds: number[] | { count: number; endsAt: number };
	provider?: ProviderName;
	/** More directives for the simulator. */
	words?: string;
}

/** Times are milliseconds. */
export interface WakeRun {
	execution: Execution;
	/** From the end of each job to the check that noticed it. */
	noticedMs: number[];
	/** From the end of the last job to the end of the execution. */
	lateMs: number;
	/** Status requests at the provider. */
	checks: number;
}

/** Starts the execution, and gives its ID. */
export async function startWakeRun(
	{ client, credentials }: WakeStage,
	{ name, seconds, provider = 'kie', words }: WakeJobs,
): Promise<string> {
	const isAtOnce = !Array.isArray(seconds);
	const items = isAtOnce
		? Array.from({ length: seconds.count }, () => ({ json: {} }))
		: seconds.map((each) => ({ json: { seconds: each } }));
	const takes = isAtOnce ? `((${seconds.endsAt} - Date.now()) / 1000).toFixed(3)` : '$json.seconds';
	const directives = [`seconds={{ ${takes} }}`, ...(words === undefined ? [] : [`words=${words}`])];
	const nodes = [
		buildNode('Start', 'n8n-nodes-base.manualTrigger'),
		buildNode('Items', 'n8n-nodes-base.code', { jsCode: `return ${JSON.stringify(items)};` }, 2),
		{
			...buildNode('Veo Create', 'n8n-nodes-veo.veoCreate', {
				provider,
				prompt: `=${name} [sim ${directives.join(' ')}]`,
				options: { wakeByCallback: true },
			}),
			credentials,
		},
		{
			...buildNode('Veo Poll Until Done', 'n8n-nodes-veo.veoPollUntilDone', { provider }),
			credentials,
		},
		buildNode('After', 'n8n-nodes-base.code', { jsCode: 'return $input.all();' }, 2),
	];
	const { id } = await client.createWorkflow({ name, nodes, connections: connectInARow(nodes) });
	return await client.runManually(id, 'Start');
}

/** Waits for the end of the execution. */
export async function endWakeRun(
	{ client, simulator }: WakeStage,
	id: string,
	name: string,
	timeoutMs: number,
): Promise<WakeRun> {
	const execution = await client.untilExecution(id, timeoutMs);
	const jobs = jobsNamed(simulator, name);
	const checks = jobs.map((job) => checksOf(simulator, job));
	return {
		execution,
		noticedMs: jobs.map((job, index) => (checks[index]?.at(-1)?.at ?? NaN) - endOf(job)),
		lateMs: Date.parse(execution.stoppedAt ?? '') - Math.max(...jobs.map(endOf)),
		checks: checks.flat().length,
	};
}

/** The jobs whose prompts have this first word. */
export const jobsNamed = ({ ledger }: Simulator, name: string): LedgerEntry[] =>
	ledger.filter(({ prompt }) => prompt.startsWith(`${name} `));

/** When a job ends, in milliseconds since 1970. */
const endOf = ({ at, prompt }: LedgerEntry): number =>
	at + Number(/seconds=([\d.]+)/.exec(prompt)?.[1]) * 1000;

/** An ID of ours may have a path before the provider's own. */
const checksOf = ({ calls }: Simulator, { jobId }: LedgerEntry) =>
	calls.filter(
		({ route, path }) => route === 'status' && path.includes(jobId.split('/').at(-1) ?? jobId),
	);
