import { canary, placesOf } from './leaks';

const secret = canary('test');

/** The ways in which errors of HTTP libraries carry the headers of their requests. */
const hiding: Array<[string, () => unknown]> = [
	['a text', () => `Bearer ${secret}`],
	['a key', () => ({ [secret]: true })],
	['a message', () => new Error(secret)],
	['a cause', () => new Error('a', { cause: new Error('b', { cause: { header: secret } }) })],
	['a stack', () => Object.assign(new Error('a'), { stack: `Error: ${secret}` })],
	['what is not enumerable', () => Object.defineProperty({}, 'config', { value: { secret } })],
	['a symbol', () => ({ [Symbol('headers')]: { authorization: secret } })],
	['the name of a symbol', () => ({ [Symbol(secret)]: 1 })],
	[
		'a getter',
		() => ({
			get config() {
				return secret;
			},
		}),
	],
	[
		'an inherited getter',
		() =>
			new (class {
				get header() {
					return secret;
				}
			})(),
	],
	['a map', () => new Map([['authorization', secret]])],
	['a set', () => new Set([[secret]])],
	['bytes', () => ({ body: Buffer.from(`key=${secret}`) })],
	['what toJSON gives', () => ({ toJSON: () => ({ secret }) })],
	['a function', () => Object.assign(() => 1, { secret })],
	['an AggregateError', () => new AggregateError([new Error(secret)])],
	['base64', () => Buffer.from(`user:${secret}`).toString('base64')],
	['hex', () => Buffer.from(secret).toString('hex')],
	['the query of a link', () => `https://a.example/?key=${encodeURIComponent(`x ${secret}`)}`],
];

test.each(hiding)('a secret is found in %s', (_name, hide) => {
	const circle: Record<string, unknown> = { deep: [{ deeper: hide() }] };
	circle.circle = circle;
	expect(placesOf([secret], circle)).not.toEqual([]);
	expect(placesOf([canary('other')], circle)).toEqual([]);
});
