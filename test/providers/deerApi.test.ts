import { deerApi } from '../../nodes/providers/deerApi';
import { inputWith } from '../fixtures/inputs';
import { valueOrProblem } from './plain';

const read = (body: unknown) =>
	valueOrProblem(deerApi.status.read({ httpStatus: 200, contentType: 'application/json', body }));

// The create page types its answer: these fields are there, and null.
const nulls = { completed_at: null, error: null, expires_at: null, remixed_from_video_id: null };

test.each([null, {}, '', { message: '', code: '' }])(
	'an error of %j is on healthy jobs too, and decides nothing',
	(error) => {
		expect(read({ ...nulls, status: 'completed', error })).toMatchObject({ status: 'succeeded' });
		expect(read({ ...nulls, status: 'in_progress', error })).toMatchObject({ status: 'running' });
	},
);

test('null times are no times', () => {
	const state = read({ ...nulls, status: 'queued' });
	expect(state).toMatchObject({ completedAt: undefined, expiresAt: undefined });
});

test('a failed job gives its reason, as object or as text', () => {
	for (const error of [{ code: '', message: 'Gone wrong' }, 'Gone wrong']) {
		expect(read({ ...nulls, status: 'failed', error })).toMatchObject({
			status: 'failed',
			failure: { code: 'generation_failed', message: 'Gone wrong' },
		});
	}
});

test.each(['video_url', 'url', 'result_url'])(
	'a link in %s is taken though no page names it',
	(name) => {
		expect(
			read({ ...nulls, status: 'completed', [name]: 'https://cdn.example.com/a.mp4' }),
		).toMatchObject({
			videos: [{ kind: 'final', links: ['https://cdn.example.com/a.mp4'] }],
		});
	},
);

test.each(['', null, 'javascript:alert(1)', '/v1/videos/1/content'])(
	'a link of %j is none: the download route is asked',
	(video_url) => {
		expect(read({ ...nulls, status: 'completed', video_url })).toMatchObject({
			videos: [],
			isLinkLate: false,
		});
	},
);

test('the model is always named: the provider would take one of its own', () => {
	const { form = [] } = deerApi.create.request(inputWith({ model: 'veo3.1-pro' }));
	expect(form).toContainEqual({ field: 'model', value: 'veo3.1-pro' });
});

test('all five models of the page are there, veo3.1 as the default', () => {
	const ids = deerApi.create.models.map(({ id }) => id);
	expect(ids[0]).toBe('veo3.1');
	expect([...ids].sort()).toStrictEqual(['veo3', 'veo3-fast', 'veo3-pro', 'veo3.1', 'veo3.1-pro']);
});
