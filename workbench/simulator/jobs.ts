import type { Directives, Ending } from './directives';
import { readDirectives } from './directives';
import type { GatewayName } from './gateways';
import { Refusal } from './refusal';
import type { Simulation } from './simulation';

export type SubmissionKind = 'create' | 'createExtended' | 'extend' | 'retryExtension';

/** One accepted create as the tests see it: each entry is a purchase. */
export interface Submission {
	gateway: GatewayName;
	jobId: string;
	/** In the simulator's time, milliseconds. */
	at: number;
	kind: SubmissionKind;
	model: string;
	prompt: string;
	/** The parsed body. A file of a form is a `SentFile`; a repeated field is an array. */
	fields: Record<string, unknown>;
}

export interface Job extends Submission {
	directives: Directives;
	isPortrait: boolean;
	/** The images that were sent as URLs or data URIs, in their order. */
	imageUrls: string[];
	/** The ids of the 15-second gateway's own upstream. */
	upstream?: { middlewareId: string; remixId: string; extensionId: string };
	/** The id this job was made from, for a remix. */
	remixedFrom?: string;
}

export type Order = Omit<Job, 'at' | 'directives'> & { promptExtend?: string };

/** Which gateway's job a request names in its path, if it names one. */
export function gatewayOfJobIn(
	{ jobs }: Simulation,
	{ params }: { params: unknown },
): GatewayName | undefined {
	const { id } = (params ?? {}) as { id?: string };
	return jobs.find(({ jobId }) => jobId === id)?.gateway;
}

/** Buys a job, unless the directive in its prompt says that this create is refused. */
export function acceptJob(simulation: Simulation, order: Order): Job {
	const { promptExtend = '', ...rest } = order;
	const directives = readDirectives(`${order.prompt} ${promptExtend}`);
	refuseAsDirected(simulation, order, directives.ending);
	const job: Job = { ...rest, at: simulation.clock.now(), directives };
	simulation.jobs.push(job);
	const { gateway, jobId, at, kind, model, prompt, fields } = job;
	simulation.ledger.push({ gateway, jobId, at, kind, model, prompt, fields });
	return job;
}

/** New API writes this into every 429, whatever limit was reached. */
const SATURATED = '当前分组上游负载已饱和，请稍后再试';

function refuseAsDirected(simulation: Simulation, order: Order, ending: Ending): void {
	if (ending === 'retired') {
		// New API passes on the upstream's HTTP status and its body as text.
		const message = `models/${order.model} is no longer available. Please use a newer model.`;
		const upstream = { error: { code: 404, message, status: 'NOT_FOUND' } };
		throw new Refusal(404, 'fail_to_fetch_task', JSON.stringify(upstream));
	}
	if (ending === 'saturated') throw new Refusal(429, '', SATURATED, { 'retry-after': '1' });
	if (ending === 'no_credit') {
		throw new Refusal(403, 'insufficient_user_quota', '用户额度不足, 剩余额度: $0.000000');
	}
	const attempt = `${order.gateway} ${order.prompt}`;
	if (ending === 'rate_limited' && !simulation.rateLimited.delete(attempt)) {
		simulation.rateLimited.add(attempt);
		throw new Refusal(429, '', SATURATED, { 'retry-after': '1' });
	}
}

/** A job is unknown during its `lagSeconds`, as behind a replica that is late. */
export function findJob(
	simulation: Simulation,
	gateways: readonly GatewayName[],
	id: string,
): Job | undefined {
	const job = simulation.jobs.find(
		({ gateway, jobId }) => gateways.includes(gateway) && jobId === id,
	);
	if (job === undefined) return undefined;
	const ageMs = simulation.clock.now() - job.at;
	return ageMs < job.directives.lagSeconds * 1000 ? undefined : job;
}

export type Stage = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';

export interface Life {
	stage: Stage;
	/** 0 to 100, whole. */
	progress: number;
	startedAt: number;
	updatedAt: number;
	endedAt?: number;
	/** True in the middle third of a job's life. */
	isMiddleThird: boolean;
	/** The file can be fetched. */
	hasFile: boolean;
	/** The status names the file's URL. */
	hasUrl: boolean;
}

const QUEUED_SHARE = 0.1;
const URL_DELAY_MS = 5_000;

const stageAtEnd: Partial<Record<Ending, Stage>> = {
	failed: 'failed',
	safety: 'failed',
	busy: 'failed',
	extend_failed: 'failed',
	generate_failed: 'failed',
	canceled: 'canceled',
};

/** Failing jobs fail in their first half, where the documents show them. */
const lastProgress: Partial<Record<Ending, number>> = {
	failed: 49,
	safety: 49,
	busy: 49,
	canceled: 49,
	extend_failed: 50,
	generate_failed: 0,
};

/** What a job looks like now: a pure function of the clock. */
export function lifeOf(job: Job, now: number): Life {
	const { ending, seconds } = job.directives;
	const durationMs = seconds * 1000;
	const startedAt = job.at + durationMs * QUEUED_SHARE;
	const endedAt = job.at + durationMs;
	const share = durationMs === 0 ? 1 : (now - job.at) / durationMs;
	const life = {
		startedAt,
		isMiddleThird: share >= 1 / 3 && share < 2 / 3,
		hasFile: false,
		hasUrl: false,
	};
	if (share < QUEUED_SHARE) return { ...life, stage: 'queued', progress: 0, updatedAt: job.at };
	const limit = lastProgress[ending] ?? 99;
	const climbed = Math.floor(((share - QUEUED_SHARE) / (1 - QUEUED_SHARE)) * 100);
	if (share < 1 || ending === 'stuck') {
		return { ...life, stage: 'running', progress: Math.min(climbed, limit), updatedAt: now };
	}
	const stage = stageAtEnd[ending] ?? 'succeeded';
	if (stage !== 'succeeded')
		return { ...life, stage, progress: limit, updatedAt: endedAt, endedAt };
	const hasFile = ending !== 'lateUrl' || now >= endedAt + URL_DELAY_MS;
	const hasUrl = hasFile && ending !== 'noUrl';
	return { ...life, stage, progress: 100, updatedAt: endedAt, endedAt, hasFile, hasUrl };
}

/** The gateways' time stamps. */
export function unixSeconds(milliseconds: number): number {
	return Math.floor(milliseconds / 1000);
}
