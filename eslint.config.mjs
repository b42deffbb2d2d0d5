import { n8nCommunityNodesPlugin as community } from '@n8n/eslint-plugin-community-nodes';
import n8nBase from 'eslint-plugin-n8n-nodes-base';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const n8nBasePlugin = { 'n8n-nodes-base': n8nBase };

const shipped = ['nodes/**/*.ts', 'credentials/**/*.ts'];

const callName =
	'/^(?:httpRequest|requestWithAuthentication|requestOAuth|fetch$|XMLHttpRequest$)/i';
const noCalls = ['Identifier[name', 'Literal[value', 'TemplateElement[value.raw'].map((node) => ({
	selector: `${node}=${callName}]`,
	message: 'Only nodes/transport makes calls.',
}));
const noNodeErrors = {
	selector: 'ThrowStatement > NewExpression[callee.name=/^Node\\w*Error$/]',
	message:
		'Only the nodes, nodes/create, nodes/poll, nodes/fields and nodes/execution throw errors of n8n.',
};

// Shipped code follows n8n's rules for community nodes, all code strict TypeScript.
export default defineConfig(
	{ ignores: ['dist/', 'out/'] },
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.strict, tseslint.configs.stylistic],
		rules: {
			'@typescript-eslint/array-type': ['error', { default: 'array-simple' }],
			'@typescript-eslint/consistent-type-imports': 'error',
			// n8n requires some methods that need no code here.
			'@typescript-eslint/no-empty-function': ['error', { allow: ['methods', 'asyncMethods'] }],
		},
	},
	{
		files: shipped,
		extends: [community.configs.recommended],
		// n8n's own scan ignores comments that switch a rule off.
		linterOptions: { noInlineConfig: true },
		rules: {
			'@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
			// In addition to n8n's list: globals of Node, and output that bypasses n8n's logger.
			'no-restricted-globals': [
				'error',
				...['require', 'module', 'exports', 'console', 'eval', 'Function'],
			],
			'no-restricted-syntax': ['error', ...noCalls, noNodeErrors],
		},
	},
	{
		files: ['nodes/transport/**'],
		rules: { 'no-restricted-syntax': ['error', noNodeErrors] },
	},
	{
		files: ['nodes/[A-Z]*/*.ts', 'nodes/{create,poll,fields,execution}/*.ts'],
		rules: { 'no-restricted-syntax': ['error', ...noCalls] },
	},
	{
		files: ['package.json'],
		extends: [community.configs.recommended],
		plugins: n8nBasePlugin,
		rules: n8nBase.configs.community.rules,
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: { extraFileExtensions: ['.json'] },
		},
	},
	{
		files: ['nodes/*/*.node.ts', 'nodes/fields/*.ts'],
		plugins: n8nBasePlugin,
		rules: {
			...n8nBase.configs.nodes.rules,
			// These require the text 'main', and the community rules NodeConnectionTypes.Main.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
		},
	},
	{
		files: ['credentials/*.credentials.ts'],
		plugins: n8nBasePlugin,
		rules: {
			...n8nBase.configs.credentials.rules,
			// The rule is for pages of n8n's own documentation; a package links to the provider's.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
		},
	},
);
