/** A Jest reporter that prints the fault matrix from the names of its tests, and whether each held. */
module.exports = class PrintMatrix {
	cells = new Map();
	routes = new Set();
	providers = new Set();

	onTestResult(_test, { testFilePath, testResults, failureMessage, testExecError }) {
		if (testExecError) process.stdout.write(`${testFilePath}\n${testExecError.message}\n`);
		if (failureMessage) process.stdout.write(`${failureMessage}\n`);
		for (const { ancestorTitles, title, status } of testResults) {
			const [fault, times, outcome] = title.split(' | ');
			if (outcome === undefined) continue;
			const [route, provider] = ancestorTitles[0].split(': ');
			const column = times === 'once' ? route : `${route} ∞`;
			this.routes.add(column);
			this.providers.add(provider);
			const row = this.cells.get(fault) ?? new Map();
			this.cells.set(
				fault,
				row.set(column, [...(row.get(column) ?? []), { provider, outcome, status }]),
			);
		}
	}

	onRunComplete(_contexts, { numPassedTests, numFailedTests, startTime }) {
		const order = [
			'create',
			'extend',
			'status',
			'status ∞',
			'download',
			'download ∞',
			'models',
			'key',
		];
		const columns = order.filter((column) => this.routes.has(column));
		const line = (cells) =>
			`${cells.map((cell, index) => cell.padEnd(index === 0 ? 24 : 14)).join('')}\n`;
		const counts = new Map();
		let text = `\nFaults × routes, at ${this.providers.size} providers (∞: again and again)\n\n`;
		text += line(['', ...columns]);
		const notes = [];
		for (const [fault, row] of this.cells) {
			text += line([
				fault,
				...columns.map((column) => this.word(row.get(column) ?? [], notes, fault, column, counts)),
			]);
		}
		for (const note of notes) text += `${note}\n`;
		const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
		const sorted = [...counts].sort(([, a], [, b]) => b - a);
		text += `\n${total} cells: ${sorted.map(([word, count]) => `${count} ${word}`).join(', ')}\n`;
		text += `${numPassedTests} tests held, ${numFailedTests} did not, in ${Math.round((Date.now() - startTime) / 1000)} s\n`;
		process.stdout.write(text);
	}

	/** The outcome of most providers; a star leads to a note about the others. */
	word(cells, notes, fault, column, counts) {
		if (cells.length === 0) return '·';
		const byOutcome = new Map();
		for (const { provider, outcome, status } of cells) {
			const word = status === 'passed' ? outcome : `NOT ${outcome}`;
			counts.set(word, (counts.get(word) ?? 0) + 1);
			byOutcome.set(word, [...(byOutcome.get(word) ?? []), provider]);
		}
		const [[most], ...others] = [...byOutcome].sort(([, a], [, b]) => b.length - a.length);
		for (const [word, providers] of others) {
			notes.push(`* ${fault}, ${column}: ${word} at ${providers.join(', ')}`);
		}
		return others.length > 0 ? `${most}*` : most;
	}
};
