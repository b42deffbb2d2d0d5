import { readList, readString } from '../../wire/readers';
import type { ImageMode, Model, OperationInput, OptionFields, Provider } from '../provider';

/** What images are for at most Veo models. */
export const firstFrameModes: readonly ImageMode[] = ['none', 'firstFrame'];
export const frameModes: readonly ImageMode[] = [...firstFrameModes, 'firstAndLastFrame'];
export const allImageModes: readonly ImageMode[] = [...frameModes, 'referenceImages'];

/** Models that take images in the same ways. */
export const modelsWith = (imageModes: readonly ImageMode[], ...ids: string[]): Model[] =>
	ids.map((id) => ({ id, imageModes }));

/** Whether an id is that of a Veo model: "veo3.1", "google/veo-3.1". */
export const isVeoModel = (id: string): boolean => /(?:^|\/)veo/i.test(id);

/** Whether an id is that of a video model of a known family. */
export const isVideoModel = (id: string): boolean =>
	isVeoModel(id) || /sora|kling|seedance|wan\d|hailuo|vidu|pixverse|ltx|video|t2v|i2v/i.test(id);

/** The aspect ratio to send: other models than Veo take the shape of an image, and may not have the field. */
export const ratioBesideImages = ({
	model,
	images,
	aspectRatio,
}: Pick<OperationInput<OptionFields>, 'model' | 'images' | 'aspectRatio'>) =>
	isVeoModel(model) || images.length === 0 || aspectRatio !== '16:9' ? aspectRatio : undefined;

/** OpenAI's list of models, which New API's whole family has. It names models of every kind. */
export const openAiModels = (
	isOffered: (id: string) => boolean,
): NonNullable<Provider['models']> => ({
	request: () => ({ method: 'GET', path: '/v1/models' }),
	read: ({ body }) => {
		const ids = readList(body, 'data').flatMap((model) => readString(model, 'id') ?? []);
		return { kind: 'read', value: ids.filter(isOffered) };
	},
});
