/** A Jest reporter that ends with one line any tool can read: "12 passed, 0 failed". */
module.exports = class ClosingLine {
	onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
		const failed = numFailedTests + numRuntimeErrorTestSuites;
		// After Jest's own summary.
		process.once('exit', () => {
			process.stdout.write(`\n${numPassedTests} passed, ${failed} failed\n`);
		});
	}
};
