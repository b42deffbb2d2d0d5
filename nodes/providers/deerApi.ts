// DeerAPI, "veo3 async": https://apidoc.deerapi.com/api/video/veo3/async/create and …/async/query
import type { JobStatus } from '../jobs/job';
import { creation } from './provider';
import type { Answer, FormPart, Image, Model, Provider } from './provider';
import { readCreatedJob, readState, readStatus, readVideoFacts, readVideoLink } from './reading';

type Status = 'queued' | 'in_progress' | 'completed' | 'failed';

const statusWords: Record<Status, JobStatus> = {
	queued: 'queued',
	in_progress: 'running',
	completed: 'succeeded',
	failed: 'failed',
};

const models: readonly Model[] = ['veo3.1', 'veo3.1-pro', 'veo3', 'veo3-fast', 'veo3-pro'].map(
	(id) => ({
		id,
		imageModes: ['none', 'firstFrame', 'firstAndLastFrame'],
	}),
);

const imagePart = (image: Image): FormPart =>
	image.kind === 'link'
		? { field: 'input_reference', value: image.url }
		: { field: 'input_reference', file: image };

// The pages name no field for the video: a link is taken where there is one, else the download route.
const stateOf = (answer: Answer) =>
	readState(
		answer,
		readStatus(statusWords, answer.body, 'status'),
		readVideoFacts(answer.body),
		[readVideoLink(answer.body)],
		'download',
	);

export const deerApi: Provider = {
	label: 'DeerAPI',
	document: 'https://apidoc.deerapi.com/api/video/veo3/async/create',
	credential: 'veoDeerApi',
	advice: { typicalSeconds: 180, checkSeconds: 15 },

	create: creation({
		models,
		images: { modes: ['none', 'firstFrame', 'firstAndLastFrame'], accepts: ['link', 'bytes'] },
		takesAspectRatio: true,
		options: {},
		request: ({ prompt, model, aspectRatio, images }) => ({
			method: 'POST',
			path: '/v1/videos',
			form: [
				{ field: 'prompt', value: prompt },
				{ field: 'model', value: model },
				{ field: 'size', value: aspectRatio.replace(':', 'x') },
				...images.map(imagePart),
			],
		}),
		read: (answer) => readCreatedJob(answer, stateOf(answer), 'id', 'task_id'),
	}),

	status: {
		request: (jobId) => ({ method: 'GET', path: `/v1/videos/${encodeURIComponent(jobId)}` }),
		read: stateOf,
	},

	// Not on the Veo pages; the route of the gateway family, as the object's expires_at suggests.
	download: (jobId) => ({ method: 'GET', path: `/v1/videos/${encodeURIComponent(jobId)}/content` }),

	isVideoModel: (modelId) => /^veo/i.test(modelId),
};
