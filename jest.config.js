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
	transformIgnorePatterns: ['/node_modules/(?!markdown-table/)'],
	testTimeout: 30_000,
	testSequencer: '<rootDir>/test/longestFirst.js',
	// Most tests wait for sockets and timers: every core can have one.
	maxWorkers: '100%',
	reporters: ['default', '<rootDir>/test/closingLine.js'],
};
