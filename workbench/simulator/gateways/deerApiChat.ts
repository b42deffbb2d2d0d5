import { invalid } from '../refusal';
import { chatRoute } from './chat';
import { deerApi } from './deerApi';
import type { Gateway } from './gateway';

// DeerAPI, apidoc.deerapi.com: api/video/veo3/chat. The text of its answer is the family's.
export const deerApiChat: Gateway = {
	prefix: deerApi.prefix,
	key: deerApi.key,
	models: ['veo3-fast-frames', 'veo3-frames', 'veo3-pro-frames', 'veo3-fast', 'veo3', 'veo3-pro'],
	errorBody: deerApi.errorBody,

	routes(server, simulation) {
		chatRoute(server, simulation, 'deerApiChat', ({ prompt, images }) => {
			if (images.length > 2) throw invalid('At most 2 images');
			// The shape of the video is said in the prompt.
			return { isPortrait: /竖屏|portrait|9:16/i.test(prompt) };
		});
	},
};
