// Any provider with OpenAI's video format: https://platform.openai.com/docs/api-reference/videos, as
// implemented by New API (QuantumNous/new-api, router/video-router.go and relay/common/relay_utils.go).
import { defineOperation } from './provider';
import type { OperationInput, Model, Provider } from './provider';
import type { FormPart, JsonRecord } from '../wire/call';
import { newApiBalance } from './dialects/balance';
import {
	firstFrameModes,
	frameModes,
	isVeoModel,
	isVideoModel,
	modelsWith,
	openAiModels,
} from './dialects/models';
import { maxDurationSeconds } from './dialects/veoParameters';
import {
	readCreatedVideo,
	remixAnywhere,
	videoContent,
	videoImages,
	videoStatus,
} from './dialects/videos';
import { imagePart, imageUrl, pixelSizes } from '../wire/writers';

// No provider has all of them. The first two groups are New API's names, the last Google's own.
const models: readonly Model[] = [
	...modelsWith(frameModes, 'veo_3_1-fast', 'veo_3_1', 'veo3.1-fast', 'veo3.1', 'veo3.1-pro'),
	...modelsWith(['none', 'referenceImages'], 'veo_3_1-fast-components', 'veo3.1-fast-components'),
	...modelsWith(firstFrameModes, 'veo-3.1-fast-generate-001', 'veo-3.1-generate-001'),
];

const options = {
	durationSeconds: {
		type: 'number',
		label: 'Duration (Seconds)',
		description: 'The length of the video. Most providers always generate 8 seconds.',
		default: 8,
		min: 1,
		max: maxDurationSeconds,
	},
	requestFormat: {
		type: 'choice',
		label: 'Request Format',
		description:
			"How to send the fields. Most providers accept both; OpenAI's own client sends a form.",
		choices: ['multipart', 'json'],
		default: 'multipart',
	},
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'The size of the video, if the model supports more than one',
		choices: ['720p', '1080p'],
		default: '720p',
	},
} as const;

type Input = OperationInput<typeof options>;

/** The fields without images. A model that is not Veo gets only what was set: not every one has the rest. */
function textFields({ model, prompt, aspectRatio, options: chosen }: Input) {
	const { durationSeconds, resolution } = chosen;
	const isVeo = isVeoModel(model);
	const seconds = durationSeconds ?? (isVeo ? 8 : undefined);
	const hasSize = isVeo || resolution !== undefined || aspectRatio !== '16:9';
	return {
		...{ model, prompt },
		seconds: seconds?.toString(),
		size: hasSize ? pixelSizes[aspectRatio][resolution ?? '720p'] : undefined,
	};
}

function toForm(input: Input): FormPart[] {
	const texts = Object.entries(textFields(input)).flatMap(([field, value]) =>
		value === undefined ? [] : [{ field, value }],
	);
	return [...texts, ...input.images.map((image) => imagePart(image))];
}

function toJson(input: Input): JsonRecord {
	const [first, ...others] = input.images.map(imageUrl);
	const several = others.length > 0 && first !== undefined ? [first, ...others] : first;
	return { ...textFields(input), input_reference: several };
}

export const openAiVideos: Provider = {
	label: 'OpenAI-Compatible Gateway',
	document: 'https://platform.openai.com/docs/api-reference/videos',
	credential: 'veoOpenAiVideosApi',
	takesAnyModel: true,

	create: defineOperation({
		models,
		images: videoImages,
		takesAspectRatio: true,
		options,
		request: (input) => ({
			method: 'POST',
			path: '/v1/videos',
			...(input.options.requestFormat === 'json'
				? { json: toJson(input) }
				: { form: toForm(input) }),
		}),
		read: readCreatedVideo,
	}),

	extend: remixAnywhere,
	models: openAiModels(isVideoModel),
	status: videoStatus,
	download: videoContent,
	balance: newApiBalance(),
};
