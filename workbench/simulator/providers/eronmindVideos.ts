import { randomUUID } from 'node:crypto';
import { readForm, readImages, requireOneOf, requireText } from '../bodies';
import { newApiErrorBody, videoContent, videoStatus } from '../dialects/newApi';
import type { Job } from '../jobs';
import type { SimulatedProvider } from '../provider';
import { createRoute } from '../provider';
import type { Wording } from '../report';
import { report, stages, videoObject } from '../report';
import type { Simulation } from '../simulation';
import { eronmind } from './eronmind';

const wording: Wording<{ message: string; code: string }> = {
	stages: stages('queued', 'processing', 'completed', 'failed'),
	failures: {
		safety: { message: '违反谷歌AI安全协议 请调整图片和提示词', code: 'upstream_error' },
		busy: { message: '线路繁忙,请重试', code: 'upstream_error' },
		otherwise: { message: '视频生成失败', code: 'upstream_error' },
	},
	leftover: { message: '', code: '' },
};

// Eronmind's asynchronous format; its own page only mentions it. The fields are those
// of docapi.poloapi.com 450900803e0 and doc.quickrouter.ai veo-openai-create-with-image.
export const eronmindVideos: SimulatedProvider = {
	prefix: eronmind.prefix,
	key: eronmind.key,
	models: ['veo_3_1', 'veo_3_1-fast', 'veo_3_1-fl', 'veo_3_1-fast-fl'],
	errorBody: newApiErrorBody,

	routes: [
		createRoute(
			'/v1/videos',
			async (request) => {
				const { fields, text } = await readForm(request);
				const sizes = ['720x1280', '1280x720', '9x16', '16x9'];
				const size = requireOneOf(text('size') ?? '720x1280', 'size', sizes);
				requireOneOf(text('seconds') ?? '8', 'seconds', ['8']);
				requireOneOf(text('watermark') ?? 'false', 'watermark', ['true', 'false']);
				return {
					jobId: `video_${randomUUID()}`,
					model: requireText(text('model'), 'model'),
					prompt: requireText(text('prompt'), 'prompt'),
					isPortrait: size === '720x1280' || size === '9x16',
					imageUrls: readImages(fields['input_reference'], 'input_reference', 2, ['file', 'link']),
					fields,
				};
			},
			describeVideo,
		),
		videoStatus(describeVideo),
		videoContent,
	],
};

function describeVideo(simulation: Simulation, job: Job) {
	const state = report(simulation, job, wording);
	const { error, completedAt, url = '' } = state;
	return {
		...videoObject(job, state),
		...(completedAt !== undefined && { completed_at: completedAt, video_url: url }),
		...(error && { error }),
	};
}
