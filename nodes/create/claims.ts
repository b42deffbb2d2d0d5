import type { IExecuteFunctions } from 'n8n-workflow';
import { createKeyedLimiter } from '../jobs/limiter';

/*
 * n8n stores the ledger when an execution ends or is suspended. A retry does not have it if n8n was killed
 * before that, and does not have what another retry of the same execution started. Therefore each create is
 * claimed before it is sent, in the table of n8n that the Remove Duplicates node uses too. It has hashes
 * only, so that a retry knows that a create was sent, but not its job.
 */

export interface Claims {
	/** Claims a create by its names. False if an execution that this one retries, or another retry of it, sent it. */
	claim(names: readonly string[]): Promise<boolean>;
	/** Gives back a claim: the create was not sent, or certainly not accepted. */
	release(names: readonly string[]): Promise<void>;
}

// n8n writes them as a whole at each claim: 2,000 hashes are 54 kB. Each create has two.
const options = { mode: 'entries', maxEntries: 2_000 } as const;

// n8n reads the row, changes it and writes it back, without a lock.
const inOrder = createKeyedLimiter(1);

/** The claims of an execution and all its retries. Never throws: where n8n cannot store them, all are granted. */
export function openClaims(context: IExecuteFunctions): Claims {
	const token = readResumeToken(context);
	const { id, name } = context.getNode();
	// A workflow that n8n did not write may have several nodes with the same ID; their names differ.
	const withToken = (names: readonly string[]) => names.map((each) => `${token}:${name}:${each}`);
	const key = `${context.getWorkflow().id}:${id}`;
	const attempt = async <Result>(work: () => Promise<Result>, otherwise: Result) => {
		if (token === undefined) return otherwise;
		try {
			return await inOrder(key, work);
		} catch (error) {
			// An unsaved workflow has no row. The claims are a second safety net: the ledger is the first.
			context.logger.debug(`A create was not claimed: ${String(error)}`);
			return otherwise;
		}
	};
	return {
		claim: async (names) =>
			await attempt(async () => {
				const { checkProcessedAndRecord } = context.helpers;
				const { processed } = await checkProcessedAndRecord(withToken(names), 'node', options);
				return processed.length === 0;
			}, true),
		release: async (names) =>
			await attempt(async () => {
				await context.helpers.removeProcessed(withToken(names), 'node', options);
			}, undefined),
	};
}

/** A random text that an execution and all its retries share (n8n 2.14 and newer). */
function readResumeToken(context: IExecuteFunctions): string | undefined {
	const { $execution } = context.getWorkflowDataProxy(0);
	const { resumeUrl = '' } = $execution as { resumeUrl?: string };
	if (!URL.canParse(resumeUrl)) return undefined;
	return new URL(resumeUrl).searchParams.get('signature') ?? undefined;
}
