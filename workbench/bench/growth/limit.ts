import { contestantNamed } from '../contestants';
import { rounded, sum } from '../figures';
import type { BenchGateway } from '../gateway';
import { timedRun } from '../timedRun';
import { inVirtualTime } from '../../virtualTime';
import { promptOf, withoutDownload } from './pollOnly';

/** What the gateway's limit of requests does. */
export interface LimitRow {
	waiting: string;
	executions: number;
	itemsEach: number;
	bought: number;
	delivered: number;
	checks: number;
	refusedChecks: number;
	/** From the start until the last execution is over. */
	wallSeconds: number;
	/** How many executions ended in an error, and what the first of them said. */
	failures: number;
	error?: string;
}

export const requestsPerMinute = 100;

export async function measureLimit(
	gateway: BenchGateway,
	waiting: string,
	{ executions, itemsEach }: Pick<LimitRow, 'executions' | 'itemsEach'>,
): Promise<LimitRow> {
	gateway.reset();
	gateway.manners.requestsPerMinute = requestsPerMinute;
	const prompts = Array.from({ length: itemsEach }, () => promptOf(120));
	const address = gateway.newAddress();
	const contestant = contestantNamed(waiting);
	const runs = await inVirtualTime(
		async () =>
			await Promise.all(
				Array.from(
					{ length: executions },
					async () => await timedRun(contestant, address, prompts, withoutDownload),
				),
			),
	);
	const startedAt = Math.min(...runs.map((run) => run.startedAt));
	const endedAt = Math.max(...runs.map((run) => run.endedAt));
	const failed = runs.filter(({ error }) => error !== undefined);
	return {
		waiting,
		executions,
		itemsEach,
		bought: gateway.jobs.length,
		delivered: sum(runs.map(({ outputItems }) => outputItems)),
		checks: gateway.checks.length,
		refusedChecks: gateway.checks.filter(({ isRefused }) => isRefused).length,
		wallSeconds: rounded((endedAt - startedAt) / 1000, 0),
		failures: failed.length,
		...(failed[0] && { error: failed[0].error }),
	};
}
