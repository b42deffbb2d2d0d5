import type { TwiceRow } from '../parts/twice';
import { labelOf } from './results';
import { list, table } from './table';

export function twiceTable(rows: readonly TwiceRow[]): string {
	const mishaps = [...new Set(rows.map(({ mishap }) => mishap))];
	const contestants = [...new Set(rows.map(({ contestant }) => contestant))];
	return table(
		['bought / delivered / wanted', ...mishaps],
		contestants.map((contestant) => [
			labelOf(contestant),
			...mishaps.map((mishap) => {
				const row = rows.find((each) => each.contestant === contestant && each.mishap === mishap);
				if (row === undefined) return null;
				const figures = `${row.bought} / ${row.delivered} / ${row.wanted}`;
				return row.bought > row.wanted ? `**${figures}**` : figures;
			}),
		]),
	);
}

/** Who delivered less than was wanted, and what the error said. */
export function twiceNotes(rows: readonly TwiceRow[]): string {
	const whoByOutcome = new Map<string, string[]>();
	for (const { contestant, mishap, wanted, bought, delivered, error } of rows) {
		if (delivered >= wanted) continue;
		const says = error === undefined ? '' : `. The node says: “${error}”`;
		const outcome = `when ${mishap}: ${delivered} of ${wanted} delivered, ${bought} bought${says}`;
		whoByOutcome.set(outcome, [...(whoByOutcome.get(outcome) ?? []), labelOf(contestant)]);
	}
	return list([...whoByOutcome].map(([outcome, who]) => `${who.join('; ')}, ${outcome}`));
}
