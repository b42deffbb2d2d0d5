/*
 * The video format of OpenAI, which most providers imitate: /v1/videos for the create, and below it the
 * status, the file and the remix. New API, the engine of most of them, answers the same routes with
 * tasks of its own; which shape came is told by what is in it. OpenAI, API reference of videos;
 * QuantumNous/new-api, router/video-router.go, dto/task.go, model/task.go
 */
import type { JobState, JobStatus } from '../../jobs/job';
import { readCreatedJob, readState } from '../../wire/answers';
import { defineOperation } from '../provider';
import type { Operation, ImageRules, Model, Provider } from '../provider';
import type { Answer, Call, CreatedJob, Reading } from '../../wire/call';
import {
	readLink,
	readProgress,
	readRecord,
	readStatus,
	readString,
	readTime,
	readVideoLinks,
} from '../../wire/readers';
import type { UnknownRecord } from '../../wire/readers';
import { fillPath } from '../../wire/writers';

// The words of the video object, and those of New API's own task.
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

/** New API's task and the video inside it. In the video object both are the answer itself. */
export interface VideoTask {
	task: UnknownRecord;
	video: UnknownRecord;
}

/** Finds the task and the video in an answer, whether it is bare, wrapped or the video object. */
export function readVideoTask({ body }: Answer): VideoTask {
	const wrapped = readRecord(body, 'data');
	const isWrapped =
		readString(body, 'status') === undefined &&
		(readString(wrapped, 'task_id') ?? readString(wrapped, 'status')) !== undefined;
	const task = isWrapped ? wrapped : readRecord(body);
	const inner = readRecord(task, 'data');
	return { task, video: Object.keys(inner).length > 0 ? inner : task };
}

/** The state an answer tells. Where the task and the video in it differ, the task decides. */
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
	};
	// The reason of a failure stands in the task; what is no state at all is told as it came.
	const told = word === undefined ? answer : { ...answer, body: task };
	const links = [resultLink(task, video)];
	return readState(told, word, facts, { links, otherwise: 'download' });
}

/** The result: the first link that does not ask for a key of its own. */
function resultLink(task: UnknownRecord, video: UnknownRecord): string | undefined {
	const links = [
		...readVideoLinks(video),
		...readVideoLinks(task),
		// Older builds put the link of a success here.
		readLink(task, 'fail_reason'),
	];
	// Often another host's /content with an id of that host: our own download route is better.
	return links.find((link) => link !== undefined && !/\/content\/?$/.test(link));
}

/** Where an answer to a create or a remix has the job's id, the best place first. */
export const videoIdPlaces: readonly string[] = ['data.task_id', 'task_id', 'id'];

/** The job in an answer to a create or a remix. */
export function readCreatedVideo(answer: Answer): Reading<CreatedJob> {
	return readCreatedJob(answer, readVideoState(answer), ...videoIdPlaces);
}

/** What the family takes of images: frames, or up to three references. */
export const videoImages: ImageRules = {
	modes: ['none', 'firstFrame', 'firstAndLastFrame', 'referenceImages'],
	maxReferences: 3,
	accepts: ['link', 'bytes'],
};

/** The status route. The credential may name another where a deployment has one. */
export const videoStatus: Provider['status'] = {
	request: (jobId, { statusPath }) => ({
		method: 'GET',
		path: fillPath(statusPath || '/v1/videos/{id}', jobId),
	}),
	read: readVideoState,
};

/** The route of the bytes. The credential may name another where a deployment has one. */
export const videoContent: NonNullable<Provider['download']> = (jobId, { contentPath }) => ({
	method: 'GET',
	path: fillPath(contentPath || '/v1/videos/{id}/content', jobId),
});

const remixModels: readonly Model[] = [{ id: 'veo_3_1-extend', imageModes: ['none'] }];
const remixPath = '/v1/videos/{id}/remix';

/** The remix route: a finished video becomes the start of a new one. */
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

/** The same for providers that do not document the route: its path can be changed. */
export const remixAnywhere: Operation = defineOperation({
	models: remixModels,
	options: {
		remixPath: {
			type: 'text',
			label: 'Remix Path',
			description: 'Path of the remix route at your provider. {id} stands for the job or remix ID.',
			default: remixPath,
		},
	},
	reject: ({ options: { remixPath: path = remixPath } }) => {
		if (!path.startsWith('/')) return 'Remix Path must begin with "/"';
		return path.includes('{id}')
			? undefined
			: 'Remix Path must contain {id}, where the job or remix ID goes';
	},
	request: ({ sourceId, prompt, model, options }) => ({
		method: 'POST',
		path: fillPath(options.remixPath ?? remixPath, sourceId),
		json: { prompt, model },
	}),
	read: readCreatedVideo,
});
