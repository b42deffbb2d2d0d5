import type { Ending } from '../directives';
import { finalUrl, firstSegmentUrl } from '../files';
import type { Job, Life, Stage } from '../jobs';
import { lifeOf, unixSeconds } from '../jobs';
import type { Simulation } from '../simulation';

/** The status bodies of the 15-second gateway, 6l0ket291i.apifox.cn/449549907e0. */
export function taskBody(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const inner = innerTask(simulation, job, life);
	switch (job.directives.shape) {
		case 'wrapped':
			// New API, relay/relay_task.go: what /v1/video/generations answers in stock builds.
			return { code: 'success', message: '', data: outerTask(simulation, job, life, inner) };
		case 'openai':
			// New API, relay/channel/task/sora/adaptor.go: the upstream's own body under our id.
			return { ...inner, id: job.jobId, task_id: job.jobId };
		default:
			return outerTask(simulation, job, life, inner);
	}
}

/** The extension begins at half of the progress; then the first 8 seconds exist. */
export function hasFirstSegment({ progress }: Life): boolean {
	return progress >= 50;
}

const outerWords = {
	queued: 'SUBMITTED',
	running: 'IN_PROGRESS',
	succeeded: 'SUCCESS',
	failed: 'FAILURE',
	canceled: 'FAILURE',
} satisfies Record<Stage, string>;

const innerWords = {
	queued: 'queued',
	running: 'processing',
	succeeded: 'completed',
	failed: 'failed',
	canceled: 'failed',
} satisfies Record<Stage, string>;

function outerTask(
	simulation: Simulation,
	job: Job,
	life: Life,
	data: ReturnType<typeof innerTask>,
) {
	const isStrange = job.directives.ending === 'strangeStatus' && life.isMiddleThird;
	const status = isStrange ? 'SYNCING' : outerWords[life.stage];
	const failure = failureOf(job, life);
	const row = { id: 1_235_904 + simulation.jobs.indexOf(job) + 1, task_id: job.jobId };
	// The document shows failed tasks with these few fields only.
	if (failure) {
		return { ...row, status, fail_reason: failure.message, progress: `${data.progress}%`, data };
	}
	const isFinished = life.stage === 'succeeded';
	// The link of the upstream, with the upstream's id: it refuses this gateway's customers.
	const { cdnOrigin } = simulation.addresses;
	const middlewareUrl = `${cdnOrigin}/middleware/v1/videos/${data.id}/content`;
	return {
		...row,
		created_at: unixSeconds(job.at),
		updated_at: unixSeconds(life.updatedAt),
		platform: '1',
		user_id: 2,
		channel_id: 7,
		quota: 425_000,
		action: job.remixedFrom === undefined ? 'textGenerate' : 'remixGenerate',
		status,
		fail_reason: isFinished ? middlewareUrl : '',
		...(isFinished && { result_url: middlewareUrl }),
		submit_time: unixSeconds(job.at),
		start_time: life.stage === 'queued' ? 0 : unixSeconds(life.startedAt),
		finish_time: isFinished ? unixSeconds(life.updatedAt) : 0,
		progress: `${life.progress}%`,
		properties: { upstream_model_name: job.model, origin_model_name: job.model },
		data,
	};
}

function innerTask(simulation: Simulation, job: Job, life: Life) {
	const failure = failureOf(job, life);
	const isFinished = life.stage === 'succeeded';
	const hasExtension = job.kind !== 'create' && hasFirstSegment(life);
	const firstUrl = firstSegmentUrl(simulation, job, unixSeconds(job.at) + 86_400);
	const isStrange = job.directives.ending === 'strangeStatus' && life.isMiddleThird;
	return {
		id: job.upstream?.middlewareId ?? '',
		model: job.model,
		object: 'video',
		status: isStrange ? 'syncing' : innerWords[life.stage],
		progress: failure?.code === 'generate_failed' ? 0 : life.progress,
		...(life.stage !== 'queued' && { remix_id: job.upstream?.remixId }),
		...(isFinished && { video_url: life.hasUrl ? finalUrl(simulation, job) : '' }),
		...(failure?.code === 'extend_failed' && { video_url: firstUrl }),
		created_at: unixSeconds(job.at),
		...(isFinished && { completed_at: unixSeconds(life.updatedAt) }),
		...(isFinished &&
			job.kind === 'createExtended' && { first_video_url: life.hasUrl ? firstUrl : '' }),
		...(hasExtension && { remix_id_extend: job.upstream?.extensionId }),
		...(failure && { error: failure }),
		...(isFinished &&
			job.directives.ending === 'leftoverError' && { error: { message: '', code: '' } }),
	};
}

const reasons: Partial<Record<Ending, string>> = {
	safety: '违反谷歌AI安全协议 请调整图片和提示词 (E-1005)',
	generate_failed: '违反谷歌AI安全协议 请调整图片和提示词 (E-1005)',
	busy: '线路繁忙,请重试 (E-2003)',
	extend_failed: '线路繁忙,请重试 (E-2003)',
};

function failureOf(job: Job, life: Life): { code: string; message: string } | undefined {
	if (life.stage !== 'failed' && life.stage !== 'canceled') return undefined;
	const { ending } = job.directives;
	const reason = reasons[ending] ?? '上游返回异常';
	return ending === 'extend_failed' && job.kind !== 'create'
		? { code: 'extend_failed', message: `第一段视频生成成功,但二创失败:${reason}` }
		: { code: 'generate_failed', message: `视频生成失败:${reason}` };
}
