// Google's own Veo parameters, which some providers pass on:
// https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
import type { OptionFields, OptionValues } from '../provider';
import type { JsonRecord } from '../../wire/call';

/**
 * Upper bound of the field: some providers charge by the second. Veo generates 8
 * seconds, other models up to 25.
 */
export const maxDurationSeconds = 60;

/** The parameters as option fields. */
export const veoParameters = {
	compressionQuality: {
		type: 'choice',
		label: 'Compression Quality',
		description: 'How strongly to compress the video file',
		choices: ['optimized', 'lossless'],
		default: 'optimized',
	},
	durationSeconds: {
		type: 'number',
		label: 'Duration (Seconds)',
		description: 'The length of the video',
		default: 8,
		min: 1,
		max: maxDurationSeconds,
	},
	generateAudio: {
		type: 'boolean',
		label: 'Generate Audio',
		description: 'Whether to generate a sound track',
		default: true,
	},
	negativePrompt: {
		type: 'text',
		label: 'Negative Prompt',
		description: 'What to keep out of the video',
		default: '',
	},
	personGeneration: {
		type: 'choice',
		label: 'Person Generation',
		description: 'Which people may appear in the video',
		choices: ['allow_all', 'allow_adult', 'dont_allow'],
		default: 'allow_adult',
	},
	resizeMode: {
		type: 'choice',
		label: 'Resize Mode',
		description: 'How to fit the image to the aspect ratio of the video',
		choices: ['pad', 'crop'],
		default: 'pad',
	},
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'The size of the video. Only 3.1 models support 4k.',
		choices: ['720p', '1080p', '4k'],
		default: '720p',
	},
	seed: {
		type: 'number',
		label: 'Seed',
		description: 'The same seed and input generate a similar video',
		default: 0,
		min: 0,
		max: 4_294_967_295,
	},
	storageUri: {
		type: 'text',
		label: 'Storage URI',
		description: 'The Google Cloud Storage folder for the video, if the provider uses Vertex AI',
		default: '',
		placeholder: 'gs://bucket/folder',
	},
} as const satisfies OptionFields;

/** The chosen parameters with Google's names, without aspect ratio and resolution. */
export function veoMetadata(options: OptionValues<typeof veoParameters>): JsonRecord {
	return {
		durationSeconds: options.durationSeconds,
		negativePrompt: options.negativePrompt || undefined,
		personGeneration: options.personGeneration,
		storageUri: options.storageUri || undefined,
		compressionQuality: options.compressionQuality,
		resizeMode: options.resizeMode,
		seed: options.seed,
		generateAudio: options.generateAudio,
	};
}

const { generateAudio, negativePrompt, seed } = veoParameters;

/** The parameters that some providers take under names such as `generate_audio`. */
export const snakeCaseOptions = { generateAudio, negativePrompt, seed } as const;

/** The chosen parameters with these names. */
export function toSnakeCase(options: OptionValues<typeof snakeCaseOptions>): JsonRecord {
	return {
		generate_audio: options.generateAudio,
		negative_prompt: options.negativePrompt || undefined,
		seed: options.seed,
	};
}
