import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readLink, readNumber, readProgress, readStatus, readTime } from '../../nodes/wire/readers';

/* What the readers make of usual values. That nothing else breaks them: test/faults/readers.test.ts. */

const words = { queued: 'queued', completed: 'succeeded', failed: 'failed' } as const;

describe('readTime', () => {
	const noon = Date.UTC(2026, 5, 18, 12);

	test.each<[string, unknown, number | undefined]>([
		['seconds', 1781784000, noon],
		['milliseconds', 1781784000_000, noon],
		['seconds as text', '1781784000', noon],
		['parts of a second', 1781784000.5, noon + 500],
		['ISO text with Z', '2026-06-18T12:00:00Z', noon],
		['ISO text with parts of a second', '2026-06-18T12:00:00.250Z', noon + 250],
		['ISO text with an offset', '2026-06-18T20:00:00+08:00', noon],
		['ISO text with a short offset', '2026-06-18T07:00:00-0500', noon],
		['ISO text without a zone', '2026-06-18T12:00:00', noon],
		['ISO text with a space', '2026-06-18 12:00:00', noon],
		['a date', '2026-06-18', Date.UTC(2026, 5, 18)],
		['0, "not yet"', 0, undefined],
		['-1', -1, undefined],
		['1970', 3600, undefined],
		['microseconds', 1781784000_000_000, undefined],
		['the year 2100', 4_102_444_800, undefined],
		['empty text', '', undefined],
		['other text', 'yesterday', undefined],
		['a date that is none', '2026-13-45T12:00:00', undefined],
		['null', null, undefined],
	])('%s', (_, value, expected) => {
		expect(readTime({ at: value }, 'at')).toBe(expected);
	});

	test.each(['America/New_York', 'Asia/Shanghai'])('reads UTC also on a computer in %s', (TZ) => {
		const program = `
			const { readTime } = require(${JSON.stringify(join(__dirname, '../../nodes/wire/readers'))});
			console.log(readTime('2026-06-18T12:00:00'), readTime('2026-06-18'), new Date(0).getTimezoneOffset());
		`;
		const printed = execFileSync(process.execPath, ['--import', 'tsx', '--eval', program], {
			cwd: join(__dirname, '../..'),
			env: { ...process.env, TZ },
			encoding: 'utf8',
		});
		const [time, date, offset] = printed.trim().split(' ').map(Number);
		expect([time, date]).toStrictEqual([noon, Date.UTC(2026, 5, 18)]);
		expect(offset).not.toBe(0);
	});
});

test('readNumber takes no text that is too large for a number', () => {
	expect(readNumber('9'.repeat(400))).toBeUndefined();
	expect(readNumber(' 61.5% ')).toBe(61.5);
	expect(readNumber(Infinity)).toBeUndefined();
});

test.each<[unknown, number | undefined]>([
	[61, 61],
	['61%', 61],
	['61.6 %', 62],
	[-3, 0],
	[250, 100],
	['', undefined],
	['soon', undefined],
	[true, undefined],
	['0x10', undefined],
])('readProgress of %j is %j', (value, expected) => {
	expect(readProgress({ progress: value }, 'progress')).toBe(expected);
});

test.each<[string, boolean]>([
	['https://a.com/b.mp4', true],
	['HTTP://a.com', true],
	[' https://a.com/b ', true],
	['https://a.com/b c', false],
	['ftp://a.com/b', false],
	['file:///etc/passwd', false],
	['data:video/mp4;base64,AA==', false],
	['javascript:alert(1)', false],
	['//a.com/b', false],
	['https://', false],
])('readLink of %j', (text, isLink) => {
	expect(readLink({ url: text }, 'url')).toBe(isLink ? text.trim() : undefined);
});

describe('readStatus', () => {
	test('knows a word however it is written', () => {
		expect(readStatus(words, ' COMPLETED ')).toStrictEqual({ status: 'succeeded' });
	});

	test('keeps a word it does not know, and takes no inherited one', () => {
		for (const word of ['Warming', '__proto__', 'constructor', 'toString', 'valueOf']) {
			expect(readStatus(words, word)).toStrictEqual({ status: 'running', statusWord: word });
		}
	});

	test('finds none where nothing is said', () => {
		for (const value of [undefined, null, '', '  ', {}, []]) {
			expect(readStatus(words, value)).toBeUndefined();
		}
	});
});
