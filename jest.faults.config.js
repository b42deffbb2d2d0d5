const base = require('./jest.config');

// The workers inherit it.
process.env.VEO_FAULTS = 'whole';

/** The whole fault matrix, the readers with all their cases, and what measures load and memory. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/faults/**/*.test.ts', '<rootDir>/test/memory/*.test.ts'],
	testPathIgnorePatterns: [],
	reporters: ['<rootDir>/test/faults/printMatrix.js', '<rootDir>/test/closingLine.js'],
};
