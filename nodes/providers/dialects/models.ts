import { readList, readString } from '../../wire/readers';
import type { Provider } from '../provider';

/** Whether an id is that of a Veo model: "veo3.1", "google/veo-3.1". */
export const isVeoModel = (id: string): boolean => /(?:^|\/)veo/i.test(id);

/** Whether an id is that of a video model of a known family. */
export const isVideoModel = (id: string): boolean =>
	isVeoModel(id) || /sora|kling|seedance|wan\d|hailuo|vidu|pixverse|ltx|video|t2v|i2v/i.test(id);

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
