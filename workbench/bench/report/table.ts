/** A table of Markdown. The first column is text, the others are figures. */
export function table(
	head: readonly string[],
	rows: ReadonlyArray<ReadonlyArray<string | number>>,
) {
	const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
	return lines.map((cells) => `| ${cells.map(shown).join(' | ')} |`).join('\n');
}

const shown = (cell: string | number) =>
	typeof cell === 'string' ? cell : Number.isFinite(cell) ? formatted(cell) : '–';

/** As a person writes it: thousands apart, no more digits than it is good for. */
export function formatted(value: number): string {
	const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
	return value.toLocaleString('en-GB', { maximumFractionDigits: digits });
}
