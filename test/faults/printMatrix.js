const order = ['create', 'extend', 'status', 'status ∞', 'download', 'download ∞', 'models', 'key'];

/** A Jest reporter that prints the fault matrix from the names of its tests, and whether each held. */
module.exports = class PrintMatrix {
	/** By fault and column: what was stated, or "NOT" and that, and the provider. */
	rows = new Map();

	onTestResult(_test, { testFilePath, testResults, failureMessage, testExecError }) {
		if (testExecError) process.stdout.write(`${testFilePath}\n${testExecError.message}\n`);
		if (failureMessage) process.stdout.write(`${failureMessage}\n`);
		for (const { ancestorTitles, title, status } of testResults) {
			const [fault, times, outcome] = title.split(' | ');
			if (outcome === undefined) continue;
			const [route, provider] = ancestorTitles[0].split(': ');
			const word = status === 'passed' ? outcome : `NOT ${outcome}`;
			const row = this.rows.get(fault) ?? {};
			(row[times === 'once' ? route : `${route} ∞`] ??= []).push({ word, provider });
			this.rows.set(fault, row);
		}
	}

	onRunComplete(_contexts, { numPassedTests, numFailedTests, startTime }) {
		const columns = order.filter((column) => [...this.rows.values()].some((row) => row[column]));
		const line = (first, cells) =>
			`${first.padEnd(24)}${cells.map((cell) => cell.padEnd(14)).join('')}\n`;
		const notes = [];
		let text = `\nFaults × routes (∞: again and again)\n\n${line('', columns)}`;
		for (const [fault, row] of this.rows) {
			const cells = columns.map((column) => {
				const [most, ...others] = byWord(row[column] ?? []);
				for (const [word, providers] of others) {
					notes.push(`* ${fault}, ${column}: ${word} at ${providers.join(', ')}\n`);
				}
				return `${most?.[0] ?? '·'}${others.length > 0 ? '*' : ''}`;
			});
			text += line(fault, cells);
		}
		const seconds = Math.round((Date.now() - startTime) / 1000);
		text += `${notes.join('')}\n${numPassedTests} tests held, ${numFailedTests} did not, in ${seconds} s\n`;
		process.stdout.write(text);
	}
};

/** The providers of each outcome, the most common outcome first. */
function byWord(cells) {
	const words = new Map();
	for (const { word, provider } of cells) {
		words.set(word, [...(words.get(word) ?? []), provider]);
	}
	return [...words].sort(([, one], [, other]) => other.length - one.length);
}
