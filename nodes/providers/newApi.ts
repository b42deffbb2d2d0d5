/*
 * How New API gateways tell about a video task, in all three shapes their builds use: the wrapped task,
 * the bare task and the OpenAI video object. QuantumNous/new-api: dto/task.go, model/task.go
 */
import type { JobState, JobStatus } from '../jobs/job';
import type { Answer, CreatedJob, Problem } from './provider';
import {
	readCreatedJob,
	readLink,
	readProgress,
	readRecord,
	readState,
	readStatus,
	readString,
	readTime,
} from './reading';
import type { UnknownRecord } from './reading';

// The gateway's own words and, where it answers with the OpenAI video object, those of that object.
type TaskStatus =
	'not_start' | 'submitted' | 'queued' | 'unknown' | 'in_progress' | 'success' | 'failure';
type VideoStatus = 'processing' | 'completed' | 'succeeded' | 'failed';

const statusWords: Record<TaskStatus | VideoStatus, JobStatus> = {
	not_start: 'queued',
	submitted: 'queued',
	queued: 'queued',
	unknown: 'queued',
	in_progress: 'running',
	processing: 'running',
	success: 'succeeded',
	completed: 'succeeded',
	succeeded: 'succeeded',
	failure: 'failed',
	failed: 'failed',
};

/** The gateway's task, and the video inside it; both are the answer itself in the OpenAI shape. */
export interface NewApiTask {
	task: UnknownRecord;
	video: UnknownRecord;
}

/** Finds the task and the video in an answer, by what is there and not by the route that was asked. */
export function readTask({ body }: Answer): NewApiTask {
	const wrapped = readRecord(body, 'data');
	const isWrapped =
		readString(body, 'code') !== undefined && readString(wrapped, 'task_id') !== undefined;
	const task = isWrapped ? wrapped : readRecord(body);
	const inner = readRecord(task, 'data');
	return { task, video: Object.keys(inner).length > 0 ? inner : task };
}

/** The state of a task. Where the outer and the inner status differ, the outer one decides. */
export function readTaskState(answer: Answer): JobState | Problem {
	const { task, video } = readTask(answer);
	const facts = {
		progress: readProgress(video, 'progress') ?? readProgress(task, 'progress'),
		model: readString(video, 'model'),
		remixId: readString(video, 'remix_id'),
		extensionId: readString(video, 'remix_id_extend'),
		createdAt: readTime(task, 'submit_time') ?? readTime(video, 'created_at'),
		expiresAt: readTime(video, 'expires_at'),
		completedAt: readTime(video, 'completed_at') ?? readTime(task, 'finish_time'),
	};
	const word = readStatus(statusWords, task, 'status');
	return readState(answer, word, facts, [resultLink(task, video)], 'download');
}

/** The job in an answer to a create or a remix. */
export function readCreatedTask(answer: Answer, state: JobState | Problem): CreatedJob | Problem {
	return readCreatedJob(answer, state, 'data.task_id', 'task_id', 'id');
}

/** The result: the video itself, or the first other place that does not ask for a key of its own. */
function resultLink(task: UnknownRecord, video: UnknownRecord): string | undefined {
	const own = readLink(video, 'video_url');
	if (own !== undefined) return own;
	const others = [
		readLink(video, 'url'),
		readLink(video, 'metadata', 'url'),
		readLink(task, 'result_url'),
		// Older builds put the link of a success here.
		readLink(task, 'fail_reason'),
	];
	// result_url often points to another host's /content with an id of that host: our own route is better.
	return others.find((link) => link !== undefined && !/\/content\/?$/.test(link));
}
