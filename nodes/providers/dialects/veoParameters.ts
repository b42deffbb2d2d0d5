// Google's own Veo parameters, which some providers pass on:
// https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
import type { OptionFields, OptionValues } from '../provider';
import type { JsonRecord } from '../../wire/call';

/**
 * The longest video that can be asked for. One generation of Veo has 8 seconds, other models up to 25, and
 * some providers charge by the second.
 */
export const maxDurationSeconds = 60;

/** The parameters that are the same wherever they are taken, as option fields. */
export const veoParameters = {
	compressionQuality: {
		type: 'choice',
		label: 'Compression Quality',
		description: 'How strongly the video file is compressed',
		choices: ['optimized', 'lossless'],
		default: 'optimized',
	},
	durationSeconds: {
		type: 'number',
		label: 'Duration (Seconds)',
		description: 'Length of the video',
		default: 8,
		least: 1,
		most: maxDurationSeconds,
	},
	generateAudio: {
		type: 'boolean',
		label: 'Generate Audio',
		description: 'Whether the video gets a sound track',
		default: true,
	},
	negativePrompt: {
		type: 'text',
		label: 'Negative Prompt',
		description: 'What must not be seen in the video',
		default: '',
	},
	personGeneration: {
		type: 'choice',
		label: 'Person Generation',
		description: 'Whether people may appear in the video',
		choices: ['allow_all', 'allow_adult', 'dont_allow'],
		default: 'allow_adult',
	},
	resizeMode: {
		type: 'choice',
		label: 'Resize Mode',
		description: 'How the image is fitted to the shape of the video',
		choices: ['pad', 'crop'],
		default: 'pad',
	},
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'Size of the video. 4k works with the 3.1 models only.',
		choices: ['720p', '1080p', '4k'],
		default: '720p',
	},
	seed: {
		type: 'number',
		label: 'Seed',
		description: 'The same seed with the same input gives a similar video',
		default: 0,
		least: 0,
		most: 4_294_967_295,
	},
	storageUri: {
		type: 'text',
		label: 'Storage URI',
		description: 'Google Cloud Storage folder for the result, where the provider uses Vertex AI',
		default: '',
		placeholder: 'gs://bucket/folder',
	},
} as const satisfies OptionFields;

/** The chosen parameters under Google's names, without aspect ratio and resolution. */
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
