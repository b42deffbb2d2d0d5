import { toFailureCode, readFailure, readReason, withoutQueries } from '../../nodes/wire/failures';

test.each<[string, string]>([
	['https://a.com/b.mp4?Signature=x&Expires=1', 'https://a.com/b.mp4?…'],
	['https://a.com/b#key=x', 'https://a.com/b?…'],
	[
		'see https://a.com/b?k=1, or http://c.com/d?k=2 now',
		'see https://a.com/b?… or http://c.com/d?… now',
	],
	['<a href="https://a.com/b?k=1">', '<a href="https://a.com/b?…">'],
	['HTTPS://A.COM/B?K=1', 'HTTPS://A.COM/B?…'],
	['https://a.com/b', 'https://a.com/b'],
	['what? no link', 'what? no link'],
])('withoutQueries: %s', (text, expected) => {
	expect(withoutQueries(text)).toBe(expected);
});

test.each<[unknown, string | undefined]>([
	[{ error: { message: 'A', type: 't', code: 'c' } }, 'A'],
	[{ error: 'A' }, 'A'],
	[{ code: 'invalid_request', message: 'A', data: null }, 'A'],
	[{ code: 402, msg: 'A' }, 'A'],
	[{ type: 'error', error: { type: 't', message: 'A' }, request_id: '1' }, 'A'],
	[{ detail: 'A' }, 'A'],
	[{ detail: [{ msg: 'A', loc: ['body'] }] }, 'A'],
	[{ success: false, message: 'A', error_code: 1 }, 'A'],
	[{ data: { error_message: 'A' } }, 'A'],
	[{ data: { fail_reason: 'A' } }, 'A'],
	[{ raiMediaFilteredCount: 1, raiMediaFilteredReasons: ['A'] }, 'A'],
	[{ error: null, message: '' }, undefined],
	[{ error: {}, detail: [] }, undefined],
	[{ error: { message: '', code: '' } }, undefined],
	['<html></html>', undefined],
])('readReason of %j', (body, expected) => {
	expect(readReason(body)).toBe(expected);
});

test.each([
	{ code: 'model_retired', retryable: false, said: 'models/veo-3.0 is no longer available to you' },
	{ code: 'out_of_credit', retryable: false, said: 'Insufficient account balance' },
	{ code: 'out_of_credit', retryable: false, said: '用户额度不足' },
	{ code: 'content_policy', retryable: false, said: '违反谷歌AI安全协议 (E-1005)' },
	{ code: 'content_policy', retryable: false, said: 'raiMediaFilteredReasons: blocked' },
	{ code: 'busy', retryable: true, said: '线路繁忙,请重试 (E-2003)' },
	{ code: 'busy', retryable: true, said: 'PUBLIC_ERROR_MINOR' },
	{ code: 'bad_request', retryable: false, said: 'prompt is required' },
])('readFailure: "$said" is $code', ({ code, retryable, said }) => {
	expect(readFailure({ message: said }, 'bad_request')).toStrictEqual({
		code,
		message: said,
		retryable,
	});
});

test('the reason of an answer that is passed on as text is the reason', () => {
	const inner = {
		error: {
			code: 400,
			message: 'Request contains an invalid argument.',
			details: [{ reason: 'PUBLIC_ERROR_UNSAFE_GENERATION' }],
		},
	};
	expect(readFailure({ message: `[400] ${JSON.stringify(inner)}` }, 'generation_failed')).toEqual({
		code: 'content_policy',
		message: 'Request contains an invalid argument. (PUBLIC_ERROR_UNSAFE_GENERATION)',
		retryable: false,
	});
	const plain = { error: { message: 'Quota exceeded' } };
	expect(readReason({ message: `upstream: ${JSON.stringify(plain)}` })).toBe('Quota exceeded');
	for (const broken of ['[400] {"error":{"mess', '{"', '{"a":1} and {"b":', '[400] {"error":{}}']) {
		expect(readReason({ message: broken })).toBe(broken);
	}
});

test('a 429 is one of too many requests, whatever New API writes into it', () => {
	const saturated = { error: { message: '当前分组上游负载已饱和，请稍后再试', code: '' } };
	expect(readFailure(saturated, toFailureCode(429))).toMatchObject({
		code: 'rate_limited',
		retryable: true,
	});
	expect(readFailure(saturated, 'generation_failed')).toMatchObject({ code: 'busy' });
	const empty = { error: { message: '当前分组', code: 'insufficient_user_quota' } };
	expect(readFailure(empty, toFailureCode(429))).toMatchObject({ code: 'out_of_credit' });
});
