import type { FastifyReply } from 'fastify';
import type { JsonRecord } from '../bodies';
import { isPortraitSize, isRecord, readImages, requireText } from '../bodies';
import {
	billing,
	newApiErrorBody,
	readBody,
	taskId,
	unknownTask,
	videoContent,
	videoRemix,
	videoStatus,
} from '../dialects/newApi';
import { describeAsDirected, describeVideo, describeWrapped } from '../dialects/openAiBodies';
import type { Job } from '../jobs';
import type { SimulatedProvider } from '../provider';
import { createRoute, statusRoute } from '../provider';
import { invalid } from '../refusal';
import type { Simulation } from '../simulation';

// A New API host, from its source: QuantumNous/new-api, router/video-router.go and
// relay/common/relay_utils.go. The video object is that of OpenAI's API reference.
export const openAiVideos: SimulatedProvider = {
	prefix: '/openai',
	key: 'sk-sim-openai-3c77e1b0d2',
	models: [
		...['veo_3_1', 'veo_3_1-fast', 'veo3.1', 'veo3.1-fast', 'google/veo-3.1-generate-001'],
		...['veo_3_1-extend', 'sora-2', 'gpt-4o-mini'],
	],
	errorBody: newApiErrorBody,

	routes: [
		createRoute(
			'/v1/videos',
			async (request) => {
				const fields = await readBody(request);
				const { seconds, size = '720x1280', model, prompt } = fields;
				// A string, as in OpenAI's reference.
				if (seconds !== undefined && !(typeof seconds === 'string' && /^\d+$/.test(seconds))) {
					throw invalid('seconds must be a text of digits');
				}
				return {
					jobId: taskId(),
					model: requireText(model, 'model'),
					prompt: requireText(prompt, 'prompt'),
					isPortrait: isPortraitSize(size, 'size', 'invalid_size'),
					imageUrls: readReferences(fields),
					fields,
				};
			},
			describeCreated,
		),
		videoStatus(describeAsDirected),
		statusRoute('/v1/video/generations/:id', describeWrapped, unknownTask),
		videoContent,
		billing,
		videoRemix(describeCreated, () => ({ jobId: taskId() })),
	],
};

/** The answer to a create has the cost factors in a header. */
function describeCreated(simulation: Simulation, job: Job, reply: FastifyReply) {
	reply.header('x-new-api-other-ratios', JSON.stringify({ seconds: 8, size: 1 }));
	return describeVideo(simulation, job);
}

/** OpenAI's own client sends `{ image_url }`, in a form with its name in brackets. */
function readReferences(fields: JsonRecord): string[] {
	const sent = [fields['input_reference'] ?? [], fields['input_reference[image_url]'] ?? []].flat();
	const images = sent.map((each: unknown) =>
		isRecord(each) && 'image_url' in each ? each['image_url'] : each,
	);
	return readImages(images, 'input_reference', Infinity, ['file', 'link', 'dataUri']);
}
