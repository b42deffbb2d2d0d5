import { randomBytes } from 'node:crypto';
import type { TypicalDuration } from '../jobs/duration';
import type { JobState } from '../jobs/job';
import { samples } from './samples';

/*
 * A rehearsal is a job that was never sent: it costs nothing, and its ID alone says what becomes of it. So
 * a whole workflow runs without a provider, through suspensions, and on any worker.
 */

/** What a rehearsal can come to. The machine values of the option Rehearsal Outcome. */
export const rehearsalOutcomes = [
	'succeeded',
	'contentPolicy',
	'firstSegment',
	'deadline',
] as const;
export type RehearsalOutcome = (typeof rehearsalOutcomes)[number];

export interface Rehearsal {
	outcome: RehearsalOutcome;
	aspectRatio: '16:9' | '9:16';
	/** Whether it makes an extended video, which is longer. */
	isExtended: boolean;
	/** Milliseconds since 1970. */
	startedAt: number;
}

const idPrefix = 'rehearsal-';
const idForm = /^rehearsal-(\w+)-(16x9|9x16)-(whole|extended)-([0-9a-z]+)-[0-9a-f]+$/;

/** A new ID, such as rehearsal-succeeded-16x9-whole-mi1x2y3z-9f3a1c. */
export function createRehearsalId({
	outcome,
	aspectRatio,
	isExtended,
	startedAt,
}: Rehearsal): string {
	const parts = [
		...[outcome, aspectRatio.replace(':', 'x'), isExtended ? 'extended' : 'whole'],
		// Jobs of one millisecond have IDs of their own.
		...[startedAt.toString(36), randomBytes(3).toString('hex')],
	];
	return idPrefix + parts.join('-');
}

/** Whether an ID is that of a rehearsal, also of one that cannot be read. No provider makes such IDs. */
export const isRehearsalId = (jobId: string): boolean => jobId.startsWith(idPrefix);

/** The rehearsal with an ID. One that cannot be read, because its ID was changed, is undefined. */
function readRehearsal(jobId: string): Rehearsal | undefined {
	const [, word, shape, length, time = ''] = idForm.exec(jobId) ?? [];
	const outcome = rehearsalOutcomes.find((each) => each === word);
	if (outcome === undefined) return undefined;
	return {
		outcome,
		aspectRatio: shape === '9x16' ? '9:16' : '16:9',
		isExtended: length === 'extended',
		startedAt: parseInt(time, 36),
	};
}

// Long enough to be seen waiting, and short enough to try a workflow twenty times.
const durationMs = 5_000;

/** How long rehearsals take. */
export const rehearsalDuration: TypicalDuration = { medianMs: durationMs, spread: 0.15 };

/** The state of a rehearsal: what a provider would say of it. */
export function rehearsalState(jobId: string, now: number): JobState {
	const rehearsal = readRehearsal(jobId);
	if (rehearsal === undefined) {
		const message = 'the ID of the rehearsal was changed';
		return { status: 'failed', failure: { code: 'bad_request', message, retryable: false } };
	}
	const { outcome, startedAt } = rehearsal;
	const completedAt = startedAt + durationMs;
	const facts = { createdAt: startedAt, isRehearsal: true };
	const hasEnded = now >= completedAt && outcome !== 'deadline';
	if (!hasEnded) {
		const share = Math.min(0.99, Math.max(0, (now - startedAt) / durationMs));
		const status = share < 0.1 ? 'queued' : 'running';
		return { ...facts, status, progress: Math.round(share * 100) };
	}
	// Reserved for examples (RFC 2606): a workflow that posts the link finds the field, and nothing there.
	const links = [`https://example.com/${jobId}.mp4`];
	switch (outcome) {
		case 'succeeded':
			return { ...facts, completedAt, status: 'succeeded', videos: [{ kind: 'final', links }] };
		case 'contentPolicy': {
			const message = 'rehearsed: the prompt is against the content policy';
			const failure = { code: 'content_policy' as const, message, retryable: false };
			return { ...facts, completedAt, status: 'failed', failure };
		}
		case 'firstSegment': {
			const message = 'rehearsed: the first 8 seconds are there, and the extension failed';
			const failure = { code: 'extend_failed' as const, message, retryable: true, partial: true };
			const videos = [{ kind: 'firstSegment' as const, links }];
			return { ...facts, completedAt, remixId: jobId, status: 'failed', failure, videos };
		}
	}
}

/** The video of a rehearsal, an MP4 in its shape and length. */
export function sampleVideo(jobId: string): Buffer {
	const { aspectRatio = '16:9', isExtended = false, outcome } = readRehearsal(jobId) ?? {};
	const isWhole = !isExtended || outcome === 'firstSegment';
	return Buffer.from(samples[`${aspectRatio} ${isWhole ? 'whole' : 'extended'}`], 'base64');
}
