/** What stands in a cell. A figure that there is none of is a dash. */
export type Cell = string | number | null;

/** A table of Markdown. The first column is text, the others are figures. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string {
	const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
	return lines.map((cells) => `| ${cells.map(shown).join(' | ')} |`).join('\n');
}

const shown = (cell: Cell) => (typeof cell === 'string' ? cell : formatted(cell));

/** As a person writes it: thousands apart, no more digits than it is good for. */
export function formatted(value: number | null): string {
	if (value === null || !Number.isFinite(value)) return '–';
	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	return formats[digits]?.format(value) ?? String(value);
}

const formats = [0, 1, 2].map(
	(maximumFractionDigits) => new Intl.NumberFormat('en-GB', { maximumFractionDigits }),
);

export const percent = (share: number) => `${formatted(share * 100)} %`;

/** Whether something was reached, for a table. */
export const mark = (isMet: boolean) => (isMet ? '✓' : '✗');

/** Items of a list of Markdown. */
export const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join('\n');

/** "1 job", "10 jobs". */
export const counted = (count: number, word: string) =>
	`${formatted(count)} ${word}${count === 1 ? '' : 's'}`;
