import type { HoldReason } from '../jobs/chooseWait';
import type { WatchedJob } from '../jobs/poll';
import { moveWatch } from '../jobs/poll';
import type { Download } from '../transport/download/downloadVideo';
import type { FailedItem } from '../execution/results';
import type { PollItem } from './pollInput';

/** What is handed from one call of the node to the next, and stored while it is suspended. Holds no key. */
export interface PollCheckpoint {
	executionId: string;
	startedAt: number;
	/** When the next call is due, and whether n8n's database or the engine itself brings it about. */
	calledAgain: { at: number; how: 'hold' | 'suspend' };
	watches: WatchedJob[];
	/** What came of the downloads so far, by job id. */
	files: Record<string, Download>;
	raw: Record<string, unknown>;
	/** Why the node held although it was to suspend, where it did. */
	held?: HoldReason;
	/** What the node's fields gave, where the engine calls again at once. Stored, they would only take room. */
	items?: Array<PollItem | FailedItem>;
}

// Less may be a busy engine, or another machine whose clock is a little behind.
const leastJumpMs = 30_000;

/** What the last call of the same waiting handed over. Undefined where the waiting begins. */
export function restoreCheckpoint(
	handedOver: PollCheckpoint | undefined,
	executionId: string,
	now: number,
): PollCheckpoint | undefined {
	// "Retry execution" brings along what the failed execution handed over. Its waiting is over, and its
	// files go when it is deleted.
	if (handedOver?.executionId !== executionId) return undefined;
	// Each try of Retry On Fail is given the same state: none may find what another made of it.
	const watches = structuredClone(handedOver.watches);
	const jumpMs = jumpOf(handedOver, now);
	for (const watch of watches) moveWatch(watch, jumpMs);
	return { ...handedOver, startedAt: handedOver.startedAt + jumpMs, watches };
}

/**
 * By how much the machine's clock was set since the last call. All noted times are moved along: a clock
 * that goes back would wait for hours, and one that goes forward, or a laptop that slept, would take the
 * deadline for passed. How long a suspension really took nobody can tell, only that it was not shorter.
 */
function jumpOf({ calledAgain: { at, how } }: PollCheckpoint, now: number): number {
	const jumpMs = how === 'hold' ? now - at : Math.min(0, now - at);
	return Math.abs(jumpMs) < leastJumpMs ? 0 : jumpMs;
}
