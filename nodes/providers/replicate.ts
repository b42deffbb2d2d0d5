// Replicate: https://replicate.com/docs/reference/http; the input of Veo: https://replicate.com/google/veo-3.1/api
import type { JobState, JobStatus } from '../jobs/job';
import type { VideoLinks } from '../wire/answers';
import { readCreatedJob, readState, readUploaded } from '../wire/answers';
import { defineOperation } from './provider';
import type { OperationInput, Provider } from './provider';
import type { Answer, CreatedJob, Reading } from '../wire/call';
import { callbackUrl, withCallback } from './dialects/callbackUrl';
import { findPrediction, predictionCallback } from './dialects/findPrediction';
import {
	allImageModes,
	firstFrameModes,
	frameModes,
	modelsWith,
	ratioBesideImages,
} from './dialects/models';
import { snakeCaseOptions, toSnakeCase, veoParameters } from './dialects/veoParameters';
import * as read from '../wire/readers';
import { fillPath, imageUrl } from '../wire/writers';

type Status = 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled' | 'aborted';
const statusWords: Record<Status, JobStatus> = {
	starting: 'queued',
	processing: 'running',
	succeeded: 'succeeded',
	failed: 'failed',
	canceled: 'canceled',
	// Its deadline came before it started. It is not charged.
	aborted: 'canceled',
};

const options = {
	...snakeCaseOptions,
	...{ callbackUrl, durationSeconds: veoParameters.durationSeconds },
	resolution: {
		type: 'choice',
		label: 'Resolution',
		description: 'The size of the video. Without it, Veo 3.1 generates 1080p and Veo 3 720p.',
		choices: ['720p', '1080p'],
		default: '1080p',
	},
} as const;
type Input = OperationInput<typeof options>;

const modelName = /^\w[\w.-]*\/\w[\w.-]*$/;
const modelVersion = /^(?:\w[\w.-]*\/\w[\w.-]*:)?[0-9a-f]{64}$/;

function rejectInput({ model, imageMode, aspectRatio, options: chosen }: Input) {
	if (!modelName.test(model) && !modelVersion.test(model)) {
		return `The model ${model} is not one of Replicate: their IDs name an owner, such as google/veo-3.1`;
	}
	if (imageMode !== 'referenceImages' || !model.startsWith('google/veo')) return undefined;
	const takesReferences = aspectRatio === '16:9' && (chosen.durationSeconds ?? 8) === 8;
	return takesReferences ? undefined : 'Veo uses reference images only in 16:9 and for 8 seconds';
}

/** What the model gets. The names are Veo's, which most of the other models have too. */
function toModelInput(input: Input) {
	const { prompt, imageMode, images, options: chosen } = input;
	const [image, lastFrame] = images.map(imageUrl);
	return {
		prompt,
		aspect_ratio: ratioBesideImages(input),
		duration: chosen.durationSeconds,
		resolution: chosen.resolution,
		...toSnakeCase(chosen),
		...(imageMode === 'referenceImages'
			? { reference_images: images.map(imageUrl) }
			: { image, last_frame: lastFrame }),
	};
}

/** The output is one link or a list of them, by the model. */
function videoLinks(body: unknown): VideoLinks {
	const isRemoved = read.readRecord(body).data_removed === true;
	const otherwise = isRemoved ? { removed: 'Replicate removes it an hour after the job' } : 'late';
	return { videos: read.readVideoList(body, 'output'), otherwise };
}

function readPrediction(answer: Answer): Reading<JobState> {
	const { body } = answer;
	// In an error, which has no id, `status` is that of HTTP.
	const isPrediction = read.readString(body, 'id') !== undefined;
	const word = isPrediction ? read.readStatus(statusWords, body, 'status') : undefined;
	const facts = {
		model: read.readString(body, 'model'),
		createdAt: read.readTime(body, 'created_at'),
		completedAt: read.readTime(body, 'completed_at'),
		usage: read.readNumbers(body, 'metrics'),
	};
	return readState(answer, word, facts, videoLinks(body));
}

function readCreated(answer: Answer): Reading<CreatedJob> {
	const reading = readCreatedJob(answer, readPrediction(answer), 'id');
	const isAboutModel = answer.httpStatus === 404 && 'detail' in read.readRecord(answer.body);
	if (reading.kind !== 'refused' || !isAboutModel) return reading;
	return { ...reading, failure: { ...reading.failure, code: 'model_retired' } };
}

const post = { method: 'POST' } as const;

export const replicate: Provider = {
	label: 'Replicate',
	document: 'https://replicate.com/docs/reference/http',
	credential: 'veoReplicateApi',
	takesAnyModel: true,
	veoModel: /^google\//,

	create: defineOperation({
		models: [
			...modelsWith(frameModes, 'google/veo-3.1-fast'),
			...modelsWith(allImageModes, 'google/veo-3.1'),
			...modelsWith(firstFrameModes, 'google/veo-3-fast', 'google/veo-3'),
		],
		images: { modes: allImageModes, maxReferences: 3, accepts: ['link'] },
		takesAspectRatio: true,
		callback: predictionCallback,
		options,
		reject: rejectInput,
		request: (input) => {
			const { model, options: chosen } = input;
			const json = { input: toModelInput(input) };
			const create = modelName.test(model)
				? { ...post, path: `/v1/models/${model}/predictions`, json }
				: { ...post, path: '/v1/predictions', json: { version: model, ...json } };
			return withCallback(create, predictionCallback, chosen.callbackUrl);
		},
		read: readCreated,
	}),

	status: {
		request: (jobId) => ({ method: 'GET', path: fillPath('/v1/predictions/{id}', jobId) }),
		read: readPrediction,
	},
	find: findPrediction(readCreated),
	cancel: (jobId) => ({ ...post, path: fillPath('/v1/predictions/{id}/cancel', jobId) }),

	models: {
		request: () => ({ method: 'GET', path: '/v1/collections/text-to-video' }),
		read: ({ body }) => {
			const idOf = (model: unknown) =>
				['owner', 'name'].map((part) => read.readString(model, part)).join('/');
			const ids = read.readList(body, 'models').map(idOf);
			return { kind: 'read', value: ids.filter((id) => modelName.test(id)) };
		},
	},
	upload: {
		request: (value) => ({ ...post, path: '/v1/files', form: [{ field: 'content', value }] }),
		read: (answer) => readUploaded(answer, 'urls', 'get'),
	},
};
