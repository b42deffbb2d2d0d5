import type FormData from 'form-data';
import type { GatewayName, Simulator } from '../../workbench/simulator';
import { manualClock } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { call, formOf, image, imageDataUri } from './calls';
import { creates } from './creates';
import { expectRefusal, shapes } from './errorShapes';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

/** Refused forms: what is wrong, and the parts that are changed or added. */
function badForm(gateway: GatewayName, code: string, ...parts: Array<[string, string | Buffer]>) {
	return { gateway, code, form: formOf(...parts) };
}

const remix: Array<[string, string]> = [
	['model', 'veo_3_1-remix'],
	['prompt', 'A cat'],
	['prompt_extend', 'It jumps'],
];
const frames: Array<[string, string]> = [['model', 'veo_3_1-fl-remix'], ...remix.slice(1)];
const url = 'https://example.com/a.png';
const one: [string, string] = ['input_reference[]', url];
const video: Array<[string, string]> = [
	['model', 'veo_3_1'],
	['prompt', 'A cat'],
];
const frame: [string, string] = ['input_reference', url];
const badForms: Record<string, { gateway: GatewayName; code: string; form: FormData }> = {
	'deerApi: no prompt': badForm('deerApi', 'invalid_request', ['model', 'veo3']),
	'deerApi: empty prompt': badForm('deerApi', 'invalid_request', ['prompt', ' ']),
	'deerApi: three images': badForm(
		'deerApi',
		'invalid_request',
		['prompt', 'A cat'],
		['input_reference', image],
		['input_reference', url],
		['input_reference', url],
	),
	'deerApi: the field name of the other gateway': badForm(
		'deerApi',
		'invalid_request',
		['prompt', 'A cat'],
		['input_reference[]', image],
	),
	'deerApi: a data URI': badForm(
		'deerApi',
		'invalid_request',
		['prompt', 'A cat'],
		['input_reference', imageDataUri],
	),
	'deerApi: a size in words': badForm(
		'deerApi',
		'invalid_request',
		['prompt', 'A cat'],
		['size', '16:9'],
	),
	'eronmindVideos: no model': badForm('eronmindVideos', 'invalid_request', ['prompt', 'A cat']),
	'eronmindVideos: another size': badForm('eronmindVideos', 'invalid_request', ...video, [
		'size',
		'1920x1080',
	]),
	'eronmindVideos: three images': badForm(
		'eronmindVideos',
		'invalid_request',
		...[...video, frame, frame, frame],
	),
	'eronmindVideos: another length': badForm('eronmindVideos', 'invalid_request', ...video, [
		'seconds',
		'15',
	]),
	'openAiVideos: no prompt': badForm('openAiVideos', 'invalid_request', ['model', 'veo_3_1']),
	'openAiVideos: a size in words': badForm('openAiVideos', 'invalid_size', ...video, [
		'size',
		'landscape',
	]),
	'openAiVideos: bare base64': badForm('openAiVideos', 'invalid_request', ...video, [
		'input_reference',
		image.toString('base64'),
	]),
	'newApiRemix: no model': badForm('newApiRemix', 'missing_model', ...remix.slice(1)),
	'newApiRemix: no prompt': badForm('newApiRemix', 'invalid_request', ['model', 'veo_3_1-remix']),
	'newApiRemix: no prompt_extend': badForm('newApiRemix', 'invalid_request', ...remix.slice(0, 2)),
	'newApiRemix: another size': badForm('newApiRemix', 'invalid_size', ...remix, ['size', '16x9']),
	'newApiRemix: four references': badForm(
		'newApiRemix',
		'invalid_request',
		...[...remix, one, one, one, one],
	),
	'newApiRemix: three frames': badForm(
		'newApiRemix',
		'invalid_request',
		...[...frames, one, one, one],
	),
	'newApiRemix: frames without images': badForm('newApiRemix', 'invalid_request', ...frames),
	'newApiRemix: the field name of the other gateway': badForm(
		'newApiRemix',
		'invalid_request',
		...remix,
		['input_reference', url],
	),
	'newApiRemix: bare base64': badForm('newApiRemix', 'invalid_request', ...remix, [
		'input_reference[]',
		image.toString('base64'),
	]),
	'newApiRemix: an empty file': badForm('newApiRemix', 'invalid_request', ...remix, [
		'input_reference[]',
		Buffer.alloc(0),
	]),
};

