// APIMP, "veo-3": https://doc.apimp.ai/en/docs (Video API). Its public pages do not have the status
// route: the default is that of its family, and the credential can set another.
import type { JobState, JobStatus } from '../jobs/job';
import type { VideoLinks } from '../wire/answers';
import { readCreatedJob, readState } from '../wire/answers';
import { toFailureCode, readFailure, readReason } from '../wire/failures';
import { defineOperation } from './provider';
import type { Callback, Model, Provider } from './provider';
import type { Answer, Problem, Reading } from '../wire/call';
import { callbackUrl, withCallback } from './dialects/callbackUrl';
import { firstFrameModes } from './dialects/models';
import { veoMetadata, veoParameters } from './dialects/veoParameters';
import {
	readLink,
	readList,
	readNumber,
	readProgress,
	readStatus,
	readString,
	readTime,
	readVideoLink,
} from '../wire/readers';
import { fillPath } from '../wire/writers';

type Status =
	| 'not_started'
	| 'running'
	| 'processing'
	| 'finished'
	| 'completed'
	| 'succeeded'
	| 'failed'
	| 'error';

const statusWords: Record<Status, JobStatus> = {
	not_started: 'queued',
	running: 'running',
	processing: 'running',
	finished: 'succeeded',
	completed: 'succeeded',
	succeeded: 'succeeded',
	failed: 'failed',
	error: 'failed',
};

// Closed at Google on 2026-10-22, and those of 3.0 on 2026-06-30. The provider's page names no others.
const models: readonly Model[] = [
	'veo-3.1-fast-generate-preview',
	'veo-3.1-generate-preview',
	'veo-3.0-fast-generate-001',
	'veo-3.0-generate-001',
].map((id) => ({ id, imageModes: firstFrameModes, isClosed: true }));

/** Some errors have HTTP 200 and a `code` other than 200. */
function problemIn(answer: Answer): Problem | undefined {
	const code = readNumber(answer.body, 'code') ?? 200;
	if (code === 200) return undefined;
	if (code >= 400 && code < 500) {
		return { kind: 'refused', failure: readFailure(answer.body, toFailureCode(code)) };
	}
	return {
		kind: 'unreadable',
		message: readReason(answer.body) ?? `an error with the code ${code}`,
	};
}

function videoLinks(body: unknown): VideoLinks {
	const files = readList(body, 'data', 'files');
	const links =
		files.length === 0
			? [readVideoLink(body)]
			: files.filter(isVideo).map((file) => readLink(file, 'file_url'));
	return { links, otherwise: 'late' };
}

const isVideo = (file: unknown) =>
	/video/i.test(readString(file, 'file_type') ?? '') ||
	/\.(?:mp4|mov|webm)(?:$|\?)/i.test(readString(file, 'file_url') ?? '');

function readJobState(answer: Answer): Reading<JobState> {
	const { body } = answer;
	const facts = {
		progress: readProgress(body, 'data', 'progress'),
		createdAt: readTime(body, 'data', 'created_time'),
	};
	const word = readStatus(statusWords, body, 'data', 'status');
	return problemIn(answer) ?? readState(answer, word, facts, videoLinks(body));
}

/** "task_id" stands where the answer to a check has it: the tasks of the API share that shape. */
const callback: Callback = {
	place: 'json',
	field: 'callback_url',
	jobIdPaths: [['data', 'task_id'], ['task_id']],
};

export const apimp: Provider = {
	label: 'APIMP',
	document: 'https://doc.apimp.ai/en/docs',
	credential: 'veoApimpApi',

	create: defineOperation({
		models,
		images: { modes: firstFrameModes, accepts: ['link'] },
		takesAspectRatio: true,
		options: {
			callbackUrl,
			...veoParameters,
		},
		warn: ({ model, options }) =>
			options.resolution === '4k' && !model.includes('3.1')
				? `The model ${model} does not support 4k`
				: undefined,
		callback,
		request: ({ model, prompt, images, aspectRatio, options }) => {
			const json = {
				model,
				input: {
					prompt,
					image: images[0]?.kind === 'link' ? images[0].url : undefined,
					metadata: {
						// Always set: otherwise the provider derives 720p from a size of 1920x1080.
						aspectRatio,
						resolution: options.resolution ?? '720p',
						...veoMetadata(options),
					},
				},
			};
			const create = { method: 'POST', path: '/api/generate/submit', json } as const;
			return withCallback(create, callback, options.callbackUrl);
		},
		read: (answer) => readCreatedJob(answer, readJobState(answer), 'data.task_id'),
	}),

	status: {
		request: (jobId, { statusPath }) => ({
			method: 'GET',
			path: fillPath(statusPath || '/api/generate/status/{id}', jobId),
		}),
		read: readJobState,
	},
};
