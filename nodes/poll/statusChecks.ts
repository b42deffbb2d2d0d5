import type { CheckOptions } from '../jobs/checkDueJobs';
import { readTypicalDuration, recordDuration } from '../jobs/learnedDurations';
import type { JobState } from '../jobs/job';
import type { Outcome } from '../jobs/outcome';
import type { WatchedJob } from '../jobs/watchedJob';
import { rawBody } from '../wire/answers';
import type { Answer, Call, Reading } from '../wire/call';
import { callAndRead } from '../transport/callAndRead';
import { isRehearsalId, rehearsalDuration, rehearsalState } from '../rehearsal/rehearsal';
import type { ProviderConnection } from '../fields/connection';
import { readCarriedState } from './pollInput';
import type { PollItem } from './pollInput';

/** Reads the state of a job at the provider. Adds its answer to `raw` where an item wants it. */
export function createStatusCheck(
	connection: ProviderConnection,
	itemsByJob: ReadonlyMap<string, readonly PollItem[]>,
	raw: Record<string, unknown>,
): CheckOptions['check'] {
	const { status } = connection.provider;
	return async (jobId, timeoutMs) => {
		if (isRehearsalId(jobId)) return { kind: 'read', value: rehearsalState(jobId, Date.now()) };
		const items = itemsByJob.get(jobId) ?? [];
		if (status.cannotCheck?.(jobId)) {
			const carried = items
				.map((item) => readCarriedState(item.carried))
				.find((state) => state !== undefined);
			if (carried !== undefined) return { kind: 'read', value: carried };
		}
		const { settings, mask } = connection;
		let next: Call | undefined;
		const read = (answer: Answer) => {
			next = next === undefined ? status.next?.(answer, jobId, settings) : undefined;
			const reading = status.read(answer);
			if (items.some(({ includeRaw }) => includeRaw)) raw[jobId] = rawBody(mask.raw(answer.body));
			return reading;
		};
		const call = status.request(jobId, settings);
		const outcome = await callAndRead(connection, call, read, { timeoutMs });
		return aboutJob(
			next === undefined ? outcome : await callAndRead(connection, next, read, { timeoutMs }),
		);
	};
}

/** A 404 to a check is about the job, also where its text names the model. */
function aboutJob(outcome: Outcome<JobState>): Outcome<JobState> {
	const isMisread =
		outcome.kind === 'refused' &&
		outcome.httpStatus === 404 &&
		outcome.failure.code === 'model_retired';
	if (!isMisread) return outcome;
	return { ...outcome, failure: { ...outcome.failure, code: 'job_not_found' } };
}

/** Cancels a job at the provider. Undefined where the provider cannot. */
export function createCancel(connection: ProviderConnection): CheckOptions['cancel'] {
	const { provider, settings } = connection;
	const { cancel } = provider;
	if (cancel === undefined) return undefined;
	// The answer may be the job, with the error that it ends with. The check after it decides.
	const read = (): Reading<undefined> => ({ kind: 'read', value: undefined });
	return async (jobId, timeoutMs) =>
		isRehearsalId(jobId)
			? { kind: 'read', value: undefined }
			: await callAndRead(connection, cancel(jobId, settings), read, { timeoutMs });
}

/** How long jobs take, learned by base URL and model. */
export function createDurations(
	{ baseUrl }: ProviderConnection,
	itemsByJob: ReadonlyMap<string, readonly PollItem[]>,
): Required<Pick<CheckOptions, 'readTypical' | 'onDuration'>> {
	const readCarried = ({ jobId }: WatchedJob) => itemsByJob.get(jobId)?.[0]?.carried;
	const toKind = (job: WatchedJob) => `${baseUrl} ${job.state?.model ?? readCarried(job)?.model}`;
	return {
		readTypical: (job) =>
			isRehearsalId(job.jobId) ? rehearsalDuration : readTypicalDuration(toKind(job)),
		onDuration: (job, durationMs) => {
			if (isRehearsalId(job.jobId)) return;
			// A job that came as an ID alone may have begun at any time.
			const createdAt = job.state?.createdAt ?? readCarried(job)?.createdAt;
			if (createdAt !== undefined) recordDuration(toKind(job), durationMs);
		},
	};
}
