import type { Results } from './results';
import { isOurs, rowOf } from './waitingRows';

/** What the README and the picture say of one way to make videos. Jobs last 120 seconds. */
export interface SummaryRow {
	contestant: string;
	/** Given for ours alone: nobody else reads it. */
	tellsProgress?: boolean;
	heldSeconds: number;
	checks: number;
	lateSeconds: number | null;
	/** A hundred jobs in one execution, from its start to its end. */
	hundredMinutes: number;
	hundredDelivered: number;
	/** Jobs lost when n8n was killed half-way, out of how many. */
	lost: number;
	killed: number;
	/** Bought in all by Retry On Fail where one video was wanted and the answer to its submit was lost. */
	boughtForOne: number;
}

/** The figures of the report that are told elsewhere; docs/benchmark.json. */
export interface Summary {
	measuredAt: string;
	jobSeconds: number;
	rows: SummaryRow[];
}

const jobSeconds = 120;
const shown: ReadonlyArray<{ contestant: string; tellsProgress: boolean }> = [
	{ contestant: 'automatic', tellsProgress: true },
	{ contestant: 'automatic', tellsProgress: false },
	{ contestant: 'gemini', tellsProgress: false },
	{ contestant: 'openAi', tellsProgress: false },
	{ contestant: 'http60', tellsProgress: false },
	{ contestant: 'http70', tellsProgress: false },
];

/** Takes what is told elsewhere out of the results. Ours are those after ten earlier jobs. */
export function summaryOf({ waiting, killed, twice }: Results): Summary {
	const rows = shown.map(({ contestant, tellsProgress }): SummaryRow => {
		const situation = { tellsProgress, isFamiliar: true, seconds: jobSeconds };
		const one = rowOf(waiting.result, contestant, { ...situation, items: 1 });
		const hundred = rowOf(waiting.result, contestant, { ...situation, items: 100 });
		const cut = killed.result.killed.find((row) => row.contestant === contestant);
		const lostAnswer = twice.result.find(
			(row) => row.contestant === contestant && row.mishap.includes('create is lost'),
		);
		if (!one || !hundred || !cut || !lostAnswer) {
			throw new Error(`The results hold nothing of ${contestant} at ${jobSeconds} s`);
		}
		return {
			contestant,
			...(isOurs(contestant) && { tellsProgress }),
			heldSeconds: one.heldSecondsPerJob,
			checks: one.checksPerJob,
			lateSeconds: one.lateMeanSeconds,
			hundredMinutes: hundred.wallSeconds / 60,
			hundredDelivered: hundred.delivered,
			lost: cut.lost,
			killed: cut.executions,
			boughtForOne: lostAnswer.bought,
		};
	});
	return { measuredAt: waiting.measuredAt, jobSeconds, rows };
}
