/*
 * OpenAI's video format, which most providers imitate: /v1/videos for the create, and below it the
 * status, the file and the remix. New API, the software of most of them, answers the same routes with its
 * own tasks; the fields of an answer show which of the two it is.
 * OpenAI, API reference of videos; QuantumNous/new-api, router/video-router.go, dto/task.go, model/task.go
 */
import type { JobState, JobStatus } from '../../jobs/job';
import { readCreatedJob, readState } from '../../wire/answers';
import { defineOperation } from '../provider';
import type { Operation, ImageRules, Model, Provider } from '../provider';
import type { Answer, Call, CreatedJob, Reading } from '../../wire/call';
import {
	readLink,
	readNumbers,
	readProgress,
	readRecord,
	readStatus,
	readString,
	readTime,
	readVideoLinks,
} from '../../wire/readers';
import type { UnknownRecord } from '../../wire/readers';
import { fillPath } from '../../wire/writers';
import { allImageModes } from './models';

// The status words of the video object, and those of New API's task.
type VideoStatus =
	| 'queued'
	| 'pending'
	| 'in_progress'
	| 'processing'
	| 'completed'
	| 'succeeded'
	| 'failed'
	| 'cancelled'
	| 'canceled';
type TaskStatus = 'not_start' | 'submitted' | 'unknown' | 'success' | 'failure';

const statusWords: Record<VideoStatus | TaskStatus, JobStatus> = {
	queued: 'queued',
	pending: 'queued',
	in_progress: 'running',
	processing: 'running',
	completed: 'succeeded',
	succeeded: 'succeeded',
	failed: 'failed',
	cancelled: 'canceled',
	canceled: 'canceled',
	not_start: 'queued',
	submitted: 'queued',
	unknown: 'queued',
	success: 'succeeded',
	failure: 'failed',
};

/** New API's task and the video inside it. For the video object, both are the answer itself. */
export interface VideoTask {
	task: UnknownRecord;
	video: UnknownRecord;
}

/** Finds the task and the video in an answer: a bare task, a wrapped task or the video object. */
export function readVideoTask({ body }: Answer): VideoTask {
	const wrapped = readRecord(body, 'data');
	const isWrapped =
		readString(body, 'status') === undefined &&
		(readString(wrapped, 'task_id') ?? readString(wrapped, 'status')) !== undefined;
	const task = isWrapped ? wrapped : readRecord(body);
	const inner = readRecord(task, 'data');
	return { task, video: Object.keys(inner).length > 0 ? inner : task };
}

/** The state in an answer. If the task and the video in it differ, the task decides. */
export function readVideoState(answer: Answer): Reading<JobState> {
	const { task, video } = readVideoTask(answer);
	const word = readStatus(statusWords, task, 'status');
	const facts = {
		progress: readProgress(video, 'progress') ?? readProgress(task, 'progress'),
		model: readString(video, 'model'),
		remixId: readString(video, 'remix_id'),
		extensionId: readString(video, 'remix_id_extend'),
		createdAt: readTime(task, 'submit_time') ?? readTime(video, 'created_at'),
		expiresAt: readTime(video, 'expires_at'),
		completedAt: readTime(video, 'completed_at') ?? readTime(task, 'finish_time'),
		// New API's `quota` is what it took; others add `usage` to the video: openrouter.ai, get-videos.
		usage: readNumbers({ ...readRecord(video, 'usage'), quota: task.quota }),
	};
	// The task has the reason of a failure. An answer without a state is passed on unchanged.
	const source = word === undefined ? answer : { ...answer, body: task };
	const links = [readResultLink(task, video)];
	return readState(source, word, facts, { links, otherwise: 'download' });
}

/** The first result link that needs no key. */
function readResultLink(task: UnknownRecord, video: UnknownRecord): string | undefined {
	const links = [
		...readVideoLinks(video),
		...readVideoLinks(task),
		// Older builds have the link of a success here.
		readLink(task, 'fail_reason'),
	];
	// Often the /content route of another host, with that host's id: the download route is used instead.
	return links.find((link) => link !== undefined && !/\/content\/?$/.test(link));
}

/** The fields of an answer to a create or a remix that may have the job's id, best first. */
export const videoIdPlaces: readonly string[] = ['data.task_id', 'task_id', 'id'];

/** The job in an answer to a create or a remix. */
export function readCreatedVideo(answer: Answer): Reading<CreatedJob> {
	return readCreatedJob(answer, readVideoState(answer), ...videoIdPlaces);
}

/** The images that the family accepts: frames, or up to three references. */
export const videoImages: ImageRules = {
	modes: allImageModes,
	maxReferences: 3,
	accepts: ['link', 'bytes'],
};

/** The status route. The credential may set another. */
export const videoStatus: Provider['status'] = {
	request: (jobId, { statusPath }) => ({
		method: 'GET',
		path: fillPath(statusPath || '/v1/videos/{id}', jobId),
	}),
	read: readVideoState,
};

/** The route of the file. The credential may set another. */
export const videoContent: NonNullable<Provider['download']> = (jobId, { contentPath }) => ({
	method: 'GET',
	path: fillPath(contentPath || '/v1/videos/{id}/content', jobId),
});

const remixModels: readonly Model[] = [{ id: 'veo_3_1-extend', imageModes: ['none'] }];
const remixPath = '/v1/videos/{id}/remix';

/** The remix route, which continues a finished video in a new job. */
export const remix: Operation = defineOperation({
	models: remixModels,
	options: {},
	request: ({ sourceId, prompt, model }): Call => ({
		method: 'POST',
		path: fillPath(remixPath, sourceId),
		json: { prompt, model },
	}),
	read: readCreatedVideo,
});

/** The same for providers that do not document the route: the user may change its path. */
export const remixAnywhere: Operation = defineOperation({
	models: remixModels,
	options: {
		remixPath: {
			type: 'text',
			label: 'Remix Path',
			description: 'Path of the remix endpoint. {id} stands for the job or remix ID.',
			default: remixPath,
		},
	},
	reject: ({ options: { remixPath: path = remixPath } }) => {
		if (!path.startsWith('/')) return 'Remix Path must begin with "/"';
		return path.includes('{id}')
			? undefined
			: 'Remix Path must contain {id}, which stands for the job or remix ID';
	},
	request: ({ sourceId, prompt, model, options }) => ({
		method: 'POST',
		path: fillPath(options.remixPath ?? remixPath, sourceId),
		json: { prompt, model },
	}),
	read: readCreatedVideo,
});
