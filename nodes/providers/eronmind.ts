// Eronmind, Veo in the chat format: New API project 5503894, api-340080677 (图生视频 chat格式), the same
// page as https://apidoc.poloapi.com/340080677e0. The job runs at the task-data host named in the answer.
import { newApiBalance } from './dialects/balance';
import { chatCall, readChat, hasJobId } from './dialects/chat';
import { firstFrameModes, frameModes, modelsWith } from './dialects/models';
import { defineOperation } from './provider';
import type { AspectRatio, ImageMode, Model, Provider } from './provider';
import { taskDataStatus } from './dialects/taskData';

/** The models of both formats of the provider. */
export const eronmindModels: readonly Model[] = [
	...modelsWith(firstFrameModes, 'veo_3_1-fast', 'veo_3_1'),
	...modelsWith(['firstFrame', 'firstAndLastFrame'], 'veo_3_1-fast-fl', 'veo_3_1-fl'),
];

const orientations: Record<AspectRatio, string> = { '16:9': 'landscape', '9:16': 'portrait' };
const orientationIn = (model: string) =>
	model.split('-').find((piece) => piece === 'landscape' || piece === 'portrait');

/** Adds orientation, "fast" and "fl" to the model id, in the order that the provider reads. */
function completeModelId(model: string, aspectRatio: AspectRatio, imageMode: ImageMode): string {
	const pieces = model.split('-');
	const rest = pieces.filter((piece) => !['landscape', 'portrait', 'fast', 'fl'].includes(piece));
	const orientation = orientationIn(model) ?? orientations[aspectRatio];
	const fast = pieces.includes('fast') ? ['fast'] : [];
	const frames = pieces.includes('fl') || imageMode === 'firstAndLastFrame' ? ['fl'] : [];
	return [...rest, orientation, ...fast, ...frames].join('-');
}

export const eronmind: Provider = {
	label: 'Eronmind (Chat)',
	document: 'https://apidoc.poloapi.com/340080677e0',
	credential: 'veoEronmindApi',

	create: defineOperation({
		models: eronmindModels,
		images: { modes: frameModes, accepts: ['link', 'bytes'] },
		takesAspectRatio: true,
		options: {},
		warn: ({ model, aspectRatio, imageMode }) => {
			const orientation = orientationIn(model);
			if (orientation !== undefined && orientation !== orientations[aspectRatio]) {
				return `The model ${model} makes ${orientation} videos, whatever Aspect Ratio says`;
			}
			return imageMode === 'firstAndLastFrame'
				? 'Eronmind often lacks capacity for last frames: a job with the first frame only is more likely to succeed'
				: undefined;
		},
		request: (input) =>
			chatCall(completeModelId(input.model, input.aspectRatio, input.imageMode), input),
		isComplete: hasJobId,
		read: readChat,
	}),

	status: taskDataStatus,
	balance: newApiBalance(),
};
