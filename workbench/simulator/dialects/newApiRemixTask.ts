import { firstSegmentUrl } from '../files';
import type { Job, Life } from '../jobs';
import type { Wording } from '../report';
import { report, stages } from '../report';
import type { Simulation } from '../simulation';
import { newApiTask, taskStages, wrapped } from './newApiTask';

const refused = '违反谷歌AI安全协议 请调整图片和提示词 (E-1005)';
const busy = '线路繁忙,请重试 (E-2003)';

const failed = (reason: string) => ({
	code: 'generate_failed',
	message: `视频生成失败:${reason}`,
});

const wording: Wording<{ code: string; message: string }> = {
	stages: stages('queued', 'processing', 'completed', 'failed'),
	failures: {
		safety: failed(refused),
		generate_failed: failed(refused),
		busy: failed(busy),
		extend_failed: {
			code: 'extend_failed',
			message: `第一段视频生成成功,但二创失败:${busy}`,
		},
		otherwise: failed('上游返回异常'),
	},
	leftover: { message: '', code: '' },
};

/** The status bodies of newApiRemix, 6l0ket291i.apifox.cn/449549907e0. */
export function describeRemixTask(simulation: Simulation, job: Job) {
	const inner = describeInner(simulation, job);
	switch (job.directives.shape) {
		case 'wrapped':
			return wrapped(describeOuter(simulation, job, inner));
		case 'openai':
			// New API, relay/channel/task/sora/adaptor.go: the upstream's own body under our id.
			return { ...inner, id: job.jobId, task_id: job.jobId };
		default:
			return describeOuter(simulation, job, inner);
	}
}

/** The extension begins at half of the progress; then the first 8 seconds exist. */
export function hasFirstSegment({ progress }: Life): boolean {
	return progress >= 50;
}

/** A job of 8 seconds has no extension that could fail. */
const wordingFor = ({ operation }: Job) =>
	operation === 'create'
		? { ...wording, failures: { ...wording.failures, extend_failed: failed(busy) } }
		: wording;

function describeOuter(simulation: Simulation, job: Job, data: ReturnType<typeof describeInner>) {
	const state = report(simulation, job, { ...wordingFor(job), stages: taskStages });
	const { life, status, error } = state;
	const progress = `${data.progress}%`;
	// The document shows failed tasks with these fields only.
	if (life.stage === 'failed' || life.stage === 'canceled') {
		const { id, task_id } = newApiTask(simulation, job, state);
		return { id, task_id, status, fail_reason: error?.message, progress, data };
	}
	// The upstream's link, with the upstream's id: it rejects the keys of this provider.
	const { cdnOrigin } = simulation.addresses;
	const middlewareUrl = `${cdnOrigin}/middleware/v1/videos/${data.id}/content`;
	const isFinished = life.stage === 'succeeded';
	return {
		...newApiTask(simulation, job, state),
		platform: '1',
		fail_reason: isFinished ? middlewareUrl : '',
		...(isFinished && { result_url: middlewareUrl }),
		data,
	};
}

function describeInner(simulation: Simulation, job: Job) {
	const state = report(simulation, job, wordingFor(job));
	const { life, status, error, url = '', createdAt, completedAt } = state;
	const isExtended = job.operation !== 'create';
	const firstUrl = firstSegmentUrl(simulation, job, createdAt + 86_400);
	return {
		id: job.upstream?.middlewareId ?? '',
		model: job.model,
		object: 'video',
		status,
		progress: error?.code === 'generate_failed' ? 0 : life.progress,
		...(life.stage !== 'queued' && { remix_id: job.upstream?.remixId }),
		created_at: createdAt,
		...(completedAt !== undefined && { completed_at: completedAt, video_url: url }),
		...(error?.code === 'extend_failed' && { video_url: firstUrl }),
		...(completedAt !== undefined &&
			job.operation === 'createExtended' && { first_video_url: life.hasUrl ? firstUrl : '' }),
		...(isExtended && hasFirstSegment(life) && { remix_id_extend: job.upstream?.extensionId }),
		...(error && { error }),
	};
}
