import { fal } from '../../nodes/providers/fal';
import type { OperationInput, OptionFields } from '../../nodes/providers/provider';
import { firstFile, inputWith, linkTo } from '../fixtures/inputs';
import { valueOf } from './plain';

const veo = 'fal-ai/veo3.1';
const reject = (changes: Partial<OperationInput<OptionFields>>) =>
	fal.create.reject?.(inputWith({ model: veo, ...changes }));
const references = {
	imageMode: 'referenceImages',
	images: [linkTo('https://example.com/a.png')],
} as const;

describe('what it does not take', () => {
	test.each<[string, Partial<OperationInput<OptionFields>>, RegExp]>([
		['a model of another provider', { model: 'veo3.1' }, /is not an endpoint of Fal.ai/],
		['a path out of the endpoint', { model: 'fal-ai/../admin' }, /is not an endpoint/],
		['another host', { model: 'https://example.com/a' }, /is not an endpoint/],
		['a query', { model: 'fal-ai/veo3.1?a=b' }, /is not an endpoint/],
		['4K of lite', { model: `${veo}/lite`, options: { resolution: '4k' } }, /has no 4K/],
		['5 seconds of Veo', { options: { durationSeconds: 5 } }, /4, 6 or 8 seconds/],
		['references for 6 seconds', { ...references, options: { durationSeconds: 6 } }, /8 seconds/],
		['references with fast', { ...references, model: `${veo}/fast` }, /need the model/],
	])('%s', (_name, changes, says) => {
		expect(reject(changes)).toMatch(says);
	});

	test('and what it takes', () => {
		for (const changes of [
			{},
			{ options: { durationSeconds: 4, resolution: '4k' } },
			{ ...references, options: { durationSeconds: 8 } },
			{
				model: 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video',
				options: { durationSeconds: 10 },
			},
			{ model: 'workflows/me/my-flow' },
		]) {
			expect(reject(changes)).toBeUndefined();
		}
	});

	test('an extension of anything but a link', () => {
		for (const videoUrl of [undefined, '', 'veo-job', 'gs://bucket/a.mp4']) {
			const input = inputWith({ model: veo, options: { videoUrl } });
			expect(fal.extend?.reject?.(input)).toMatch(/add the option Video URL/);
		}
	});
});

test.each([
	['https://upload.example.com/', 'https://upload.example.com/storage/upload/initiate'],
	['', '/storage/upload/initiate'],
])('an upload to %j', (uploadUrl, path) => {
	expect(fal.upload?.request(firstFile, { uploadUrl })).toMatchObject({ method: 'POST', path });
});

describe('the job ID', () => {
	const create = (body: object) =>
		valueOf(
			fal.create.read({ httpStatus: 200, contentType: 'application/json', body }, inputWith({})),
		).jobId;
	const pathOf = (jobId: string) => fal.status.request(jobId, {}).path;

	test.each([
		['https://queue.fal.run/fal-ai/veo3.1/requests/one', 'fal-ai/veo3.1/requests/one'],
		// Where the service is behind another address.
		['https://example.com/proxy/fal-ai/veo3.1/requests/one', 'fal-ai/veo3.1/requests/one'],
		['https://queue.fal.run/workflows/me/flow/requests/one', 'workflows/me/flow/requests/one'],
		['https://queue.fal.run/fal-ai/wan/requests/one/response', 'fal-ai/wan/requests/one'],
		['https://queue.fal.run/requests/one', 'one'],
		[undefined, 'one'],
	])('of the response_url %s is %s', (response_url, jobId) => {
		expect(create({ request_id: 'one', response_url, status: 'IN_QUEUE' })).toBe(jobId);
	});

	const kling = 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video';
	const answerTo = (model: string, body: unknown, httpStatus = 200) =>
		fal.create.read({ httpStatus, contentType: 'application/json', body }, inputWith({ model }));

	test.each([
		[kling, undefined, 'fal-ai/kling-video/requests/one'],
		[kling, 'https://queue.fal.run/fal-ai/kling-video/requests/one/response', undefined],
		[kling, `https://queue.fal.run/${kling}/requests/one`, undefined],
		[kling, 'https://queue.fal.run/fal-ai/kling-video/requests/one?a=b', undefined],
		['workflows/me/flow/end', undefined, 'workflows/me/flow/requests/one'],
	])('at %s with the response_url %s names the app', (model, response_url, jobId) => {
		const body = { request_id: 'one', response_url, status: 'IN_QUEUE' };
		const expected = jobId ?? 'fal-ai/kling-video/requests/one';
		expect(valueOf(answerTo(model, body)).jobId).toBe(expected);
	});

	test.each([200, 400, 429, 502])('is in the part of an answer with HTTP %i', (httpStatus) => {
		const part = '{"status":"IN_QUEUE","request_id":"one","response_url":"https://que';
		expect(answerTo(kling, part, httpStatus)).toMatchObject({
			...{ kind: 'unreadable', seenJobId: 'fal-ai/kling-video/requests/one' },
		});
	});

	test('finds the job below the Base URL, whatever it is', () => {
		expect(pathOf('fal-ai/wan/requests/one')).toBe('/fal-ai/wan/requests/one/status');
		expect(pathOf('one')).toBe('/fal-ai/veo3.1/requests/one/status');
		for (const id of [
			'../../admin',
			'fal-ai/../requests/one',
			'fal-ai/veo3.1/requests/one/../../..',
			'@example.com/a/requests/one',
			'https://example.com/fal-ai/veo3.1/requests/one',
			'fal-ai/veo3.1/requests/one?a=b',
		]) {
			expect(pathOf(id)).toBe(`/fal-ai/veo3.1/requests/${encodeURIComponent(id)}/status`);
		}
	});
});

describe('the result', () => {
	const read = (httpStatus: number, body: unknown) =>
		fal.status.read({ httpStatus, contentType: 'application/json', body });
	const next = (body: unknown) =>
		fal.status.next?.({ httpStatus: 200, contentType: 'application/json', body }, 'one', {});

	test('is behind a second call only where the job is over', () => {
		expect(next({ status: 'COMPLETED' })).toEqual({
			...{ method: 'GET', path: '/fal-ai/veo3.1/requests/one', mayFailWithResult: true },
		});
		for (const status of ['IN_QUEUE', 'IN_PROGRESS', 'UNKNOWN']) {
			expect(next({ status })).toBeUndefined();
		}
		expect(next('COMPLETED')).toBeUndefined();
	});

	test.each([
		[400, { detail: 'The image is too small' }, 'bad_request'],
		[422, { detail: 'Invalid input' }, 'bad_request'],
		[500, { detail: [{ type: 'internal_server_error', msg: 'No' }] }, 'generation_failed'],
		[504, { detail: 'Late', error_type: 'request_timeout' }, 'generation_failed'],
	])("with HTTP %i is the model's own failure: %j", (httpStatus, body, code) => {
		expect(read(httpStatus, body)).toMatchObject({
			...{ kind: 'read', value: { status: 'failed', failure: { code } } },
		});
	});

	test.each([
		[401, { detail: 'Cannot access application' }],
		[429, { detail: 'Too many', error_type: 'concurrent_requests_limit' }],
		[500, { detail: 'Internal Server Error' }],
		[502, '<html>Bad gateway</html>'],
	])('with HTTP %i says nothing about the job: %j', (httpStatus, body) => {
		expect(read(httpStatus, body)).toHaveProperty('kind', 'unreadable');
	});

	test('that has no video is a success whose link is late', () => {
		const value = { status: 'succeeded', videos: [], isLinkLate: true };
		expect(read(200, { video: null })).toEqual({ kind: 'read', value });
	});
});
