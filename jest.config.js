require('./test/temporaryFolder');

/** @type {import('jest').Config} */
module.exports = {
	testEnvironment: 'node',
	testMatch: ['<rootDir>/test/**/*.test.ts'],
	// These need a real n8n (npm run test:n8n), or measure and take their time (npm run test:faults).
	testPathIgnorePatterns: [
		'/node_modules/',
		'<rootDir>/test/n8n/',
		'<rootDir>/test/memory/',
		'<rootDir>/test/faults/load',
	],
	transform: {
		// The package is an ES module, which Jest does not load by itself.
		'(\\.ts|/markdown-table/.+\\.js)$': [
			'@swc/jest',
			{
				jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
				module: { type: 'commonjs' },
			},
		],
	},
	// A global is slow to look up in Jest's sandbox: test/faults/readers takes 71 s instead of 168. What
	// tests replace (Date, timers) and what packages declare (Buffer, URL) cannot stand here.
	sandboxInjectedGlobals: [
		'Object',
		'Reflect',
		'Array',
		'JSON',
		'Number',
		'String',
		'Math',
		'Promise',
		'Error',
		'RegExp',
		'Symbol',
		'Set',
		'Map',
	],
	transformIgnorePatterns: ['/node_modules/(?!markdown-table/)'],
	testTimeout: 30_000,
	testSequencer: '<rootDir>/test/longestFirst.js',
	// Most tests wait for sockets and timers: every core can have one.
	maxWorkers: '100%',
	// Jest keeps something of each file, and a worker that has grown spends its time collecting garbage:
	// npm test took 307 s of the processor without a limit, 228 with this one and 245 with 250 MB.
	workerIdleMemoryLimit: '350MB',
	reporters: ['default', '<rootDir>/test/closingLine.js'],
};
