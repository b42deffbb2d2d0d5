import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './tree';

/*
 * The rules of `npm run lint` name folders. A rule whose folder has moved finds nothing, so each rule is
 * shown something to find, and beside it what it must let pass.
 */

/** Files with their statements, and the rules that each of these breaks. */
const imports: Record<string, Record<string, string[]>> = {
	'nodes/jobs/poll.ts': {
		"import { sleep } from 'n8n-workflow';": ['runs-without-n8n'],
		"import type { Call } from '../providers/provider';": ['jobs-imports'],
		"export * from '../transport/send';": ['jobs-imports'],
		"type Results = import('../execution/results').Results;": ['jobs-imports'],
	},
	'nodes/jobs/job.ts': { "import type { IDataObject } from 'n8n-workflow';": [] },
	'nodes/providers/chat.ts': { "import { createHash } from 'node:crypto';": [] },
	'nodes/jobs/clock.ts': { "import type { Loop } from './loop';": ['no-circle'] },
	'nodes/jobs/loop.ts': { "import type { Clock } from './clock';": [] },
	'nodes/providers/provider.ts': { "import type { JobState } from '../jobs/job';": [] },
	'nodes/providers/deerApi.ts': {
		"import type { Clock } from '../jobs/clock';": ['providers-know-jobs'],
		"import { hasEnded } from '../jobs/job';": ['providers-imports-types'],
	},
	'nodes/providers/deerApiChat.ts': { "import { deerApi } from './deerApi';": [] },
	'nodes/providers/apimp.ts': { "import { deerApi } from './deerApi';": ['providers-stand-alone'] },
	'nodes/providers/index.ts': { "import { apimp } from './apimp';": [] },
	'nodes/transport/send.ts': {
		"import { wait } from '../jobs/clock';": ['transport-imports-types'],
		"import type { Provider } from '../providers/provider';": ['transport-imports'],
		"import type { Results } from '../execution/results';": ['transport-imports'],
		"import type { Readable } from 'node:stream';": ['no-dependencies'],
		"import { keyTest } from '../../credentials/keyTest';": ['transport-imports'],
	},
	'nodes/execution/results.ts': { "import type { Job } from '../jobs/job';": [] },
	'nodes/fields/connection.ts': {
		"import { readAddress } from '../../credentials/address';": [],
		"import { VeoDeerApi } from '../../credentials/VeoDeerApi.credentials';": [
			'entries-stand-alone',
		],
	},
	'nodes/fields/unused.ts': { 'export const text = 1;': ['no-orphan'] },
	'nodes/fields/fields.ts': {
		"import { hasEnded } from '../jobs/job';": ['fields-imports-types'],
		"import { createJobs } from '../VeoCreate/createJob';": ['fields-imports'],
	},
	'nodes/VeoCreate/createJob.ts': {
		"import { resultOf } from '../VeoPollUntilDone/resultOf';": ['nodes-stand-alone'],
		"import { NodeApiError } from 'n8n-workflow';": [],
	},
	'nodes/VeoPollUntilDone/resultOf.ts': {
		"import { z } from 'zod';": ['no-dependencies'],
		"import { start } from '../../workbench/start';": ['nodeFolders-imports'],
		"import { nowhere } from './nowhere';": ['no-dependencies', 'no-missing-file'],
	},
	'nodes/VeoRemixExtend/VeoRemixExtend.node.ts': {
		"import { createJobs } from '../create/createJobs';": [],
		"import { first } from '../VeoCreate/createJob';": ['nodes-stand-alone'],
	},
	'nodes/create/createJobs.ts': {
		"import { resultOf } from '../VeoPollUntilDone/resultOf';": ['create-imports'],
	},
	'nodes/poll/pollJobs.ts': {
		"import { createJobs } from '../create/createJobs';": ['poll-imports'],
	},
	'nodes/wire/call.ts': {
		"import type { Provider } from '../providers/provider';": ['wire-imports'],
	},
	'nodes/VeoRemixExtend/remix.ts': {
		"import { VeoRemixExtend } from './VeoRemixExtend.node';": ['entries-stand-alone'],
	},
	'nodes/utilities/text.ts': { "import { results } from '../execution/results';": ['known-zone'] },
	'credentials/keyTest.ts': {
		"import { NodeHelpers } from 'n8n-workflow';": ['runs-without-n8n'],
		"import { providers } from '../nodes/providers';": ['credentials-imports'],
	},
	'credentials/address.ts': {},
	'credentials/VeoDeerApi.credentials.ts': {},
	'workbench/start.ts': {},
};

const statements: Record<string, string[]> = {
	'nodes/fields/call.ts': ['context.helpers.httpRequest(options);'],
	'nodes/fields/error.ts': ["throw new NodeOperationError(node, 'no');"],
	'nodes/fields/silenced.ts': ['// @ts-expect-error: no such function', 'first(1);'],
	'nodes/fields/switchedOff.ts': ['// eslint' + '-disable-next-line no-var', 'first();'],
	'nodes/jobs/authenticated.ts': ["helpers['httpRequestWithAuthentication'](options);"],
	'nodes/jobs/error.ts': ["throw new NodeOperationError(node, 'no');"],
	'nodes/jobs/global.ts': ['setTimeout(go, 5);'],
	'nodes/jobs/words.ts': ['// in the process. fetch(', "export const word = { process: 'a' };"],
	'nodes/VeoCreate/fetch.ts': ["fetch('https://example.com');"],
	'nodes/transport/call.ts': ['context.helpers.httpRequest(options);'],
	'nodes/transport/error.ts': ['throw new NodeApiError(node, {});'],
	'nodes/transport/plainError.ts': ["throw new Error('no');"],
	'nodes/transport/log.ts': ["console.log('sent');"],
	'nodes/transport/required.ts': ["export const load = () => require('node:fs');"],
	'test/any.ts': ['export const one = two as any;'],
};

