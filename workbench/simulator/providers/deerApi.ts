import { randomUUID } from 'node:crypto';
import { isPortraitSize, readForm, readImages, requireText } from '../bodies';
import { billing, videoContent } from '../dialects/newApi';
import type { Job } from '../jobs';
import type { SimulatedProvider } from '../provider';
import { createRoute, statusRoute } from '../provider';
import { invalid, Refusal } from '../refusal';
import type { Wording } from '../report';
import { report, stages, videoObject } from '../report';
import type { Simulation } from '../simulation';

// DeerAPI, apidoc.deerapi.com: api/video/veo3/async/create and api/video/veo3/async/query
const wording: Wording<{ code: string; message: string }> = {
	stages: stages('queued', 'in_progress', 'completed', 'failed'),
	failures: {
		safety: {
			code: 'content_policy_violation',
			message: 'The request was blocked by the content policy (PUBLIC_ERROR_UNSAFE_GENERATION)',
		},
		busy: { code: 'server_busy', message: 'The upstream line is busy, please try again later' },
		otherwise: { code: 'generation_failed', message: 'Video generation failed' },
	},
	leftover: { message: '', code: '' },
};

/** The link expires an hour after the end, according to the query page. */
const FILE_LIFE_SECONDS = 3600;

export const deerApi: SimulatedProvider = {
	prefix: '/deerapi',
	key: 'sk-sim-deerapi-7c1f20d94b',
	models: ['veo3', 'veo3-fast', 'veo3-pro', 'veo3.1', 'veo3.1-pro', 'sora-2', 'gpt-4o-mini'],

	// No page shows an error body; this is OpenAI's, whose video object the provider uses.
	errorBody: ({ httpStatus, code, message }) => ({
		error: {
			message,
			type: httpStatus < 500 ? 'invalid_request_error' : 'server_error',
			param: null,
			code: code || null,
		},
	}),

	routes: [
		createRoute(
			'/v1/videos',
			async (request) => {
				const { fields, text } = await readForm(request);
				if ('input_reference[]' in fields) {
					throw invalid('Unknown field input_reference[]: images go into input_reference');
				}
				return {
					jobId: `video_veo3_${randomUUID().replaceAll('-', '')}`,
					model: text('model') ?? 'veo3.1',
					prompt: requireText(text('prompt'), 'prompt'),
					isPortrait: isPortraitSize(text('size') ?? '16x9'),
					imageUrls: readImages(fields['input_reference'], 'input_reference', 2, ['file', 'link']),
					fields,
				};
			},
			describeVideo,
		),
		statusRoute(
			'/v1/videos/:id',
			describeVideo,
			(id) => new Refusal(404, 'video_not_found', `No video ${id}`),
		),
		videoContent,
		billing,
	],
};

/** The twelve documented fields. The URL of the file is not one of them. */
function describeVideo(simulation: Simulation, job: Job) {
	const state = report(simulation, job, wording);
	const { error = null, completedAt = null, url = null } = state;
	return {
		...videoObject(job, state),
		completed_at: completedAt,
		error,
		expires_at: completedAt === null ? null : completedAt + FILE_LIFE_SECONDS,
		remixed_from_video_id: null,
		size: typeof job.fields['size'] === 'string' ? job.fields['size'] : '16x9',
		...(job.directives.words.has('url') && { video_url: url }),
	};
}
