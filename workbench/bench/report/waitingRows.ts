import { contestantNamed } from '../contestants';
import type { WaitingRow, WaitingSituation } from '../parts/waiting';
import { labelOf } from './results';
import { counted } from './table';

/** The row of a contestant in a situation. What makes no difference to a contestant was measured once. */
export function rowOf(
	rows: readonly WaitingRow[],
	contestant: string,
	{ tellsProgress, isFamiliar, seconds, items }: WaitingSituation,
): WaitingRow | undefined {
	const { readsProgress, learns = false } = contestantNamed(contestant);
	return rows.find(
		(row) =>
			row.contestant === contestant &&
			row.tellsProgress === (tellsProgress && readsProgress) &&
			row.isFamiliar === (isFamiliar && learns) &&
			row.seconds === seconds &&
			row.items === items,
	);
}

/** Whether it is a node of ours, which reads a progress where one is told. */
export const isOurs = (contestant: string) => contestantNamed(contestant).readsProgress;

/** How a row is called where a contestant appears with and without progress. */
export function nameOf({
	contestant,
	tellsProgress,
}: Pick<WaitingRow, 'contestant' | 'tellsProgress'>): string {
	const label = labelOf(contestant);
	if (!isOurs(contestant)) return label;
	return `**${label}**, ${tellsProgress ? 'progress told' : 'no progress'}`;
}

/** A situation in words. */
export function situationText({
	tellsProgress,
	isFamiliar,
	seconds,
	items,
}: WaitingSituation): string {
	const progress = tellsProgress ? 'progress told' : 'no progress';
	return `${counted(items, 'job')} of ${seconds} s, ${progress}, ${isFamiliar ? 'after ten jobs' : 'first jobs'}`;
}
