import { readFileSync } from 'node:fs';
import path from 'node:path';
import { withProviderTable } from '../../workbench/readme';

const readme = readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');

/** Prettier pads tables; what they say does not depend on it. */
const withoutPadding = (text: string) => text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');

test('the table of providers says what the provider list says', () => {
	const rowsOf = (text: string) =>
		withoutPadding(text)
			.split('\n')
			.filter((line) => line.startsWith('|'))
			.map((line) => line.replace(/\| ---/g, '|---').replace(/--- \|/g, '---|'));
	expect(rowsOf(readme)).toEqual(rowsOf(withProviderTable(readme)));
});
