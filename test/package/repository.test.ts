import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { providerNames } from '../../nodes/providers';
import { run } from './packed';
import { root } from './tree';

const tracked = run('git', ['ls-files', '-z'], root).split('\0').filter(Boolean);
const pictures = new Set(['.mp4', '.png', '.jpg', '.jpeg', '.gif', '.webp', '.ico']);
// What is deleted and not yet committed is still in git's list.
const texts = tracked
	.filter((path) => !pictures.has(extname(path)) && existsSync(join(root, path)))
	.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const isCode = (path: string) => /\.[cm]?[jt]s$/.test(path);
const everywhere = () => true;
const inOurs = (path: string) => path !== 'package-lock.json';

interface Rule {
	title: string;
	pattern: RegExp;
	appliesTo: (path: string) => boolean;
	/** A line that breaks the rule. In pieces, so that this file keeps it. */
	broken: string[];
}

const rules: Rule[] = [
	{
		title: 'names no folder of the machine it was written on',
		// n8n's Docker image keeps its files in /home/node.
		pattern: /(?<![\w.~-])\/(?:work|root)\/|\/(?:home|Users)\/(?!node\/)\w+\//,
		appliesTo: everywhere,
		broken: ['see /wo', 'rk/main'],
	},
	{
		title: 'names no registry but the public one',
		pattern:
			/https?:\/\/(?!registry\.npmjs\.org\b)[^\s"'/]*(?:registry|verdaccio|nexus|artifactory|jfrog|:4873)/,
		appliesTo: everywhere,
		broken: ['"resolved": "https://regis', 'try.example.com/a.tgz"'],
	},
	{
		title: 'holds no password for a registry',
		pattern: /_auth[T]oken|_passwor[d]\s*=|:_aut[h]\b/,
		appliesTo: (path) => !path.endsWith('.yml'),
		broken: ['//registry.npmjs.org/:_au', 'thToken=abc'],
	},
	{
		title: 'points at no page that is not in it',
		pattern: /\bshared\/(?:seeds|design|providers|n8n|style)\b|\b(?:design|n8n|style)\.md\b/,
		appliesTo: inOurs,
		broken: ['as in des', 'ign.md'],
	},
	{
		title: 'switches no rule of the linter off without a reason',
		pattern: /eslint[-]disable(?!.*--\s*\w+ \w+)/,
		appliesTo: isCode,
		broken: ['// eslint', '-disable-next-line no-console'],
	},
	{
		title: 'leaves nothing for later',
		pattern: /\b(?:TO[D]O|FI[X]ME|X[X]X|HA[C]K)\b/,
		appliesTo: inOurs,
		broken: ['// TO', 'DO: the rest'],
	},
	{
		title: 'runs every test',
		pattern:
			/\.(?:only|skip|todo|failing)\s*[.(`]|\b[xf](?:it|test|describe)\s*\(|@ts[-](?:ignore|nocheck)/,
		appliesTo: isCode,
		broken: ['describe.on', "ly('a', () => {})"],
	},
];

test('there is something to look at', () => {
	expect(tracked).toEqual(expect.arrayContaining(['package.json', 'package-lock.json']));
	expect(texts.length).toBeGreaterThan(80);
});

test.each(rules)('the repository $title', ({ pattern, appliesTo, broken }) => {
	expect(broken.join('')).toMatch(pattern);
	const found = texts
		.filter(({ path }) => appliesTo(path))
		.flatMap(({ path, text }) => linesWith(text, pattern).map((line) => `${path}:${line}`));
	expect(found).toEqual([]);
});

test('a reason is enough to switch a rule off', () => {
	const line = '// eslint' + '-disable-next-line no-console -- the start script talks to people';
	for (const { pattern } of rules) expect(line).not.toMatch(pattern);
});

test('no code but the list names every provider', () => {
	const namesAll = ({ text }: { text: string }) =>
		providerNames.every((name) => new RegExp(`\\b${name}\\b`).test(text));
	const lists = texts.filter((each) => isCode(each.path) && namesAll(each));
	expect(lists.map(({ path }) => path)).toEqual(['nodes/providers/index.ts']);
});

test('what is made is not kept', () => {
	const made = /^(?:dist|out|node_modules|coverage)\/|\.tgz$|\.log$|\.tsbuildinfo$|(?:^|\/)\.env/;
	expect(tracked.filter((path) => made.test(path))).toEqual([]);
});

test('no file stands in a drawer for odds and ends', () => {
	const drawers = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|lib)(?:\/|\.)/i;
	expect(tracked.filter((path) => drawers.test(path))).toEqual([]);
});

function linesWith(text: string, pattern: RegExp): string[] {
	return text
		.split('\n')
		.map((line, index) => ({ line, number: index + 1 }))
		.filter(({ line }) => pattern.test(line))
		.map(({ line, number }) => `${number} ${line.trim().slice(0, 120)}`);
}
