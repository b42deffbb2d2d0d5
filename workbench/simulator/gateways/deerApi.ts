import { randomUUID } from 'node:crypto';
import { isHttpUrl, readForm, requireImageFile, requireText } from '../bodies';
import type { Ending } from '../directives';
import { finalUrl } from '../files';
import type { Job, Stage } from '../jobs';
import { acceptJob, findJob, lifeOf, unixSeconds } from '../jobs';
import { invalid, Refusal } from '../refusal';
import type { Simulation } from '../simulation';
import type { Gateway } from './gateway';
import { contentRoute } from './newApi';

// DeerAPI, apidoc.deerapi.com: api/video/veo3/async/create and api/video/veo3/async/query
const statusWords = {
	queued: 'queued',
	running: 'in_progress',
	succeeded: 'completed',
	failed: 'failed',
	canceled: 'failed',
} satisfies Record<Stage, string>;

/** The link expires an hour after the end, says the query page. */
const FILE_LIFE_MS = 3_600_000;

export const deerApi: Gateway = {
	prefix: '/deerapi',
	key: 'sk-sim-deerapi-7c1f20d94b',
	models: ['veo3', 'veo3-fast', 'veo3-pro', 'veo3.1', 'veo3.1-pro', 'sora-2', 'gpt-4o-mini'],

	// No page shows an error body; this is OpenAI's, whose video object the gateway uses.
	errorBody: ({ httpStatus, code, message }) => ({
		error: {
			message,
			type: httpStatus < 500 ? 'invalid_request_error' : 'server_error',
			param: null,
			code: code || null,
		},
	}),

	routes(server, simulation) {
		server.post('/v1/videos', { config: { route: 'create' } }, async (request) => {
			const form = await readForm(request);
			const size = form.text('size') ?? '16x9';
			const [, width, height] = /^(\d+)x(\d+)$/.exec(size) ?? [];
			if (width === undefined) throw invalid('size must be WIDTHxHEIGHT');
			if ('input_reference[]' in form.fields) {
				throw invalid('Unknown field input_reference[]: images go into input_reference');
			}
			const images = form.all('input_reference');
			if (images.length > 2) throw invalid('input_reference takes at most 2 images');
			for (const image of images) {
				if (typeof image === 'object') requireImageFile(image, 'input_reference');
				else if (!isHttpUrl(image)) throw invalid('input_reference must be a file or a URL');
			}
			const job = acceptJob(simulation, {
				gateway: 'deerApi',
				jobId: `video_veo3_${randomUUID().replaceAll('-', '')}`,
				kind: 'create',
				model: form.text('model') ?? 'veo3.1',
				prompt: requireText(form.text('prompt'), 'prompt'),
				isPortrait: Number(width) < Number(height),
				imageUrls: images.filter(isHttpUrl),
				fields: form.fields,
			});
			return videoObject(simulation, job);
		});

		server.get<{ Params: { id: string } }>(
			'/v1/videos/:id',
			{ config: { route: 'status' } },
			(request) => {
				const job = findJob(simulation, ['deerApi'], request.params.id);
				if (job === undefined) {
					throw new Refusal(404, 'video_not_found', `No video ${request.params.id}`);
				}
				return videoObject(simulation, job);
			},
		);

		contentRoute(server, simulation, ['deerApi']);
	},
};

/** The twelve documented fields. The URL of the file is not one of them. */
function videoObject(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const { ending, words } = job.directives;
	const isStrange = ending === 'strangeStatus' && life.isMiddleThird;
	const isFinished = life.stage === 'succeeded' && life.endedAt !== undefined;
	return {
		id: job.jobId,
		object: 'video',
		created_at: unixSeconds(job.at),
		status: isStrange ? 'upstream_syncing' : statusWords[life.stage],
		completed_at: isFinished ? unixSeconds(life.endedAt ?? 0) : null,
		error: errorOf(ending, life.stage),
		expires_at: isFinished ? unixSeconds((life.endedAt ?? 0) + FILE_LIFE_MS) : null,
		model: job.model,
		progress: life.progress,
		remixed_from_video_id: null,
		seconds: '8',
		size: typeof job.fields['size'] === 'string' ? job.fields['size'] : '16x9',
		...(words.has('url') && { video_url: life.hasUrl ? finalUrl(simulation, job) : null }),
	};
}

const failures: Partial<Record<Ending, { code: string; message: string }>> = {
	safety: {
		code: 'content_policy_violation',
		message: 'The request was blocked by the content policy (PUBLIC_ERROR_UNSAFE_GENERATION)',
	},
	busy: { code: 'server_busy', message: 'The upstream line is busy, please try again later' },
};

function errorOf(ending: Ending, stage: Stage) {
	if (stage === 'succeeded' && ending === 'leftoverError') return { message: '', code: '' };
	if (stage !== 'failed' && stage !== 'canceled') return null;
	return failures[ending] ?? { code: 'generation_failed', message: 'Video generation failed' };
}
