import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { providerNamed, providerNames } from '../nodes/providers';
import type { CreationName, ImageMode } from '../nodes/providers/provider';
import { engineVersions } from './n8n/matrix/versions';

const root = path.join(__dirname, '..');

/** The text with what stands between the two marks of a name replaced. */
function withBlock(text: string, name: string, block: string): string {
	const start = `<!-- ${name}: written by \`npm run readme\` -->`;
	const end = `<!-- /${name} -->`;
	const [before, rest] = text.split(start);
	const after = rest?.split(end)[1];
	if (before === undefined || after === undefined) throw new Error(`There is no ${start}`);
	return `${before}${start}\n\n${block}\n\n${end}${after}`;
}

const imageModeWords: Record<ImageMode, string> = {
	none: 'none',
	firstFrame: 'first frame',
	firstAndLastFrame: 'first and last frame',
	referenceImages: 'reference images',
};
const creationWords: Record<Exclude<CreationName, 'create'>, string> = {
	createExtended: '15 seconds',
	extend: 'extend',
	retryExtension: 'retry extension',
};

/** The README with its table of providers as the provider list says. */
export function withProviderTable(readme: string): string {
	return withBlock(readme, 'providers', providerTable());
}

/** The README with the versions of n8n that test/n8n/matrix.test.ts proves, each row by a test of its own. */
export function withVersionTable(readme: string): string {
	return withBlock(readme, 'versions', versionTable());
}

/** CONTRIBUTING with the lines that each second format took, as they are counted now. */
export function withCosts(contributing: string): string {
	return withBlock(contributing, 'costs', costTable());
}

const table = (head: string, rows: string[]) =>
	[head, head.replace(/[^|]+/g, '---'), ...rows.map((row) => `| ${row} |`)].join('\n');

function versionTable(): string {
	const rows = engineVersions.map(({ n8n, core, suspends }) =>
		[n8n, core, suspends ? 'suspends' : 'holds, and says so'].join(' | '),
	);
	return table('| n8n | n8n-core | Veo Poll Until Done |', rows);
}

function providerTable(): string {
	const rows = providerNames.map((name) => {
		const provider = providerNamed(name);
		if (provider === undefined) throw new Error(`There is no provider ${name}`);
		const { label, document, credential, create } = provider;
		const images = (create.images?.modes ?? []).filter((mode) => mode !== 'none');
		const links = create.images?.accepts.includes('bytes') ? '' : ' (links only)';
		const extensions = Object.entries(creationWords).flatMap(([creation, word]) =>
			provider[creation as CreationName] === undefined ? [] : [word],
		);
		return [
			`[${label}](${document})`,
			`\`${name}\``,
			`\`${credential}\``,
			images.map((mode) => imageModeWords[mode]).join(', ') + links,
			extensions.join(', ') || '–',
			create.models.map(({ id }) => `\`${id}\``).join(', '),
		].join(' | ');
	});
	return table(
		'| provider | machine value | credential | images | longer videos | models suggested |',
		rows,
	);
}

const lastAdded = ['deerApiChat', 'deepWlVideos', 'eronmindVideos', 'openAiVideos'] as const;

/** Beside these, each took its word in the list and its row in the tests that name every provider. */
function costTable(): string {
	const rows = lastAdded.map((name) => {
		const className = `Veo${name.charAt(0).toUpperCase()}${name.slice(1)}Api`;
		return [
			`\`${name}\``,
			linesOf('nodes/providers', name),
			linesOf('credentials', className) || 'shared',
			linesOf('test/fixtures', name),
			linesOf('workbench/simulator/gateways', name),
		].join(' | ');
	});
	return table('| provider | mapping | credential | fixtures | simulator |', rows);
}

/** How many lines the files of a folder have whose name begins so. */
function linesOf(folder: string, start: string): number {
	const files = readdirSync(path.join(root, folder)).filter((file) => file.startsWith(start));
	const texts = files.map((file) => readFileSync(path.join(root, folder, file), 'utf8'));
	return texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0);
}

function rewrite(name: string, change: (text: string) => string): void {
	const file = path.join(root, name);
	writeFileSync(file, change(readFileSync(file, 'utf8')));
}

if (require.main === module) {
	rewrite('README.md', (text) => withVersionTable(withProviderTable(text)));
	rewrite('CONTRIBUTING.md', withCosts);
}
