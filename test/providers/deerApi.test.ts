import { deerApi } from '../../nodes/providers/deerApi';
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

test.each(['', null, 'javascript:alert(1)', '/v1/videos/1/content'])(
	'a link of %j is none: the download route has the file',
	(video_url) => {
		expect(read({ ...nulls, status: 'completed', video_url })).toMatchObject({
			videos: [],
			isLinkLate: false,
		});
	},
);

test('all five models of the page are there, veo3.1 as the default', () => {
	const ids = deerApi.create.models.map(({ id }) => id);
	expect(ids[0]).toBe('veo3.1');
	expect([...ids].sort()).toStrictEqual(['veo3', 'veo3-fast', 'veo3-pro', 'veo3.1', 'veo3.1-pro']);
});
