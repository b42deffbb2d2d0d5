import type { AspectRatio } from '../../nodes/providers/provider';
import { deepWl } from '../../nodes/providers/deepWl';
import { inputWith } from '../fixtures/inputs';
import { valueOrProblem } from './plain';

const read = (body: unknown) =>
	valueOrProblem(deepWl.status.read({ httpStatus: 200, contentType: 'application/json', body }));

const link = 'https://cdn.example.com/video.mp4';

test.each([
	{ detail: { error_message: '[403] reCAPTCHA evaluation failed PERMISSION_DENIED' } },
	{ detail: { video_generation_error: 'PUBLIC_ERROR_MINOR' } },
	{ error: { message: 'An earlier attempt failed', code: 'upstream' } },
	{ fail_reason: 'An earlier attempt failed' },
])('a completed job may carry the error of an earlier attempt: %j', (leftOver) => {
	expect(read({ status: 'completed', video_url: link, ...leftOver })).toMatchObject({
		status: 'succeeded',
		videos: [{ kind: 'final', links: [link] }],
	});
});

test.each([
	{ error: { message: 'The reason', code: '' } },
	{ detail: { error_message: 'The reason' } },
	{ detail: { video_generation_error: 'The reason' } },
	{ fail_reason: 'The reason' },
	{ message: 'The reason' },
	// An empty error hides none of the others.
	{ error: { message: '', code: '' }, detail: { error_message: 'The reason' } },
])('a failed job says why: %j', (said) => {
	expect(read({ status: 'failed', ...said })).toMatchObject({
		status: 'failed',
		failure: { message: 'The reason' },
	});
});

test.each<[AspectRatio, string, string]>([
	['16:9', 'landscape', '1280x720'],
	['9:16', 'portrait', '720x1280'],
])(
	'the three fields of the shape agree on %s for every model',
	(aspectRatio, orientation, size) => {
		for (const { id } of deepWl.create.models) {
			const { json } = deepWl.create.request(inputWith({ model: id, aspectRatio }), {});
			expect(json).toMatchObject({ aspect_ratio: aspectRatio, orientation, size });
		}
	},
);

test('to raise the resolution of an upright video is warned of, and of nothing else', () => {
	const warningFor = (aspectRatio: AspectRatio, enableUpsample: boolean) =>
		deepWl.create.warn?.(inputWith({ aspectRatio, options: { enableUpsample } }));
	expect(warningFor('9:16', true)).toContain('landscape');
	expect(warningFor('16:9', true)).toBeUndefined();
	expect(warningFor('9:16', false)).toBeUndefined();
});

test('the model of the page is the default', () => {
	expect(deepWl.create.models[0]?.id).toBe('veo3.1-fast-components');
});
