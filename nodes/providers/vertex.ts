// Google Vertex AI, by now the Gemini Enterprise Agent Platform:
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation
import { readGoogleCredential } from '../../credentials/googleCredential';
import { defineOperation } from './provider';
import type { Model, OperationInput, OptionValues, Provider } from './provider';
import { allImageModes, frameModes, modelsWith } from './dialects/models';
import * as google from './dialects/googleOperation';
import { veoMetadata, veoParameters } from './dialects/veoParameters';
import type { Call, Image, JsonRecord, Settings } from '../wire/call';
import { rawBase64 } from '../wire/writers';

const models: readonly Model[] = [
	...modelsWith(allImageModes, 'veo-3.1-fast-generate-001', 'veo-3.1-generate-001'),
	...modelsWith(frameModes, 'veo-3.1-lite-generate-001'),
];

const { durationSeconds, resizeMode, ...shared } = veoParameters;
const extendOptions = {
	...shared,
	sampleCount: {
		type: 'number',
		label: 'Sample Count',
		description: 'How many videos to generate. Each is charged.',
		default: 1,
		min: 1,
		max: 4,
	},
} as const;
const options = {
	...extendOptions,
	resizeMode,
	durationSeconds: { ...durationSeconds, description: '4, 6 or 8', min: 4, max: 8 },
} as const;
const videoUrl = {
	type: 'text',
	label: 'Video URL',
	description: 'The link to the video in Google Cloud Storage. Required.',
	default: '={{ $json.videoUrl }}',
	placeholder: 'gs://bucket/folder/sample_0.mp4',
} as const;

const isOtherImage = /^image\/(?!jpe?g$|png$)/;

function rejectInput(input: OperationInput<typeof options>) {
	const { model, imageMode, images, options: chosen } = input;
	if (images.some((image) => image.kind === 'bytes' && isOtherImage.test(image.mimeType))) {
		return 'Vertex AI accepts JPEG and PNG images only: convert the others first';
	}
	const { durationSeconds: seconds = 8, resolution } = chosen;
	if (![4, 6, 8].includes(seconds)) return 'Veo generates 4, 6 or 8 seconds here';
	if (imageMode === 'referenceImages' && seconds !== 8) {
		return 'Veo uses reference images only for 8 seconds';
	}
	if (resolution !== undefined && resolution !== '720p' && seconds !== 8) {
		return `Veo generates ${resolution} only for 8 seconds`;
	}
	return rejectResolution(model, resolution);
}

const rejectResolution = (model: string, resolution?: string) =>
	resolution === '4k' && /-(?:fast|lite)-/.test(model)
		? `The model ${model} does not generate 4K. Choose 1080p, or veo-3.1-generate-001`
		: undefined;

const warnOfRegion = (_input: unknown, { region }: Settings = {}) =>
	region === 'global'
		? 'Google documents Veo for the region us-central1 only, and the credential has the region global'
		: undefined;

const predict = (
	model: string,
	{ projectId = '', region = '' }: Settings,
	instance: JsonRecord,
	{ sampleCount = 1, generateAudio = true, ...chosen }: OptionValues<typeof options>,
	aspectRatio?: string,
): Call => ({
	method: 'POST',
	path: `/v1/projects/${projectId}/locations/${region}/publishers/google/models/${encodeURIComponent(model)}:predictLongRunning`,
	json: {
		instances: [instance],
		parameters: {
			aspectRatio,
			resolution: chosen.resolution,
			sampleCount,
			...veoMetadata({ ...chosen, generateAudio }),
		},
	},
});

const imageField = (image?: Image) =>
	image?.kind === 'bytes'
		? { bytesBase64Encoded: rawBase64(image), mimeType: image.mimeType }
		: undefined;

export const vertex: Provider = {
	label: 'Google Vertex AI',
	document:
		'https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation',
	credential: 'veoVertexApi',
	veoModel: /^veo-[\w.@-]+$/,
	secretFields: ['serviceAccountJson', 'privateKey', 'apiKey'],
	keyUrlFields: ['storageUrl'],
	readCredential: readGoogleCredential,

	create: defineOperation({
		models,
		images: { modes: allImageModes, maxReferences: 3, accepts: ['bytes'] },
		takesAspectRatio: true,
		options,
		warn: warnOfRegion,
		reject: rejectInput,
		request: ({ model, prompt, imageMode, images, aspectRatio, options: chosen }, settings) => {
			const [image, lastFrame] = images.map(imageField);
			const asReference = (each: Image) => ({ image: imageField(each), referenceType: 'asset' });
			const instance =
				imageMode === 'referenceImages'
					? { prompt, referenceImages: images.map(asReference) }
					: { prompt, image, lastFrame };
			return predict(model, settings, instance, chosen, aspectRatio);
		},
		read: google.readCreatedOperation,
	}),

	extend: defineOperation({
		models: models.slice(0, 2).map(({ id }) => ({ id, imageModes: ['none'] })),
		options: { ...extendOptions, videoUrl },
		warn: warnOfRegion,
		reject: ({ model, options: chosen }) =>
			google.toStorageLink(chosen.videoUrl ?? '') === undefined
				? 'Vertex AI extends a video in Google Cloud Storage: add the option Video URL with its gs:// link, and create videos to extend with the option Storage URI'
				: rejectResolution(model, chosen.resolution),
		request: ({ model, prompt, options: { videoUrl: link = '', ...chosen } }, settings) => {
			const video = { gcsUri: google.toStorageLink(link), mimeType: 'video/mp4' };
			return predict(model, settings, { prompt, video }, chosen);
		},
		read: google.readCreatedOperation,
	}),

	status: {
		jobIdPattern: google.operationName,
		request: (jobId) => google.operationCall(jobId),
		read: google.readOperation,
	},
	listsModels: false,
	download: (jobId, { storageUrl = 'https://storage.googleapis.com' }, { index, link }) =>
		link === undefined ? google.operationCall(jobId, index) : google.storageCall(link, storageUrl),
};
