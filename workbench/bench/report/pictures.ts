import { init } from 'echarts';
import type { EChartsOption } from 'echarts';
import { contestantNamed } from '../contestants';
import type { Results } from '../results';
import type { SummaryRow, WaitRow } from './summary';
import { summarize, waitRows } from './summary';
import { formatFigure } from './tables';

/** Every colour, on a light and on a dark page. */
const colors = {
	page: ['#ffffff', '#0d1117'],
	text: ['#1f2328', '#e6edf3'],
	faint: ['#59636e', '#9da7b3'],
	line: ['#d1d9e0', '#3d444d'],
	ours: ['#2f5bea', '#6f8dff'],
	second: ['#d2691e', '#f0883e'],
	theirs: ['#c3cad3', '#444d58'],
} as const;

const color = (name: keyof typeof colors) => colors[name][0];

/** Draws a chart without a browser or a canvas, legible on light and dark pages. */
function drawSvg(width: number, height: number, option: EChartsOption): string {
	const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
	chart.setOption({
		animation: false,
		backgroundColor: color('page'),
		textStyle: { color: color('text'), fontSize: 13 },
		...option,
	});
	const svg = chart.renderToSVGString();
	chart.dispose();
	const dark = Object.values(colors)
		.map(([day, night]) => `[fill="${day}"]{fill:${night}}[stroke="${day}"]{stroke:${night}}`)
		.join('');
	const style = `<style>@media (prefers-color-scheme: dark){${dark}}</style>`;
	// Marks and styles for a pointer over the picture: their numbers depend on what was drawn before.
	const still = svg
		.replaceAll(/ (?:class|ecmeta_\w+)="[^"]*"/g, '')
		.replace(/<style >[^]*?<\/style>\n/, '');
	return `${still.replace('>', `>\n${style}`)}\n`;
}

const titleStyle = (fontSize: number) => ({
	textStyle: { color: color('text'), fontSize },
	subtextStyle: { color: color('faint'), fontSize: 13 },
});

const columnWidth = 425;
const rowHeight = 205;

/** The cost of one video of two minutes, and the duration of a hundred. */
export function benchmarkPicture(results: Results): string {
	const rows = summarize(results);
	const labels = rows.map(({ contestant, progress }) => {
		if (progress !== undefined) return progress ? 'Veo' : 'Veo, no progress';
		return contestantNamed(contestant).label.replace(' Request', '');
	});
	const panels: Array<{ title: string; unit: string; read(row: SummaryRow): number | null }> = [
		{ title: 'Worker held', unit: ' s', read: (row) => row.heldSeconds },
		{ title: 'Status requests', unit: '', read: (row) => row.checks },
		{ title: 'Until its end is noticed', unit: ' s', read: (row) => row.lateSeconds },
		{ title: '100 videos in one execution', unit: ' min', read: (row) => row.hundredMinutes },
	];
	const place = (index: number) => ({
		left: 20 + (index % 2) * columnWidth,
		top: 75 + Math.floor(index / 2) * rowHeight,
	});
	return drawSvg(860, 500, {
		title: [
			{
				text: 'Waiting for a video of two minutes in n8n',
				subtext:
					'Shorter is better. Veo: Veo Create and Veo Poll Until Done, Automatic, after ten jobs.',
				left: 15,
				top: 8,
				...titleStyle(19),
			},
			...panels.map(({ title }, index) => ({ text: title, ...place(index), ...titleStyle(14) })),
		],
		grid: panels.map((_, index) => {
			const { left, top } = place(index);
			return { left: left + 145, top: top + 25, width: 190, height: 165 };
		}),
		xAxis: panels.map((_, gridIndex) => ({ type: 'value', gridIndex, show: false })),
		yAxis: panels.map((_, gridIndex) => ({ gridIndex, ...rowNames(labels) })),
		series: panels.map(({ unit, read }, index) => ({
			...{ xAxisIndex: index, yAxisIndex: index },
			...bars(rows.map((row) => ({ value: read(row), isOurs: row.progress !== undefined, unit }))),
		})),
	});
}

const panelWidth = 190;

