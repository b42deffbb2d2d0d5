import type { ProviderName } from '../../nodes/providers';
import type { Ending } from './directives';
import { readDirectives } from './directives';
import type { Job } from './jobs';
import { Refusal } from './refusal';
import type { Simulation } from './simulation';

export type CreateRequest = Omit<Job, 'at' | 'directives'> & { promptExtend?: string };

/** Starts a job, unless a directive in its prompt rejects the create. */
export function acceptJob(simulation: Simulation, request: CreateRequest): Job {
	const { promptExtend = '', ...rest } = request;
	const directives = readDirectives(`${request.prompt} ${promptExtend}`);
	refuseAsDirected(simulation, request, directives.ending);
	const job: Job = { ...rest, at: simulation.clock.now(), directives };
	simulation.jobs.push(job);
	const { provider, jobId, at, operation, model, prompt, fields } = job;
	simulation.ledger.push({ provider, jobId, at, operation, model, prompt, fields });
	simulation.onJob?.(job);
	return job;
}

/** `acceptJob` where the provider has its own statuses and texts for what the directives refuse. */
export const acceptInWordsOf =
	(reword: (refusal: Refusal, request: CreateRequest) => Refusal): typeof acceptJob =>
	(simulation, request) => {
		try {
			return acceptJob(simulation, request);
		} catch (error) {
			throw error instanceof Refusal ? reword(error, request) : error;
		}
	};

/** New API's text for every 429, whichever limit was reached. */
const SATURATED = '当前分组上游负载已饱和，请稍后再试';

function refuseAsDirected(simulation: Simulation, request: CreateRequest, ending: Ending): void {
	if (ending === 'retired') {
		// New API passes on the upstream's HTTP status and its body as text.
		const message = `models/${request.model} is no longer available. Please use a newer model.`;
		const upstream = { error: { code: 404, message, status: 'NOT_FOUND' } };
		throw new Refusal(404, 'fail_to_fetch_task', JSON.stringify(upstream));
	}
	if (ending === 'saturated') throw new Refusal(429, '', SATURATED, { 'retry-after': '1' });
	if (ending === 'no_credit') {
		throw new Refusal(403, 'insufficient_user_quota', '用户额度不足, 剩余额度: $0.000000');
	}
	const attempt = `${request.provider} ${request.prompt}`;
	if (ending === 'rate_limited' && !simulation.rateLimited.delete(attempt)) {
		simulation.rateLimited.add(attempt);
		throw new Refusal(429, '', SATURATED, { 'retry-after': '1' });
	}
}

/** During its `lagSeconds` a job is unknown, as on a lagging replica. */
export function findJob(
	{ jobs, clock }: Simulation,
	names: readonly ProviderName[],
	id: string,
): Job | undefined {
	const job = jobs.find(({ provider, jobId }) => names.includes(provider) && jobId === id);
	const ageMs = clock.now() - (job?.at ?? 0);
	return job && ageMs >= job.directives.lagSeconds * 1000 ? job : undefined;
}

/** How many jobs were paid for at some providers. */
export const countJobs = ({ ledger }: Simulation, names: readonly ProviderName[]): number =>
	ledger.filter(({ provider }) => names.includes(provider)).length;

/** The provider whose job a request names in its path, if it names one. */
export function findProviderOfJob(
	{ jobs }: Simulation,
	{ params }: { params: unknown },
): ProviderName | undefined {
	const { id } = (params ?? {}) as { id?: string };
	return jobs.find(({ jobId }) => jobId === id)?.provider;
}
