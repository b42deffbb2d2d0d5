const base = require('./jest.config');

// The workers inherit it.
process.env.VEO_FAULTS = 'whole';

/** The whole fault matrix, the readers with all their cases, and what measures load and memory. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/faults/**/*.test.ts', '<rootDir>/test/memory/*.test.ts'],
	testPathIgnorePatterns: [],
	// In CI they have what the tests in n8n leave of the processor.
	testTimeout: 1_200_000,
	reporters: ['<rootDir>/test/faults/printMatrix.js', '<rootDir>/test/closingLine.js'],
};
