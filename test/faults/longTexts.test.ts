import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deepArray, deepObject } from '../providers/hostileValues';
import type { Pattern } from './hostileTexts';
import { pattern, textOf } from './hostileTexts';
import type { Given, NamedReader } from './readers';
import { allReaders, brokenBy } from './readers';
import { isWhole, seed } from './scale';

/* Long and deep answers. In a file of its own, so that it runs beside readers.test.ts. */

const longCases = isWhole ? 25 : 2;

const MEGABYTE = 1024 * 1024;
// A text four times as long takes four times as long; sixteen times is the square.
const timesLonger = 4;
const maxTimesSlower = 8;
// What takes less is not judged: a collection of garbage may take as much.
const minJudgedMs = 300;
const measurements = 3;

beforeAll(() => {
	process.stdout.write(
		`${allReaders.length} readers, ${longCases} long texts each, seed ${seed}\n`,
	);
});

/** A body that has the text wherever a reader may look. */
const everywhere = (text: string) => ({
	...Object.fromEntries(
		['id', 'task_id', 'status', 'code', 'message', 'detail', 'url', 'video_url', 'progress'].map(
			(name) => [name, text],
		),
	),
	created_at: text,
	completed_at: text,
	error: { message: text, code: text },
	data: { task_id: text, status: text, progress: text, url: text, created_time: text },
	choices: [{ message: { content: text }, delta: { content: text } }],
});

/** All the ways in which a text may come to a reader. */
function givenWith(text: string): Given[] {
	const stream = `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
	return [text, everywhere(text), stream].map((value) => ({ value, keys: ['status'], text }));
}

/** Processor time, of which a busy machine takes no more. */
function timeOf(work: () => void): number {
	const before = process.cpuUsage();
	work();
	return process.cpuUsage(before).user / 1000;
}

/** What a reader breaks with a long text, or that it takes more than so many times what `short` takes. */
function brokenByLength(
	reader: NamedReader,
	short: Given,
	long: Given,
	maxTimes: number,
): string[] {
	const broken = new Set<string>();
	const takeLong = () => brokenBy(reader, long).forEach((each) => broken.add(each));
	let longMs = timeOf(takeLong);
	let shortMs = 0;
	// Measured again only where it looks wrong: the least of each is nearest to what the reader needs.
	for (let measured = 0; measured < measurements; measured++) {
		if (longMs < minJudgedMs) return [...broken];
		shortMs = Math.min(
			shortMs || Infinity,
			timeOf(() => brokenBy(reader, short)),
		);
		if (longMs < shortMs * maxTimes) return [...broken];
		longMs = Math.min(longMs, timeOf(takeLong));
	}
	if (longMs < minJudgedMs) return [...broken];
	return [...broken, `${reader[0]} takes ${longMs} ms, and ${shortMs} ms for the other text`];
}

/** What the first reader that breaks a rule breaks with texts of this length; a quarter is the measure. */
function brokenAt(length: number, each: Pattern): string[] {
	const quarters = givenWith(textOf(each, length / timesLonger));
	for (const [place, given] of givenWith(textOf(each, length)).entries()) {
		for (const reader of allReaders) {
			const broken = brokenByLength(reader, quarters[place] ?? given, given, maxTimesSlower);
			if (broken.length > 0) return broken;
		}
	}
	return [];
}

test('a text of a megabyte takes a reader four times as long as a quarter of it', () => {
	fc.assert(
		fc.property(pattern, (each) => {
			// The square of a megabyte takes minutes: what grows so is found in 32 kB already.
			expect(brokenAt(MEGABYTE / 32, each)).toEqual([]);
			expect(brokenAt(MEGABYTE, each)).toEqual([]);
		}),
		{ seed, numRuns: longCases, endOnFailure: true },
	);
}, 1_200_000);

test('a megabyte of halves of letters takes a reader no longer than one of whole letters', () => {
	const megabyteOf = (letter: string): Given => {
		const text = letter.repeat(MEGABYTE);
		return { value: { message: text }, keys: ['message'], text };
	};
	const whole = megabyteOf('\u4e00');
	const halves = megabyteOf('\ud800');
	const broken = allReaders.flatMap((reader) =>
		brokenByLength(reader, whole, halves, maxTimesSlower),
	);
	expect(broken).toEqual([]);
}, 1_200_000);

test.each([
	['arrays', deepArray],
	['objects', deepObject],
])('%s nested 10,000 to 1,000,000 deep', (_name, nest) => {
	for (const depth of [10_000, 100_000, 1_000_000]) {
		const deep = nest(depth);
		for (const value of [
			deep,
			{ status: deep, message: deep, data: deep, error: deep, id: deep },
		]) {
			const given = { value, keys: ['status'], text: '' };
			expect(allReaders.flatMap((reader) => brokenBy(reader, given))).toEqual([]);
		}
	}
});
