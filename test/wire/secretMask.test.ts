import { createSecretMask } from '../../nodes/wire/secretMask';

const key = 'sk-Aa0/Bb1+Cc2=Dd3.Ee4_Ff5-Gg6';
const core = key.slice('sk-'.length);
const mask = createSecretMask([key]);

const jsonEscaped = (text: string) =>
	[...text].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const percentEncoded = (text: string) =>
	[...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const entities = (text: string) => [...text].map((each) => `&#${each.charCodeAt(0)};`).join('');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64Url = (text: string) => Buffer.from(text).toString('base64url');

/** Every way to write the key that must not leave, and what may be left of it. */
const forms: Array<[string, string]> = [
	['as it is', key],
	['in the header', `Bearer ${key}`],
	['without its prefix', core],
	['with slashes escaped in JSON', key.replaceAll('/', '\\/')],
	['with one character escaped in JSON', key.replace('+', '\\u002b')],
	['with one character escaped in JSON, in capitals', key.replace('+', '\\u002B')],
	['escaped in JSON', jsonEscaped(key)],
	['escaped in JSON inside JSON', jsonEscaped(key).replaceAll('\\', '\\\\')],
	['escaped in JavaScript', key.replace('+', '\\x2b')],
	['percent-encoded where it must be', encodeURIComponent(key)],
	['percent-encoded', percentEncoded(key)],
	['percent-encoded twice', encodeURIComponent(encodeURIComponent(key))],
	['in HTML', key.replace('+', '&#x2B;').replace('=', '&#061;').replace('/', '&sol;')],
	['in HTML, each character', entities(key)],
	...['', 'a', 'ab'].flatMap((before): Array<[string, string]> => [
		[`in base64 after ${before.length} bytes`, base64(`${before}${key}:x`)],
		[`in base64 for URLs after ${before.length} bytes`, base64Url(`${before}${key}:x`)],
		[
			`in base64 inside JSON after ${before.length} bytes`,
			base64(before + key).replaceAll('/', '\\/'),
		],
	]),
	['in base64, percent-encoded', encodeURIComponent(base64(`user:${key}`))],
];

/** What a reader of the text could still make the key of: any eight characters of it, decoded. */
function remainsOf(text: string): string[] {
	const decoded = [
		text,
		Buffer.from(text.replace(/\W/g, ''), 'base64').toString('latin1'),
		text.replace(/\\+(?:u00|x)([0-9a-f]{2})/gi, (_all, hex: string) =>
			String.fromCharCode(parseInt(hex, 16)),
		),
	];
	const pieces = Array.from({ length: core.length - 7 }, (_, at) => core.slice(at, at + 8));
	return pieces.filter((piece) => decoded.some((each) => each.includes(piece)));
}

describe('a long secret is masked', () => {
	test.each(forms)('%s', (_name, form) => {
		const masked = mask.text(`before "${form}" after`);
		expect(masked).toMatch(/^before ".*\*\*\*.*" after$/);
		expect(remainsOf(masked)).toEqual([]);
		expect(mask.message(form)).toBe(mask.text(form));
	});

	test.each(forms)('%s, in data', (_name, form) => {
		const masked = mask.data({ id: 7, list: [`x ${form}`, { [form]: true, none: null }] });
		expect(masked).toMatchObject({ id: 7, list: [expect.stringMatching(/^x .*\*\*\*/), {}] });
		expect(remainsOf(JSON.stringify(masked))).toEqual([]);
	});

	test.each([
		['Bearer sk-0123456789abcdefghij', '0123456789abcdefghij'],
		['sk-0123456789abcdefghij-42', '0123456789abcdefghij'],
		['sk-0123456789abcdefghij#7', 'sk-0123456789abcdefghij'],
		['Bearer sk-0123456789abcdefghij', 'sk-0123456789abcdefghij'],
		[' sk-0123456789abcdefghij\n', 'sk-0123456789abcdefghij'],
		['Key 0123456789abcdefghij', '0123456789abcdefghij'],
		['key  4b53-91f2:0123456789abcdefghij', '4b53-91f2:0123456789abcdefghij'],
		['4b53-91f2:0123456789abcdefghij', '0123456789abcdefghij'],
		['Key 4b53-91f2:0123456789abcdefghij', '0123456789abcdefghij'],
		['sk-0123456789abcdefghij\u200b', 'sk-0123456789abcdefghij'],
		['sk-0123456789\u200babcdefghij', '0123456789\u200babcdefghij'],
		['sk-0123456789\r\nabcdefghij', 'sk-0123456789abcdefghij'],
	])('entered as %j, also as %s', (entered, echoed) => {
		expect(createSecretMask([entered]).text(`<${echoed}>`)).toBe('<***>');
		expect(createSecretMask([entered]).text(base64(echoed))).not.toContain(
			base64(echoed).slice(4, -4),
		);
	});

	test('each of several', () => {
		const both = createSecretMask(['first-secret-0123456789', 'second-secret-0123456789']);
		expect(both.text('first-secret-0123456789, second-secret-0123456789')).toBe('***, ***');
	});

	test('also in the link of a video', () => {
		expect(mask.data({ url: `https://a.example/${core}/1.mp4` })).toEqual({
			url: 'https://a.example/***/1.mp4',
		});
	});
});

describe('a short secret', () => {
	const short = createSecretMask(['test']);
	const id = 'task_latest_9f';

	test('changes no data', () => {
		const data = () => ({
			id,
			url: 'https://a.example/test/1.mp4',
			test: ['test', { id: 'test' }],
		});
		expect(short.data(data())).toEqual(data());
		expect(short.text('Invalid token: test')).toBe('Invalid token: test');
	});

	test.each([
		['Invalid token: test', 'Invalid token: ***'],
		['"test" is no key (test)', '"***" is no key (***)'],
		['?key=test&x', '?key=***&x'],
		[`The latest ${id}, test-1 and test_2`, `The latest ${id}, test-1 and test_2`],
		['tësttest testé', 'tësttest testé'],
	])('in a text for people: %s', (given, expected) => {
		expect(short.message(given)).toBe(expected);
	});

	test('is masked in the messages and status words of a result only', () => {
		const result = {
			jobId: 'test',
			state: { statusWord: 'test', failure: { message: 'test: no' } },
		};
		expect(short.result(result)).toEqual({
			jobId: 'test',
			state: { statusWord: '***', failure: { message: '***: no' } },
		});
		expect(result.state.statusWord).toBe('test');
	});

	test('is masked in a raw answer, except in links', () => {
		const answer = { token: 'test', id, url: 'https://a.example/test/1.mp4' };
		expect(short.raw(answer)).toEqual({ ...answer, token: '***' });
	});

	test('is masked without its prefix, unless the rest is as short as a word', () => {
		expect(createSecretMask(['sk-short']).message('sk-short, short')).toBe('***, ***');
		expect(createSecretMask(['sk-1']).message('sk-1, 1 try')).toBe('***, 1 try');
	});
});

test('without a secret nothing changes', () => {
	expect(createSecretMask(['', ' ']).raw({ a: 'b c' })).toEqual({ a: 'b c' });
});

test('data may be nested deeply and have any name', () => {
	const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
	expect(mask.data(deep)).toBe(deep);
	const odd = JSON.parse(`{ "__proto__": "${key}", "constructor": "${key}" }`) as object;
	expect(JSON.stringify(mask.data(odd))).toBe('{"__proto__":"***","constructor":"***"}');
});

// For 800,000 characters 2 to 340 ms were measured. Where it grew with the square it would take minutes.
test.each(['a', '\\', '%25', '&amp;#0', 'x', 'YWFh', '\\u0061', 'aaaaaaaaaab'])(
	'the time to mask a text is linear in its length: of %j again and again',
	(piece) => {
		const repetitive = createSecretMask([`${'a'.repeat(40)}b`]);
		const text = piece.repeat(800_000 / piece.length);
		const startedAt = process.cpuUsage();
		repetitive.message(text);
		mask.message(text);
		const { user } = process.cpuUsage(startedAt);
		expect(user / 1_000_000).toBeLessThan(5);
	},
);

test('the time to mask a text grows little with the number of secrets', () => {
	const timeOf = (count: number) => {
		const secrets = Array.from({ length: count }, (_, at) => `${at}`.padStart(64, 'x'));
		const many = createSecretMask(secrets);
		const text = 'a-_'.repeat(200_000);
		const startedAt = process.cpuUsage();
		for (let round = 0; round < 3; round++) many.text(text);
		const { user, system } = process.cpuUsage(startedAt);
		return user + system;
	};
	timeOf(1);
	// Where each secret took a copy of the text it would take thirty times as long.
	expect(timeOf(30) / timeOf(1)).toBeLessThan(10);
});
