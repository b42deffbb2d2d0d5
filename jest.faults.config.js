const base = require('./jest.config');

// The workers inherit it.
process.env.VEO_FAULTS = 'whole';

/** The whole fault matrix, and the readers with all their cases. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
	reporters: ['<rootDir>/test/faults/printMatrix.js', '<rootDir>/test/closingLine.js'],
};
