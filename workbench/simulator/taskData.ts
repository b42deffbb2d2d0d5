import type { FastifyPluginAsync } from 'fastify';
import type { Ending } from './directives';
import { interceptFaults } from './faults';
import { finalUrl } from './files';
import type { Job, Life } from './jobs';
import { findJob, gatewayOfJobIn, lifeOf } from './jobs';
import type { Simulation } from './simulation';

/** The upstream's task, as asyncdata.net/source/{id} shows it to anybody who knows the id. */
export function taskData(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const { ending, words } = job.directives;
	const isRetrying = words.has('retrying') && life.isMiddleThird;
	const hasEnded = life.endedAt !== undefined;
	const errorMessage = errorOf(ending, life) ?? (isRetrying ? BUSY : undefined);
	const videoUrl = life.hasUrl ? finalUrl(simulation, job) : '';
	return {
		id: job.jobId,
		req: {
			model: job.model,
			prompt: job.prompt,
			images: job.imageUrls,
			enhance_prompt: true,
			enable_upsample: true,
		},
		images: job.imageUrls.map((url) => ({
			url,
			status: life.progress >= 15 ? 'completed' : 'pending',
		})),
		status: isRetrying ? 'video_generation_failed' : statusWord(job, life),
		running: !hasEnded,
		status_update_time: life.updatedAt,
		created_at: job.at,
		...(life.stage === 'succeeded' && { completed_at: life.endedAt }),
		retry_count: isRetrying ? 1 : 0,
		max_retries: 3,
		...(errorMessage !== undefined && { error_message: errorMessage }),
		...(life.progress >= 15 && {
			video_generation_id: job.jobId.replace(/^.*[:_]/, ''),
			video_generation_status: generationStatus(life, isRetrying),
		}),
		...(life.stage === 'succeeded' && {
			video_url: videoUrl,
			video_media_id: `CAUS${job.jobId.replace(/^.*[:_]/, '')}`,
			upsample_status: 'MEDIA_GENERATION_STATUS_SUCCESSFUL',
			upsample_video_url: videoUrl,
		}),
	};
}

/** The documented order of a task's life, each word with the progress at which it begins. */
const lifeWords: ReadonlyArray<readonly [progress: number, word: string]> = [
	[0, 'prompt_enhancement_checking'],
	[3, 'prompt_enhancing'],
	[6, 'image_downloading'],
	[8, 'image_cropping'],
	[10, 'image_uploading'],
	[13, 'image_processing_completed'],
	[15, 'video_generating'],
	[70, 'video_generation_completed'],
	[75, 'video_upsampling'],
	[95, 'video_upsampling_completed'],
];

function statusWord(job: Job, life: Life): string {
	if (life.stage === 'queued') return 'pending';
	if (life.stage === 'succeeded') return 'completed';
	if (life.stage !== 'running') return 'failed';
	if (job.directives.ending === 'strangeStatus' && life.isMiddleThird) return 'upstream_syncing';
	const hasImages = job.imageUrls.length > 0;
	const begun = lifeWords.filter(
		([progress, word]) => progress <= life.progress && (hasImages || !word.startsWith('image_')),
	);
	return begun.at(-1)?.[1] ?? 'pending';
}

function generationStatus(life: Life, isRetrying: boolean): string {
	if (life.stage === 'failed' || isRetrying) return 'MEDIA_GENERATION_STATUS_FAILED';
	if (life.progress >= 70) return 'MEDIA_GENERATION_STATUS_SUCCESSFUL';
	return 'MEDIA_GENERATION_STATUS_RUNNING';
}

const BUSY =
	'[403] {"error":{"code":403,"message":"reCAPTCHA evaluation failed","status":' +
	'"PERMISSION_DENIED","details":[{"reason":"PUBLIC_ERROR_UNUSUAL_ACTIVITY"}]}}';

const failures: Partial<Record<Ending, string>> = {
	busy: BUSY,
	safety:
		'[400] {"error":{"code":400,"message":"Request contains an invalid argument.","status":' +
		'"INVALID_ARGUMENT","details":[{"reason":"PUBLIC_ERROR_UNSAFE_GENERATION"}]}}',
};

/** A message of an earlier attempt often survives on a task that completed. */
function errorOf(ending: Ending, life: Life): string | undefined {
	if (life.stage === 'succeeded') return ending === 'leftoverError' ? BUSY : undefined;
	if (life.stage === 'queued' || life.stage === 'running') return undefined;
	return failures[ending] ?? 'video generation failed';
}

const chatGateways = ['eronmind', 'deerApiChat'] as const;

/** The task-data host. It needs no key, and none must ever arrive here. */
export function taskDataHost(simulation: Simulation): FastifyPluginAsync {
	return async (server) => {
		interceptFaults(
			server,
			simulation,
			({ message }) => ({ error: message }),
			(request) => gatewayOfJobIn(simulation, request),
		);
		server.get<{ Params: { id: string } }>(
			'/source/:id',
			{ config: { route: 'taskData' } },
			(request, reply) => {
				const job = findJob(simulation, chatGateways, request.params.id);
				if (job === undefined) return reply.code(404).send({ error: 'task not found' });
				// This host escapes the slashes in its JSON.
				const json = JSON.stringify(taskData(simulation, job)).replaceAll('/', '\\/');
				return reply.type('application/json').send(json);
			},
		);
		server.get<{ Params: { id: string } }>('/web/:id', (request, reply) => {
			const job = findJob(simulation, chatGateways, request.params.id);
			const text = job === undefined ? 'task not found' : JSON.stringify(taskData(simulation, job));
			return reply.type('text/plain; charset=utf-8').send(text);
		});
	};
}
