const base = require('./jest.config');

/** The tests in a real n8n. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/n8n/**/*.test.ts'],
	testPathIgnorePatterns: [],
	testTimeout: 600_000,
	globalSetup: '<rootDir>/test/n8n/prepare.ts',
};