/** The one picture of the README: what waiting for one video of two minutes costs. */
export function heldPicture(results: Results): string {
	const rows = waitRows(results);
	const panels: Array<{ title: string; unit: string; read(row: WaitRow): number | null }> = [
		{ title: 'Worker held', unit: ' s', read: (row) => row.heldSeconds },
		{ title: 'Until its end is noticed', unit: ' s', read: (row) => row.lateSeconds },
		{ title: 'Status requests', unit: '', read: (row) => row.checks },
	];
	const height = 32 * rows.length;
	const left = (index: number) => 165 + index * panelWidth;
	return drawSvg(740, height + 75, {
		title: [
			{
				text: 'Waiting for one video of two minutes in n8n',
				left: 0,
				top: 0,
				...titleStyle(15),
			},
			...panels.map(({ title }, index) => ({
				...{ text: title, left: left(index), top: 33 },
				...titleStyle(13),
			})),
		],
		grid: panels.map((_, index) => ({ left: left(index), top: 60, width: 125, height })),
		xAxis: panels.map((_, gridIndex) => ({ type: 'value', gridIndex, show: false })),
		yAxis: panels.map((_, gridIndex) => ({
			gridIndex,
			...rowNames(rows.map(({ label }) => (gridIndex === 0 ? label : ''))),
		})),
		series: panels.map(({ unit, read }, index) => ({
			...{ xAxisIndex: index, yAxisIndex: index },
			...bars(rows.map((row) => ({ value: read(row), isOurs: row.isOurs, unit }))),
		})),
	});
}

/** The names of the bars, the first on top. */
const rowNames = (names: string[]) => ({
	type: 'category' as const,
	data: names,
	inverse: true,
	axisLine: { show: false },
	axisTick: { show: false },
	axisLabel: { color: color('text'), fontSize: 13 },
});

/** One bar for each value, with the value at its end. */
const bars = (values: Array<{ value: number | null; isOurs: boolean; unit: string }>) => ({
	type: 'bar' as const,
	barWidth: 17,
	barMinHeight: 2,
	data: values.map(({ value, isOurs, unit }) => ({
		value: value ?? 0,
		itemStyle: { color: color(isOurs ? 'ours' : 'theirs') },
		label: {
			show: true,
			position: 'right' as const,
			color: color('text'),
			formatter: `${formatFigure(value)}${unit}`,
		},
	})),
});

/** Seconds held and seconds until noticed. */
export type Point = [held: number, late: number];

export interface Marked {
	name: string;
	point: Point;
	label: 'right' | 'top';
}

/** Seconds held against seconds until noticed: what Automatic could be set to, and where it stands. */
export function tradeOffPicture(
	curves: ReadonlyArray<{ name: string; points: Point[] }>,
	marks: readonly Marked[],
): string {
	const axis = (name: string) => ({
		type: 'value' as const,
		name,
		nameLocation: 'middle' as const,
		nameGap: 32,
		nameTextStyle: { color: color('text'), fontSize: 13 },
		axisLabel: { color: color('text') },
		axisLine: { show: true, lineStyle: { color: color('faint') } },
		splitLine: { lineStyle: { color: color('line') } },
	});
	return drawSvg(720, 420, {
		legend: { right: 30, top: 12, itemGap: 30, textStyle: { color: color('text'), fontSize: 13 } },
		grid: { left: 60, right: 30, top: 50, bottom: 60 },
		xAxis: axis('seconds a worker is held per job (median 120 s)'),
		yAxis: axis('seconds until the end is noticed'),
		series: [
			...curves.map(({ name, points }, index) => ({
				type: 'line' as const,
				name,
				data: points,
				symbol: 'none',
				lineStyle: { width: 3, color: color(index === 0 ? 'ours' : 'second') },
				itemStyle: { color: color(index === 0 ? 'ours' : 'second') },
			})),
			{
				type: 'scatter',
				symbolSize: 11,
				itemStyle: { color: color('text'), opacity: 1 },
				data: marks.map(({ name, point, label }) => ({
					value: point,
					label: {
						show: true,
						position: label,
						formatter: name,
						color: color('text'),
						fontSize: 13,
					},
				})),
			},
		],
	});
}
