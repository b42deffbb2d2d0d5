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

test('of the task and the video in it, the task has the status and the video the progress', () => {
	const task = { status: 'SUCCESS', progress: '30%', data: { status: 'processing', progress: 61 } };
	expect(read(task)).toMatchObject({ status: 'succeeded', progress: 61 });
});

describe('failures', () => {
	test('the extension failed and left nothing', () => {
		expect(read(failed('extend_failed', '二创失败 (E-2003)'))).toMatchObject({
			failure: { code: 'extend_failed', partial: false },
			videos: [],
		});
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
	const idsOf = (operation: Operation | undefined) => operation?.models.map(({ id }) => id).sort();

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
