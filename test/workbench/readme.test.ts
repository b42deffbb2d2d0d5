import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import {
	readmes,
	withMeasuredTable,
	withProviderTable,
	withVersionTable,
} from '../../workbench/readme';
import { failureCodes } from '../providers/stateRules';

const textOf = (file: string) => readFileSync(path.join(__dirname, '..', '..', file), 'utf8');

/** Ignores the padding that Prettier adds to tables. */
const withoutPadding = (text: string) => text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');

const rowsOf = (text: string) =>
	withoutPadding(text)
		.split('\n')
		.filter((line) => line.startsWith('|'))
		.map((line) => line.replace(/\| ---/g, '|---').replace(/--- \|/g, '---|'));

describe.each(Object.entries(readmes))('%s', (file, words) => {
	const readme = textOf(file);

	test('its table of providers says what the provider list says', () => {
		expect(rowsOf(readme)).toEqual(rowsOf(withProviderTable(readme, words)));
	});

	test('its table of versions says what the tests on those versions prove', () => {
		expect(rowsOf(readme)).toEqual(rowsOf(withVersionTable(readme, words)));
	});

	test('its measured figures are those of the last report', () => {
		expect(rowsOf(readme)).toEqual(rowsOf(withMeasuredTable(readme, words)));
	});

	test('every failure.code has its row, and no other has', () => {
		const [, rest = ''] = readme.split('| `failure.code`');
		const [table = ''] = rest.split('\n\n');
		const codes = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
		expect(codes.sort()).toEqual(Object.keys(failureCodes).sort());
	});
});

const root = path.join(__dirname, '..', '..');
const documents = ['.', 'docs', 'workbench/simulator'].flatMap((folder) =>
	readdirSync(path.join(root, folder))
		.filter((file) => file.endsWith('.md'))
		.map((file) => path.join(folder, file)),
);

test.each(documents)('every file that %s names exists', (file) => {
	const named = [...textOf(file).matchAll(/`((?:nodes|test|workbench|docs|examples)\/[\w./-]+)`/g)];
	const missing = named
		.map(([, name = '']) => name)
		.filter((name) => !existsSync(path.join(root, name)));
	expect(missing).toEqual([]);
});

/** What a section must contain in every language. A pattern with a group matches the group. */
const marks = {
	'level of the heading': /^(#+) /gm,
	'code blocks': /^```[^]*?^```$/gm,
	pictures: /!\[[^\]]*\]\(([^)]+)\)/g,
	links: /(?<!!)\[[^\]]*\]\(([^)]+)\)/g,
	'inline code': /(?<!`)`[^`\n]+`(?!`)/g,
	'rows of tables': /^\|/gm,
	'items of lists': /^(?:-|\d+\.) /gm,
	figures: /\b\d+(?:[.,]\d+)*\b/g,
};

const sectionsOf = (text: string) => text.split(/^(?=#+ )/m);
const titleOf = (section: string) => section.split('\n', 1).join();
const shownIn = (section: string, mark: RegExp) =>
	[...section.matchAll(mark)].map((match) => match.at(-1) ?? '');

/** The multiset difference; the order may differ between languages. */
function without(all: string[], some: string[]): string[] {
	const rest = [...some];
	return all.filter((one) => {
		const place = rest.indexOf(one);
		if (place >= 0) rest.splice(place, 1);
		return place < 0;
	});
}

/** One line for each difference between a translation and the original. */
function differences(original: string, translation: string): string[] {
	const [sections, translated] = [sectionsOf(original), sectionsOf(translation)];
	if (sections.length !== translated.length) {
		return [`it has ${translated.length} sections, and the original ${sections.length}`];
	}
	return sections.flatMap((section, index) => {
		const counterpart = translated[index] ?? '';
		return Object.entries(marks).flatMap(([name, mark]) => {
			const [wanted, shown] = [shownIn(section, mark), shownIn(counterpart, mark)];
			const missing = without(wanted, shown).join(' ');
			const added = without(shown, wanted).join(' ');
			if (missing === '' && added === '') return [];
			const place = `"${titleOf(counterpart)}" ("${titleOf(section)}")`;
			return [`${place}, ${name}: missing [${missing}], added [${added}]`];
		});
	});
}

const readme = textOf('README.md');

test('the Chinese README shows the same headings, code, pictures, links and figures', () => {
	// Each edition links to the other.
	const chinese = textOf('README.zh-CN.md').replace('(README.md)', '(README.zh-CN.md)');
	expect(differences(readme, chinese)).toEqual([]);
});

test.each([
	['a heading', '### Veo Create\n', ''],
	['the level of a heading', '### Veo Create\n', '## Veo Create\n'],
	['a code block', 'npm ci && npm run editor', 'npm run editor'],
	['a picture', '(docs/images/create.png)', '(docs/images/poll.png)'],
	['a link', '(SECURITY.md)', '(CONTRIBUTING.md)'],
	['inline code', '`--base-url`', '--base-url'],
	['a row of a table', '\n| Prompt ', '\nPrompt '],
	['an item of a list', '\n2. Open', '\nOpen'],
	['a figure', '1,000 creates', '1,001 creates'],
])('a translation with %s changed is detected', (_, text, changed) => {
	expect(readme).toContain(text);
	expect(differences(readme, readme.replace(text, changed))).not.toEqual([]);
});
