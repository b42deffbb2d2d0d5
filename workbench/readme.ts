import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProviderName } from '../nodes/providers';
import { providerNamed, providerNames } from '../nodes/providers';
import type { ImageMode, OperationName, Provider } from '../nodes/providers/provider';
import { waitRows } from './bench/report/summary';
import { benchmarkBlocks, formatFigure } from './bench/report/tables';
import type { Results } from './bench/results';
import { readResults } from './bench/results';
import { engineVersions } from './n8n/matrix/versions';
import { facts, listFacts } from './verify/facts';
import { listSeenDates, readRecordings } from './verify/recorded';

const root = path.join(__dirname, '..');

/** Replaces what is between the two marks of a name. */
function withBlock(text: string, name: string, block: string): string {
	const start = `<!-- ${name}: written by \`npm run readme\` -->`;
	const end = `<!-- /${name} -->`;
	const [before, rest] = text.split(start);
	const after = rest?.split(end)[1];
	if (before === undefined || after === undefined) throw new Error(`There is no ${start}`);
	return `${before}${start}\n\n${block}\n\n${end}${after}`;
}

/** The words of the generated tables and lists, by the folder of the pages of a language. */
const languages = {
	'docs/': {
		readme: 'README.md',
		providerHead: '| provider | images | longer videos | callback |',
		valueHead: '| provider | machine value | credential |',
		document: 'Its document',
		models: 'Models suggested: ',
		certaintyHead: '| provider | documented | inferred | seen |',
		documented: 'Documented',
		inferred: 'Inferred',
		seen: 'Seen',
		counts: (documented: number, inferred: number, seen: number) =>
			`What the node relies on: ${documented} facts documented, ${inferred} inferred, ${seen} seen`,
		images: 'Images: ',
		longer: 'Longer videos: ',
		imageModes: {
			none: 'none',
			firstFrame: 'first frame',
			firstAndLastFrame: 'first and last frame',
			referenceImages: 'reference images',
		},
		shortImageModes: {
			none: '',
			firstFrame: 'first',
			firstAndLastFrame: 'last',
			referenceImages: 'references',
		},
		extensions: {
			createExtended: '15 seconds',
			extend: 'extend',
			retryExtension: 'retry extension',
		},
		linksOnly: ' (links only)',
		filesOnly: ' (files only)',
		yes: 'yes',
		suspends: 'suspends',
		holds: 'holds, with a hint',
		held: (ours: string, others: string, woken: string) =>
			`A video of two minutes holds an n8n worker for **${ours} seconds**, or ${woken} where the provider calls at its end; with n8n's own video nodes it is ${others}.`,
		and: ' and ',
		comma: ', ',
	},
	'docs/zh-CN/': {
		readme: 'docs/zh-CN/README.md',
		providerHead: '| 提供商 | 图片 | 更长的视频 | 回调 |',
		valueHead: '| 提供商 | 参数值 | 凭据 |',
		document: '其文档',
		models: '建议的模型：',
		certaintyHead: '| 提供商 | 文档写明 | 推断 | 已验证 |',
		documented: '文档写明',
		inferred: '推断',
		seen: '已验证',
		counts: (documented: number, inferred: number, seen: number) =>
			`节点所依据的内容：文档写明 ${documented} 项，推断 ${inferred} 项，已验证 ${seen} 项`,
		images: '图片：',
		longer: '更长的视频：',
		imageModes: {
			none: '无',
			firstFrame: '首帧',
			firstAndLastFrame: '首尾帧',
			referenceImages: '参考图',
		},
		shortImageModes: {
			none: '',
			firstFrame: '首帧',
			firstAndLastFrame: '尾帧',
			referenceImages: '参考图',
		},
		extensions: {
			createExtended: '15 秒视频',
			extend: '延长',
			retryExtension: '重试延长',
		},
		linksOnly: '（仅限链接）',
		filesOnly: '（仅限文件）',
		yes: '是',
		suspends: '挂起',
		holds: '原地等待，并给出提示',
		held: (ours: string, others: string, woken: string) =>
			`一个两分钟的视频只占用 n8n 工作进程 **${ours} 秒**，由提供商在结束时回调则为 ${woken} 秒；n8n 自带的视频节点要占用 ${others} 秒。`,
		and: ' 和 ',
		comma: '、',
	},
} satisfies Record<
	string,
	Record<string, string | object> & {
		imageModes: Record<ImageMode, string>;
		shortImageModes: Record<ImageMode, string>;
		extensions: Record<Exclude<OperationName, 'create'>, string>;
	}
>;

type Words = (typeof languages)['docs/'];

/** The generated blocks of every page, by the names of their marks. */
export function generatedBlocks(): Record<string, Record<string, string>> {
	const results = readResults();
	const pages = Object.entries(languages).flatMap(([folder, words]) => [
		[
			words.readme,
			{
				providers: providerTable(
					words,
					path.posix.relative(path.posix.dirname(words.readme), `${folder}providers.md`),
				),
				held: heldSentence(words, results),
			},
		],
		[
			`${folder}providers.md`,
			{ values: valueTable(words), certainty: certaintyTable(words), ...providerFacts(words) },
		],
		[`${folder}compatibility.md`, { versions: versionTable(words) }],
	]);
	return { ...Object.fromEntries(pages), 'docs/benchmark.md': benchmarkBlocks(results) };
}

