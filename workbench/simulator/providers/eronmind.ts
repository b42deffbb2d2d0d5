import { requireOneOf } from '../bodies';
import { chatRoute } from '../dialects/chat';
import { billing } from '../dialects/newApi';
import type { SimulatedProvider } from '../provider';
import { invalid } from '../refusal';

// Eronmind, newapi.eronmind.com: apifox project 5503894, api-340080677
export const eronmind: SimulatedProvider = {
	prefix: '/eronmind',
	key: 'sk-sim-eronmind-92ad7e04f5',
	acceptsBareKey: true,
	models: [
		...['veo_3_1', 'veo_3_1-fast', 'veo_3_1-portrait', 'veo_3_1-landscape'],
		...['veo_3_1-portrait-fast', 'veo_3_1-landscape-fast'],
		...['veo_3_1-fl', 'veo_3_1-portrait-fl', 'veo_3_1-landscape-fl', 'gpt-4o-mini'],
	],
	speaksChat: true,
	// The page shows no error; the host runs New API, whose chat routes have OpenAI's errors.
	errorBody: ({ code, message }) => ({
		error: { message, type: 'new_api_error', param: '', code },
	}),

	routes: [
		chatRoute(({ model, images, body }) => {
			requireImageCount(model, images.length);
			const size = requireOneOf(body['size'] ?? '720x1280', 'size', ['720x1280', '1280x720']);
			const isPortrait =
				/-portrait/.test(model) || (!/-landscape/.test(model) && size === '720x1280');
			return { isPortrait };
		}),
		billing,
	],
};

/** The -fl models take a first and a last frame, and no reference images. */
function requireImageCount(model: string, count: number): void {
	const takesFrames = /-fl(-|$)/.test(model);
	if (takesFrames && count === 0) throw invalid(`${model} needs 1 or 2 images`);
	const max = takesFrames ? 2 : 3;
	if (count > max) throw invalid(`${model} takes at most ${max} images`);
}
