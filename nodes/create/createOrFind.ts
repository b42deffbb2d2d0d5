import type { Clock } from '../jobs/clock';
import { waitUntil } from '../jobs/clock';
import type { Outcome } from '../jobs/outcome';
import type { ProviderConnection } from '../fields/connection';
import type {
	JobList,
	Operation,
	OperationInput,
	OptionFields,
	Provider,
} from '../providers/provider';
import { callAndRead } from '../transport/callAndRead';
import type { Answer, Call, CreatedJob, Reading } from '../wire/call';
import { createOnce } from './createOnce';

interface Create {
	call: Call;
	operation: Operation;
	input: OperationInput<OptionFields>;
	/** Whether a job is known to be that of another create. */
	isKnown(jobId: string): boolean;
}

/**
 * Sends a create once. If its outcome is unknown and the provider lists the newest jobs, the job is looked
 * for there. It is taken only if it is the only one that equals the create and began after it, and only
 * if the answer named no other. Without a marker it may be that of another program that sent the same at
 * the same moment.
 */
export async function createOrFind(
	connection: ProviderConnection,
	create: Create,
	clock: Clock,
): Promise<Outcome<CreatedJob & { isFound?: true }>> {
	const { call, operation, input } = create;
	const sentAt = clock.now();
	const outcome = await createOnce(connection, call, operation, input);
	const { find } = connection.provider;
	if (outcome.kind !== 'unknown' || find === undefined) return outcome;
	const sent = { ...create, sentAt, named: outcome.jobId };
	const [job, ...others] = await listEqualJobs(connection, find, sent, clock);
	if (job === undefined) return outcome;
	if (others.length === 0) return { kind: 'read', value: { ...job, isFound: true } };
	const ids = [job, ...others].map(({ jobId }) => jobId).join(', ');
	const message = `${outcome.failure.message} (it may be one of the jobs ${ids})`;
	return { ...outcome, failure: { ...outcome.failure, message } };
}

type Find = NonNullable<Provider['find']>;
interface Sent extends Pick<Create, 'call' | 'isKnown'> {
	sentAt: number;
	/** The job that the answer names. */
	named: string | undefined;
}

// The provider may still be working on a create whose connection broke, and lists its job a little later.
const pausesMs = [2_000, 4_000, 8_000];
const maxPauseMs = 60_000;

/** The listed jobs that may be that of a create. None if the list cannot be read. */
async function listEqualJobs(
	connection: ProviderConnection,
	find: Find,
	sent: Sent,
	clock: Clock,
): Promise<CreatedJob[]> {
	let retryAfterMs = 0;
	for (const pauseMs of pausesMs) {
		await waitUntil(clock, clock.now() + Math.max(pauseMs, retryAfterMs));
		const outcome = await readList(connection, find, sent, clock);
		if (outcome.kind === 'refused') return [];
		if (outcome.kind === 'read' && outcome.value.length > 0) return outcome.value;
		retryAfterMs = outcome.kind === 'read' ? 0 : (outcome.retryAfterMs ?? 0);
		if (retryAfterMs > maxPauseMs || clock.isCanceled()) return [];
	}
	return [];
}

const maxListMs = 15_000;
// Replicate, the one provider with such a list, accepts 600 creates a minute and lists 100 on a page.
const maxPages = 6;

async function readList(
	connection: ProviderConnection,
	find: Find,
	sent: Sent,
	clock: Clock,
): Promise<Outcome<CreatedJob[]>> {
	const jobs: CreatedJob[] = [];
	let call: Call | undefined = find.request(connection.settings);
	for (let pages = 0; pages < maxPages; pages++) {
		const read = (answer: Answer) => selectEqual(find, answer, sent, clock.now());
		const outcome: Outcome<Page> = await callAndRead(connection, call, read, {
			timeoutMs: maxListMs,
		});
		if (outcome.kind !== 'read') return outcome;
		jobs.push(...outcome.value.jobs);
		call = outcome.value.next;
		if (call === undefined) return { kind: 'read', value: jobs };
	}
	// Another equal job may be on the pages that are left.
	return { kind: 'read', value: [] };
}

interface Page {
	jobs: CreatedJob[];
	/** Absent if the next page has only jobs from before the create. */
	next?: Call;
}

/** Compares the jobs of one page with a create. */
function selectEqual(find: Find, answer: Answer, sent: Sent, now: number): Reading<Page> {
	const reading = find.read(answer, sent.call);
	if (reading.kind !== 'read') return reading;
	if (answer.date === undefined) {
		return { kind: 'unreadable', message: 'the list of jobs came without its date' };
	}
	// On the provider's clock. The date is cut to whole seconds, so that the limit is early by up to one.
	const createdAfter = answer.date - (now - sent.sentAt);
	const { jobs, next }: JobList = reading.value;
	const isNew = ({ state: { createdAt = 0 } }: CreatedJob) => createdAt >= createdAfter;
	const newJobs = jobs.filter(isNew);
	const isOwn = ({ jobId, isEqual }: JobList['jobs'][number]) =>
		isEqual && !sent.isKnown(jobId) && jobId === (sent.named ?? jobId);
	return {
		kind: 'read',
		value: {
			jobs: newJobs.filter(isOwn),
			next: newJobs.length === jobs.length ? next : undefined,
		},
	};
}