test.each(Object.entries(badForms))(
	'refuses a form: %s',
	async (_name, { gateway, code, form }) => {
		const answer = await call(simulator, gateway, 'POST', '/v1/videos', { form });
		const body = gateway === 'deerApi' ? shapes.openAi() : shapes.newApiTask(code);
		expectRefusal(simulator, answer, 400, body);
	},
);

const deepWlBody = creates.deepWl.body('A cat').json;
const chat = (changes: object) => ({ ...creates.eronmind.body('A cat').json, ...changes });
const imagePart = { type: 'image_url', image_url: { url } };
const submit = (input: unknown) => ({ model: 'veo-3.1-generate-preview', input });
const deepWlVideo = (changes: object) => ({
	...creates.deepWlVideos.body('A cat').json,
	...changes,
});
const openAiVideo = (changes: object) => ({ model: 'veo_3_1', prompt: 'A cat', ...changes });
const audio = (word: string) => ({ output_config: { audio_generation: word } });
type JsonGateway =
	'deepWl' | 'apimp' | 'eronmind' | 'deepWlVideos' | 'openAiVideos' | 'deerApiChat';
const badBodies: Record<string, [gateway: JsonGateway, json: unknown]> = {
	...Object.fromEntries(
		Object.keys(deepWlBody).map((field): [string, ['deepWl', unknown]] => [
			`deepWl: no ${field}`,
			['deepWl', { ...deepWlBody, [field]: undefined }],
		]),
	),
	'deepWl: another orientation': ['deepWl', { ...deepWlBody, orientation: 'square' }],
	'deepWl: another size': ['deepWl', { ...deepWlBody, size: '1920x1080' }],
	'deepWl: another aspect_ratio': ['deepWl', { ...deepWlBody, aspect_ratio: '1:1' }],
	'deepWl: orientation disagrees': ['deepWl', { ...deepWlBody, orientation: 'portrait' }],
	'deepWl: size disagrees': ['deepWl', { ...deepWlBody, size: '720x1280' }],
	'deepWl: aspect_ratio disagrees': ['deepWl', { ...deepWlBody, aspect_ratio: '9:16' }],
	'deepWl: too many images': ['deepWl', { ...deepWlBody, images: [url, url, url] }],
	'deepWl: images that are objects': ['deepWl', { ...deepWlBody, images: [{}] }],
	'deepWl: a duration in text': ['deepWl', { ...deepWlBody, duration: '8' }],
	'deepWl: upsampling a portrait': [
		'deepWl',
		{
			...deepWlBody,
			orientation: 'portrait',
			size: '720x1280',
			aspect_ratio: '9:16',
			enable_upsample: true,
		},
	],
	'deepWlVideos: no model': ['deepWlVideos', deepWlVideo({ model: undefined })],
	'deepWlVideos: another size': ['deepWlVideos', deepWlVideo({ size: '1920x1080' })],
	'deepWlVideos: three frames': ['deepWlVideos', deepWlVideo({ input_reference: [url, url, url] })],
	'deepWlVideos: an image that is none': ['deepWlVideos', deepWlVideo({ input_reference: 'cat' })],
	'deepWlVideos: audio in another word': ['deepWlVideos', deepWlVideo({ metadata: audio('On') })],
	'deepWlVideos: the shapes disagree': [
		'deepWlVideos',
		deepWlVideo({ metadata: { output_config: { aspect_ratio: '9:16' } } }),
	],
	'openAiVideos: no model': ['openAiVideos', { prompt: 'A cat' }],
	'openAiVideos: seconds as a number': ['openAiVideos', openAiVideo({ seconds: 8 })],
	'openAiVideos: an image that is none': ['openAiVideos', openAiVideo({ input_reference: {} })],
	'deerApiChat: three images': [
		'deerApiChat',
		chat({
			messages: [
				{
					role: 'user',
					content: [{ type: 'text', text: 'A cat' }, imagePart, imagePart, imagePart],
				},
			],
		}),
	],
	'apimp: no model': ['apimp', { input: { prompt: 'A cat' } }],
	'apimp: no input': ['apimp', { model: 'veo-3.1-generate-preview', prompt: 'A cat' }],
	'apimp: empty prompt': ['apimp', submit({ prompt: '' })],
	'apimp: two images': ['apimp', submit({ prompt: 'A cat', images: [url, url] })],
	'apimp: a size in words': ['apimp', submit({ prompt: 'A cat', size: '16:9' })],
	'apimp: another aspect ratio': [
		'apimp',
		submit({ prompt: 'A cat', metadata: { aspectRatio: '1:1' } }),
	],
	'apimp: another resolution': [
		'apimp',
		submit({ prompt: 'A cat', metadata: { resolution: '8k' } }),
	],
	'apimp: 4k with veo 3.0': [
		'apimp',
		{
			model: 'veo-3.0-generate-001',
			input: { prompt: 'A cat', metadata: { resolution: '4k' } },
		},
	],
	'apimp: a duration in text': ['apimp', submit({ prompt: 'A cat', duration: '8' })],
	'eronmind: no model': ['eronmind', chat({ model: '' })],
	'eronmind: no messages': ['eronmind', chat({ messages: [] })],
	'eronmind: no text': ['eronmind', chat({ messages: [{ role: 'user', content: [imagePart] }] })],
	'eronmind: another size': ['eronmind', chat({ size: '16:9' })],
	'eronmind: frames without images': ['eronmind', chat({ model: 'veo_3_1-fl' })],
	'eronmind: three frames': [
		'eronmind',
		chat({
			model: 'veo_3_1-landscape-fl',
			messages: [
				{
					role: 'user',
					content: [{ type: 'text', text: 'A cat' }, imagePart, imagePart, imagePart],
				},
			],
		}),
	],
};

