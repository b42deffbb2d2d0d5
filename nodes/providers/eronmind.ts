// Eronmind, Veo in the chat format: New API project 5503894, api-340080677 (图生视频 chat格式), the same
// page as https://apidoc.poloapi.com/340080677e0. The job runs at the task-data host named in the answer.
import type { JobState, JobStatus } from '../jobs/job';
import { finishedAt, readChat, tellsJob } from './chat';
import { creation } from './provider';
import type {
	Answer,
	AspectRatio,
	Image,
	ImageMode,
	JsonRecord,
	Model,
	Problem,
	Provider,
} from './provider';
import { readFailure, readLink, readState, readStatus, readString, readTime } from './reading';

// The words of the task-data host, in the order of a job's life.
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

const defaultTaskDataUrl = 'https://asyncdata.net';

const models: readonly Model[] = [
	{ id: 'veo_3_1-fast', imageModes: ['none', 'firstFrame'] },
	{ id: 'veo_3_1', imageModes: ['none', 'firstFrame'] },
	{ id: 'veo_3_1-fast-fl', imageModes: ['firstFrame', 'firstAndLastFrame'] },
	{ id: 'veo_3_1-fl', imageModes: ['firstFrame', 'firstAndLastFrame'] },
];

const orientations: Record<AspectRatio, string> = { '16:9': 'landscape', '9:16': 'portrait' };
const orientationIn = (model: string) =>
	model.split('-').find((piece) => piece === 'landscape' || piece === 'portrait');

/** The model id with the pieces this gateway reads from it, in its order: orientation, fast, fl. */
function modelId(model: string, aspectRatio: AspectRatio, imageMode: ImageMode): string {
	const pieces = model.split('-');
	const rest = pieces.filter((piece) => !['landscape', 'portrait', 'fast', 'fl'].includes(piece));
	const orientation = orientationIn(model) ?? orientations[aspectRatio];
	const fast = pieces.includes('fast') ? ['fast'] : [];
	const frames = pieces.includes('fl') || imageMode === 'firstAndLastFrame' ? ['fl'] : [];
	return [...rest, orientation, ...fast, ...frames].join('-');
}

const imageUrl = (image: Image): JsonRecord => ({
	type: 'image_url',
	image_url: {
		url:
			image.kind === 'link'
				? image.url
				: `data:${image.mimeType};base64,${Buffer.from(image.bytes).toString('base64')}`,
	},
});

function stateOf(answer: Answer): JobState | Problem {
	const { body } = answer;
	const facts = {
		model: readString(body, 'req', 'model'),
		createdAt: readTime(body, 'created_at'),
		completedAt: readTime(body, 'completed_at'),
	};
	const links = [readLink(body, 'upsample_video_url'), readLink(body, 'video_url')];
	const word = readStatus(statusWords, body, 'status');
	if (word?.status !== 'failed') return readState(answer, word, facts, links, 'late');
	// While it says that it is running, it tries again by itself.
	if ((body as { running?: unknown }).running === true) return { ...facts, status: 'running' };
	// A video that could not be made sharper is still the video.
	if (readString(body, 'status') === 'video_upsampling_failed' && links[1] !== undefined) {
		return { ...facts, status: 'succeeded', videos: [{ url: links[1], kind: 'final' }] };
	}
	const reason =
		readString(body, 'error_message') ??
		readString(body, 'video_generation_error') ??
		readString(body, 'upsample_error');
	return {
		...facts,
		status: 'failed',
		failure: readFailure({ message: reason }, 'generation_failed'),
	};
}

export const eronmind: Provider = {
	label: 'Eronmind (Chat)',
	document: 'https://apidoc.poloapi.com/340080677e0',
	credential: 'veoEronmindApi',
	advice: { typicalSeconds: 180, checkSeconds: 15 },

	create: creation({
		models,
		images: { modes: ['none', 'firstFrame', 'firstAndLastFrame'], accepts: ['link', 'bytes'] },
		takesAspectRatio: true,
		options: {},
		warn: ({ model, aspectRatio, imageMode }) => {
			const orientation = orientationIn(model);
			if (orientation !== undefined && orientation !== orientations[aspectRatio]) {
				return `The model ${model} makes ${orientation} videos, whatever Aspect Ratio says`;
			}
			return imageMode === 'firstAndLastFrame'
				? 'Eronmind is often short of capacity for last frames: a job with the first frame only is more likely to succeed'
				: undefined;
		},
		request: ({ model, prompt, images, imageMode, aspectRatio }) => ({
			method: 'POST',
			path: '/v1/chat/completions',
			json: {
				model: modelId(model, aspectRatio, imageMode),
				stream: true,
				messages: [
					{ role: 'user', content: [{ type: 'text', text: prompt }, ...images.map(imageUrl)] },
				],
			},
		}),
		isEnough: tellsJob,
		read: readChat,
	}),

	status: {
		request: (jobId, { taskDataUrl }) => ({
			method: 'GET',
			path: `${(taskDataUrl || defaultTaskDataUrl).replace(/\/+$/, '')}/source/${encodeURIComponent(jobId)}`,
		}),
		read: stateOf,
		known: (jobId) => (/^https?:\/\//i.test(jobId) ? finishedAt(jobId) : undefined),
	},

	isVideoModel: (modelId) => /^veo/i.test(modelId),
};
