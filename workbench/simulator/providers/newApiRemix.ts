import { randomUUID } from 'node:crypto';
import type { Form } from '../bodies';
import { readForm, readImages, requireText } from '../bodies';
import type { RemixSource } from '../dialects/newApi';
import {
	billing,
	findFinished,
	newApiErrorBody,
	taskId,
	unknownTask,
	videoContent,
	videoRemix,
	videoStatus,
} from '../dialects/newApi';
import { describeRemixTask, hasFirstSegment } from '../dialects/newApiRemixTask';
import type { Job } from '../jobs';
import { lifeAt, unixSeconds } from '../jobs';
import type { RouteContext, SimulatedProvider } from '../provider';
import { createRoute } from '../provider';
import { findJob } from '../ledger';
import { invalid, Refusal } from '../refusal';

const IMAGES = 'input_reference[]';

// 6l0ket291i.apifox.cn/449549907e0. Its videos of 15 seconds are made in two steps.
export const newApiRemix: SimulatedProvider = {
	prefix: '/newapi',
	key: 'sk-sim-newapi-e4907d3ac2',
	models: [
		...['veo_3_1-remix', 'veo_3_1-fl-remix', 'veo_3_1-hd-remix', 'veo_3_1-hd-fl-remix'],
		...['veo_3_1-fast-remix', 'veo_3_1-fast-fl-remix', 'veo_3_1-fast-hd-remix'],
		...['veo_3_1-fast-fl-hd-remix', 'veo_3_1-extend', 'gpt-4o-mini'],
	],
	errorBody: newApiErrorBody,

	routes: [
		createRoute(
			'/v1/videos',
			async (request) => {
				const form = await readForm(request);
				const { fields, text } = form;
				const model = text('model');
				if (!model) throw new Refusal(400, 'missing_model', 'model is required');
				// The suffix of the model's name selects 15 seconds instead of 8.
				const isExtended = model.endsWith('-remix');
				const promptExtend = text('prompt_extend');
				if (isExtended) requireText(promptExtend, 'prompt_extend');
				const size = text('size') ?? '1280x720';
				if (!['1280x720', '720x1280', '1920x1080', '1080x1920'].includes(size)) {
					throw new Refusal(400, 'invalid_size', `invalid size: ${size}`);
				}
				return {
					...newTaskIds(),
					operation: isExtended ? ('createExtended' as const) : ('create' as const),
					model,
					prompt: requireText(text('prompt'), 'prompt'),
					...(promptExtend !== undefined && { promptExtend }),
					isPortrait: /^(720|1080)x/.test(size),
					imageUrls: readReferences(form, model),
					fields,
				};
			},
			(_simulation, job) => describeCreated(job),
		),
		videoStatus(describeRemixTask),
		videoContent,
		billing,
		videoRemix(
			(_simulation, job) => ({ ...describeCreated(job), remixed_from_video_id: job.remixedFrom }),
			({ job: { upstream } }) => {
				const task = newTaskIds();
				const remixId = upstream?.remixId ?? task.upstream.remixId;
				return { ...task, upstream: { ...task.upstream, remixId } };
			},
			{ findSource },
		),
	],
};

const newTaskIds = () => ({
	jobId: taskId(),
	upstream: {
		middlewareId: taskId(),
		remixId: `video_${randomUUID()}`,
		extensionId: `video_${randomUUID()}`,
	},
});

/** Files, URLs and whole data URIs; frames for the -fl models, references for the others. */
function readReferences({ fields }: Form, model: string): string[] {
	if ('input_reference' in fields) {
		throw invalid('Unknown field input_reference: images go into input_reference[]');
	}
	const takesFrames = /-fl(-|$)/.test(model);
	if (takesFrames && fields[IMAGES] === undefined) throw invalid(`${model} needs 1 or 2 images`);
	return readImages(fields[IMAGES], IMAGES, takesFrames ? 2 : 3, ['file', 'link', 'dataUri']);
}

/** A job of this provider, or the remix_id of one: the page only says that it is for manual retries. */
function findSource(context: RouteContext, id: string): RemixSource {
	const { simulation, finds } = context;
	if (findJob(simulation, finds, id) !== undefined) return findFinished(context, id);
	const job = simulation.jobs.find(({ upstream }) => upstream?.remixId === id);
	if (job === undefined) throw unknownTask();
	if (hasFirstSegment(lifeAt(job, simulation.clock.now())))
		return { job, operation: 'retryExtension' };
	throw invalid('The first segment does not exist');
}

/** New API, model/task.go ToOpenAIVideo: the provider's page does not show what a create answers. */
function describeCreated(job: Job) {
	const { size = job.isPortrait ? '720x1280' : '1280x720' } = job.fields;
	return {
		id: job.jobId,
		task_id: job.jobId,
		object: 'video',
		model: job.model,
		status: 'queued',
		progress: 0,
		created_at: unixSeconds(job.at),
		seconds: job.operation === 'create' ? '8' : '15',
		size,
	};
}