const invalidRequest = {
	deepWl: shapes.newApiTask('invalid_request'),
	apimp: shapes.apimp(400),
	eronmind: shapes.newApiChat('invalid_request'),
	deepWlVideos: shapes.newApiTask('invalid_request'),
	openAiVideos: shapes.newApiTask('invalid_request'),
	deerApiChat: shapes.openAi(),
};

test.each(Object.entries(badBodies))('refuses a body: %s', async (_name, [gateway, json]) => {
	const answer = await call(simulator, gateway, 'POST', creates[gateway].path, { json });
	expectRefusal(simulator, answer, 400, invalidRequest[gateway]);
});

describe('the wrong kind of body', () => {
	test.each([
		['deerApi', shapes.openAi()],
		['newApiRemix', shapes.newApiTask('invalid_multipart_form')],
	] as const)('%s refuses JSON', async (gateway, body) => {
		const json = { model: 'veo_3_1-remix', prompt: 'A cat', prompt_extend: 'It jumps' };
		const answer = await call(simulator, gateway, 'POST', '/v1/videos', { json });
		expectRefusal(simulator, answer, 400, body);
	});

	test.each([
		['deepWl', shapes.newApiTask('invalid_json')],
		['apimp', shapes.apimp(400)],
		['eronmind', shapes.newApiChat('invalid_json')],
	] as const)('%s refuses a form, text and half a JSON', async (gateway, body) => {
		const { path } = creates[gateway];
		const form = await call(simulator, gateway, 'POST', path, {
			form: formOf(['prompt', 'A cat']),
		});
		expectRefusal(simulator, form, 400, body);
		for (const type of ['text/plain', 'application/json']) {
			const headers = { 'content-type': type };
			const half = await call(simulator, gateway, 'POST', path, { headers, body: '{"model":' });
			expectRefusal(simulator, half, 400, body);
		}
	});
});
