import type { EngineRequest, IExecuteFunctions } from 'n8n-workflow';
import type { ItemResult, NodeError } from '../execution/results';
import { catchForAllItems } from '../execution/results';
import { saveJobIdsOnCancel } from '../execution/savedJobIds';
import type { Invocation } from '../execution/suspension';
import { addUndocumentedHints } from '../execution/undocumentedAnswers';
import type { ProviderConnection } from '../fields/connection';
import { chosenProvider, connectionOrError, offlineConnection } from '../fields/connection';
import { isRehearsalId } from '../rehearsal/rehearsal';
import { keepForRetry } from './keepWait';
import type { PollItem } from './pollInput';
import { readSettings } from './pollInput';
import { runRounds, stop } from './rounds';
import { toResult, toResultWithoutConnection } from './toResult';
import { keepFetched } from './videoFiles';
import type { JobSource, Poll, Wait } from './wait';
import { openPoll, startWait } from './wait';
import { addCallbackHint, addCancelHint, addWaitHints } from './waitHints';

/**
 * Waits until every job of the items has ended, and returns what became of each, in input order; or an
 * engine request when it is to be called again with the checkpoint in it.
 */
export async function pollJobs(
	context: IExecuteFunctions,
	invocation: Invocation,
	source: JobSource,
): Promise<ItemResult[] | EngineRequest> {
	const chosen = await catchForAllItems(context, () => chosenProvider(context));
	if (chosen instanceof Error) return await source.failItems(chosen);
	const poll = await openPoll(context, invocation, source, chosen);
	const saver = saveJobIdsOnCancel(context);
	for (const { jobId } of poll.jobs) saver.add(jobId);
	try {
		// Read after the jobs, so that without them every job is returned with all that is known of it.
		const settings = await catchForAllItems(context, () => readSettings(context));
		if (settings instanceof Error) return resultsWithoutConnection(poll, settings, true);
		const connection = await openConnection(poll);
		if (connection instanceof Error) {
			return resultsWithoutConnection(poll, connection, settings.download);
		}
		const wait = startWait(poll, settings, connection);
		return (await runRounds(wait)) ?? (await endWait(wait));
	} finally {
		saver.end();
	}
}

async function openConnection({ context, provider, jobs }: Poll) {
	const isRehearsed = jobs.every(({ jobId }) => isRehearsalId(jobId));
	return isRehearsed
		? offlineConnection(context, provider)
		: await connectionOrError(context, provider);
}

/** Waits for the files, and returns the results; an engine request if the execution was canceled meanwhile. */
async function endWait(wait: Wait): Promise<ItemResult[] | EngineRequest> {
	const { context, invocation, provider, clock, items, jobs, settings, connection } = wait;
	const { files, callbacks, raw, held } = wait;
	const results = await Promise.all(
		items.map(async (item): Promise<ItemResult> => {
			if (item.kind === 'failed') return item;
			const { jobId } = item;
			const downloads = await files.wait(jobId);
			const address = readCheckedAddress(connection, jobId);
			return toResult({ ...describeWait(wait, item), downloads, raw: raw[jobId], address });
		}),
	);
	if (clock.isCanceled()) return await stop(wait);
	addUndocumentedHints(context, provider.label, jobs);
	const hasSuspended = invocation.lastRun !== undefined;
	addWaitHints(context, { held, hasSuspended });
	const { areExpected: isExpected, wereCalled } = callbacks;
	addCallbackHint(context, provider, { isExpected, hasSuspended, wereCalled });
	if (settings.isCanceling) addCancelHint(context, provider);
	if (results.some(({ error }) => error !== undefined)) {
		keepForRetry(wait, { files: await files.collect('retry'), raw, held });
	}
	return results;
}

/** The results where the settings or the credential cannot be read: nothing was checked. */
function resultsWithoutConnection(
	poll: Poll,
	cause: NodeError,
	isFileWanted: boolean,
): ItemResult[] {
	const { items, checkpoint } = poll;
	const { files = {}, raw = {}, held } = checkpoint ?? {};
	const results = items.map((item) => {
		if (item.kind === 'failed') return item;
		const { jobId } = item;
		const downloads = files[jobId] ?? [];
		const waited = { ...describeWait(poll, item), downloads, raw: raw[jobId] };
		return toResultWithoutConnection(waited, cause, isFileWanted);
	});
	keepForRetry(poll, { files: keepFetched(files), raw, held });
	return results;
}

function describeWait({ context, provider, name, clock, jobById, nameFile }: Poll, item: PollItem) {
	const job = jobById.get(item.jobId);
	if (job === undefined) throw new Error(`Job ${item.jobId} was not watched`);
	return { context, provider, providerName: name, item, watched: job, now: clock.now(), nameFile };
}

/** The address that is asked for the state of a job: the Base URL, or a host that the provider names. */
function readCheckedAddress(
	{ provider, settings, baseUrl }: ProviderConnection,
	jobId: string,
): string {
	if (isRehearsalId(jobId)) return baseUrl;
	const { path } = provider.status.request(jobId, settings);
	return URL.canParse(path) ? new URL(path).origin : baseUrl;
}
