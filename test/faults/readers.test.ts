import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deepArray, deepObject, hostileKeys, hostileValue } from '../providers/hostileValues';
import { longText } from './hostileTexts';
import { allReaders, brokenBy, exportedReaders, sharedReaders } from './readers';
import { isWhole } from './scale';

// Printed, so that a failure anywhere can be played again here: VEO_SEED=… npx jest test/faults/readers
const seed = Number(process.env.VEO_SEED ?? Date.now() % 2 ** 31);
const cases = isWhole ? 100_000 : 1_000;
const longCases = isWhole ? 400 : 5;
const longestCallMs = 1_000;

beforeAll(() => {
	process.stdout.write(
		`${allReaders.length} readers, ${cases} values and ${longCases} long texts each, seed ${seed}\n`,
	);
});

test('every exported reader is tried', () => {
	const tried = new Set(sharedReaders.map(([name]) => name));
	expect(exportedReaders.filter((name) => !tried.has(name))).toEqual([]);
});

test('whatever a gateway sends, a reader gives a result that keeps the rules', () => {
	const short = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
	fc.assert(
		fc.property(hostileValue, hostileKeys, short, (value, keys, text) => {
			const given = { value, keys, text };
			expect(allReaders.flatMap((reader) => brokenBy(reader, given))).toEqual([]);
		}),
		{ seed, numRuns: cases },
	);
}, 600_000);

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

test('a text of a megabyte takes no reader a second, whatever it repeats', () => {
	fc.assert(
		fc.property(longText, (text) => {
			const stream = `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
			for (const value of [text, everywhere(text), stream]) {
				for (const reader of allReaders) {
					const before = process.cpuUsage();
					expect(brokenBy(reader, { value, keys: ['status'], text })).toEqual([]);
					const tookMs = process.cpuUsage(before).user / 1000;
					if (tookMs > longestCallMs) throw new Error(`${reader[0]} took ${tookMs} ms`);
				}
			}
		}),
		{ seed, numRuns: longCases, endOnFailure: true },
	);
}, 600_000);

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
