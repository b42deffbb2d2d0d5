// fal.ai: https://fal.ai/models/fal-ai/veo3.1/llms.txt (fields), https://fal.ai/docs/platform-apis/v1/models (list),
// and fal-ai/fal-js, libs/client/src: types/endpoints.ts (fields of all models), storage.ts (upload).
import { describeAnswer } from '../wire/answers';
import type { Call, JsonRecord } from '../wire/call';
import { readLink, readList, readString } from '../wire/readers';
import { imageUrl, withoutSlash } from '../wire/writers';
import { falBalance } from './dialects/balance';
import { callbackUrl, withCallback } from './dialects/callbackUrl';
import {
	allImageModes,
	frameModes,
	isVeoModel,
	modelsWith,
	ratioBesideImages,
} from './dialects/models';
import { cancelQueued, queueCallback, queueStatus, readQueued } from './dialects/queue';
import { snakeCaseOptions, toSnakeCase, veoParameters } from './dialects/veoParameters';
import { defineOperation } from './provider';
import type { ImageMode, Model, OperationInput, OptionValues, Provider } from './provider';

/** The endpoints of a Veo model. Of other models, each endpoint is a model of its own. */
const endpoints: Record<ImageMode, string> = {
	none: '',
	firstFrame: '/image-to-video',
	firstAndLastFrame: '/first-last-frame-to-video',
	referenceImages: '/reference-to-video',
};
const toPath = (model: string, endpoint: string) =>
	`/${model}${isVeoModel(model) && !/-video$/.test(model) ? endpoint : ''}`;
const toVideoModel = (listed: unknown) =>
	readString(listed, 'metadata', 'category')?.endsWith('-to-video')
		? (readString(listed, 'endpoint_id') ?? [])
		: [];
const models: readonly Model[] = [
	...modelsWith(allImageModes, 'fal-ai/veo3.1'),
	...modelsWith(frameModes, 'fal-ai/veo3.1/fast', 'fal-ai/veo3.1/lite'),
];

const { durationSeconds, resolution } = veoParameters;
const options = { ...snakeCaseOptions, callbackUrl, durationSeconds, resolution } as const;
const videoUrl = {
	type: 'text',
	label: 'Video URL',
	description: 'The link to the video to extend. Required.',
	default: '={{ $json.videoUrl }}',
} as const;
type CreateInput = OperationInput<typeof options>;

const post = (
	path: string,
	model: string,
	chosen: OptionValues<typeof options>,
	fields: JsonRecord,
): Call => {
	// Has fal.ai rewrite a prompt that its filter rejects: the default of some endpoints of Veo only.
	const autoFix = isVeoModel(model) ? true : undefined;
	const json = { ...fields, ...toSnakeCase(chosen), auto_fix: autoFix };
	return withCallback({ method: 'POST', path, json }, queueCallback, chosen.callbackUrl);
};

function toImageFields({ model, imageMode, images }: CreateInput): JsonRecord {
	const [first, last] = images.map(imageUrl);
	if (imageMode === 'referenceImages') return { image_urls: images.map(imageUrl) };
	if (imageMode !== 'firstAndLastFrame') return { image_url: first };
	return isVeoModel(model)
		? { first_frame_url: first, last_frame_url: last }
		: { image_url: first, end_image_url: last };
}

function rejectVeo({ model, imageMode, options: chosen }: CreateInput): string | undefined {
	if (!/\/veo3/.test(model)) return undefined;
	const { durationSeconds: seconds = 8 } = chosen;
	const variant = /\/(fast|lite)(?:\/|$)/.exec(model)?.[1];
	if (variant === 'lite' && chosen.resolution === '4k') return `${model} has no 4K`;
	if (imageMode !== 'referenceImages' || (variant === undefined && seconds === 8)) {
		return [4, 6, 8].includes(seconds) ? undefined : 'Veo makes videos of 4, 6 or 8 seconds';
	}
	return 'Reference images need the model fal-ai/veo3.1 and a duration of 8 seconds';
}

const rejectModel = (model: string) =>
	/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)+$/.test(model)
		? undefined
		: `"${model}" is not an endpoint of Fal.ai, such as fal-ai/veo3.1`;

export const fal: Provider = {
	label: 'Fal.ai',
	document: 'https://fal.ai/docs/api-reference/inference-api',
	credential: 'veoFalApi',
	takesAnyModel: true,
	veoModel: /^fal-ai\//,
	keyUrlFields: ['uploadUrl'],

	create: defineOperation({
		models,
		images: { modes: allImageModes, maxReferences: 3, accepts: ['link'] },
		takesAspectRatio: true,
		callback: queueCallback,
		options,
		reject: (input) => rejectModel(input.model) ?? rejectVeo(input),
		request: (input) => {
			const { model, prompt, imageMode, options: chosen } = input;
			const { durationSeconds: seconds } = chosen;
			return post(toPath(model, endpoints[imageMode]), model, chosen, {
				...{ prompt, ...toImageFields(input), aspect_ratio: ratioBesideImages(input) },
				duration: seconds && `${seconds}${isVeoModel(model) ? 's' : ''}`,
				resolution: chosen.resolution,
			});
		},
		read: readQueued,
	}),

	extend: defineOperation({
		models: models.slice(0, 2).map(({ id }) => ({ id, imageModes: ['none'] })),
		callback: queueCallback,
		options: { ...snakeCaseOptions, callbackUrl, videoUrl },
		reject: ({ model, options: chosen }) =>
			/^https?:/i.test(chosen.videoUrl ?? '')
				? rejectModel(model)
				: 'Fal.ai extends a video by its link: add the option Video URL',
		request: ({ model, prompt, options: { videoUrl: video_url, ...chosen } }) =>
			post(toPath(model, '/extend-video'), model, chosen, { prompt, video_url }),
		read: readQueued,
	}),

	status: queueStatus,
	cancel: cancelQueued,
	balance: falBalance,

	models: {
		request: ({ platformUrl }, search) => ({
			method: 'GET',
			path: `${withoutSlash(platformUrl || 'https://api.fal.ai/v1')}/models`,
			query: { q: search || 'veo', status: 'active' },
		}),
		isPartial: true,
		read: ({ body }) => ({ kind: 'read', value: readList(body, 'models').flatMap(toVideoModel) }),
	},

	upload: {
		request: ({ mimeType, fileName }, { uploadUrl = '' }) => ({
			method: 'POST',
			path: `${withoutSlash(uploadUrl)}/storage/upload/initiate`,
			query: { storage_type: 'fal-cdn-v3' },
			json: { content_type: mimeType, file_name: fileName },
		}),
		read: (answer, file) => {
			const [path, link] = ['upload_url', 'file_url'].map((name) => readLink(answer.body, name));
			return path === undefined || link === undefined
				? { kind: 'unreadable', message: describeAnswer(answer) }
				: { kind: 'read', value: { link, send: { method: 'PUT', path, file, withoutKey: true } } };
		},
	},
};
