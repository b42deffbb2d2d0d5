import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostileKeys, hostileValue } from '../providers/hostileValues';
import { allReaders, brokenBy, exportedReaders, sharedReaders } from './readers';
import { isWhole, seed } from './scale';

const cases = isWhole ? 100_000 : 1_000;

beforeAll(() => {
	process.stdout.write(`${allReaders.length} readers, ${cases} values each, seed ${seed}\n`);
});

test('every exported reader is tried', () => {
	const tried = new Set(sharedReaders.map(([name]) => name));
	expect(exportedReaders.filter((name) => !tried.has(name))).toEqual([]);
});

test('whatever a provider sends, a reader gives a result that keeps the rules', () => {
	const short = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
	fc.assert(
		fc.property(hostileValue, hostileKeys, short, (value, keys, text) => {
			const given = { value, keys, text };
			expect(allReaders.flatMap((reader) => brokenBy(reader, given))).toEqual([]);
		}),
		{ seed, numRuns: cases },
	);
}, 1_200_000);
