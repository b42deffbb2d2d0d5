import { setMaxListeners } from 'node:events';
import type { ProviderName } from '../../nodes/providers';
import type { Job } from './jobs';
import { lifeAt } from './jobs';
import type { CallTry, Simulation } from './simulation';

/** How a provider calls the address that a create names, when the job has ended. */
export interface Caller {
	/** The JSON of the call. */
	describe(simulation: Simulation, job: Job): object;
	/** The signature and its parts. */
	sign(body: string, job: Job, now: number): Record<string, string>;
	/** How long the provider waits for an answer with 2xx. */
	timeoutMs: number;
	/** The pauses before each repeat of a call that had no such answer. */
	pausesMs: readonly number[];
}

/** Names the calls of the providers in what their address receives. */
export const callerAgent = 'simulated-provider';

type Callers = Partial<Record<ProviderName, Caller | undefined>>;

/** Calls the addresses of the jobs. Returns a function that ends it. */
export function startCalling(simulation: Simulation, callers: Callers): () => void {
	const ended = new AbortController();
	// Each call on its way listens to its end.
	setMaxListeners(0, ended.signal);
	simulation.onJob = (job) => {
		const caller = callers[job.provider];
		const { words, ending } = job.directives;
		if (caller === undefined || job.callbackUrl === undefined) return;
		if (words.has('noCall') || ending === 'stuck') return;
		const repeats = words.has('callTwice') ? 2 : 1;
		for (let repeat = 0; repeat < repeats; repeat++) {
			void callAtEnd(simulation, job, caller, ended.signal).catch(() => undefined);
		}
	};
	return () => ended.abort();
}

async function callAtEnd(
	simulation: Simulation,
	job: Job,
	caller: Caller,
	signal: AbortSignal,
): Promise<void> {
	const { clock } = simulation;
	const endsAt = job.at + job.directives.seconds * 1000;
	await pause(endsAt - clock.now(), signal);
	// A timer may fire a moment early.
	while (lifeAt(job, clock.now()).endedAt === undefined) await pause(1, signal);
	for (const pauseMs of [0, ...caller.pausesMs]) {
		await pause(pauseMs, signal);
		const made: CallTry = { jobId: job.jobId, at: clock.now() };
		simulation.callTries.push(made);
		made.httpStatus = await send(simulation, job, caller, signal);
		if (made.httpStatus !== undefined && made.httpStatus < 300) return;
	}
}

async function send(
	simulation: Simulation,
	job: Job,
	{ describe, sign, timeoutMs }: Caller,
	signal: AbortSignal,
): Promise<number | undefined> {
	const body = JSON.stringify(describe(simulation, job));
	const signed = sign(body, job, simulation.clock.now());
	try {
		const response = await fetch(job.callbackUrl ?? '', {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'user-agent': callerAgent, ...signed },
			body,
			redirect: 'manual',
			signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
		});
		await response.arrayBuffer();
		return response.status;
	} catch {
		return undefined;
	}
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		const close = () => {
			clearTimeout(timer);
			reject(new Error('The simulator was closed'));
		};
		const timer = setTimeout(() => {
			signal.removeEventListener('abort', close);
			resolve();
		}, milliseconds).unref();
		signal.addEventListener('abort', close);
	});
}
