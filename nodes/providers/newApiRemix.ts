// New API provider with 15-second "remix" models: https://6l0ket291i.apifox.cn/449549907e0
// Remix route and body shapes: QuantumNous/new-api, router/video-router.go and dto/task.go
import type { JobState } from '../jobs/job';
import { readCreatedJob } from '../wire/answers';
import { defineOperation } from './provider';
import type { Operation, OperationInput, Model, Provider } from './provider';
import type { Answer, Call, FormPart, Reading } from '../wire/call';
import { readLink, readString } from '../wire/readers';
import type { UnknownRecord } from '../wire/readers';
import { newApiBalance } from './dialects/balance';
import { modelsWith } from './dialects/models';
import {
	readVideoState,
	readVideoTask,
	remixAnywhere,
	videoContent,
	videoIdPlaces,
	videoImages,
	videoStatus,
} from './dialects/videos';
import { imagePart, pixelSizes } from '../wire/writers';

// The provider's list has both orders of "hd" and "fl".
const eightSecondModels: readonly Model[] = [
	...modelsWith(
		['none', 'referenceImages'],
		...['veo_3_1-fast', 'veo_3_1', 'veo_3_1-fast-hd', 'veo_3_1-hd'],
	),
	...modelsWith(
		['firstFrame', 'firstAndLastFrame'],
		...['veo_3_1-fast-fl', 'veo_3_1-fl', 'veo_3_1-fast-fl-hd', 'veo_3_1-hd-fl'],
	),
];
const fifteenSecondModels = eightSecondModels.map((model) => ({
	...model,
	id: `${model.id}-remix`,
}));

const options = {
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'The size of the video. Only models with "hd" in their name support 1080p.',
		choices: ['720p', '1080p'],
		default: '720p',
	},
} as const;
type Input = OperationInput<typeof options>;

const isHd = (model: string) => model.split('-').includes('hd');
const isFifteenSeconds = (model: string) => model.endsWith('-remix');

const buildVideoCall = (input: Input, ...added: FormPart[]): Call => ({
	method: 'POST',
	path: '/v1/videos',
	form: [
		{ field: 'model', value: input.model },
		{ field: 'prompt', value: input.prompt },
		...added,
		{
			field: 'size',
			value:
				pixelSizes[input.aspectRatio][
					input.options.resolution ?? (isHd(input.model) ? '1080p' : '720p')
				],
		},
		...input.images.map((image) => imagePart(image, 'input_reference[]')),
	],
});

const warnOfResolution = ({ model, options: { resolution } }: Input) =>
	resolution === '1080p' && !isHd(model)
		? `The model ${model} generates 720p. For 1080p, choose one with "hd" in its name`
		: undefined;

function readJobState(answer: Answer): Reading<JobState> {
	const reading = readVideoState(answer);
	if (reading.kind !== 'read') return reading;
	const { video } = readVideoTask(answer);
	return { kind: 'read', value: withFirstSegment(reading.value, video) };
}

function withFirstSegment(state: JobState, video: UnknownRecord): JobState {
	const first = readLink(video, 'first_video_url');
	if (state.status === 'succeeded' && state.videos.length > 0 && first !== undefined) {
		return { ...state, videos: [...state.videos, { kind: 'firstSegment', links: [first] }] };
	}
	// If the extension failed, the link is to the first 8 seconds instead of the complete video.
	if (state.status !== 'failed' || readString(video, 'error', 'code') !== 'extend_failed') {
		return state;
	}
	const link = readLink(video, 'video_url');
	return {
		...state,
		failure: { ...state.failure, code: 'extend_failed', partial: link !== undefined },
		videos: link === undefined ? [] : [{ kind: 'firstSegment', links: [link] }],
	};
}

const readCreated = (answer: Answer) =>
	readCreatedJob(answer, readJobState(answer), ...videoIdPlaces);

/** What a video of 8 seconds and one of 15 have in common. */
const videoOperation = {
	images: videoImages,
	takesAspectRatio: true,
	options,
	warn: warnOfResolution,
	read: readCreated,
};

// The page has `remix_id` for a retry of the extension, without a route. This is the remix route of the
// provider's family; its answer is an ordinary job.
const remix: Operation = { ...remixAnywhere, read: readCreated };

export const newApiRemix: Provider = {
	label: 'New API Remix (15 s)',
	document: 'https://6l0ket291i.apifox.cn/449549907e0',
	credential: 'veoNewApiRemixApi',

	create: defineOperation({
		...videoOperation,
		models: eightSecondModels,
		reject: ({ model }) =>
			isFifteenSeconds(model)
				? `The model ${model} generates 15-second videos and needs a second prompt: use the node Veo Remix Extend`
				: undefined,
		request: (input) => buildVideoCall(input),
	}),

	createExtended: defineOperation({
		...videoOperation,
		models: fifteenSecondModels,
		reject: ({ model }) =>
			isFifteenSeconds(model)
				? undefined
				: `The model ${model} generates 8-second videos. The 15-second models end in "-remix"`,
		request: (input) =>
			buildVideoCall(input, { field: 'prompt_extend', value: input.promptExtend }),
	}),

	extend: remix,
	retryExtension: remix,

	status: { ...videoStatus, read: readJobState },
	download: videoContent,
	balance: newApiBalance(),
};
