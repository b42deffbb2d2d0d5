import type { IExecuteFunctions } from 'n8n-workflow';
import type { FailedItem } from '../execution/results';
import { catchPerItem } from '../execution/results';
import { readScenes } from '../fields/scenes';
import type { Ledger } from '../jobs/ledger';
import type { Scene } from '../jobs/scene';
import { isRehearsed } from './rehearse';

/** A job to start, for an item or for one scene of it. */
export interface WantedJob {
	kind: 'wanted';
	itemIndex: number;
	scene?: Scene;
}

/** The jobs of all items in their order. An item whose prompts cannot be read is a failed one. */
export async function listWantedJobs(
	context: IExecuteFunctions,
	provider: string,
): Promise<Array<WantedJob | FailedItem>> {
	const items = context.getInputData().map(
		async (_item, itemIndex) =>
			await catchPerItem(context, itemIndex, { provider }, async () =>
				readScenes(context, itemIndex).map((scene): WantedJob => ({
					kind: 'wanted',
					itemIndex,
					scene,
				})),
			),
	);
	return (await Promise.all(items)).flat();
}

/** The ledger's part for a job. */
export const ledgerFor = (ledger: Ledger, { scene }: WantedJob): Ledger =>
	ledger.ofScene(scene?.scene ?? 1);

/**
 * How many jobs of a run are not handed back or rehearsed, as far as that is known before their requests: at
 * least so many.
 */
export function countNewJobs(
	context: IExecuteFunctions,
	ledger: Ledger,
	wanted: ReadonlyArray<WantedJob | FailedItem>,
): number {
	const paid = wanted
		.filter((each) => each.kind === 'wanted')
		.filter(({ itemIndex }) => !isRehearsed(context, itemIndex));
	const unseen = paid.filter((each) => !ledgerFor(ledger, each).mayHave(each.itemIndex));
	// The tool of an agent may have each of them, but no more than are recorded.
	return Math.max(unseen.length, paid.length - ledger.countRecorded());
}
