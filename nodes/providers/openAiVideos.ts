// Any provider that speaks OpenAI's video format: https://platform.openai.com/docs/api-reference/videos
// as New API serves it (QuantumNous/new-api, router/video-router.go and relay/common/relay_utils.go).
import { defineOperation } from './provider';
import type { OperationInput, Model, Provider } from './provider';
import type { FormPart, JsonRecord } from '../wire/call';
import { maxDurationSeconds } from './dialects/veoParameters';
import {
	readCreatedVideo,
	remixAnywhere,
	videoContent,
	videoImages,
	videoStatus,
} from './dialects/videos';
import { imagePart, imageUrl, pixelSizes } from '../wire/writers';

// No provider has them all. The first group is the family's own, the last the ids of Google itself.
const models: readonly Model[] = [
	...['veo_3_1-fast', 'veo_3_1', 'veo3.1-fast', 'veo3.1', 'veo3.1-pro'].map((id): Model => ({
		id,
		imageModes: ['none', 'firstFrame', 'firstAndLastFrame'],
	})),
	...['veo_3_1-fast-components', 'veo3.1-fast-components'].map((id): Model => ({
		id,
		imageModes: ['none', 'referenceImages'],
	})),
	...['veo-3.1-fast-generate-001', 'veo-3.1-generate-001'].map((id): Model => ({
		id,
		imageModes: ['none', 'firstFrame'],
	})),
];

const options = {
	durationSeconds: {
		type: 'number',
		label: 'Duration (Seconds)',
		description: 'Length of the video. Most providers make 8 seconds whatever is asked.',
		default: 8,
		least: 1,
		most: maxDurationSeconds,
	},
	requestFormat: {
		type: 'choice',
		label: 'Request Format',
		description:
			"How the fields are sent. Most providers take both: a form is what OpenAI's own client sends.",
		choices: ['multipart', 'json'],
		default: 'multipart',
	},
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'Size of the video, where the model makes more than one',
		choices: ['720p', '1080p'],
		default: '720p',
	},
} as const;

type Input = OperationInput<typeof options>;

const textFields = ({ model, prompt, aspectRatio, options: chosen }: Input) => ({
	model,
	prompt,
	seconds: String(chosen.durationSeconds ?? 8),
	size: pixelSizes[aspectRatio][chosen.resolution ?? '720p'],
});

function asForm(input: Input): FormPart[] {
	const texts = Object.entries(textFields(input)).map(([field, value]) => ({ field, value }));
	return [...texts, ...input.images.map((image) => imagePart(image))];
}

function asJson(input: Input): JsonRecord {
	const [first, ...others] = input.images.map(imageUrl);
	const several = others.length > 0 && first !== undefined ? [first, ...others] : first;
	return { ...textFields(input), input_reference: several };
}

export const openAiVideos: Provider = {
	label: 'OpenAI-Compatible Gateway',
	document: 'https://platform.openai.com/docs/api-reference/videos',
	credential: 'veoOpenAiVideosApi',

	create: defineOperation({
		models,
		images: videoImages,
		takesAspectRatio: true,
		options,
		request: (input) => ({
			method: 'POST',
			path: '/v1/videos',
			...(input.options.requestFormat === 'json'
				? { json: asJson(input) }
				: { form: asForm(input) }),
		}),
		read: readCreatedVideo,
	}),

	extend: remixAnywhere,
	status: videoStatus,
	download: videoContent,
};
