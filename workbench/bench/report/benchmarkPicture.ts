import type { Bar } from './panels';
import { panelsPicture } from './panels';
import type { Summary, SummaryRow } from './summary';
import { formatted } from './table';
import { isOurs } from './waitingRows';

const shortLabels: Record<string, string> = {
	gemini: 'Google Gemini node',
	openAi: 'OpenAI node',
	http60: 'HTTP + Wait 60 s',
	http70: 'HTTP + Wait 70 s',
};

const labelOf = ({ contestant, tellsProgress }: SummaryRow) =>
	shortLabels[contestant] ?? (tellsProgress ? 'Veo' : 'Veo, no progress');

/** The picture that matters: what one video of two minutes costs, and how long a hundred of them take. */
export function benchmarkPicture({ rows, jobSeconds }: Summary): string {
	const bars = (valueOf: (row: SummaryRow) => number | null) =>
		rows.map((row): Bar => ({
			label: labelOf(row),
			value: valueOf(row),
			isOurs: isOurs(row.contestant),
		}));
	const minutes = formatted(jobSeconds / 60);
	return panelsPicture(
		`Waiting for a video of ${minutes} minutes in n8n`,
		'Shorter is better. Veo = Veo Create and Veo Poll Until Done, Automatic, after ten earlier jobs.',
		[
			{ title: 'A worker is held', unit: ' s', bars: bars((row) => row.heldSeconds) },
			{ title: 'Status requests', unit: '', bars: bars((row) => row.checks) },
			{ title: 'Until its end is noticed', unit: ' s', bars: bars((row) => row.lateSeconds) },
			{
				title: '100 such videos in one execution',
				unit: ' min',
				bars: bars((row) => row.hundredMinutes),
			},
		],
	);
}
