import { randomUUID } from 'node:crypto';
import type { JsonRecord } from '../bodies';
import { isRecord, readImages, readJson, requireOneOf, requireText } from '../bodies';
import { describeDeepWlVideo } from '../dialects/deepWlVideo';
import { videoStatus } from '../dialects/newApi';
import type { SimulatedProvider } from '../provider';
import { createRoute } from '../provider';
import { invalid } from '../refusal';
import { deepWl } from './deepWl';

// DeepWL in the OpenAI format, doc.deepwl.cn: videos/aigc/generation and …/query; docs.octopusx.ai:
// videos/veo/generation. Its /content and /remix are in the other format's file.
export const deepWlVideos: SimulatedProvider = {
	prefix: deepWl.prefix,
	key: deepWl.key,
	models: ['veo_3_1', 'veo_3_1-fast', 'veo_3_1-components', 'veo_3_1-fast-components'],
	findsJobsOfHost: true,
	errorBody: deepWl.errorBody,

	routes: [
		createRoute(
			'/v1/videos',
			(request) => {
				const body = readJson(request);
				const size = requireOneOf(body['size'] ?? '720x1280', 'size', ['720x1280', '1280x720']);
				const isPortrait = size === '720x1280';
				requireOptions(body, isPortrait);
				const model = requireText(body['model'], 'model');
				const max = model.includes('components') ? 3 : 2;
				const forms = ['link', 'dataUri', 'base64'] as const;
				return {
					jobId: `video_${randomUUID()}`,
					model,
					prompt: requireText(body['prompt'], 'prompt'),
					isPortrait,
					imageUrls: readImages(body['input_reference'], 'input_reference', max, forms),
					fields: body,
				};
			},
			describeDeepWlVideo,
		),
		videoStatus(describeDeepWlVideo),
	],
};

function requireOptions(body: JsonRecord, isPortrait: boolean): void {
	const { seconds = '8', enable_upsample: enableUpsample, metadata = {} } = body;
	if (!/^[1-9]\d*$/.test(String(seconds))) throw invalid('seconds must be a whole number');
	if (enableUpsample !== undefined && typeof enableUpsample !== 'boolean') {
		throw invalid('enable_upsample must be a boolean');
	}
	if (!isRecord(metadata)) throw invalid('metadata must be an object');
	const { output_config: config = {} } = metadata;
	if (!isRecord(config)) throw invalid('metadata.output_config must be an object');
	const { aspect_ratio: aspectRatio, audio_generation: audio } = config;
	if (aspectRatio !== undefined && (aspectRatio === '9:16') !== isPortrait) {
		throw invalid('size and metadata.output_config.aspect_ratio must agree');
	}
	if (audio !== undefined) requireOneOf(audio, 'audio_generation', ['Enabled', 'Disabled']);
}
