import { checksOf } from './checks';
import type { Work } from './work';

/** The checks of each contestant, ours first. */
export const contestantChecks: readonly Work[] = [
	checksOf('hold', 100),
	checksOf('hold', 1),
	checksOf('gemini', 1),
	checksOf('openAi', 1),
	checksOf('http30', 100),
	checksOf('http30', 1),
];
