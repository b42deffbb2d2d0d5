// Runs n8n's own scanner over a folder and prints what it finds, as JSON. A process of its own, because
// the scanner is a module that Jest cannot load, and brings its own ESLint.
//   node scan.mjs <folder> [source]
import {
	analyzePackage,
	buildScanConfig,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';
import { createRequire } from 'node:module';

const [folder, kind] = process.argv.slice(2);
const patterns = kind === 'source' ? SOURCE_FILE_PATTERNS : ['**/*.js', '**/*.ts', '**/*.json'];

// The verdict is the scanner's own. It omits warnings, so the same rules run once more for these.
const { passed, message } = await analyzePackage(folder, patterns);
const scanner = import.meta.resolve('@n8n/scan-community-package/scanner/scanner.mjs');
const { ESLint } = createRequire(scanner)('eslint');
const eslint = new ESLint({
	cwd: folder,
	allowInlineConfig: false,
	overrideConfigFile: true,
	errorOnUnmatchedPattern: false,
	overrideConfig: await buildScanConfig(),
});
const results = await eslint.lintFiles(patterns);
const findings = results.flatMap(({ filePath, messages }) =>
	messages.map(({ line, severity, ruleId, message: text }) => {
		const path = filePath.slice(folder.length + 1);
		return `${path}:${line} ${severity === 2 ? 'error' : 'warning'} ${ruleId}: ${text}`;
	}),
);
console.log(JSON.stringify({ passed, message, findings, files: results.length }));
