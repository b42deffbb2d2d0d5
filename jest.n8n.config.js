const base = require('./jest.config');

/** The tests in a real n8n: one after the other, because each has a machine to itself. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/n8n/**/*.test.ts'],
	testPathIgnorePatterns: [],
	testTimeout: 600_000,
	maxWorkers: 1,
};
