import { contestants } from '../../workbench/bench/contestants';
import type { KilledRow } from '../../workbench/bench/parts/killed';
import type { WaitingRow, WaitingSituation } from '../../workbench/bench/parts/waiting';
import type { Results } from '../../workbench/bench/report/results';

const ids = contestants.map(({ id }) => id);
const ours = ['automatic', 'hold', 'suspend'];

const measured = <Result>(result: Result) => ({
	measuredAt: '2026-11-21T10:00:00.000Z',
	tookSeconds: 7,
	result,
});

/** Results in which ours reach every goal and nobody is ahead of them. */
export function madeUpResults(): Results {
	return {
		waiting: measured(waitingRows()),
		killed: measured({
			executions: 6,
			jobSeconds: 120,
			killedAfterSeconds: 50,
			downSeconds: 11,
			peace: ids.map(killedRow),
			killed: ids.map(killedRow),
			retried: ids.map((contestant) => ({ contestant, retried: 0, lost: 0, boughtTwice: 0 })),
		}),
		twice: measured(
			ids.map((contestant) => ({
				contestant,
				mishap: 'the answer to the create is lost',
				wanted: 1,
				bought: 1,
				delivered: 1,
			})),
		),
		memory: measured(
			['hold', 'gemini'].map((contestant) => ({
				contestant,
				megabytes: 200,
				grownMegabytes: ours.includes(contestant) ? 30 : 600,
				delivered: 1,
			})),
		),
		cpu: measured(
			['hold', 'gemini'].map((contestant) => ({
				contestant,
				items: 1,
				checks: 300,
				millisecondsPerCheck: ours.includes(contestant) ? 1.5 : 2.5,
				bareMilliseconds: 1,
				aboveMilliseconds: ours.includes(contestant) ? 0.5 : 1.5,
				aboveLeast: 0.1,
				aboveMost: 1.9,
			})),
		),
		growth: measured({
			stored: [{ jobs: 10, storedBytes: 8_000, suspendMs: 20, resumeMs: 30, textMs: 1 }],
			burst: [{ executions: 100, jitter: true, mostResumesInASecond: 22, spreadSeconds: 6 }],
			limit: [
				{
					waiting: 'automatic',
					executions: 1,
					itemsEach: 400,
					bought: 400,
					delivered: 400,
					checks: 900,
					refusedChecks: 300,
					wallSeconds: 400,
					failures: 0,
				},
			],
			requestsPerMinute: 100,
		}),
		rows: measured({
			workerConcurrency: 10,
			crowd: {
				executions: 500,
				suspendSeconds: 50,
				dueWithinSeconds: 50,
				resumeSeconds: 50,
				mostChecksInASecond: 20,
				storedBytes: 5_000,
				diskBytes: 6_500,
				startMs: { main: 40, worker: 60, postgres: 20 },
				resumeMs: { main: 30, worker: 40, postgres: 20 },
			},
			large: [
				{
					jobs: 100,
					suspendSeconds: 1,
					resumeSeconds: 1,
					storedBytes: 50_000,
					compressedBytes: 9_000,
				},
			],
		}),
	};
}

function waitingRows(): WaitingRow[] {
	return contestants.flatMap(({ id, readsProgress, learns }) =>
		[20, 60, 120, 300].flatMap((seconds) =>
			[1, 10, 100].flatMap((items) =>
				(readsProgress ? [true, false] : [false]).flatMap((tellsProgress) =>
					(learns ? [true, false] : [false]).map((isFamiliar) =>
						waitingRow(id, { seconds, items, tellsProgress, isFamiliar }),
					),
				),
			),
		),
	);
}

function waitingRow(contestant: string, situation: WaitingSituation): WaitingRow {
	const isOurs = ours.includes(contestant);
	return {
		contestant,
		...situation,
		executions: 1,
		heldSecondsPerJob: isOurs ? 0.5 : situation.seconds,
		checksPerJob: isOurs ? 2 : 25,
		resumes: isOurs ? 2 : 0,
		lateMeanSeconds: isOurs ? 2 : 4,
		lateP95Seconds: isOurs ? 4 : 5,
		wallSeconds: situation.seconds + (isOurs ? 2 : 4),
		bought: situation.items,
		delivered: situation.items,
		failures: 0,
	};
}

const killedRow = (contestant: string): KilledRow => ({
	contestant,
	executions: 6,
	heldSecondsPerJob: 1,
	checksPerJob: 3,
	lateMeanSeconds: 4,
	bought: 6,
	delivered: 6,
	lost: 0,
	boughtTwice: 0,
	endings: { success: 6 },
});

/** The row of a contestant, to be changed by a test. */
export function waitingRowOf(
	{ waiting }: Results,
	contestant: string,
	situation: WaitingSituation,
): WaitingRow {
	const found = waiting.result.find(
		(row) =>
			row.contestant === contestant &&
			row.seconds === situation.seconds &&
			row.items === situation.items &&
			row.tellsProgress === situation.tellsProgress &&
			row.isFamiliar === situation.isFamiliar,
	);
	if (found === undefined) throw new Error(`There is no such row of ${contestant}`);
	return found;
}
