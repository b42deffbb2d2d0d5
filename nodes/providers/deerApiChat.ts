// DeerAPI, "veo3-chat": https://apidoc.deerapi.com/api/video/veo3/chat. The page has one model; the others
// are those of its family. The text of an answer is as on Eronmind's page.
import { deerApi } from './deerApi';
import { chatCall, readChat, hasJobId } from './dialects/chat';
import { defineOperation } from './provider';
import type { Model, Provider } from './provider';
import { taskDataStatus } from './dialects/taskData';

const frames = ['veo3-fast-frames', 'veo3-frames', 'veo3-pro-frames'].map((id): Model => ({
	id,
	imageModes: ['none', 'firstFrame', 'firstAndLastFrame'],
}));
const others = ['veo3-fast', 'veo3', 'veo3-pro'].map((id): Model => ({
	id,
	imageModes: ['none', 'firstFrame'],
}));

export const deerApiChat: Provider = {
	label: 'DeerAPI (Chat)',
	document: 'https://apidoc.deerapi.com/api/video/veo3/chat',
	credential: 'veoDeerApi',

	// No field for the aspect ratio: the prompt describes it.
	create: defineOperation({
		models: [...frames, ...others],
		images: { modes: ['none', 'firstFrame', 'firstAndLastFrame'], accepts: ['link', 'bytes'] },
		options: {},
		request: (input) => chatCall(input.model, input),
		isComplete: hasJobId,
		read: readChat,
	}),

	status: taskDataStatus,
	balance: deerApi.balance,
};
