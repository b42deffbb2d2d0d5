import fc from 'fast-check';

/** Values as a provider, or what stands in front of it, may really send them, and worse. */

const names = [
	...['status', 'data', 'error', 'message', 'code', 'detail', 'msg', 'fail_reason', 'progress'],
	...['id', 'task_id', 'url', 'video_url', 'first_video_url', 'result_url', 'output', 'files'],
	...['file_url', 'file_type', 'metadata', 'result', 'videos', 'choices', 'delta', 'content'],
	...['created_at', 'completed_at', 'expires_at', 'running', 'raiMediaFilteredReasons'],
	...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '0'],
];

const words = ['__proto__', 'constructor', 'toString', 'completed', 'SUCCESS', 'failed', 'queued'];

const texts = [
	...['', ' ', '\u0000', '\ud800', '\udc00x', '\u2028', '🎉', 'null', 'NaN', 'Infinity'],
	...['61%', '-5%', '1e999', '9'.repeat(400), '0x10', '2026-06-18T09:21:26', '9999-99-99T99:99'],
	...['-271821-04-20', 'https://', 'https:// /a', 'https://[', 'javascript:alert(1)'],
	...[
		'file:///etc/passwd',
		'data:video/mp4;base64,AA==',
		'HTTPS://EXAMPLE.COM/a.mp4',
		'http://a b',
	],
	...['https://example.com/a.mp4?Signature=secret', 'https://example.com/v1/videos/x/content'],
	...['<!DOCTYPE html><title>502</title>', '<html>', `<title>${'x'.repeat(500)}</title>`],
	...['data: {', 'data: {"choices":[null]}\n\n', 'ID: `', '(https://a.mp4)', '(https://[/a.mp4)'],
	'x'.repeat(5000),
];

const numbers = [0, -0, -1, 0.5, 99.5, 101, 1e11, 1e12, 4_102_444_799, 1e300, -1e300];

const leaf = fc.oneof(
	fc.constantFrom(...words, ...texts),
	fc.constantFrom(...numbers),
	fc.constantFrom(null, true, false, undefined),
	fc.string({ unit: 'binary' }),
	fc.double(),
);

const name = fc.constantFrom(...names);

/** Anything, with the names and words that readers look for. */
export const hostileValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
	value: fc.oneof(
		{ depthSize: 'small', withCrossShrink: true },
		leaf,
		fc.array(tie('value'), { maxLength: 3 }),
		// Unlike an assignment, fromEntries makes a member of its own even of __proto__, as JSON.parse does.
		fc.array(fc.tuple(name, tie('value')), { maxLength: 6 }).map(Object.fromEntries),
	),
})).value;

/** Some way into a value. */
export const hostileKeys = fc.array(name, { maxLength: 3 });

/** An array or object nested further than any reader can follow by recursion. */
export const deepArray = (depth: number): unknown =>
	JSON.parse('['.repeat(depth) + ']'.repeat(depth));
export const deepObject = (depth: number): unknown =>
	JSON.parse('{"error":'.repeat(depth) + '1' + '}'.repeat(depth));

/** The body with a few of its members replaced or removed, or with a piece of its text replaced. */
export function disturbed(body: unknown): fc.Arbitrary<unknown> {
	if (typeof body === 'string') {
		const place = fc.nat({ max: body.length });
		return fc
			.tuple(place, place, fc.constantFrom(...texts))
			.map(([from, to, text]) => body.slice(0, Math.min(from, to)) + text + body.slice(to));
	}
	return fc.array(fc.tuple(fc.nat(), hostileValue), { minLength: 1, maxLength: 4 }).map((changes) =>
		changes.reduce((value, [pick, replacement]) => {
			const places = placesIn(value, []);
			const place = places[pick % places.length] ?? [];
			return replaced(value, place, replacement);
		}, body),
	);
}

function placesIn(value: unknown, way: readonly string[]): Array<readonly string[]> {
	if (typeof value !== 'object' || value === null) return [way];
	return [
		way,
		...Object.entries(value).flatMap(([key, member]) => placesIn(member, [...way, key])),
	];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
	if (key === undefined) return by;
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).map(([name, member]): [string, unknown] =>
		name === key ? [name, replaced(member, rest, by)] : [name, member],
	);
	return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}
