import { randomUUID } from 'node:crypto';
import type { JsonRecord } from '../bodies';
import {
	isHttpUrl,
	isImageDataUri,
	isRecord,
	readJson,
	requireOneOf,
	requireText,
} from '../bodies';
import { acceptJob } from '../jobs';
import { invalid } from '../refusal';
import { deepWl, deepWlFormats } from './deepWl';
import { videoObject } from './deepWlVideosObject';
import type { Gateway } from './gateway';
import { videoStatusRoute } from './newApi';

// DeepWL in the OpenAI format, doc.deepwl.cn: videos/aigc/generation and …/query; docs.octopusx.ai:
// videos/veo/generation. Its /content and its /remix stand with the other format.
export const deepWlVideos: Gateway = {
	prefix: deepWl.prefix,
	key: deepWl.key,
	models: ['veo_3_1', 'veo_3_1-fast', 'veo_3_1-components', 'veo_3_1-fast-components'],
	errorBody: deepWl.errorBody,

	routes(server, simulation) {
		server.post('/v1/videos', { config: { route: 'create' } }, (request) => {
			const body = readJson(request);
			const size = requireOneOf(body['size'] ?? '720x1280', 'size', ['720x1280', '1280x720']);
			const isPortrait = size === '720x1280';
			requireOptions(body, isPortrait);
			const job = acceptJob(simulation, {
				gateway: 'deepWlVideos',
				jobId: `video_${randomUUID()}`,
				kind: 'create',
				model: requireText(body['model'], 'model'),
				prompt: requireText(body['prompt'], 'prompt'),
				isPortrait,
				imageUrls: readImages(body),
				fields: body,
			});
			return videoObject(simulation, job);
		});

		videoStatusRoute(server, simulation, deepWlFormats, (job) => videoObject(simulation, job));
	},
};

/** One image or several, each a link, a data URL or plain base64. */
function readImages(body: JsonRecord): string[] {
	const images = [body['input_reference'] ?? []].flat();
	const limit = /components/.test(String(body['model'])) ? 3 : 2;
	if (images.length > limit) throw invalid(`input_reference takes at most ${limit} images`);
	return images.map((image) => {
		if (isHttpUrl(image) || isImageDataUri(image) || isBase64(image)) return image;
		throw invalid('input_reference must be a URL, a data URL or base64');
	});
}

function isBase64(value: unknown): value is string {
	return typeof value === 'string' && /^[A-Za-z0-9+/]{16,}={0,2}$/.test(value);
}

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
