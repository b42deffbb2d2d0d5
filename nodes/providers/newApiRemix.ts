// New API gateway with 15-second "remix" models: https://6l0ket291i.apifox.cn/449549907e0
// Remix route and body shapes: QuantumNous/new-api, router/video-router.go and dto/task.go
import type { Failure, JobState, JobVideo } from '../jobs/job';
import { readCreatedTask, readTask, readTaskState } from './newApi';
import { creation } from './provider';
import type {
	Answer,
	Call,
	CreationInput,
	FormPart,
	Image,
	Model,
	Problem,
	Provider,
} from './provider';
import { isProblem, readFailure, readLink, readString } from './reading';
import type { UnknownRecord } from './reading';

// The order of "hd" and "fl" differs between the two families in the gateway's own list.
const eightSecondModels: readonly Model[] = [
	...['veo_3_1-fast', 'veo_3_1', 'veo_3_1-fast-hd', 'veo_3_1-hd'].map((id): Model => ({
		id,
		imageModes: ['none', 'referenceImages'],
	})),
	...['veo_3_1-fast-fl', 'veo_3_1-fl', 'veo_3_1-fast-fl-hd', 'veo_3_1-hd-fl'].map((id): Model => ({
		id,
		imageModes: ['firstFrame', 'firstAndLastFrame'],
	})),
];
const fifteenSecondModels = eightSecondModels.map((model) => ({
	...model,
	id: `${model.id}-remix`,
}));

const sizes = {
	'16:9': { '720p': '1280x720', '1080p': '1920x1080' },
	'9:16': { '720p': '720x1280', '1080p': '1080x1920' },
};
const options = {
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'Size of the video. Only the models with "hd" in their name give 1080p.',
		choices: ['720p', '1080p'],
		default: '720p',
	},
} as const;
type Input = CreationInput<typeof options>;

const isHd = (model: string) => model.split('-').includes('hd');
const isFifteenSeconds = (model: string) => model.endsWith('-remix');

const imagePart = (image: Image): FormPart =>
	image.kind === 'link'
		? { field: 'input_reference[]', value: image.url }
		: { field: 'input_reference[]', file: image };

const videoCall = (input: Input, ...added: FormPart[]): Call => ({
	method: 'POST',
	path: '/v1/videos',
	form: [
		{ field: 'model', value: input.model },
		{ field: 'prompt', value: input.prompt },
		...added,
		{
			field: 'size',
			value:
				sizes[input.aspectRatio][
					input.options.resolution ?? (isHd(input.model) ? '1080p' : '720p')
				],
		},
		...input.images.map(imagePart),
	],
});

const warnOfResolution = ({ model, options: { resolution } }: Input) =>
	resolution === '1080p' && !isHd(model)
		? `The model ${model} gives 720p. For 1080p choose one with "hd" in its name`
		: undefined;

const images = {
	modes: ['none', 'firstFrame', 'firstAndLastFrame', 'referenceImages'],
	mostReferences: 3,
	accepts: ['link', 'bytes'],
} as const;

function stateOf(answer: Answer): JobState | Problem {
	const state = readTaskState(answer);
	if (isProblem(state)) return state;
	const { task, video } = readTask(answer);
	if (state.status === 'failed') return { ...state, ...failureOf(task, video) };
	const url = readLink(video, 'first_video_url');
	if (state.status !== 'succeeded' || url === undefined || typeof state.videos === 'string') {
		return state;
	}
	return { ...state, videos: [...state.videos, { url, kind: 'firstSegment' }] };
}

function failureOf(
	task: UnknownRecord,
	video: UnknownRecord,
): { failure: Failure; videos?: JobVideo[] } {
	const said = readString(video, 'error', 'code');
	const failure = readFailure(
		readString(video, 'error', 'message') === undefined ? task : video,
		'generation_failed',
	);
	const url = readLink(video, 'video_url');
	if (said === 'generate_failed') return { failure: { ...failure, code: 'generate_failed' } };
	if (said !== 'extend_failed') return { failure };
	return {
		failure: { ...failure, code: 'extend_failed', partial: url !== undefined },
		videos: url === undefined ? [] : [{ url, kind: 'firstSegment' }],
	};
}

const readCreated = (answer: Answer) => readCreatedTask(answer, stateOf(answer));

// The page says that remix_id serves to try the extension again, and names no route for it. This is
// the family's remix route; the path can be changed because another deployment may differ.
const remix = creation({
	models: [{ id: 'veo_3_1-extend', imageModes: ['none'] }],
	options: {
		remixPath: {
			type: 'text',
			label: 'Remix Path',
			description: 'Path of the remix route at your gateway. {id} stands for the job or remix ID.',
			default: '/v1/videos/{id}/remix',
		},
	},
	reject: ({ options: { remixPath } }) =>
		remixPath !== undefined && !remixPath.includes('{id}')
			? 'Remix Path must contain {id}, where the job or remix ID goes'
			: undefined,
	request: ({ sourceId, prompt, model, options: { remixPath } }) => ({
		method: 'POST',
		path: (remixPath ?? '/v1/videos/{id}/remix').replace('{id}', encodeURIComponent(sourceId)),
		json: { prompt, model },
	}),
	read: readCreated,
});

export const newApiRemix: Provider = {
	label: 'New API Remix (15 s)',
	document: 'https://6l0ket291i.apifox.cn/449549907e0',
	credential: 'veoNewApiRemixApi',
	advice: { typicalSeconds: 180, checkSeconds: 15 },

	create: creation({
		models: eightSecondModels,
		images,
		takesAspectRatio: true,
		options,
		warn: warnOfResolution,
		reject: ({ model }) =>
			isFifteenSeconds(model)
				? `The model ${model} makes 15-second videos and needs a second prompt: use the node Veo Remix Extend`
				: undefined,
		request: (input) => videoCall(input),
		read: readCreated,
	}),

	createExtended: creation({
		models: fifteenSecondModels,
		images,
		takesAspectRatio: true,
		options,
		warn: warnOfResolution,
		reject: ({ model }) =>
			isFifteenSeconds(model)
				? undefined
				: `The model ${model} makes 8-second videos. The 15-second models end in "-remix"`,
		request: (input) => videoCall(input, { field: 'prompt_extend', value: input.promptExtend }),
		read: readCreated,
	}),

	extend: remix,
	retryExtension: remix,

	status: {
		request: (jobId) => ({ method: 'GET', path: `/v1/videos/${encodeURIComponent(jobId)}` }),
		read: stateOf,
	},

	download: (jobId) => ({ method: 'GET', path: `/v1/videos/${encodeURIComponent(jobId)}/content` }),

	isVideoModel: (modelId) => /^veo/i.test(modelId),
};
