// DeerAPI, "veo3 async": https://apidoc.deerapi.com/api/video/veo3/async/create and …/async/query.
// The balance: https://apidoc.deerapi.com/integration/best-practices/balance-api
import { defineOperation } from './provider';
import type { Provider } from './provider';
import { newApiBalance } from './dialects/balance';
import { frameModes, modelsWith } from './dialects/models';
import { readCreatedVideo, videoContent, videoStatus } from './dialects/videos';
import { imagePart } from '../wire/writers';

export const deerApi: Provider = {
	label: 'DeerAPI',
	document: 'https://apidoc.deerapi.com/api/video/veo3/async/create',
	credential: 'veoDeerApi',

	create: defineOperation({
		models: modelsWith(frameModes, 'veo3.1', 'veo3.1-pro', 'veo3', 'veo3-fast', 'veo3-pro'),
		images: { modes: frameModes, accepts: ['link', 'bytes'] },
		takesAspectRatio: true,
		options: {},
		request: ({ prompt, model, aspectRatio, images }) => ({
			method: 'POST',
			path: '/v1/videos',
			form: [
				{ field: 'prompt', value: prompt },
				{ field: 'model', value: model },
				{ field: 'size', value: aspectRatio.replace(':', 'x') },
				...images.map((image) => imagePart(image)),
			],
		}),
		read: readCreatedVideo,
	}),

	status: videoStatus,

	// Not on the Veo pages: the route of its family, and `expires_at` of the video object suggests it.
	download: videoContent,
	balance: newApiBalance('US dollars'),
};
