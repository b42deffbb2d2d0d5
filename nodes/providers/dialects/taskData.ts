/*
 * The task-data host, which has the status of jobs of the chat format. It needs no key.
 * tu-zi wiki, Veo: the type of asyncdata.net/source/{id}; docs.laozhang.ai, veo/api-reference
 */
import type { JobState, JobStatus } from '../../jobs/job';
import type { VideoLinks } from '../../wire/answers';
import { readState } from '../../wire/answers';
import { isHashedLink } from './chat';
import { readFailure } from '../../wire/failures';
import type { Provider } from '../provider';
import type { Answer, Reading } from '../../wire/call';
import { readLink, readRecord, readStatus, readString, readTime } from '../../wire/readers';
import { withoutSlash } from '../../wire/writers';

// In the order of a job's life.
type Status =
	| 'pending'
	| 'prompt_enhancement_checking'
	| 'prompt_enhancing'
	| 'image_downloading'
	| 'image_cropping'
	| 'image_uploading'
	| 'image_processing_completed'
	| 'video_generating'
	| 'video_generation_completed'
	| 'video_generation_failed'
	| 'video_upsampling'
	| 'video_upsampling_completed'
	| 'video_upsampling_failed'
	| 'completed'
	| 'failed';

const statusWords: Record<Status, JobStatus> = {
	pending: 'queued',
	prompt_enhancement_checking: 'queued',
	prompt_enhancing: 'queued',
	image_downloading: 'queued',
	image_cropping: 'queued',
	image_uploading: 'queued',
	image_processing_completed: 'queued',
	video_generating: 'running',
	video_generation_completed: 'running',
	video_generation_failed: 'failed',
	video_upsampling: 'running',
	video_upsampling_completed: 'running',
	video_upsampling_failed: 'failed',
	completed: 'succeeded',
	failed: 'failed',
};

/** The host in the links of chat answers, unless the credential sets another. */
const defaultTaskDataUrl = 'https://asyncdata.net';

function readTaskState(answer: Answer): Reading<JobState> {
	const { body } = answer;
	const facts = {
		model: readString(body, 'req', 'model'),
		createdAt: readTime(body, 'created_at'),
		completedAt: readTime(body, 'completed_at'),
	};
	const links = [readLink(body, 'upsample_video_url'), readLink(body, 'video_url')];
	const word = readStatus(statusWords, body, 'status');
	const found: VideoLinks = { links, otherwise: 'late' };
	if (word?.status !== 'failed') return readState(answer, word, facts, found);
	// A failed job that is still running is being retried by the host.
	if (readRecord(body).running === true) {
		return { kind: 'read', value: { ...facts, status: 'running' } };
	}
	// The video exists, only its upsampling failed.
	const hasVideo = links.some((link) => link !== undefined);
	if (readString(body, 'status') === 'video_upsampling_failed' && hasVideo) {
		return readState(answer, { status: 'succeeded' }, facts, found);
	}
	const reason =
		readString(body, 'error_message') ??
		readString(body, 'video_generation_error') ??
		readString(body, 'upsample_error');
	const failure = readFailure({ message: reason }, 'generation_failed');
	return { kind: 'read', value: { ...facts, status: 'failed', failure } };
}

/** The status of a job of the chat format, from the task-data host of the credential. */
export const taskDataStatus: Provider['status'] = {
	request: (jobId, { taskDataUrl }) => ({
		method: 'GET',
		path: `${withoutSlash(taskDataUrl || defaultTaskDataUrl)}/source/${encodeURIComponent(jobId)}`,
		withoutKey: true,
	}),
	read: readTaskState,
	cannotCheck: isHashedLink,
};
