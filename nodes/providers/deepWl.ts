// DeepWL, unified video format: https://docs.deepwl.cn/api-reference/videos/veo/unified-generation,
// …/unified-query and …/remix
import type { JobStatus } from '../jobs/job';
import { readCreatedJob, readState } from '../wire/answers';
import { defineOperation } from './provider';
import type { AspectRatio, Model, OptionFields, Provider } from './provider';
import type { Answer } from '../wire/call';
import { readStatus, readTime, readVideoFacts, readVideoLink } from '../wire/readers';
import { newApiBalance } from './dialects/balance';
import { firstFrameModes, frameModes, modelsWith } from './dialects/models';
import { maxDurationSeconds } from './dialects/veoParameters';
import { remix, videoContent, videoImages } from './dialects/videos';

type Status =
	'queued' | 'pending' | 'processing' | 'unknown' | 'completed' | 'failed' | 'cancelled';

const statusWords: Record<Status, JobStatus> = {
	queued: 'queued',
	pending: 'queued',
	processing: 'running',
	unknown: 'running',
	completed: 'succeeded',
	failed: 'failed',
	cancelled: 'canceled',
};

// The provider's page has the first id only; the others are those of its family.
const models: readonly Model[] = [
	...modelsWith(['none', 'referenceImages'], 'veo3.1-fast-components', 'veo3.1-components'),
	...modelsWith(frameModes, 'veo3.1-fast', 'veo3.1', 'veo3.1-pro', 'veo3-fast-frames'),
	...modelsWith(firstFrameModes, 'veo3-fast', 'veo3'),
];

// Three fields for one choice, so that they agree.
const shapes = {
	'16:9': { orientation: 'landscape', size: '1280x720', aspect_ratio: '16:9' },
	'9:16': { orientation: 'portrait', size: '720x1280', aspect_ratio: '9:16' },
};

/** The options of both formats of the provider. */
export const deepWlOptions = {
	durationSeconds: {
		type: 'number',
		label: 'Duration (Seconds)',
		description: 'The length of the video. Veo generates 8 seconds here.',
		default: 8,
		min: 1,
		max: maxDurationSeconds,
	},
	enableUpsample: {
		type: 'boolean',
		label: 'Enable Upsample',
		description: 'Whether to increase the resolution afterwards. Landscape only.',
		default: false,
	},
} as const satisfies OptionFields;

/** Portrait videos are not upsampled. The request is sent nevertheless. */
export function warnOfUpsample({
	options,
	aspectRatio,
}: {
	options: { enableUpsample?: boolean };
	aspectRatio: AspectRatio;
}): string | undefined {
	return options.enableUpsample && aspectRatio === '9:16'
		? 'DeepWL increases the resolution of landscape videos only'
		: undefined;
}

// The status decides: a completed job may still have the error of an earlier attempt.
function readJobState(answer: Answer) {
	const { body } = answer;
	const word = readStatus(statusWords, body, 'status');
	const updatedAt = readTime(body, 'status_update_time');
	const facts = readVideoFacts(body);
	const completedAt = facts.completedAt ?? (word?.status === 'succeeded' ? updatedAt : undefined);
	const links = [readVideoLink(body)];
	const found = { links, documentedPlace: 'video_url', otherwise: 'late' } as const;
	return readState(answer, word, { ...facts, completedAt }, found);
}

export const deepWl: Provider = {
	label: 'DeepWL',
	document: 'https://docs.deepwl.cn/api-reference/videos/veo/unified-generation',
	credential: 'veoDeepWlApi',

	create: defineOperation({
		models,
		images: { ...videoImages, accepts: ['link'] },
		takesAspectRatio: true,
		options: {
			...deepWlOptions,
			enhancePrompt: {
				type: 'boolean',
				label: 'Enhance Prompt',
				description: 'Whether to let the provider rewrite the prompt and translate it to English',
				default: false,
			},
		},
		warn: warnOfUpsample,
		request: ({ prompt, model, images, aspectRatio, options }) => ({
			method: 'POST',
			path: '/v1/video/create',
			json: {
				prompt,
				model,
				images: images.flatMap((image) => (image.kind === 'link' ? [image.url] : [])),
				...shapes[aspectRatio],
				duration: options.durationSeconds ?? 8,
				enable_upsample: options.enableUpsample,
				enhance_prompt: options.enhancePrompt,
			},
		}),
		read: (answer) => readCreatedJob(answer, readJobState(answer), 'id'),
	}),

	extend: remix,

	status: {
		request: (jobId) => ({ method: 'GET', path: '/v1/video/query', query: { id: jobId } }),
		read: readJobState,
	},

	download: videoContent,
	// On no page of the provider: the routes of its family.
	balance: newApiBalance(),
};
