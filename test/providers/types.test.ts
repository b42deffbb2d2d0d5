import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { providerNames } from '../../nodes/providers';

/*
 * An unfinished provider does not compile. The compiler is run once, over test/types and over copies of
 * the real providers, each with one line taken away.
 */

const root = join(__dirname, '../..');
const casesPath = join(root, 'test/types/provider.test-d.ts');
const cases = readFileSync(casesPath, 'utf8');
const mark = /^\s*\/\/ @ts-expect-error (.+)$/;

/** A file of the program, and the lines that must not compile. */
interface Source {
	path: string;
	text: string;
	wrongLines: readonly number[];
}

const withMarks: Source = { path: casesPath, text: cases, wrongLines: [] };

const markedLines = cases.split('\n').flatMap((line, index) => {
	const says = mark.exec(line)?.[1];
	return says === undefined ? [] : [{ says, wrongLine: index + 1 }];
});
const withoutMarks: Source = {
	path: casesPath.replace('provider.', 'providerWithoutMarks.'),
	text: cases.replaceAll('@ts-expect-error', 'here:'),
	wrongLines: markedLines.map(({ wrongLine }) => wrongLine),
};

const folder = join(root, 'nodes/providers');
const textOf = (name: string) => readFileSync(join(folder, `${name}.ts`), 'utf8');
const tableStart = 'const statusWords: Record<';
/** The files with a table of status words: providers, and the dialects that providers share. */
const withTable = readdirSync(folder, { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.ts'))
	.map((file) => file.replace(/\.ts$/, ''))
	.filter((name) => textOf(name).includes(`\n${tableStart}`));

/** Such a file, once for each of its status words, with that word taken away. */
const unmapped = withTable.flatMap((name) => {
	const path = join(folder, `${name}.ts`);
	const lines = textOf(name).split('\n');
	const table = lines.findIndex((line) => line.startsWith(tableStart));
	const end = lines.indexOf('};', table);
	return lines.slice(table + 1, end).map((line, index) => ({
		name,
		word: line.trim(),
		source: {
			path: path.replace(/\.ts$/, `WithoutWord${index}.ts`),
			text: lines.filter((_, at) => at !== table + 1 + index).join('\n'),
			wrongLines: [table],
		},
	}));
});

const problems = compile([withMarks, withoutMarks, ...unmapped.map(({ source }) => source)]);
const problemsOf = ({ path }: Source) => problems.get(path) ?? [];

test('the cases compile as they are marked', () => {
	expect(problemsOf(withMarks)).toStrictEqual([]);
});

test.each(markedLines)('does not compile: $says', ({ wrongLine }) => {
	expect(problemsOf(withoutMarks)).toContainEqual(
		expect.objectContaining({ line: wrongLine, code: expect.any(Number) }),
	);
});

test('nothing else in the cases fails to compile', () => {
	const lines = new Set(problemsOf(withoutMarks).map(({ line }) => line));
	expect([...lines]).toStrictEqual(withoutMarks.wrongLines);
});

test('every provider has a table of status words', () => {
	const withWords = new Set(unmapped.map(({ name }) => name));
	const without = providerNames.filter((name) => {
		const shared = [...textOf(name).matchAll(/ from '\.\/([\w/]+)'/g)].map(
			([, file]) => file ?? '',
		);
		return ![name, ...shared].some((file) => withWords.has(file));
	});
	expect(without).toStrictEqual([]);
});

// 2741: a property is missing. Nothing but that may be wrong, or the copy proves nothing.
test.each(unmapped)('$name does not compile without $word', ({ source }) => {
	expect(problemsOf(source)).toStrictEqual(source.wrongLines.map((line) => ({ line, code: 2741 })));
});

/** The errors in each source, by its path. Lines count from 0. */
function compile(sources: readonly Source[]): Map<string, Array<{ line: number; code: number }>> {
	const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile.bind(ts.sys));
	const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, { types: ['node'] });
	const host = ts.createCompilerHost(options);
	const texts = new Map(sources.map(({ path, text }) => [path, text]));
	const { readFile, fileExists, getSourceFile } = host;
	host.readFile = (path) => texts.get(path) ?? readFile(path);
	host.fileExists = (path) => texts.has(path) || fileExists(path);
	host.getSourceFile = (path, language, ...rest) => {
		const text = texts.get(path);
		return text === undefined
			? getSourceFile(path, language, ...rest)
			: ts.createSourceFile(path, text, language);
	};
	const program = ts.createProgram([...texts.keys()], options, host);
	return new Map(
		sources.map(({ path }) => {
			const file = program.getSourceFile(path);
			const found = file === undefined ? [] : program.getSemanticDiagnostics(file);
			const places = found.map(({ start = 0, code }) => ({
				line: file?.getLineAndCharacterOfPosition(start).line ?? -1,
				code,
			}));
			return [path, places];
		}),
	);
}
