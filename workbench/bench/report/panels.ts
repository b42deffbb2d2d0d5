import { formatted } from './table';

/** One bar of a picture. */
export interface Bar {
	label: string;
	/** None where nothing came to its end. */
	value: number | null;
	/** Ours are drawn in colour. */
	isOurs: boolean;
}

/** Bars under a title of their own. */
export interface Panel {
	title: string;
	unit: string;
	bars: readonly Bar[];
}

const width = 860;
const margin = 24;
const columnGap = 36;
const columnWidth = (width - 2 * margin - columnGap) / 2;
const labelWidth = 132;
const valueWidth = 74;
const barHeight = 18;
const barGap = 9;
const titleHeight = 26;
const panelGap = 34;
const top = 92;
const cornerRadius = 3;

/** Panels of horizontal bars, two beside one another; shorter is better. Legible on a light and a dark page. */
export function panelsPicture(title: string, subtitle: string, panels: readonly Panel[]): string {
	const mostBars = Math.max(...panels.map(({ bars }) => bars.length));
	const panelHeight = titleHeight + mostBars * (barHeight + barGap) - barGap;
	const lines = Math.ceil(panels.length / 2);
	const height = top + lines * panelHeight + (lines - 1) * panelGap + margin;
	const drawn = panels.map((panel, index) => {
		const x = margin + (index % 2) * (columnWidth + columnGap);
		const y = top + Math.floor(index / 2) * (panelHeight + panelGap);
		return panelAt(panel, x, y);
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="-apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif" font-size="13.5" role="img" aria-label="${escaped(title)}">
<style>
	text { fill: #1f2328 } .title { font-size: 20px; font-weight: 600 } .subtitle, .theirs-text { fill: #59636e } .heading, .ours-text { font-weight: 600 }
	.page { fill: #fff } .ours { fill: #2f5bea } .theirs { fill: #c3cad3 }
	@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .subtitle, .theirs-text { fill: #9da7b3 } .page { fill: #0d1117 } .ours { fill: #6f8dff } .theirs { fill: #444d58 } }
</style>
<rect class="page" width="${width}" height="${height}"/>
<text x="${margin}" y="38" class="title">${escaped(title)}</text>
<text x="${margin}" y="62" class="subtitle">${escaped(subtitle)}</text>
${drawn.join('\n')}
</svg>
`;
}

function panelAt({ title, unit, bars }: Panel, x: number, top: number): string {
	const greatest = Math.max(...bars.map(({ value }) => value ?? 0), 1e-9);
	const longest = columnWidth - labelWidth - valueWidth;
	const parts = bars.map(({ label, value, isOurs }, index) => {
		const y = top + titleHeight + index * (barHeight + barGap);
		const length = Math.max(2, ((value ?? 0) / greatest) * longest);
		const middle = y + barHeight / 2 + 5;
		const barX = x + labelWidth + 10;
		const kind = isOurs ? 'ours' : 'theirs';
		const written = value === null ? '–' : `${formatted(value)}${unit}`;
		return [
			`<text x="${x + labelWidth}" y="${middle}" text-anchor="end" class="${kind}-text">${escaped(label)}</text>`,
			`<rect x="${barX}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="${Math.min(cornerRadius, length / 2)}" class="${kind}"/>`,
			`<text x="${(barX + length + 7).toFixed(1)}" y="${middle}" class="${kind}-text">${written}</text>`,
		].join('\n');
	});
	return [`<text x="${x}" y="${top + 10}" class="heading">${escaped(title)}</text>`, ...parts].join(
		'\n',
	);
}

const escaped = (text: string) =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
