import { kie } from '../../nodes/providers/kie';
import type { JsonRecord } from '../../nodes/wire/call';
import { firstFile, inputWith } from '../fixtures/inputs';
import { valueOrProblem } from './plain';

const answer = (body: unknown) => ({ httpStatus: 200, contentType: 'application/json', body });
const create = (model: string) => inputWith({ model });
const readCreate = (body: object, model = 'veo3_fast') =>
	valueOrProblem(kie.create.read(answer(body), create(model)));
const read = (body: object) => valueOrProblem(kie.status.read(answer(body)));

describe('which route finds a job', () => {
	test.each([
		['veo3', '/api/v1/veo/generate'],
		['veo3_fast', '/api/v1/veo/generate'],
		['veo4_quality', '/api/v1/veo/generate'],
		['veo-3-1', '/api/v1/jobs/createTask'],
		['kling-3.0/video', '/api/v1/jobs/createTask'],
		['runway', '/api/v1/jobs/createTask'],
	])('%s is created at %s, and checked beside it', (model, path) => {
		expect(kie.create.request(create(model), {}).path).toBe(path);
		const taskId = 'e931f4f24b0f6d5bc4744c719d3f67f3';
		const created = readCreate({ code: 200, data: { taskId } }, model);
		if (!('jobId' in created)) throw new Error('There is no job');
		const check = kie.status.request(created.jobId, {});
		expect(check.query).toStrictEqual({ taskId });
		expect(check.path.split('/')[3]).toBe(path.split('/')[3]);
	});

	test('an id beside an error names its route as well', () => {
		const body = { code: 500, msg: 'Broken', data: { taskId: 'task_1' } };
		const seen = { kind: 'unreadable', message: 'Broken' };
		expect(readCreate(body)).toStrictEqual({ ...seen, seenJobId: 'task_1' });
		expect(readCreate(body, 'wan/3-0-video')).toStrictEqual({ ...seen, seenJobId: 'jobs:task_1' });
	});
});

// A failure of the provider's own says nothing about the job: it may have been started.
test.each([408, 500, 501])('HTTP 200 with a code of %j leaves the outcome open', (code) => {
	const body = { code, msg: 'Not today', data: null };
	expect(readCreate(body)).toStrictEqual({ kind: 'unreadable', message: 'Not today' });
	expect(read(body)).toStrictEqual({ kind: 'unreadable', message: 'Not today' });
});

test.each([
	[501, { state: 'fail', failMsg: 'Not today' }],
	[422, { successFlag: 3, errorMessage: 'Not today' }],
])('a code of %d beside a job that has failed is about the job', (code, data) => {
	expect(read({ code, msg: 'Generation failed', data })).toMatchObject({
		status: 'failed',
		failure: { code: 'generation_failed', message: 'Not today' },
	});
});

test.each([null, {}, [], 'none'])(
	'an answer without a state is quoted, not its "success": %j',
	(data) => {
		const reading = {
			kind: 'unreadable',
			message: expect.stringMatching(/cannot be read.*"data"/),
		};
		expect(read({ code: 200, msg: 'success', data } as never)).toEqual(reading);
	},
);

test('a code that is not 200 outweighs links beside it, as in answers about 4K', () => {
	const data = { taskId: 'veo_task_1', resultUrls: ['https://example.com/4k.mp4'], successFlag: 1 };
	const msg = 'The video has been generated successfully';
	expect(read({ code: 422, msg, data })).toMatchObject({ kind: 'refused' });
});

test('a time without a zone is left out, because no page says which it is', () => {
	const data = { successFlag: 0, createTime: '2025-06-06 10:25:00' };
	expect(read({ code: 200, data })).not.toMatchObject({ createdAt: expect.anything() });
	expect(read({ code: 200, data: { ...data, createTime: 1_749_205_500 } })).toMatchObject({
		createdAt: 1_749_205_500_000,
	});
});

