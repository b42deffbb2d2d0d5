import { newApiRemix } from '../../nodes/providers/newApiRemix';
import type { Operation } from '../../nodes/providers/provider';
import { inputWith } from '../fixtures/inputs';
import { valueOrProblem } from './plain';

const read = (body: unknown) =>
	valueOrProblem(
		newApiRemix.status.read({ httpStatus: 200, contentType: 'application/json', body }),
	);

const link = 'https://videos-us3.ss2.life/extend/1.mp4';
const failed = (code: string, message: string, more: object = {}) => ({
	status: 'FAILURE',
	fail_reason: message,
	progress: '50%',
	data: { status: 'failed', error: { code, message }, ...more },
});

describe('three body shapes', () => {
	const video = { object: 'video', status: 'completed', progress: 100, video_url: link };
	const task = { task_id: 'task_1', status: 'SUCCESS', progress: '100%', data: video };

	test.each([
		['the bare task', task],
		['the wrapped task', { code: 'success', message: '', data: task }],
		['the video object', video],
	])('%s tells the same', (_, body) => {
		expect(read(body)).toMatchObject({
			status: 'succeeded',
			progress: 100,
			videos: [{ kind: 'final', links: [link] }],
		});
	});

	test('the outer status decides where the two disagree', () => {
		expect(read({ ...task, status: 'IN_PROGRESS' })).toMatchObject({ status: 'running' });
		expect(read({ ...task, data: { ...video, status: 'processing' } })).toMatchObject({
			status: 'succeeded',
		});
	});

	test('a wrapper around nothing is no answer', () => {
		expect(read({ code: 'success', message: '', data: null })).toHaveProperty('kind', 'unreadable');
	});
});

test('progress is a text outside and a number inside; the inner one is nearer', () => {
	expect(read({ status: 'IN_PROGRESS', progress: '61%' })).toMatchObject({ progress: 61 });
	expect(read({ status: 'IN_PROGRESS', progress: '30%', data: { progress: 61 } })).toMatchObject({
		progress: 61,
	});
});

test('fail_reason is the link of a job that went well, and the reason of one that did not', () => {
	expect(read({ status: 'SUCCESS', fail_reason: link })).toMatchObject({
		videos: [{ kind: 'final', links: [link] }],
	});
	expect(read({ status: 'FAILURE', fail_reason: 'Out of luck' })).toMatchObject({
		failure: { message: 'Out of luck' },
	});
});

test('a job of another host is not fetched there', () => {
	const foreign = 'https://xxx.com/v1/videos/task_inner/content';
	expect(read({ status: 'SUCCESS', result_url: foreign, fail_reason: foreign })).toMatchObject({
		videos: [],
		isLinkLate: false,
	});
});

describe('failures', () => {
	test('the extension failed on a busy line: 8 seconds to keep, and worth another try', () => {
		const body = failed('extend_failed', '二创失败 (E-2003)', {
			video_url: link,
			remix_id: 'video_1',
		});
		expect(read(body)).toMatchObject({
			status: 'failed',
			remixId: 'video_1',
			failure: { code: 'extend_failed', retryable: true, partial: true },
			videos: [{ kind: 'firstSegment', links: [link] }],
		});
	});

	test('the extension failed and left nothing', () => {
		expect(read(failed('extend_failed', '二创失败 (E-2003)'))).toMatchObject({
			failure: { code: 'extend_failed', partial: false },
			videos: [],
		});
	});

	test('the first segment failed on the safety rules: not worth another try', () => {
		const state = read(failed('generate_failed', '视频生成失败 (E-1005)'));
		expect(state).toMatchObject({ failure: { code: 'content_policy', retryable: false } });
		expect(state).not.toHaveProperty('videos');
	});

	test.each(['extend_failed', 'generate_failed'])('%s: only the operator code decides', (code) => {
		for (const [operatorCode, failure] of [
			['E-2003', { code: 'busy', retryable: true }],
			['E-1005', { code: 'content_policy', retryable: false }],
			['E-9999', { code: 'generation_failed', retryable: false }],
		] as const) {
			const { retryable } = failure;
			const expected = code === 'extend_failed' ? { code, retryable } : failure;
			expect(read(failed(code, `x (${operatorCode})`))).toMatchObject({ failure: expected });
		}
	});

	test('the same codes in the video object', () => {
		const body = {
			status: 'failed',
			error: { code: 'extend_failed', message: 'x (E-2003)' },
			video_url: link,
		};
		expect(read(body)).toMatchObject({
			failure: { code: 'extend_failed', retryable: true, partial: true },
			videos: [{ kind: 'firstSegment', links: [link] }],
		});
	});
});

describe('models', () => {
	const idsOf = (creation: Operation | undefined) => creation?.models.map(({ id }) => id).sort();

	test('the eight 15-second models of the page, and the same without their ending', () => {
		const fifteen = [
			'veo_3_1-fast-fl-hd-remix',
			'veo_3_1-fast-fl-remix',
			'veo_3_1-fast-hd-remix',
			'veo_3_1-fast-remix',
			'veo_3_1-fl-remix',
			'veo_3_1-hd-fl-remix',
			'veo_3_1-hd-remix',
			'veo_3_1-remix',
		];
		expect(idsOf(newApiRemix.createExtended)).toStrictEqual(fifteen);
		expect(idsOf(newApiRemix.create)).toStrictEqual(
			fifteen.map((id) => id.replace('-remix', '')).sort(),
		);
	});

	test('a model of the other length is refused before it costs anything', () => {
		const { create, createExtended } = newApiRemix;
		expect(create.reject?.(inputWith({ model: 'veo_3_1-remix' }))).toContain('veo_3_1-remix');
		expect(createExtended?.reject?.(inputWith({ model: 'veo_3_1' }))).toContain('veo_3_1');
	});

	test('1080p is warned of where the model gives 720p', () => {
		const warningFor = (model: string, resolution: string) =>
			newApiRemix.createExtended?.warn?.(inputWith({ model, options: { resolution } }));
		expect(warningFor('veo_3_1-fast-remix', '1080p')).toContain('720p');
		expect(warningFor('veo_3_1-hd-fl-remix', '1080p')).toBeUndefined();
		expect(warningFor('veo_3_1-fast-fl-hd-remix', '1080p')).toBeUndefined();
		expect(warningFor('veo_3_1-fast-remix', '720p')).toBeUndefined();
	});
});

test('a remix path without a place for the id is refused', () => {
	const rejectionOf = (remixPath: string) =>
		newApiRemix.extend?.reject?.(inputWith({ options: { remixPath } }));
	expect(rejectionOf('/v1/videos/remix')).toContain('{id}');
	expect(rejectionOf('/v1/{id}')).toBeUndefined();
});
