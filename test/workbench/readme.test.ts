import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { anchorFor, generatedBlocks, withBlocks } from '../../workbench/readme';
import { faultNames } from '../faults/faultList';
import { jobFields } from '../../nodes/jobs/job';
import { failureCodes } from '../providers/stateRules';

const root = path.join(__dirname, '..', '..');
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Ignores the padding that Prettier adds to tables. */
const withoutPadding = (text: string) =>
	text.replace(/ {2,}/g, ' ').replace(/-{3,}|:-+|-+:/g, '---');

test.each(Object.entries(generatedBlocks()))(
	'%s shows what `npm run readme` writes',
	(file, blocks) => {
		const page = textOf(file);
		expect(withoutPadding(page)).toBe(withoutPadding(withBlocks(page, blocks)));
	},
);

/** The pages with a translation. */
const translated = [
	'README.md',
	...['nodes', 'providers', 'promises', 'compatibility', 'examples'].map(
		(name) => `docs/${name}.md`,
	),
];
const translationOf = (page: string) => `docs/zh-CN/${path.posix.basename(page)}`;

test.each(['docs/nodes.md', translationOf('docs/nodes.md')])(
	'%s has a row for every failure.code, and for no other',
	(file) => {
		const [, rest = ''] = textOf(file).split('| `failure.code`');
		const [table = ''] = rest.split('\n\n');
		const codes = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
		expect(codes.sort()).toEqual(Object.keys(failureCodes).sort());
	},
);

test('docs/promises.md has the number of the faults that are simulated', () => {
	expect(textOf('docs/promises.md')).toContain(`simulates ${faultNames.length} faults`);
});

const documents = ['.', 'docs', 'docs/zh-CN', 'workbench/simulator'].flatMap((folder) =>
	readdirSync(path.join(root, folder))
		.filter((file) => file.endsWith('.md'))
		.map((file) => path.posix.join(folder, file)),
);

test.each(documents)('every file that %s names exists', (file) => {
	const named = [...textOf(file).matchAll(/`((?:nodes|test|workbench|docs|examples)\/[\w./-]+)`/g)];
	const missing = named
		.map(([, name = '']) => name)
		.filter((name) => !existsSync(path.join(root, name)));
	expect(missing).toEqual([]);
});

const linkPattern = /\[([^\]]*)\]\(([^)\s]+)\)/g;

/** The file of this repository that a link of a page leads to, with its anchor; undefined for an address. */
function targetOf(page: string, link: string): string | undefined {
	if (/^\w+:/.test(link)) return undefined;
	if (link.startsWith('#')) return page + link;
	return path.posix.join(path.posix.dirname(page), link);
}

/** The anchors that GitHub gives to the headings of a page. */
const anchorsOf = (page: string) =>
	[...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorFor(heading));

test.each(documents)(
	'every link of %s leads to a file, and to a heading if it names one',
	(page) => {
		const links = [...textOf(page).matchAll(linkPattern)].map(([, , link = '']) => link);
		const broken = links.filter((link) => {
			const [file = '', anchor] = targetOf(page, link)?.split('#') ?? [];
			if (file === '') return false;
			if (!existsSync(path.join(root, file))) return true;
			return anchor !== undefined && !anchorsOf(file).includes(anchor);
		});
		expect(broken).toEqual([]);
	},
);

// In Chromium a table of 85 such characters was 727 pixels wide, and 74 characters of code are 607.
const maxCharacters = 74;

/** The widest line of each code block, and what remains of each table when every space breaks a line. */
function minWidths(page: string): number[] {
	const code = [...page.matchAll(/^```\w*\n([^]*?)^```/gm)].map(([, lines = '']) =>
		Math.max(...lines.split('\n').map((line) => line.length)),
	);
	const tables = page.split('\n\n').filter((block) => block.startsWith('|'));
	return [...code, ...tables.map(minTableWidth)];
}

