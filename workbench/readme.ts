import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { providerNamed, providerNames } from '../nodes/providers';
import type { OperationName, ImageMode } from '../nodes/providers/provider';
import type { SummaryRow } from './bench/report/summary';
import { summarize } from './bench/report/summary';
import { benchmarkBlocks, formatFigure } from './bench/report/tables';
import type { Results } from './bench/results';
import { readResults } from './bench/results';
import { engineVersions } from './n8n/matrix/versions';

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

/** The words of the tables, by the README they are for. */
export const readmes = {
	'README.md': {
		providerHead:
			'| provider | machine value | credential | images | longer videos | models suggested |',
		imageModes: {
			none: 'none',
			firstFrame: 'first frame',
			firstAndLastFrame: 'first and last frame',
			referenceImages: 'reference images',
		},
		extensions: {
			createExtended: '15 seconds',
			extend: 'extend',
			retryExtension: 'retry extension',
		},
		linksOnly: ' (links only)',
		filesOnly: ' (files only)',
		suspends: 'suspends',
		holds: 'holds, with a hint',
		measuredHead:
			'| a video of 2 minutes | worker held | status requests | noticed after | 100 in one execution | lost when n8n is killed | bought when an answer is lost |',
		contestants: {
			automatic: '**Veo Create + Veo Poll Until Done**',
			gemini: 'Google Gemini node',
			openAi: 'OpenAI node',
			http60: 'HTTP Request + Wait 60 s',
			http70: 'HTTP Request + Wait 70 s',
		},
		progress: ', progress reported',
		noProgress: ', no progress',
		of: ' of ',
		comma: ', ',
	},
	'README.zh-CN.md': {
		providerHead: '| 提供商 | 参数值 | 凭据 | 图片 | 更长的视频 | 建议的模型 |',
		imageModes: {
			none: '无',
			firstFrame: '首帧',
			firstAndLastFrame: '首尾帧',
			referenceImages: '参考图',
		},
		extensions: {
			createExtended: '15 秒视频',
			extend: '延长',
			retryExtension: '重试延长',
		},
		linksOnly: '（仅限链接）',
		filesOnly: '（仅限文件）',
		suspends: '挂起',
		holds: '原地等待，并给出提示',
		measuredHead:
			'| 2 分钟的视频 | 占用 worker | 状态请求 | 结束后多久发现 | 一次执行 100 个 | n8n 被杀时丢失 | 应答丢失时购买 |',
		contestants: {
			automatic: '**Veo Create + Veo Poll Until Done**',
			gemini: 'Google Gemini 节点',
			openAi: 'OpenAI 节点',
			http60: 'HTTP Request + Wait 60 s',
			http70: 'HTTP Request + Wait 70 s',
		},
		progress: '，提供商报告进度',
		noProgress: '，不报告进度',
		of: ' / ',
		comma: '、',
	},
} satisfies Record<
	string,
	Record<string, string | object> & {
		imageModes: Record<ImageMode, string>;
		extensions: Record<Exclude<OperationName, 'create'>, string>;
	}
>;

type Words = (typeof readmes)['README.md'];

/** Fills the table of providers from the provider list. */
export function withProviderTable(readme: string, words: Words): string {
	return withBlock(readme, 'providers', providerTable(words));
}

/** Fills the table of n8n versions; test/n8n/matrix.test.ts has one test for each row. */
export function withVersionTable(readme: string, words: Words): string {
	return withBlock(readme, 'versions', versionTable(words));
}

/** Fills the table of measurements from the last results of the bench. */
export function withMeasuredTable(readme: string, words: Words): string {
	return withBlock(readme, 'measured', measuredTable(words, readResults()));
}

/** Fills docs/benchmark.md from the last results of the bench. */
export function withBenchmarkTables(page: string): string {
	return Object.entries(benchmarkBlocks(readResults())).reduce(
		(text, [name, block]) => withBlock(text, name, block),
		page,
	);
}

const table = (head: string, rows: string[]) =>
	[head, head.replace(/[^|]+/g, '---'), ...rows.map((row) => `| ${row} |`)].join('\n');

function versionTable(words: Words): string {
	const rows = engineVersions.map(({ n8n, core, suspends }) =>
		[n8n, core, suspends ? words.suspends : words.holds].join(' | '),
	);
	return table('| n8n | n8n-core | Veo Poll Until Done |', rows);
}

function measuredTable(words: Words, results: Results): string {
	const nameRow = ({ contestant, progress }: SummaryRow) => {
		const name = words.contestants[contestant as keyof Words['contestants']];
		if (progress === undefined) return name;
		return name + (progress ? words.progress : words.noProgress);
	};
	const cells = summarize(results).map((row) =>
		[
			nameRow(row),
			`${formatFigure(row.heldSeconds)} s`,
			formatFigure(row.checks),
			`${formatFigure(row.lateSeconds)} s`,
			`${formatFigure(row.hundredMinutes)} min`,
			`${row.lost}${words.of}${row.executions}`,
			row.boughtForOne,
		].join(' | '),
	);
	return table(words.measuredHead, cells);
}

function providerTable(words: Words): string {
	const rows = providerNames.map((name) => {
		const provider = providerNamed(name);
		if (provider === undefined) throw new Error(`There is no provider ${name}`);
		const { label, document, credential, create, upload } = provider;
		const images = (create.images?.modes ?? []).filter((mode) => mode !== 'none');
		const { accepts = [] } = create.images ?? {};
		const takesFiles = upload !== undefined || accepts.includes('bytes');
		const note = accepts.includes('link') ? '' : words.filesOnly;
		const extensions = Object.entries(words.extensions).flatMap(([operation, word]) =>
			provider[operation as OperationName] === undefined ? [] : [word],
		);
		return [
			`[${label}](${document})`,
			`\`${name}\``,
			`\`${credential}\``,
			images.map((mode) => words.imageModes[mode]).join(words.comma) +
				(takesFiles ? note : words.linksOnly),
			extensions.join(words.comma) || '–',
			create.models.map(({ id }) => `\`${id}\``).join(words.comma),
		].join(' | ');
	});
	return table(words.providerHead, rows);
}

function rewrite(name: string, change: (text: string) => string): void {
	const file = path.join(root, name);
	writeFileSync(file, change(readFileSync(file, 'utf8')));
}

if (require.main === module) {
	for (const [file, words] of Object.entries(readmes)) {
		rewrite(file, (text) =>
			withMeasuredTable(withVersionTable(withProviderTable(text, words), words), words),
		);
	}
	rewrite('docs/benchmark.md', withBenchmarkTables);
}