test.each([
	['a bare link', 'https://example.com/a.mp4'],
	['JSON', '["https://example.com/a.mp4","https://example.com/b.mp4"]'],
	['JSON with an escaped letter', '["https:\\u002f/example.com/a.mp4"]'],
	['brackets alone', '[https://example.com/a.mp4, https://example.com/b.mp4]'],
	['a list', ['https://example.com/a.mp4']],
])('the links as %s', (_form, resultUrls) => {
	expect(read({ code: 200, data: { successFlag: 1, response: { resultUrls } } })).toMatchObject({
		videos: [{ links: ['https://example.com/a.mp4'] }],
	});
});

test.each(['[]', '[javascript:alert(1)]', 'null', '', ['ftp://example.com/a.mp4'], {}, 7])(
	'no link in %j: it comes late',
	(resultUrls) => {
		const data = { successFlag: 1, response: { resultUrls } };
		expect(read({ code: 200, data })).toMatchObject({ videos: [], isLinkLate: true });
	},
);

test.each([
	['veo3', 'firstFrame', 5, /4, 6 or 8 seconds, not 5/],
	['veo3_fast', 'referenceImages', 6, /8 seconds from reference images, not 6/],
	['veo3_fast', 'firstFrame', 6, undefined],
	['bytedance/seedance-2', 'referenceImages', 15, undefined],
] as const)('%s, %s, %d seconds', (model, imageMode, durationSeconds, says) => {
	const rejection = kie.create.reject?.(
		inputWith({ model, imageMode, options: { durationSeconds } }),
	);
	if (says === undefined) expect(rejection).toBeUndefined();
	else expect(rejection).toMatch(says);
});

test('only Veo jobs can be extended, with the model words of the extension', () => {
	expect(kie.extend?.reject?.(inputWith({ sourceId: 'jobs:task_1' }))).toMatch(/only Veo jobs/);
	const wordFor = (model: string) => {
		const { json } = kie.extend?.request(inputWith({ model, sourceId: 'veo_task_1' }), {}) ?? {};
		return (json as JsonRecord).model;
	};
	const words = ['veo3_fast', 'veo3', 'veo3_lite', 'quality'].map(wordFor);
	expect(words).toStrictEqual(['fast', 'quality', 'lite', 'quality']);
});

describe('the catalog of models', () => {
	const list = (...models: object[]) =>
		kie.models?.read(answer({ code: 200, data: { total: models.length, models } }));
	const kling = { model: 'kling-3.0/video', taskType: ['Image to Video'] };

	test('has one entry for the Veo routes, which stands for their models', () => {
		const veo = { model: 'veo-3-1', taskType: ['Text to Video'] };
		const image = { model: 'gpt-image-2', taskType: ['Text to Image'] };
		expect(list(veo, image, kling, {}, 7 as never)).toStrictEqual({
			kind: 'read',
			value: ['veo3_fast', 'veo3', 'veo3_lite', 'veo-3-1', 'kling-3.0/video'],
		});
	});

	test('without that entry they are not in it', () => {
		expect(list(kling)).toStrictEqual({ kind: 'read', value: ['kling-3.0/video'] });
	});

	test('a refusal is no empty list', () => {
		const limited = { code: 429, msg: 'Your call frequency is too high.', data: null };
		expect(kie.models?.read(answer(limited))).toMatchObject({ kind: 'refused' });
	});
});

describe('an upload', () => {
	test.each([
		['https://upload.example.com', 'https://upload.example.com/api/file-stream-upload'],
		['https://upload.example.com/', 'https://upload.example.com/api/file-stream-upload'],
		['', '/api/file-stream-upload'],
	])('to %j', (uploadUrl, path) => {
		expect(kie.upload?.request(firstFile, { uploadUrl })).toMatchObject({ method: 'POST', path });
	});

	test.each([
		[{ success: false, code: 401, msg: 'Authentication failed' }, 'refused'],
		[{ success: true, code: 200, data: {} }, 'unreadable'],
		[{ success: true, code: 200, data: { downloadUrl: 'file:///etc/passwd' } }, 'unreadable'],
	])('%j is no link', (body, kind) => {
		expect(kie.upload?.read(answer(body), firstFile)).toMatchObject({ kind });
	});
});
