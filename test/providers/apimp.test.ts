import { apimp } from '../../nodes/providers/apimp';
import { inputWith } from '../fixtures/inputs';
import { valueOrProblem } from './plain';

const answer = (body: unknown) => ({ httpStatus: 200, contentType: 'application/json', body });
const readCreate = (body: object) => valueOrProblem(apimp.create.read(answer(body), inputWith({})));
const read = (data: object) => valueOrProblem(apimp.status.read(answer({ code: 200, data })));

test.each([
	[400, 'bad_request'],
	['400', 'bad_request'],
	[401, 'key_refused'],
	[402, 'out_of_credit'],
	[404, 'job_not_found'],
])('HTTP 200 with a code of %j is a refusal', (code, failureCode) => {
	const body = { code, error: { message: 'Not today', type: 'invalid_request_error' } };
	const failure = { code: failureCode, message: 'Not today', retryable: false };
	expect(readCreate(body)).toStrictEqual({ kind: 'refused', failure });
	expect(apimp.status.read(answer(body))).toStrictEqual({ kind: 'refused', failure });
});

// A failure of the provider's own says nothing about the job: it may have been started.
test.each([500, 0])('HTTP 200 with a code of %j leaves the outcome open', (code) => {
	const body = { code, error: { message: 'Not today', type: 'server_error' } };
	expect(readCreate(body)).toStrictEqual({ kind: 'unreadable', message: 'Not today' });
	expect(apimp.status.read(answer(body))).toStrictEqual({
		kind: 'unreadable',
		message: 'Not today',
	});
});

test('a code that is not 200 outweighs what stands beside it', () => {
	const body = { code: 500, data: { task_id: 'task_1', status: 'finished' }, msg: 'Broken' };
	expect(readCreate(body)).toStrictEqual({
		kind: 'unreadable',
		message: 'Broken',
		seenJobId: 'task_1',
	});
	expect(apimp.status.read(answer(body))).toStrictEqual({ kind: 'unreadable', message: 'Broken' });
});

test('a refusal without a text says so', () => {
	expect(apimp.status.read(answer({ code: 500 }))).toStrictEqual({
		kind: 'unreadable',
		message: expect.stringMatching(/\S/),
	});
	expect(readCreate({ code: 400 })).toMatchObject({
		kind: 'refused',
		failure: { message: expect.stringMatching(/\S/) },
	});
});

// By the rule of the page for `size`, 1920x1080 would become 720p: its short side is below 1920.
test.each([undefined, '720p', '1080p', '4k'])(
	'a resolution of %s is sent, and no size',
	(resolution) => {
		const { json } = apimp.create.request(
			inputWith({ options: resolution === undefined ? {} : { resolution } }),
			{},
		);
		expect(json).toMatchObject({ input: { metadata: { resolution: resolution ?? '720p' } } });
		expect(json?.input).not.toHaveProperty('size');
	},
);

describe('files', () => {
	const file = (file_url: string, file_type?: string) => ({ file_url, file_type });
	const linksTo = (...files: object[]) => {
		const state = read({ status: 'finished', files });
		if (!('videos' in state)) throw new Error('It has not succeeded');
		return (state.videos ?? []).flatMap(({ links }) => links);
	};
	const cover = file('https://example.com/cover.png', 'image');

	test('only the videos count, by their type or their name', () => {
		const names = ['a.mp4', 'a.MP4', 'a.mov', 'a.webm', 'a.mp4?Signature=x'];
		const links = ['1', ...names].map((name) => `https://example.com/${name}`);
		const files = links.map((link, index) => file(link, index === 0 ? 'video' : undefined));
		expect(linksTo(cover, ...files)).toStrictEqual(links);
	});

	test('an image alone is no video, and a file without a web link is none', () => {
		const files = [cover, file('', 'video'), file('gs://bucket/1.mp4', 'video')];
		expect(linksTo(...files)).toStrictEqual([]);
		expect(read({ status: 'finished', files })).toMatchObject({ isLinkLate: true });
	});
});

test('4k is warned of for the 3.0 models alone', () => {
	const warningFor = (model: string, resolution: string) =>
		apimp.create.warn?.(inputWith({ model, options: { resolution } }));
	expect(warningFor('veo-3.0-generate-001', '4k')).toContain('veo-3.0-generate-001');
	expect(warningFor('veo-3.1-generate-preview', '4k')).toBeUndefined();
	expect(warningFor('veo-3.0-generate-001', '1080p')).toBeUndefined();
});

test('the four models of the page are there', () => {
	expect(apimp.create.models.map(({ id }) => id).sort()).toStrictEqual([
		'veo-3.0-fast-generate-001',
		'veo-3.0-generate-001',
		'veo-3.1-fast-generate-preview',
		'veo-3.1-generate-preview',
	]);
});
