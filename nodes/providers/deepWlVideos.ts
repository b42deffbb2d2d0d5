// DeepWL, OpenAI format: https://doc.deepwl.cn/videos/aigc/generation, …/aigc/query and, published from
// the same template, docs.octopusx.ai videos/veo/generation
import { deepWl, deepWlOptions, warnOfUpsample } from './deepWl';
import { defineOperation } from './provider';
import type { Model, Provider } from './provider';
import { frameModes, modelsWith } from './dialects/models';
import { readCreatedVideo, remix, videoContent, videoImages, videoStatus } from './dialects/videos';
import { veoParameters } from './dialects/veoParameters';
import { imageUrl, pixelSizes } from '../wire/writers';

const models: readonly Model[] = [
	...modelsWith(frameModes, 'veo_3_1-fast', 'veo_3_1'),
	...modelsWith(['none', 'referenceImages'], 'veo_3_1-fast-components', 'veo_3_1-components'),
];

export const deepWlVideos: Provider = {
	label: 'DeepWL (OpenAI Format)',
	document: 'https://doc.deepwl.cn/videos/aigc/generation',
	credential: 'veoDeepWlApi',

	create: defineOperation({
		models,
		images: videoImages,
		takesAspectRatio: true,
		options: {
			durationSeconds: deepWlOptions.durationSeconds,
			enableUpsample: deepWlOptions.enableUpsample,
			generateAudio: veoParameters.generateAudio,
		},
		warn: warnOfUpsample,
		request: ({ model, prompt, images, aspectRatio, options }) => ({
			method: 'POST',
			path: '/v1/videos',
			json: {
				model,
				prompt,
				size: pixelSizes[aspectRatio]['720p'],
				seconds: String(options.durationSeconds ?? 8),
				input_reference: images.length === 0 ? undefined : images.map(imageUrl),
				enable_upsample: options.enableUpsample,
				metadata: {
					output_config: {
						aspect_ratio: aspectRatio,
						audio_generation: toAudioWord(options.generateAudio),
					},
				},
			},
		}),
		read: readCreatedVideo,
	}),

	extend: remix,
	status: videoStatus,
	download: videoContent,
	balance: deepWl.balance,
};

function toAudioWord(isOn: boolean | undefined): string | undefined {
	if (isOn === undefined) return undefined;
	return isOn ? 'Enabled' : 'Disabled';
}
