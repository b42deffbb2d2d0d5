import type { Reading } from '../../nodes/wire/call';
import { valueOrProblem } from '../providers/plain';
import {
	describeBody,
	isWebPage,
	rawBody,
	readCreatedJob,
	readRefusal,
} from '../../nodes/wire/answers';
import type { FailureCode, JobState } from '../../nodes/jobs/job';
import type { Answer } from '../../nodes/wire/call';

const answer = (body: unknown, contentType = 'application/json', httpStatus = 200): Answer => ({
	httpStatus,
	contentType,
	body,
});

describe('describeBody', () => {
	test('names a web page by its title', () => {
		const page = '<!DOCTYPE html><html><head><title> 524: A timeout </title></head></html>';
		expect(describeBody(answer(page, 'text/html', 524))).toBe(
			'a web page instead of JSON (HTTP 524, "524: A timeout")',
		);
		expect(describeBody(answer('<html></html>', '', 502))).toBe(
			'a web page instead of JSON (HTTP 502)',
		);
	});

	test('says that the answer is empty', () => {
		expect(describeBody(answer(' \n', '', 204))).toBe('an empty answer (HTTP 204)');
		expect(describeBody(answer(undefined))).toBe('an empty answer (HTTP 200)');
	});

	test('quotes the start of anything else', () => {
		expect(describeBody(answer('not\n\tfound', 'text/plain', 200))).toBe(
			'an answer that cannot be read (HTTP 200, text/plain): not found',
		);
		expect(describeBody(answer({ a: 1 }, ''))).toBe(
			'an answer that cannot be read (HTTP 200, no content type): {"a":1}',
		);
	});
});

describe('readCreatedJob', () => {
	const read = (body: unknown, state?: JobState) => {
		const reading: Reading<JobState> =
			state === undefined
				? { kind: 'unreadable', message: 'no status' }
				: { kind: 'read', value: state };
		return valueOrProblem(readCreatedJob(answer(body), reading, 'data.task_id', 'id'));
	};

	test('reads the id at the first place that has one', () => {
		const body = { id: 7, data: { task_id: 'task_1' } };
		expect(read(body)).toEqual({ jobId: 'task_1', state: { status: 'queued' } });
		expect(read({ id: 7 })).toEqual({ jobId: '7', state: { status: 'queued' } });
	});

	test('prefers a documented status word to an error beside it', () => {
		const body = { id: 'a', error: { message: 'Of an earlier attempt' } };
		const running: JobState = { status: 'running' };
		expect(read(body, running)).toEqual({ jobId: 'a', state: running });
		const undocumented: JobState = { status: 'running', statusWord: 'error' };
		expect(read(body, undocumented)).toEqual({
			kind: 'unreadable',
			message: expect.any(String) as string,
			seenJobId: 'a',
		});
		expect(read({ id: 'a' }, undocumented)).toEqual({ jobId: 'a', state: undocumented });
	});

	test.each([
		['prompt is required', 'open'],
		['busy, try again later', 'open'],
		['E-1005', 'content_policy'],
		['insufficient_user_quota', 'out_of_credit'],
		['model_not_found', 'model_retired'],
	])('an error beside an id is a refusal only for a known reason: %s', (message, outcome) => {
		const reading = read({ id: 'a', error: { message } });
		const open = { kind: 'unreadable', message, seenJobId: 'a' };
		const refused = {
			kind: 'refused',
			failure: expect.objectContaining({ code: outcome as FailureCode }) as object,
		};
		expect(reading).toEqual(outcome === 'open' ? open : refused);
	});
});

describe('readRefusal', () => {
	const kindOf = (body: unknown, httpStatus = 200) =>
		readRefusal(answer(body, 'application/json', httpStatus)).kind;

	test.each([
		[{ error: 'No' }, 'refused'],
		[{ error: true, message: 'No' }, 'refused'],
		[{ error: { code: 'invalid' } }, 'refused'],
		[{ data: { error: { message: 'No' } } }, 'refused'],
		[{ success: false }, 'refused'],
		[{ code: 'invalid_request' }, 'refused'],
		[{ code: 401, msg: 'No' }, 'refused'],
		[{ code: 10_001, msg: 'No' }, 'refused'],
		[{ code: 409, msg: 'It exists' }, 'unreadable'],
		[{ code: 499, msg: 'Closed' }, 'unreadable'],
		[{ code: 503, msg: 'Oops' }, 'unreadable'],
		[{ code: 0, error: 'It may be' }, 'unreadable'],
		[{ code: 1, description: 'Submitted' }, 'unreadable'],
		[{ code: 'SUCCESS', message: 'busy, try again later' }, 'unreadable'],
		[{ message: 'insufficient quota is none of your worries' }, 'unreadable'],
		[{ detail: 'Queued' }, 'unreadable'],
		[{ error: null, success: true }, 'unreadable'],
		[{ error: { message: '', code: 0 } }, 'unreadable'],
	])('%j is %s', (body, kind) => {
		expect(kindOf(body)).toBe(kind);
	});

	test('HTTP 4xx without an id is a refusal', () => {
		expect(kindOf({ detail: 'Queued' }, 400)).toBe('refused');
		expect(kindOf('<html></html>', 403)).toBe('refused');
	});
});

test.each([
	['text/html', '<p>Hello</p>', true],
	['', ' <!DOCTYPE html><html></html>', true],
	['text/plain', '<html></html>', true],
	['text/html', { id: 'a' }, false],
	['application/json', 'Bad gateway', false],
	['text/xml', '<?xml version="1.0"?><Error/>', false],
])('isWebPage: %s, %j', (contentType, body, expected) => {
	expect(isWebPage(answer(body, contentType))).toBe(expected);
});

describe('rawBody', () => {
	test('keeps a small body, and cuts a large one between two characters', () => {
		expect(rawBody({ a: 1 })).toEqual({ a: 1 });
		expect(rawBody('')).toBe('');
		expect(rawBody('🎉'.repeat(20_000))).toEqual({
			note: 'The answer has 80000 bytes. Only its first 65536 are kept here.',
			start: '🎉'.repeat(16_384),
		});
	});

	test('replaces a body that JSON.stringify cannot handle', () => {
		const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
		expect(rawBody(deep)).toEqual({ note: expect.stringContaining('nested too deeply') as string });
	});
});
