// Eronmind, "openai视频异步格式": its chat page mentions the format without its fields. These are from a
// provider that publishes the same pages: https://docapi.poloapi.com/450900803e0
import { eronmind, eronmindModels } from './eronmind';
import { defineOperation } from './provider';
import type { Provider } from './provider';
import { frameModes } from './dialects/models';
import { readCreatedVideo, videoContent, videoStatus } from './dialects/videos';
import { imagePart, pixelSizes } from '../wire/writers';

export const eronmindVideos: Provider = {
	label: 'Eronmind (Async Video)',
	document: 'https://docapi.poloapi.com/450900803e0',
	credential: 'veoEronmindApi',

	create: defineOperation({
		models: eronmindModels,
		images: { modes: frameModes, accepts: ['link', 'bytes'] },
		takesAspectRatio: true,
		options: {
			watermark: {
				type: 'boolean',
				label: 'Watermark',
				description: "Whether to add the provider's watermark",
				default: false,
			},
		},
		request: ({ model, prompt, images, aspectRatio, options }) => ({
			method: 'POST',
			path: '/v1/videos',
			form: [
				{ field: 'model', value: model },
				{ field: 'prompt', value: prompt },
				{ field: 'seconds', value: '8' },
				{ field: 'size', value: pixelSizes[aspectRatio]['720p'] },
				...images.map((image) => imagePart(image)),
				{ field: 'watermark', value: String(options.watermark ?? false) },
			],
		}),
		read: readCreatedVideo,
	}),

	status: videoStatus,
	download: videoContent,
	balance: eronmind.balance,
};
