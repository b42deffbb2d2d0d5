import { formatted } from './table';

/** One bar of a picture. */
export interface Bar {
	label: string;
	value: number;
	/** Ours are drawn in colour. */
	isOurs: boolean;
}

/** Bars beside one another under a title of their own. */
export interface BarGroup {
	title: string;
	unit: string;
	bars: readonly Bar[];
}

const width = 860;
const labelWidth = 190;
const barHeight = 20;
const gap = 8;
const groupGap = 60;
const top = 62;

/** Horizontal bars, shorter is better, legible on a light and on a dark page. */
export function barsPicture(title: string, groups: readonly BarGroup[]): string {
	let y = top;
	const parts: string[] = [];
	for (const { title: heading, unit, bars } of groups) {
		parts.push(`<text x="20" y="${y}" class="heading">${heading}</text>`);
		y += 16;
		const greatest = Math.max(...bars.map(({ value }) => value), 1e-9);
		for (const { label, value, isOurs } of bars) {
			const length = Math.max(2, (value / greatest) * (width - labelWidth - 140));
			const middle = y + barHeight / 2 + 5;
			parts.push(
				`<text x="${labelWidth}" y="${middle}" text-anchor="end"${isOurs ? ' class="strong"' : ''}>${label}</text>`,
				`<rect x="${labelWidth + 10}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="3" class="${isOurs ? 'ours' : 'theirs'}"/>`,
				`<text x="${(labelWidth + 20 + length).toFixed(1)}" y="${middle}">${formatted(value)} ${unit}</text>`,
			);
			y += barHeight + gap;
		}
		y += groupGap - 20;
	}
	const height = y - 10;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="14" role="img" aria-label="${title}">
<style>
	text { fill: #24292f } .title { font-size: 19px; font-weight: bold } .heading { font-weight: bold; fill: #57606a } .strong { font-weight: bold }
	.page { fill: #fff } .ours { fill: #3b5bfd } .theirs { fill: #b6bec9 }
	@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .heading { fill: #9da7b3 } .page { fill: #0d1117 } .ours { fill: #7c93ff } .theirs { fill: #4b5563 } }
</style>
<rect class="page" width="${width}" height="${height}"/>
<text x="20" y="32" class="title">${title}</text>
${parts.join('\n')}
</svg>
`;
}
