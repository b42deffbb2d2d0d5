import type { Job, Life } from '../jobs';
import type { Wording } from '../report';
import { report, stages } from '../report';
import type { Simulation } from '../simulation';

const BUSY =
	'[403] {"error":{"code":403,"message":"reCAPTCHA evaluation failed","status":' +
	'"PERMISSION_DENIED","details":[{"reason":"PUBLIC_ERROR_UNUSUAL_ACTIVITY"}]}}';

const wording: Wording<string> = {
	stages: stages('pending', 'video_generating', 'completed', 'failed'),
	failures: {
		busy: BUSY,
		safety:
			'[400] {"error":{"code":400,"message":"Request contains an invalid argument.","status":' +
			'"INVALID_ARGUMENT","details":[{"reason":"PUBLIC_ERROR_UNSAFE_GENERATION"}]}}',
		otherwise: 'video generation failed',
	},
	// The message of an earlier attempt often stays on a task that completed.
	leftover: BUSY,
};

/** The upstream's task, as asyncdata.net/source/{id} shows it without a key. */
export function taskData(simulation: Simulation, job: Job) {
	const { life, status, error, url: videoUrl = '' } = report(simulation, job, wording);
	const isRetrying = job.directives.words.has('retrying') && life.isMiddleThird;
	const errorMessage = error ?? (isRetrying ? BUSY : undefined);
	const isRunningWord = status === wording.stages.running;
	const idTail = job.jobId.replace(/^.*[:_]/, '');
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
		status: isRetrying ? 'video_generation_failed' : isRunningWord ? findPhase(job, life) : status,
		running: life.endedAt === undefined,
		status_update_time: life.updatedAt,
		created_at: job.at,
		...(life.endedAt !== undefined && { completed_at: life.endedAt }),
		retry_count: isRetrying ? 1 : 0,
		max_retries: 3,
		...(errorMessage !== undefined && { error_message: errorMessage }),
		...(life.progress >= 15 && {
			video_generation_id: idTail,
			video_generation_status: generationStatus(life, isRetrying),
		}),
		...(life.stage === 'succeeded' && {
			video_url: videoUrl,
			video_media_id: `CAUS${idTail}`,
			upsample_status: 'MEDIA_GENERATION_STATUS_SUCCESSFUL',
			upsample_video_url: videoUrl,
		}),
	};
}

/** The documented phases of a task, each with the progress at which it begins. */
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

function findPhase(job: Job, life: Life): string | undefined {
	const hasImages = job.imageUrls.length > 0;
	const begun = lifeWords.filter(
		([progress, word]) => progress <= life.progress && (hasImages || !word.startsWith('image_')),
	);
	return begun.at(-1)?.[1];
}

function generationStatus(life: Life, isRetrying: boolean): string {
	if (life.stage === 'failed' || isRetrying) return 'MEDIA_GENERATION_STATUS_FAILED';
	if (life.progress >= 70) return 'MEDIA_GENERATION_STATUS_SUCCESSFUL';
	return 'MEDIA_GENERATION_STATUS_RUNNING';
}
