const { default: Sequencer } = require('@jest/test-sequencer');

// By what they wait for. A fresh clone has no times of an earlier run, and Jest would go by size.
const longest = ['editor/run', 'retry', 'examples', 'editor/build', 'sqlite'];

/** Starts the longest test files first, so that none of them is what the whole run waits for. */
module.exports = class LongestFirst extends Sequencer {
	sort(tests) {
		const placeOf = ({ path }) => {
			const place = longest.findIndex((name) => path.endsWith(`${name}.test.ts`));
			return place < 0 ? longest.length : place;
		};
		return [...tests].sort((one, other) => placeOf(one) - placeOf(other));
	}
};
