import type { FailureCode, JobState, JobVideo } from '../../nodes/jobs/job';
import type { Problem } from '../../nodes/wire/call';

/** What holds for every state and problem, whatever a provider sent. */

export const failureCodes: Record<FailureCode, true> = {
	key_refused: true,
	out_of_credit: true,
	model_retired: true,
	content_policy: true,
	busy: true,
	rate_limited: true,
	bad_request: true,
	limit_reached: true,
	job_not_found: true,
	wrong_address: true,
	generation_failed: true,
	extend_failed: true,
	canceled: true,
	outcome_unknown: true,
	no_answer: true,
	deadline: true,
	download_failed: true,
};

const earliest = Date.UTC(1971, 0, 1);
const latest = Date.UTC(2100, 0, 1);

/** The rules a state breaks, in words; none is what is expected. */
export function brokenRules(state: JobState): string[] {
	const { progress, statusWord, createdAt, completedAt, expiresAt } = state;
	const broken: string[] = [];
	if (progress !== undefined && !(Number.isInteger(progress) && progress >= 0 && progress <= 100)) {
		broken.push(`a progress of ${progress}`);
	}
	if (statusWord !== undefined && state.status !== 'running') {
		broken.push(`the word ${statusWord} kept beside ${state.status}`);
	}
	for (const time of [createdAt, completedAt, expiresAt]) {
		if (time !== undefined && !(Number.isInteger(time) && time >= earliest && time <= latest)) {
			broken.push(`a time of ${time}`);
		}
	}
	switch (state.status) {
		case 'succeeded':
			return [...broken, ...brokenVideos(state.videos)];
		case 'failed':
		case 'canceled':
			if (!Object.hasOwn(failureCodes, state.failure.code)) broken.push('an unknown failure code');
			if (state.failure.message.trim() === '') broken.push('a failure without a message');
			if (typeof state.failure.retryable !== 'boolean') broken.push('retryable is no yes or no');
			return [...broken, ...brokenVideos(state.videos ?? [])];
	}
	return broken;
}

const brokenVideos = (videos: readonly JobVideo[]) =>
	videos.flatMap(({ links, kind }) => {
		const isKnown = kind === 'final' || kind === 'firstSegment';
		// Without a link, the download route has the video.
		return isKnown && links.every((link) => isWebLink(link) || isStorageLink(link))
			? []
			: [`a video at ${links.join()}`];
	});

export const isWebLink = (text: string): boolean =>
	URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const isStorageLink = (text: string) => /^gs:\/\/[a-z\d][\w.-]+\/.+$/s.test(text);

/** The rules a problem breaks: it says one thing, and says it. */
export function brokenProblemRules(problem: Problem): string[] {
	if (problem.kind === 'unreadable') {
		return problem.message.trim() === '' ? ['unreadable without a word'] : [];
	}
	if ('seenJobId' in problem) return ['refused with a job'];
	return brokenRules({ status: 'failed', failure: problem.failure });
}
