// DeerAPI, "veo3-chat": https://apidoc.deerapi.com/api/video/veo3/chat. The page has one model; the others
// are those of its family. The text of an answer is as on Eronmind's page.
import { deerApi } from './deerApi';
import { chatCall, readChat, hasJobId } from './dialects/chat';
import { firstFrameModes, frameModes, modelsWith } from './dialects/models';
import { defineOperation } from './provider';
import type { Provider } from './provider';
import { taskDataStatus } from './dialects/taskData';

export const deerApiChat: Provider = {
	label: 'DeerAPI (Chat)',
	document: 'https://apidoc.deerapi.com/api/video/veo3/chat',
	credential: 'veoDeerApi',

	// No field for the aspect ratio: the prompt describes it.
	create: defineOperation({
		models: [
			...modelsWith(frameModes, 'veo3-fast-frames', 'veo3-frames', 'veo3-pro-frames'),
			...modelsWith(firstFrameModes, 'veo3-fast', 'veo3', 'veo3-pro'),
		],
		images: { modes: frameModes, accepts: ['link', 'bytes'] },
		options: {},
		request: (input) => chatCall(input.model, input),
		isComplete: hasJobId,
		read: readChat,
	}),

	status: taskDataStatus,
	balance: deerApi.balance,
};
