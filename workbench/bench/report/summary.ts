import type { Results } from '../results';
import { findRow } from '../results';
import { contestantNamed } from '../contestants';

/** What the picture of docs/benchmark.md shows for one contestant. */
export interface SummaryRow {
	contestant: string;
	/** Whether the provider reports progress; undefined if that makes no difference. */
	progress?: boolean;
	heldSeconds: number;
	checks: number;
	lateSeconds: number | null;
	/** A hundred jobs in one execution, from its start to its end. */
	hundredMinutes: number;
}

const subjects = [
	{ contestant: 'automatic', progress: true },
	{ contestant: 'automatic', progress: false },
	...['gemini', 'openAi', 'http60', 'http70'].map((contestant) => ({ contestant })),
];

/** Jobs of two minutes; ours after ten earlier ones. */
export function summarize(results: Results): SummaryRow[] {
	return subjects.map((subject: Pick<SummaryRow, 'contestant' | 'progress'>) => {
		const { contestant, progress = false } = subject;
		const situation = { progress, familiar: true, seconds: 120 };
		const one = findRow(results, contestant, { ...situation, jobs: 1 });
		const hundred = findRow(results, contestant, { ...situation, jobs: 100 });
		return {
			...subject,
			heldSeconds: one.heldSeconds,
			checks: one.checks,
			lateSeconds: one.lateSeconds,
			hundredMinutes: hundred.wholeSeconds / 60,
		};
	});
}

/** How long one video of two minutes holds a worker: by our nodes as they are set at first, and by n8n's own video nodes. */
export function heldRows(results: Results) {
	return ['automatic', 'gemini', 'openAi'].map((contestant) => {
		const { label, isOurs } = contestantNamed(contestant);
		const seconds = [true, false].map(
			(progress) =>
				findRow(results, contestant, { progress, familiar: true, seconds: 120, jobs: 1 })
					.heldSeconds,
		);
		return {
			label: isOurs ? 'Veo Create + Veo Poll Until Done' : label,
			isOurs,
			seconds: Math.max(...seconds),
		};
	});
}
