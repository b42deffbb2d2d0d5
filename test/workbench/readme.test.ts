import { readFileSync } from 'node:fs';
import path from 'node:path';
import { withCosts, withProviderTable, withVersionTable } from '../../workbench/readme';
import { failureCodes } from '../providers/stateRules';

const textOf = (file: string) => readFileSync(path.join(__dirname, '..', '..', file), 'utf8');

/** Prettier pads tables; what they say does not depend on it. */
const withoutPadding = (text: string) => text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');

const rowsOf = (text: string) =>
	withoutPadding(text)
		.split('\n')
		.filter((line) => line.startsWith('|'))
		.map((line) => line.replace(/\| ---/g, '|---').replace(/--- \|/g, '---|'));

test('the table of providers says what the provider list says', () => {
	const readme = textOf('README.md');
	expect(rowsOf(readme)).toEqual(rowsOf(withProviderTable(readme)));
});

test('the table of versions says what the tests on those versions prove', () => {
	const readme = textOf('README.md');
	expect(rowsOf(readme)).toEqual(rowsOf(withVersionTable(readme)));
});

test('the costs are those that are counted now', () => {
	const contributing = textOf('CONTRIBUTING.md');
	expect(rowsOf(contributing)).toEqual(rowsOf(withCosts(contributing)));
});

test('every failure.code has its row in the README, and no other has', () => {
	const [, rest = ''] = textOf('README.md').split('| `failure.code`');
	const [table = ''] = rest.split('\n\n');
	const codes = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
	expect(codes.sort()).toEqual(Object.keys(failureCodes).sort());
});
