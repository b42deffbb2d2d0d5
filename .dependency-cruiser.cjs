/*
 * Who may import whom. `npm run lint` checks it; test/package/lintRules.test.ts checks that each rule
 * still finds something. A zone is a folder of the shipped code.
 */
const zones = {
	nodeFolders: '^nodes/[A-Z][^/]*/',
	create: '^nodes/create/',
	poll: '^nodes/poll/',
	fields: '^nodes/fields/',
	execution: '^nodes/execution/',
	transport: '^nodes/transport/',
	providers: '^nodes/providers/',
	wire: '^nodes/wire/',
	jobs: '^nodes/jobs/',
	rehearsal: '^nodes/rehearsal/',
	credentials: '^credentials/[^/]+$',
};

const aboveTransport = [
	'fields',
	'execution',
	'transport',
	'providers',
	'wire',
	'jobs',
	'rehearsal',
];

/** `types` may only be imported with `import type`. */
const mayImport = {
	nodeFolders: { values: ['nodeFolders', 'create', 'poll', ...aboveTransport], types: [] },
	create: { values: ['create', ...aboveTransport], types: [] },
	poll: { values: ['poll', ...aboveTransport], types: [] },
	fields: {
		values: ['fields', 'execution', 'providers', 'wire', 'credentials'],
		types: ['transport', 'jobs'],
	},
	execution: { values: ['execution', 'wire', 'jobs'], types: [] },
	transport: { values: ['transport', 'wire'], types: ['jobs'] },
	providers: { values: ['providers', 'wire', 'credentials'], types: ['jobs'] },
	wire: { values: ['wire'], types: ['jobs'] },
	jobs: { values: ['jobs'], types: [] },
	rehearsal: { values: ['rehearsal'], types: ['jobs'] },
	credentials: { values: ['credentials'], types: [] },
};

/** Zones that run without n8n: they may know its types only. */
const withoutN8n = ['providers', 'wire', 'jobs', 'credentials'];

/** What providers share: the contract and the dialects. The list alone knows all providers. */
const sharedByProviders = '^nodes/providers/(?:provider[.]ts$|dialects/)';
const providerList = '^nodes/providers/index[.]ts$';

const ours = '^(?:nodes|credentials|workbench|test)/';
const shipped = '^(?:nodes|credentials)/';
const n8nWorkflow = 'node_modules/n8n-workflow/';
const pathsOf = (names) => names.map((name) => zones[name]);

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const zoneRules = Object.entries(mayImport).flatMap(([zone, { values, types }]) => [
	error(
		`${zone}-imports`,
		`${zone} imports ${[...values, ...types].join(', ')} and nothing else of ours.`,
		{ path: zones[zone] },
		{ path: ours, pathNot: pathsOf([...values, ...types]) },
	),
	...(types.length === 0
		? []
		: [
				error(
					`${zone}-imports-types`,
					`${zone} imports types alone from ${types.join(', ')}.`,
					{ path: zones[zone] },
					{ path: pathsOf(types), dependencyTypesNot: ['type-only'] },
				),
			]),
]);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
	forbidden: [
		error('no-circle', 'Imports of types count too.', {}, { circular: true }),
		error('no-missing-file', 'Every import leads somewhere.', {}, { couldNotResolve: true }),
		error('no-orphan', 'Every shipped file is used.', { orphan: true, path: shipped }, {}),
		error(
			'known-zone',
			'A shipped file stands in a zone.',
			{ path: shipped, pathNot: Object.values(zones) },
			{},
		),
		...zoneRules,
		error(
			'nodes-stand-alone',
			'A node imports no other node.',
			{ path: '^nodes/([A-Z][^/]*)/' },
			{ path: zones.nodeFolders, pathNot: '^nodes/$1/' },
		),
		error(
			'entries-stand-alone',
			'Only n8n loads the class of a node or a credential.',
			{ path: shipped },
			{ path: '[.](?:node|credentials)[.]ts$' },
		),
		error(
			'providers-stand-alone',
			"A provider imports what all share, and its second format the first one's file.",
			{ path: '^nodes/providers/(?:([a-z]\\w*)[A-Z][a-z]*|[a-z]+)[.]ts$', pathNot: providerList },
			{ path: zones.providers, pathNot: [sharedByProviders, '^nodes/providers/$1[.]ts$'] },
		),
		error(
			'providers-know-jobs',
			'A provider knows the job and nothing else of its zone.',
			{ path: zones.providers },
			{ path: zones.jobs, pathNot: '^nodes/jobs/job[.]ts$' },
		),
		error(
			'no-dependencies',
			'n8n installs no package beside this one, and of Node it allows node:crypto.',
			{ path: shipped },
			{ pathNot: [ours, n8nWorkflow, '^crypto$'] },
		),
		error(
			'runs-without-n8n',
			'These zones run in any test without n8n.',
			{ path: pathsOf(withoutN8n) },
			{ path: n8nWorkflow, dependencyTypesNot: ['type-only'] },
		),
	],
	options: {
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
		doNotFollow: { path: 'node_modules' },
		enhancedResolveOptions: { conditionNames: ['require', 'import', 'node', 'default', 'types'] },
	},
};
