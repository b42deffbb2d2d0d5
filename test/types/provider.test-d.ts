/*
 * What a provider may not be, for the compiler (npm run types): each marked line must not compile, and
 * everything else must. A mark without an error is an error by itself.
 */
import type { JobState, JobStatus } from '../../nodes/jobs/job';
import { defineOperation } from '../../nodes/providers/provider';
import type { Operation, Model, Provider } from '../../nodes/providers/provider';
import type { Call } from '../../nodes/wire/call';
import type { StateCase } from '../fixtures/fixture';

const call: Call = { method: 'POST', path: '/create' };
const models: readonly Model[] = [{ id: 'veo', imageModes: ['none'] }];
const read: Operation['read'] = () => ({ kind: 'unreadable', message: 'nothing' });
const createDocument = 'https://example.com/document';

// A whole provider, its words and its states.

type Word = 'waiting' | 'done' | 'failed';
export const words: Record<Word, JobStatus> = {
	waiting: 'queued',
	done: 'succeeded',
	failed: 'failed',
};

const options = {
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'Size of the video',
		choices: ['720p', '1080p'],
		default: '720p',
	},
	seed: { type: 'number', label: 'Seed', description: 'The same again', default: 0 },
} as const;

const create = defineOperation({
	models,
	options,
	warn: ({ options: { resolution } }) => (resolution === '1080p' ? 'It is slow' : undefined),
	request: ({ prompt, options: { seed } }) => ({ ...call, json: { prompt, seed } }),
	read,
});

const status: Provider['status'] = {
	request: (jobId) => ({ method: 'GET', path: `/jobs/${jobId}` }),
	read: () => ({
		kind: 'read',
		value: { status: 'succeeded', videos: [{ kind: 'final', links: ['https://a.com/b.mp4'] }] },
	}),
};

const described = {
	label: 'Whole',
	document: createDocument,
	credential: 'veoWholeApi',
} as const;

export const whole: Provider = { ...described, create, status };

export const states: readonly JobState[] = [
	{ status: 'succeeded', videos: [] },
	{ status: 'failed', failure: { code: 'busy', message: 'Later', retryable: true } },
];

// What is not finished.

// @ts-expect-error a status word without a meaning
export const unmappedWord: Record<Word, JobStatus> = { waiting: 'queued', done: 'succeeded' };

// @ts-expect-error a status word with a meaning that is none of ours
export const strangeMeaning: Record<Word, JobStatus> = { ...words, done: 'complete' };

// @ts-expect-error a provider that cannot be asked how a job is
export const withoutStatus: Provider = { ...described, create };

// @ts-expect-error a provider that creates nothing
export const withoutCreate: Provider = { ...described, status };

// @ts-expect-error a credential that is none of this package
export const strangeCredential: Provider['credential'] = 'openAiApi';

// @ts-expect-error a credential that cannot be used, and no word of why
export const silentCredential: Provider['readCredential'] = () => ({ kind: 'unusable' });

// @ts-expect-error succeeded, and no word of the video
export const withoutVideos: JobState = { status: 'succeeded' };

// @ts-expect-error failed, and no word of why
export const withoutFailure: JobState = { status: 'failed' };

export const strangeCode: JobState = {
	status: 'failed',
	// @ts-expect-error a failure code that no workflow knows
	failure: { code: 'oops', message: 'Later', retryable: true },
};

export const undeclaredOption = defineOperation({
	models,
	options,
	// @ts-expect-error an option is read that was not declared
	request: ({ options: { duration } }) => ({ ...call, json: { duration } }),
	read,
});

export const noOptions = defineOperation({
	models,
	options: {},
	// @ts-expect-error an option is read where none is declared
	request: (input) => ({ ...call, json: { seed: input.options.seed } }),
	read,
});

export const strangeChoice = defineOperation({
	models,
	options,
	// @ts-expect-error a choice is compared with what is none of its values
	warn: ({ options: { resolution } }) => (resolution === '4k' ? 'It is slow' : undefined),
	request: () => call,
	read,
});

export const withoutRead =
	// @ts-expect-error an operation whose answer is not read
	defineOperation({ models, options, request: () => call });

// @ts-expect-error a case that no document stands behind
export const undocumented: StateCase = { name: 'queued', body: {}, state: { status: 'queued' } };
