import type { Cost } from './schedule';

interface Drawing {
	curves: ReadonlyArray<{ name: string; points: readonly Cost[] }>;
	marks: ReadonlyArray<{ name: string; point: Cost }>;
}

const width = 720;
const height = 420;
const margin = { left: 64, right: 24, top: 24, bottom: 56 };
const mostHeld = 80;
const mostLate = 45;

const x = (held: number) =>
	margin.left + (Math.min(held, mostHeld) / mostHeld) * (width - margin.left - margin.right);
const y = (late: number) =>
	height -
	margin.bottom -
	(Math.min(late, mostLate) / mostLate) * (height - margin.top - margin.bottom);
const at = ({ heldSeconds, lateSeconds }: Cost) =>
	`${x(heldSeconds).toFixed(1)},${y(lateSeconds).toFixed(1)}`;

const colors = ['#3b5bfd', '#e8743b'];

/** Seconds held against seconds until noticed, legible on a light and on a dark page. */
export function tradeOffPicture({ curves, marks }: Drawing): string {
	const grid = [0, 20, 40, 60, 80].map(
		(held) =>
			`<line class="grid" x1="${x(held)}" x2="${x(held)}" y1="${y(0)}" y2="${y(mostLate)}"/>` +
			`<text x="${x(held)}" y="${y(0) + 20}" text-anchor="middle">${held}</text>`,
	);
	const rows = [0, 15, 30, 45].map(
		(late) =>
			`<line class="grid" x1="${x(0)}" x2="${x(mostHeld)}" y1="${y(late)}" y2="${y(late)}"/>` +
			`<text x="${x(0) - 10}" y="${y(late) + 5}" text-anchor="end">${late}</text>`,
	);
	const lines = curves.map(({ points }, index) => {
		const shown = points.filter(({ heldSeconds }) => heldSeconds <= mostHeld);
		return `<polyline points="${shown.map(at).join(' ')}" stroke="${colors[index]}" stroke-width="3" fill="none"/>`;
	});
	const legend = curves.map(
		({ name }, index) =>
			`<rect x="${width - 230}" y="${34 + index * 24}" width="18" height="4" fill="${colors[index]}"/>` +
			`<text x="${width - 204}" y="${41 + index * 24}">${name}</text>`,
	);
	const points = marks.map(({ name, point }) => {
		const [cx = '0', cy = '0'] = at(point).split(',');
		return (
			`<circle cx="${cx}" cy="${cy}" r="6" class="mark"/>` +
			`<text x="${Number(cx) + 11}" y="${Number(cy) - 7}">${name}</text>`
		);
	});
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="14">
<style>
	text { fill: #333 } .grid { stroke: #8884 } .mark { fill: #333 } .page { fill: #fff }
	@media (prefers-color-scheme: dark) { text { fill: #ddd } .mark { fill: #ddd } .page { fill: #0d1117 } }
</style>
<rect class="page" width="${width}" height="${height}"/>
${[...grid, ...rows, ...lines, ...legend, ...points].join('\n')}
<text x="${(x(0) + x(mostHeld)) / 2}" y="${height - 12}" text-anchor="middle">seconds a worker is held per job (median 120 s)</text>
<text transform="translate(18 ${height / 2 - 12}) rotate(-90)" text-anchor="middle">seconds until the end is noticed</text>
</svg>
`;
}
