import { chatRoute } from '../dialects/chat';
import type { SimulatedProvider } from '../provider';
import { invalid } from '../refusal';
import { deerApi } from './deerApi';

// DeerAPI, apidoc.deerapi.com: api/video/veo3/chat. Its answers have the family's text.
export const deerApiChat: SimulatedProvider = {
	prefix: deerApi.prefix,
	key: deerApi.key,
	models: ['veo3-fast-frames', 'veo3-frames', 'veo3-pro-frames', 'veo3-fast', 'veo3', 'veo3-pro'],
	speaksChat: true,
	errorBody: deerApi.errorBody,

	routes: [
		chatRoute(({ prompt, images }) => {
			if (images.length > 2) throw invalid('At most 2 images');
			// The aspect ratio is part of the prompt.
			return { isPortrait: /竖屏|portrait|9:16/i.test(prompt) };
		}),
	],
};