// In pieces, so that the words are not found in this file.
const words: Record<string, string[]> = {
	'cspell.json': [readFileSync(path.join(root, 'cspell.json'), 'utf8')],
	'nodes/fields/comment.ts': ['// The provider te' + 'lls the status.'],
	'nodes/fields/plain.ts': [
		"// HTTP 502 Bad Gateway. Shows the status of 'OpenAI-Compatible Gateway'.",
	],
	'credentials/text.ts': ["const description = 'Say what it sha" + "ll show';"],
	'workbench/engine/name.ts': ['const gate' + 'wayOf = (name: Gate' + 'wayName) => name;'],
	'test/memory/title.test.ts': ["test('nobo" + "dy knows', () => {});"],
	'examples/note.json': ['{ "content": "Your chat is to' + 'ld." }'],
	'README.md': ['A crea' + 'tion.'],
	'docs/page.md': ['Starts ane' + 'w.'],
};

/** Runs a linter on files that are written for it, and gives what it says as JSON. */
function lint(files: Record<string, string[]>, command: string, ...flags: string[]): unknown {
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-nodes-veo-lint-'));
	try {
		for (const [file, lines] of Object.entries(files)) {
			mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
			writeFileSync(path.join(folder, file), lines.join('\n'));
		}
		writeFileSync(path.join(folder, 'tsconfig.json'), '{}');
		symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
		const program = path.join(root, 'node_modules/.bin', command);
		// On Windows the program is a script for its shell.
		const shell = process.platform === 'win32';
		const { stdout } = spawnSync(program, flags, { cwd: folder, encoding: 'utf8', shell });
		return JSON.parse(stdout);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

test('what may be imported', () => {
	const config = path.join(root, '.dependency-cruiser.cjs');
	const flags = ['--config', config, '--output-type', 'json', 'nodes', 'credentials', 'workbench'];
	const files = Object.entries(imports).map(([file, each]) => [file, Object.keys(each)] as const);
	const { summary } = lint(Object.fromEntries(files), 'depcruise', ...flags) as {
		summary: { violations: Array<{ from: string; to: string; rule: { name: string } }> };
	};
	const found = summary.violations.map(({ from, to, rule }) => {
		const target = to.replace(/^.*node_modules\/([^/]+)\/.*$|\/index\.ts$/, '$1');
		return `${rule.name}: ${from} → ${nameOf(target)}`;
	});
	const expected = Object.entries(imports).flatMap(([file, each]) =>
		Object.entries(each).flatMap(([statement, rules]) => {
			const [, target = file] = /'(?:node:)?([^']+)'/.exec(statement) ?? [];
			return rules.map((rule) => `${rule}: ${file} → ${nameOf(target)}`);
		}),
	);
	expect(found.sort()).toEqual(expected.sort());
});

const nameOf = (file: string) => path.basename(file).split('.')[0];

test('what may be said', () => {
	const config = path.join(root, 'eslint.config.mjs');
	const results = lint(statements, 'eslint', '--config', config, '--format', 'json', '.') as Array<{
		filePath: string;
		messages: Array<{ ruleId: string | null; message: string }>;
	}>;
	const found = results.flatMap(({ filePath, messages }) =>
		messages.map(({ ruleId, message }) => {
			const [, file] = /n8n-nodes-veo-lint-\w+\/(.*)/.exec(filePath) ?? [];
			return `${file}: ${ruleId ?? message}`;
		}),
	);
	expect([...new Set(found)].sort()).toEqual([
		'nodes/VeoCreate/fetch.ts: no-restricted-syntax',
		'nodes/fields/call.ts: no-restricted-syntax',
		'nodes/fields/silenced.ts: @typescript-eslint/ban-ts-comment',
		expect.stringMatching(/^nodes.fields.switchedOff.ts: .*noInlineConfig/),
		'nodes/jobs/authenticated.ts: no-restricted-syntax',
		'nodes/jobs/error.ts: no-restricted-syntax',
		'nodes/jobs/global.ts: @n8n/community-nodes/no-restricted-globals',
		'nodes/transport/error.ts: no-restricted-syntax',
		'nodes/transport/log.ts: no-restricted-globals',
		'nodes/transport/required.ts: @n8n/community-nodes/no-restricted-imports',
		'nodes/transport/required.ts: @typescript-eslint/no-require-imports',
		'nodes/transport/required.ts: no-restricted-globals',
		'test/any.ts: @typescript-eslint/no-explicit-any',
	]);
});

test('which words are kept out', () => {
	const flags = ['--quiet', '--reporter', '@cspell/cspell-json-reporter'];
	const { issues } = lint(words, 'cspell', ...flags) as {
		issues: Array<{ uri: string; text: string }>;
	};
	const found = issues.map(({ uri, text }) => {
		const [, file] = /n8n-nodes-veo-lint-\w+\/(.*)/.exec(uri) ?? [];
		return `${file}: ${text.toLowerCase().slice(0, 3)}`;
	});
	expect(found.sort()).toEqual([
		'README.md: cre',
		'credentials/text.ts: sha',
		'docs/page.md: ane',
		'examples/note.json: tol',
		'nodes/fields/comment.ts: tel',
		'test/memory/title.test.ts: nob',
		'workbench/engine/name.ts: gat',
		'workbench/engine/name.ts: gat',
	]);
});