function minTableWidth(table: string): number {
	const rows = table.split('\n').map((row) => row.split('|').slice(1, -1));
	const columns = (rows[0] ?? []).map((_head, column) => rows.map((row) => row[column] ?? ''));
	const borderAndPadding = 3;
	return columns.reduce((sum, cells) => sum + borderAndPadding + longestWord(cells), 0);
}

/** The longest word, without the targets of links. Text breaks between Chinese characters too. */
function longestWord(cells: string[]): number {
	const words = cells
		.filter((cell) => !/^[ :-]+$/.test(cell))
		.flatMap((cell) => cell.replace(linkPattern, '$1').split(/[\s\p{Script=Han}，、；：。（）]/u));
	return Math.max(...words.map((word) => word.length));
}

test.each([...translated, ...translated.map(translationOf)])(
	'%s fits a column of 640 pixels, about that of npm, without a scroll bar',
	(page) => {
		expect(Math.max(0, ...minWidths(textOf(page)))).toBeLessThanOrEqual(maxCharacters);
	},
);

test.each([
	[
		'a table',
		'| situation | result | what to do |\n| --- | --- | --- |\n| `EXECUTIONS_TIMEOUT_IS_LONG` | `N8N_DEFAULT_BINARY_DATA_MODE` | `=filesystem-or-database` |',
	],
	['code', `\`\`\`\n${'x'.repeat(75)}\n\`\`\``],
])('%s that is too wide is detected', (_kind, page) => {
	expect(Math.max(...minWidths(page))).toBeGreaterThan(maxCharacters);
});

test('docs/nodes.md lists every field of a job', () => {
	const [, output = ''] = textOf('docs/nodes.md').split('## Output');
	const [table = ''] = output.split('###');
	const rows = [...table.matchAll(/^\| (`[^|]*)\|/gm)].map(([, names = '']) => names);
	const named = rows.flatMap((names) => names.match(/\w+/g) ?? []);
	expect(named.sort()).toEqual([...jobFields].sort());
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

/** The files that a page links to, from the root of the repository; where each has a translation, the other one. */
function withTargets(page: string, swapLanguage: boolean): string {
	return textOf(page).replace(linkPattern, (whole, _label, link: string) => {
		const [file = ''] = targetOf(page, link)?.split('#') ?? [];
		if (file === '') return whole;
		const shown = swapLanguage ? (otherLanguage.get(file) ?? file) : file;
		return whole.replace(`(${link})`, `(${shown})`);
	});
}

const otherLanguage = new Map(
	translated.flatMap((page) => [
		[page, translationOf(page)],
		[translationOf(page), page],
	]),
);

test.each(translated)(
	'the Chinese edition of %s shows the same headings, code, pictures, links and figures',
	(page) => {
		const original = withTargets(page, false);
		expect(differences(original, withTargets(translationOf(page), true))).toEqual([]);
	},
);

test('every Chinese page is the edition of an English one', () => {
	const chinese = documents.filter((file) => file.startsWith('docs/zh-CN/'));
	expect(chinese.sort()).toEqual(translated.map(translationOf).sort());
});

test.each([
	['docs/nodes.md', 'a heading', '## Veo Create\n', ''],
	['docs/nodes.md', 'the level of a heading', '## Veo Create\n', '### Veo Create\n'],
	['docs/examples.md', 'a code block', 'npm ci && npm run editor', 'npm run editor'],
	['docs/nodes.md', 'a picture', '(images/create.png)', '(images/poll.png)'],
	['docs/promises.md', 'a link', '(../SECURITY.md)', '(../CONTRIBUTING.md)'],
	['docs/examples.md', 'inline code', '`--base-url`', '--base-url'],
	['docs/nodes.md', 'a row of a table', '\n| Prompt ', '\nPrompt '],
	['docs/examples.md', 'an item of a list', '\n2. Click', '\nClick'],
	['docs/promises.md', 'a figure', '1,000 creates', '1,001 creates'],
])('a translation of %s with %s changed is detected', (page, _, text, changed) => {
	const original = textOf(page);
	expect(original).toContain(text);
	expect(differences(original, original.replace(text, changed))).not.toEqual([]);
});
