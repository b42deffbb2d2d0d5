// kie.ai: https://docs.kie.ai/veo3-api/generate-veo-3-video, with get-veo-3-video-details and extend-video.
// Other models: dialects/createTask.ts. Files: https://docs.kie.ai/file-upload-api/upload-file-stream.
import { readUploaded } from '../wire/answers';
import { readList, readString } from '../wire/readers';
import { imageUrl, withoutSlash } from '../wire/writers';
import {
	createTask,
	isTaskJob,
	problemIn,
	readCreatedTask,
	readTaskState,
	taskCallback,
	taskStatus,
	toTaskJobId,
} from './dialects/createTask';
import { kieBalance } from './dialects/balance';
import { callbackUrl, withCallback } from './dialects/callbackUrl';
import { allImageModes, frameModes, modelsWith } from './dialects/models';
import { veoParameters } from './dialects/veoParameters';
import { defineOperation } from './provider';
import type { ImageMode, Model, Provider } from './provider';

const models: readonly Model[] = [
	...modelsWith(allImageModes, 'veo3_fast'),
	...modelsWith(frameModes, 'veo3'),
	...modelsWith(allImageModes, 'veo3_lite'),
];

/** Whether a model has the Veo routes. The names of others have a dash or a slash, or are "runway". */
const isVeo = (model: string) => /^veo[^-/]*$/i.test(model);

const generationTypes: Record<ImageMode, string> = {
	none: 'TEXT_2_VIDEO',
	firstFrame: 'FIRST_AND_LAST_FRAMES_2_VIDEO',
	firstAndLastFrame: 'FIRST_AND_LAST_FRAMES_2_VIDEO',
	referenceImages: 'REFERENCE_2_VIDEO',
};
const { durationSeconds, resolution } = veoParameters;
const watermarkText = {
	type: 'text',
	label: 'Watermark Text',
	description: 'A text to show in the video. Veo only.',
	default: '',
} as const;
const extendModels: Readonly<Record<string, string>> = {
	...{ veo3_fast: 'fast', veo3: 'quality', veo3_lite: 'lite' },
};

/** The video models in the catalog, which has one entry for all of the Veo routes. */
function readVideoModels(body: unknown): string[] {
	const ids = readList(body, 'data', 'models').flatMap((each) =>
		readList(each, 'taskType').some((type) => /video$/i.test(String(type)))
			? (readString(each, 'model') ?? [])
			: [],
	);
	return ids.some((id) => id.startsWith('veo')) ? [...models.map(({ id }) => id), ...ids] : ids;
}

export const kie: Provider = {
	label: 'Kie.ai',
	document: 'https://docs.kie.ai/veo3-api/generate-veo-3-video',
	credential: 'veoKieApi',
	takesAnyModel: true,
	veoModel: /^veo(?:[^-/]*$|-\d+-\d+)/i,
	keyUrlFields: ['uploadUrl'],

	create: defineOperation({
		models,
		images: { modes: allImageModes, maxReferences: 3, accepts: ['link'] },
		takesAspectRatio: true,
		callback: taskCallback,
		options: { callbackUrl, durationSeconds, resolution, watermarkText },
		reject: ({ model, imageMode, options: { durationSeconds: seconds = 8 } }) => {
			if (!isVeo(model)) return undefined;
			if (![4, 6, 8].includes(seconds)) return `${model} makes 4, 6 or 8 seconds, not ${seconds}`;
			return imageMode === 'referenceImages' && seconds !== 8
				? `${model} makes 8 seconds from reference images, not ${seconds}`
				: undefined;
		},
		request: (input) => {
			const { model, prompt, images, imageMode, aspectRatio, options } = input;
			const json = {
				...{ prompt, model, generationType: generationTypes[imageMode] },
				imageUrls: images.length === 0 ? undefined : images.map(imageUrl),
				aspect_ratio: aspectRatio,
				resolution: options.resolution,
				duration: options.durationSeconds,
				watermark: options.watermarkText || undefined,
			};
			const create = isVeo(model)
				? ({ method: 'POST', path: '/api/v1/veo/generate', json } as const)
				: createTask(input);
			return withCallback(create, taskCallback, options.callbackUrl);
		},
		read: (answer, { model }) => readCreatedTask(answer, isVeo(model) ? undefined : toTaskJobId),
	}),

	extend: defineOperation({
		models: models.map(({ id }) => ({ id, imageModes: ['none'] })),
		callback: taskCallback,
		options: { callbackUrl, watermarkText },
		reject: ({ sourceId }) =>
			isTaskJob(sourceId)
				? 'Kie.ai extends only Veo jobs, and this job is of another model'
				: undefined,
		request: ({ sourceId, model, prompt, options }) => {
			const json = {
				...{ taskId: sourceId, prompt, model: extendModels[model] ?? model },
				watermark: options.watermarkText || undefined,
			};
			const create = { method: 'POST', path: '/api/v1/veo/extend', json } as const;
			return withCallback(create, taskCallback, options.callbackUrl);
		},
		read: (answer) => readCreatedTask(answer),
	}),

	status: {
		request: (taskId) =>
			isTaskJob(taskId)
				? taskStatus(taskId)
				: { method: 'GET', path: '/api/v1/veo/record-info', query: { taskId } },
		read: readTaskState,
	},

	balance: kieBalance,
	models: {
		request: () => ({ method: 'GET', path: '/api/v1/models' }),
		read: (answer) => problemIn(answer) ?? { kind: 'read', value: readVideoModels(answer.body) },
	},

	// Without a file name: an equal name would replace the file of another job.
	upload: {
		request: (file, { uploadUrl = '' }) => ({
			method: 'POST',
			path: `${withoutSlash(uploadUrl)}/api/file-stream-upload`,
			form: [
				{ field: 'file', value: file },
				{ field: 'uploadPath', value: 'images/n8n' },
			],
		}),
		read: (answer) => {
			const reading = readUploaded(answer, 'data', 'downloadUrl');
			return reading.kind === 'read' ? reading : (problemIn(answer) ?? reading);
		},
	},
};
