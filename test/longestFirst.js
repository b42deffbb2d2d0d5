const { default: Sequencer } = require('@jest/test-sequencer');

// A fresh clone has no times of an earlier run, and Jest would go by size.
const longest = [
	...[
		'n8n/killed.queue',
		'n8n/queue',
		'n8n/wake',
		'n8n/createAndGet',
		'n8n/editor/run',
		'n8n/examples',
	],
	...['n8n/editor/build', 'n8n/retry', 'n8n/security', 'n8n/pipelines', 'n8n/wake.queue'],
	// What else measures memory is not listed: in CI it comes last, when the tests in n8n have ended.
	...['faults/download', 'faults/readers', 'faults/status', 'faults/longTexts', 'faults/canaries'],
	'memory/download',
	...['bench/load', 'package/scanner'],
];

/** Starts the longest test files first, so that none of them is what the whole run waits for. */
module.exports = class LongestFirst extends Sequencer {
	sort(tests) {
		const placeOf = ({ path }) => {
			const place = longest.findIndex((name) =>
				path.replaceAll('\\', '/').endsWith(`${name}.test.ts`),
			);
			return place < 0 ? longest.length : place;
		};
		return [...tests].sort((one, other) => placeOf(one) - placeOf(other));
	}
};
