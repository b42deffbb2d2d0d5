import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Answer } from '../../nodes/wire/call';
import { describeBody, readCreatedJob, readState } from '../../nodes/wire/answers';
import { readFailure, readReason } from '../../nodes/wire/failures';
import {
	readLink,
	readList,
	readNumber,
	readProgress,
	readRecord,
	readStatus,
	readString,
	readTime,
	readVideoFacts,
	readVideoLink,
} from '../../nodes/wire/readers';
import { deepArray, deepObject, hostileKeys, hostileValue } from '../providers/hostileValues';
import { brokenProblemRules, brokenRules, isWebLink } from '../providers/stateRules';

const answer = (body: unknown, contentType = 'application/json', httpStatus = 200): Answer => ({
	httpStatus,
	contentType,
	body,
});

const words = { queued: 'queued', completed: 'succeeded', failed: 'failed' } as const;
const earliest = Date.UTC(1971, 0, 1);
const latest = Date.UTC(2100, 0, 1);

/** Holds for whatever a reader may be given: undefined, or something of its own kind. */
const forAnything = (holds: (value: unknown, keys: string[]) => boolean) => {
	fc.assert(fc.property(hostileValue, hostileKeys, holds), { numRuns: 3000 });
	for (const value of [deepArray(20_000), deepObject(20_000)]) {
		expect(holds(value, [])).toBe(true);
		expect(holds({ status: value, message: value }, ['status'])).toBe(true);
	}
};

describe('for anything', () => {
	test('readString gives trimmed text', () => {
		forAnything((value, keys) => {
			const text = readString(value, ...keys);
			return text === undefined || (text !== '' && text === text.trim());
		});
	});

	test('readNumber gives a finite number', () => {
		forAnything((value, keys) => {
			const number = readNumber(value, ...keys);
			return number === undefined || Number.isFinite(number);
		});
	});

	test('readProgress gives an integer from 0 to 100', () => {
		forAnything((value, keys) => {
			const progress = readProgress(value, ...keys);
			return (
				progress === undefined || (Number.isInteger(progress) && progress >= 0 && progress <= 100)
			);
		});
	});

	test('readTime gives whole milliseconds within range', () => {
		forAnything((value, keys) => {
			const time = readTime(value, ...keys);
			return time === undefined || (Number.isInteger(time) && time >= earliest && time <= latest);
		});
	});

	test('readLink gives an http(s) link', () => {
		forAnything((value, keys) => {
			const link = readLink(value, ...keys);
			return link === undefined || isWebLink(link);
		});
	});

	test('readVideoLink gives an http(s) link', () => {
		forAnything((value) => {
			const link = readVideoLink(value);
			return link === undefined || isWebLink(link);
		});
	});

	test('readRecord gives a record, readList a list', () => {
		forAnything((value, keys) => {
			const record = readRecord(value, ...keys);
			return (
				typeof record === 'object' &&
				!Array.isArray(record) &&
				Array.isArray(readList(value, ...keys))
			);
		});
	});

	test('readStatus gives one of the words, or running and what was said', () => {
		const ours = new Set<string>(Object.values(words));
		forAnything((value, keys) => {
			const word = readStatus(words, value, ...keys);
			if (word === undefined) return true;
			const { status, statusWord } = word;
			return statusWord === undefined
				? ours.has(status)
				: status === 'running' && statusWord.length <= 80;
		});
	});

	test('readReason gives text without the secret part of links', () => {
		forAnything((value) => {
			const reason = readReason(value);
			return (
				reason === undefined ||
				(reason !== '' && reason.length <= 600 && !reason.includes('Signature='))
			);
		});
	});

	test('readFailure gives a failure that keeps every rule', () => {
		forAnything((value) => {
			const failure = readFailure(value, 'generation_failed');
			return brokenRules({ status: 'failed', failure }).length === 0;
		});
	});

	test('readState and readCreatedJob keep every rule', () => {
		forAnything((value, keys) => {
			const word = readStatus(words, value, ...keys);
			const facts = readVideoFacts(value);
			const found = { links: [readVideoLink(value)], otherwise: 'late' } as const;
			const state = readState(answer(value), word, facts, found);
			const created = readCreatedJob(answer(value), state, 'id', 'data.task_id');
			const broken = state.kind === 'read' ? brokenRules(state.value) : brokenProblemRules(state);
			const alsoBroken =
				created.kind === 'read' ? brokenRules(created.value.state) : brokenProblemRules(created);
			return broken.length + alsoBroken.length === 0;
		});
	});

	test('describeBody gives one line of at most 300 characters', () => {
		const isShort = (line: string) => line !== '' && line.length <= 300 && !/[\r\n]/.test(line);
		forAnything((value) => isShort(describeBody(answer(value))));
		fc.assert(
			fc.property(hostileValue, fc.string({ maxLength: 2000 }), (value, contentType) =>
				isShort(describeBody(answer(value, contentType.replace(/\s/g, ' ')))),
			),
			{ numRuns: 1000 },
		);
		expect(isShort(describeBody(answer('oops', `text/plain; ${'x'.repeat(2000)}`)))).toBe(true);
	});
});

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
