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

/** What the tables of the README say in one language. */
interface Words {
	providerHead: string;
	imageModes: Record<ImageMode, string>;
	creations: Record<Exclude<CreationName, 'create'>, string>;
	linksOnly: string;
	suspends: string;
	holds: string;
	/** What stands between two words of a list. */
	comma: string;
}

/** The README in each of its languages: the file, and the words of its tables. */
export const readmes: Record<'README.md' | 'README.zh-CN.md', Words> = {
	'README.md': {
		providerHead:
			'| provider | machine value | credential | images | longer videos | models suggested |',
		imageModes: {
			none: 'none',
			firstFrame: 'first frame',
			firstAndLastFrame: 'first and last frame',
			referenceImages: 'reference images',
		},
		creations: {
			createExtended: '15 seconds',
			extend: 'extend',
			retryExtension: 'retry extension',
		},
		linksOnly: ' (links only)',
		suspends: 'suspends',
		holds: 'holds, and says so',
		comma: ', ',
	},
	'README.zh-CN.md': {
		providerHead: '| 服务商 | 参数值 | 凭据 | 图片 | 更长的视频 | 建议的模型 |',
		imageModes: {
			none: '无',
			firstFrame: '首帧',
			firstAndLastFrame: '首尾帧',
			referenceImages: '参考图',
		},
		creations: {
			createExtended: '15 秒视频',
			extend: '延长',
			retryExtension: '重试延长',
		},
		linksOnly: '（仅限链接）',
		suspends: '挂起',
		holds: '原地等待，并加以说明',
		comma: '、',
	},
};

/** The README with its table of providers as the provider list says. */
export function withProviderTable(readme: string, words: Words): string {
	return withBlock(readme, 'providers', providerTable(words));
}

/** The README with the versions of n8n that test/n8n/matrix.test.ts proves, each row by a test of its own. */
export function withVersionTable(readme: string, words: Words): string {
	return withBlock(readme, 'versions', versionTable(words));
}

/** CONTRIBUTING with the lines that each second format took, as they are counted now. */
export function withCosts(contributing: string): string {
	return withBlock(contributing, 'costs', costTable());
}

const table = (head: string, rows: string[]) =>
	[head, head.replace(/[^|]+/g, '---'), ...rows.map((row) => `| ${row} |`)].join('\n');

function versionTable(words: Words): string {
	const rows = engineVersions.map(({ n8n, core, suspends }) =>
		[n8n, core, suspends ? words.suspends : words.holds].join(' | '),
	);
	return table('| n8n | n8n-core | Veo Poll Until Done |', rows);
}

function providerTable(words: Words): string {
	const rows = providerNames.map((name) => {
		const provider = providerNamed(name);
		if (provider === undefined) throw new Error(`There is no provider ${name}`);
		const { label, document, credential, create } = provider;
		const images = (create.images?.modes ?? []).filter((mode) => mode !== 'none');
		const links = create.images?.accepts.includes('bytes') ? '' : words.linksOnly;
		const extensions = Object.entries(words.creations).flatMap(([creation, word]) =>
			provider[creation as CreationName] === undefined ? [] : [word],
		);
		return [
			`[${label}](${document})`,
			`\`${name}\``,
			`\`${credential}\``,
			images.map((mode) => words.imageModes[mode]).join(words.comma) + links,
			extensions.join(words.comma) || '–',
			create.models.map(({ id }) => `\`${id}\``).join(words.comma),
		].join(' | ');
	});
	return table(words.providerHead, rows);
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
	for (const [file, words] of Object.entries(readmes)) {
		rewrite(file, (text) => withVersionTable(withProviderTable(text, words), words));
	}
	rewrite('CONTRIBUTING.md', withCosts);
}
