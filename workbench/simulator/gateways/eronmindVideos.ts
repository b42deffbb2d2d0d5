import { randomUUID } from 'node:crypto';
import { isHttpUrl, readForm, requireImageFile, requireOneOf, requireText } from '../bodies';
import type { Ending } from '../directives';
import { finalUrl } from '../files';
import type { Job, Stage } from '../jobs';
import { acceptJob, lifeOf, unixSeconds } from '../jobs';
import { invalid } from '../refusal';
import type { Simulation } from '../simulation';
import { eronmind } from './eronmind';
import type { Gateway } from './gateway';
import { contentRoute, newApiErrorBody, videoStatusRoute } from './newApi';

const IMAGES = 'input_reference';

const statusWords = {
	queued: 'queued',
	running: 'processing',
	succeeded: 'completed',
	failed: 'failed',
	canceled: 'failed',
} satisfies Record<Stage, string>;

// Eronmind's asynchronous format, of which its own page says only that it exists. The fields are those
// of docapi.poloapi.com 450900803e0 and doc.quickrouter.ai veo-openai-create-with-image.
export const eronmindVideos: Gateway = {
	prefix: eronmind.prefix,
	key: eronmind.key,
	models: ['veo_3_1', 'veo_3_1-fast', 'veo_3_1-fl', 'veo_3_1-fast-fl'],
	errorBody: newApiErrorBody,

	routes(server, simulation) {
		server.post('/v1/videos', { config: { route: 'create' } }, async (request) => {
			const form = await readForm(request);
			const sizes = ['720x1280', '1280x720', '9x16', '16x9'];
			const size = requireOneOf(form.text('size') ?? '720x1280', 'size', sizes);
			requireOneOf(form.text('seconds') ?? '8', 'seconds', ['8']);
			requireOneOf(form.text('watermark') ?? 'false', 'watermark', ['true', 'false']);
			const images = form.all(IMAGES);
			if (images.length > 2) throw invalid(`${IMAGES} takes at most 2 images`);
			for (const image of images) {
				if (typeof image === 'object') requireImageFile(image, IMAGES);
				else if (!isHttpUrl(image)) throw invalid(`${IMAGES} must be a file or a URL`);
			}
			const job = acceptJob(simulation, {
				gateway: 'eronmindVideos',
				jobId: `video_${randomUUID()}`,
				kind: 'create',
				model: requireText(form.text('model'), 'model'),
				prompt: requireText(form.text('prompt'), 'prompt'),
				isPortrait: size === '720x1280' || size === '9x16',
				imageUrls: images.filter(isHttpUrl),
				fields: form.fields,
			});
			return videoObject(simulation, job);
		});

		videoStatusRoute(server, simulation, ['eronmindVideos'], (job) => videoObject(simulation, job));
		contentRoute(server, simulation, ['eronmindVideos']);
	},
};

function videoObject(simulation: Simulation, job: Job) {
	const life = lifeOf(job, simulation.clock.now());
	const { ending } = job.directives;
	const isStrange = ending === 'strangeStatus' && life.isMiddleThird;
	const isFinished = life.stage === 'succeeded' && life.endedAt !== undefined;
	const error = errorOf(ending, life.stage);
	return {
		id: job.jobId,
		object: 'video',
		model: job.model,
		status: isStrange ? 'upstream_syncing' : statusWords[life.stage],
		progress: life.progress,
		created_at: unixSeconds(job.at),
		seconds: '8',
		size: job.isPortrait ? '720x1280' : '1280x720',
		...(isFinished && { completed_at: unixSeconds(life.endedAt ?? 0) }),
		...(life.stage === 'succeeded' && { video_url: life.hasUrl ? finalUrl(simulation, job) : '' }),
		...(error && { error }),
	};
}

const failures: Partial<Record<Ending, { message: string; code: string }>> = {
	safety: { message: '违反谷歌AI安全协议 请调整图片和提示词', code: 'upstream_error' },
	busy: { message: '线路繁忙,请重试', code: 'upstream_error' },
};

function errorOf(ending: Ending, stage: Stage) {
	if (stage === 'succeeded' && ending === 'leftoverError') return { message: '', code: '' };
	if (stage !== 'failed' && stage !== 'canceled') return undefined;
	return failures[ending] ?? { message: '视频生成失败', code: 'upstream_error' };
}