/** Fills the blocks of a page. */
export const withBlocks = (page: string, blocks: Record<string, string>): string =>
	Object.entries(blocks).reduce((text, [name, block]) => withBlock(text, name, block), page);

const table = (head: string, rows: string[]) =>
	[head, head.replace(/[^|]+/g, ' --- '), ...rows.map((row) => `| ${row} |`)].join('\n');

function versionTable(words: Words): string {
	const rows = engineVersions.map(({ n8n, core, suspends }) =>
		[n8n, core, suspends ? words.suspends : words.holds].join(' | '),
	);
	return table('| n8n | n8n-core | Veo Poll Until Done |', rows);
}

/** What our nodes cost beside n8n's own, in one sentence. */
function heldSentence(words: Words, results: Results): string {
	const rows = waitRows(results);
	const heldBy = (...names: string[]) =>
		rows
			.filter(({ label }) => names.some((name) => label.includes(name)))
			.map(({ heldSeconds }) => formatFigure(heldSeconds))
			.join(words.and);
	return words.held(heldBy('Automatic'), heldBy('Gemini', 'OpenAI'), heldBy('Callback'));
}

const allProviders = providerNames.map((name) => {
	const provider = providerNamed(name);
	if (provider === undefined) throw new Error(`There is no provider ${name}`);
	return { name, ...provider };
});

/** The anchor that GitHub gives to a heading: letters and digits of any script, in small letters. */
export const anchorFor = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}_ -]/gu, '')
		.replaceAll(' ', '-');

const sectionLink = (label: string, page = '') => `[${label}](${page}#${anchorFor(label)})`;

const providerTable = (words: Words, page: string) =>
	table(
		words.providerHead,
		allProviders.map((provider) =>
			[
				sectionLink(provider.label, page),
				listImages(provider, words, words.shortImageModes),
				listExtensions(provider, words),
				provider.create.options.callbackUrl === undefined ? '–' : words.yes,
			].join(' | '),
		),
	);

const valueTable = (words: Words) =>
	table(
		words.valueHead,
		allProviders.map(({ name, label, credential }) =>
			[sectionLink(label), `\`${name}\``, `\`${credential}\``].join(' | '),
		),
	);

/** What the provider list says about each provider, by its machine value. */
function providerFacts(words: Words): Record<string, string> {
	const lists = allProviders.map((provider) => [
		provider.name,
		[
			`- [${words.document}](${provider.document})`,
			`- ${words.images}${listImages(provider, words, words.imageModes)}`,
			`- ${words.longer}${listExtensions(provider, words)}`,
			`- ${words.models}${provider.create.models.map(({ id }) => `\`${id}\``).join(words.comma)}`,
			...listMarks(provider.name, words),
		].join('\n'),
	]);
	return Object.fromEntries(lists);
}

/** How much of what a mapping takes for granted is documented, inferred, and seen at the real provider. */
const countFacts = (name: ProviderName) =>
	[
		listFacts(facts[name].documented).length,
		listFacts(facts[name].inferred).length,
		listSeenDates(readRecordings(), name).size,
	] as const;

const certaintyTable = (words: Words) =>
	table(
		words.certaintyHead,
		allProviders.map(({ name, label }) =>
			[sectionLink(label), ...countFacts(name as ProviderName)].join(' | '),
		),
	);

/** The same facts one by one, folded. GitHub shows Markdown inside, after an empty line. */
function listMarks(name: ProviderName, words: Words): string[] {
	const { documented, inferred } = facts[name];
	const seen = [...listSeenDates(readRecordings(), name)].map(([fact, date]) => `${fact} ${date}`);
	const toBullet = (group: string) => {
		const [, head = '', rest = ''] = /^((?:field|link|error) \S+|\w+) (.*)$/.exec(group) ?? [];
		const codes = rest.split(' ').map((word) => `\`${word}\``);
		return `- ${head}: ${codes.join(words.comma)}`;
	};
	const list = (head: string, groups: readonly string[]) =>
		groups.length === 0 ? [] : [`${head}:`, '', ...groups.map(toBullet), ''];
	return [
		...['', '<details>', `<summary>${words.counts(...countFacts(name))}</summary>`, ''],
		...list(words.documented, documented),
		...list(words.inferred, inferred),
		...list(words.seen, seen),
		'</details>',
	];
}

function listImages(
	{ create, upload }: Provider,
	words: Words,
	modeNames: Record<ImageMode, string>,
): string {
	const { modes = [], accepts = [] } = create.images ?? {};
	const shown = modes.filter((mode) => mode !== 'none').map((mode) => modeNames[mode]);
	const takesFiles = upload !== undefined || accepts.includes('bytes');
	const note = accepts.includes('link') ? '' : words.filesOnly;
	return shown.join(words.comma) + (takesFiles ? note : words.linksOnly);
}

function listExtensions(provider: Provider, words: Words): string {
	const shown = Object.entries(words.extensions).flatMap(([operation, word]) =>
		provider[operation as OperationName] === undefined ? [] : [word],
	);
	return shown.join(words.comma) || '–';
}

if (require.main === module) {
	for (const [name, blocks] of Object.entries(generatedBlocks())) {
		const file = path.join(root, name);
		writeFileSync(file, withBlocks(readFileSync(file, 'utf8'), blocks));
	}
}
