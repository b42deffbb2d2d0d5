import type { Results } from '../results';
import { findRow, findWakeRow } from '../results';
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

/** What waiting for one video of two minutes costs, at best and today. */
export interface WaitRow {
	label: string;
	isOurs: boolean;
	heldSeconds: number;
	checks: number;
	lateSeconds: number | null;
}

/** Our nodes after ten earlier jobs, as they are for the worse kind of provider; n8n's own; and the limit. */
export function waitRows(results: Results): WaitRow[] {
	const measured = ['automatic', 'suspend', 'http70', 'gemini', 'openAi'].map((contestant) => {
		const { label, isOurs } = contestantNamed(contestant);
		const rows = [true, false].map((progress) =>
			findRow(results, contestant, { progress, familiar: true, seconds: 120, jobs: 1 }),
		);
		return {
			label: label.replace(' Request', ''),
			isOurs,
			heldSeconds: Math.max(...rows.map(({ heldSeconds }) => heldSeconds)),
			checks: Math.max(...rows.map(({ checks }) => checks)),
			lateSeconds: Math.max(...rows.map(({ lateSeconds }) => lateSeconds ?? Infinity)),
		};
	});
	const { heldSeconds, checks, lateSeconds } = findWakeRow(results, 'one job of 120 s');
	return [
		{
			label: 'Veo, Wake by Callback',
			isOurs: true,
			...{ heldSeconds, checks, lateSeconds: lateSeconds.median },
		},
		...measured,
		{ label: 'the limit', isOurs: false, heldSeconds: 0, checks: 1, lateSeconds: 0 },
	];
}
