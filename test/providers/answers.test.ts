import { describeBody } from '../../nodes/providers/answers';
import type { Answer } from '../../nodes/providers/provider';

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

	test('says that nothing came', () => {
		expect(describeBody(answer(' \n', '', 204))).toBe('an empty answer (HTTP 204)');
		expect(describeBody(answer(undefined))).toBe('an empty answer (HTTP 200)');
	});

	test('shows how anything else begins', () => {
		expect(describeBody(answer('not\n\tfound', 'text/plain', 200))).toBe(
			'an answer that cannot be read (HTTP 200, text/plain): not found',
		);
		expect(describeBody(answer({ a: 1 }, ''))).toBe(
			'an answer that cannot be read (HTTP 200, no content type): {"a":1}',
		);
	});
});
