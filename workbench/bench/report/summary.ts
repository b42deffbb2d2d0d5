import type { Results } from '../results';
import { findRow } from '../results';

/** What the README and its picture show for one contestant. */
export interface SummaryRow {
	contestant: string;
	/** Whether the provider reports progress; undefined if that makes no difference. */
	progress?: boolean;
	heldSeconds: number;
	checks: number;
	lateSeconds: number | null;
	/** A hundred jobs in one execution, from its start to its end. */
	hundredMinutes: number;
	/** Jobs lost when n8n was killed, out of `executions`. */
	lost: number;
	executions: number;
	/** Jobs bought for one wanted video when the answer to its create was lost. */
	boughtForOne: number;
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
		const killed = results.killed.result.find((row) => row.contestant === contestant);
		const lostAnswer = results.twice.result.find((row) => row.contestant === contestant);
		if (!killed || !lostAnswer) throw new Error(`Not all was measured of ${contestant}`);
		return {
			...subject,
			heldSeconds: one.heldSeconds,
			checks: one.checks,
			lateSeconds: one.lateSeconds,
			hundredMinutes: hundred.wholeSeconds / 60,
			lost: killed.bought - killed.delivered,
			executions: killed.bought,
			boughtForOne: lostAnswer.bought,
		};
	});
}
