import type { IExecuteFunctions } from 'n8n-workflow';
import type { JobState } from '../jobs/job';

/** What was read of one job. `statusWords`: those that no document of the provider names. */
interface Seen {
	state?: JobState;
	statusWords?: readonly string[];
}

const reportPage = 'https://github.com/n8n-nodes-veo/n8n-nodes-veo/issues/new?template=answers.yml';

// A status word is a word. Any other text may have a link or a name in it, and is not shown.
const plainWord = /^[\p{L}\p{N}_ .-]{1,40}$/u;
const quote = (word: string) => (plainWord.test(word) ? `"${word}"` : 'that is no plain word');

/**
 * Adds a hint for each answer that the documents of a provider do not have: what was seen, what the node did,
 * and where to report it. Nothing is sent from here.
 */
export function addUndocumentedHints(
	context: IExecuteFunctions,
	label: string,
	jobs: readonly Seen[],
): void {
	const messages = jobs.flatMap(({ state, statusWords = [] }) => [
		...statusWords.map(
			(word) =>
				`${label} answered with a status ${quote(word)}, which its documents do not name. The node took it for running and went on`,
		),
		...(state?.status === 'succeeded' ? describeSuccess(label, state) : []),
	]);
	for (const message of new Set(messages)) {
		context.addExecutionHints({ message: `${message}. Please report it: ${reportPage}` });
	}
}

function describeSuccess(
	label: string,
	{ linkPlace, isLinkLate }: Extract<JobState, { status: 'succeeded' }>,
): string[] {
	if (linkPlace !== undefined) {
		return [
			`${label} returned the link to the video in the field ${linkPlace}, and its documents name another. The node used that link and went on`,
		];
	}
	return isLinkLate === true
		? [
				`${label} reported a success without a link to the video, and its documents promise one. The node checked again several times and went on without it`,
			]
		: [];
}
