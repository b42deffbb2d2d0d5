import type { RowsResult } from '../parts/rows';
import type { WaitingRow } from '../parts/waiting';
import type { ProcessorSeconds } from '../queueMode';
import { formatted, table } from './table';
import { rowOf } from './waitingRows';

/*
 * What is said of n8n was read in the sources of 2.41.1: wait-tracker.js, executions-pruning.service.js,
 * binary-data.config.js, and the settings with their defaults in @n8n/config.
 */
const jobsPerDay = 1_000_000;
const secondsPerDay = 86_400;
// n8n's defaults: EXECUTIONS_DATA_PRUNE_MAX_COUNT, and how long a row above that count may still be there:
// the intervals of marking and of deleting, and the hour of grace between them.
const rowsKept = 10_000;
const hoursUntilDeleted = 1 + 1 + 0.25;
const rowsDeletedPerSecond = 100;

/** A part of the whole that carries so many jobs a day and no more. */
interface Ceiling {
	part: string;
	carries: number;
	basis: string;
	advice: string;
}

/** From what was measured to a million jobs a day, by arithmetic alone. */
export function paperSection(
	waiting: readonly WaitingRow[],
	rows: RowsResult,
	requestsPerMinute: number,
): string {
	const situation = { tellsProgress: true, isFamiliar: true, seconds: 120, items: 1 };
	const job = rowOf(waiting, 'automatic', situation);
	const gemini = rowOf(waiting, 'gemini', situation);
	if (job === undefined || gemini === undefined) throw new Error('Nothing was measured at 120 s');
	const ceilings = ceilingsOf(job, rows, requestsPerMinute).sort((a, b) => a.carries - b.carries);
	return `${demandTable(job, gemini, rows)}

Which part gives out first, and what to set, in that order:

${table(
	['', 'carries jobs a day', 'times a million', 'by'],
	ceilings.map(({ part, carries, basis }) => [part, carries, carries / jobsPerDay, basis]),
)}

${ceilings.map(({ part, advice }, index) => `${index + 1}. **${part}.** ${advice}`).join('\n')}

Beside these:

- **What is kept.** n8n marks what is beyond the newest ${formatted(rowsKept)} executions once an hour and deletes it after another hour or more: at that pace up to ${formatted(rowsAtMost())} rows, ${formatted((rowsAtMost() * rows.crowd.diskBytes) / 1024 ** 3)} GB of the measured ones. \`EXECUTIONS_DATA_SAVE_ON_SUCCESS=none\` deletes each as it ends; otherwise \`EXECUTIONS_DATA_PRUNE_MAX_COUNT\` and \`EXECUTIONS_DATA_MAX_AGE\` (hours) say how many and how long.
- **The videos.** In queue mode n8n keeps them in the database by default, where each passes through a worker's memory whole and may have 512 MiB (\`N8N_BINARY_DATA_DATABASE_MAX_FILE_SIZE\`): set \`N8N_DEFAULT_BINARY_DATA_MODE=filesystem\` with a folder that all instances share, or \`s3\`, which needs a licence.
- **Connections.** Each instance opens 2 to PostgreSQL: \`DB_POSTGRESDB_POOL_SIZE\` should be about as many as executions that a worker runs at a time (\`n8n worker --concurrency\`, 10 if nothing is said; \`N8N_CONCURRENCY_PRODUCTION_LIMIT\` overrules it).

Not measured: anything above ${formatted(rows.crowd.executions)} executions at a time in a real n8n, several main instances, and any machine but this one, on which main instance, worker, PostgreSQL and gateway share the cores.`;
}

const rowsAtMost = () => rowsKept + (jobsPerDay / 24) * hoursUntilDeleted;

function demandTable(job: WaitingRow, gemini: WaitingRow, { crowd }: RowsResult): string {
	const perSecond = jobsPerDay / secondsPerDay;
	return table(
		['a million jobs of 120 s a day, one job in an execution, Automatic', 'on paper'],
		[
			['jobs a second', perSecond],
			['jobs being waited for at any time', perSecond * job.wallSeconds],
			['of them held by a worker', perSecond * job.heldSecondsPerJob],
			['the same with the Gemini node', perSecond * gemini.heldSecondsPerJob],
			['resumes a second', perSecond * job.resumes],
			['requests a second at the gateway', perSecond * requestsOf(job)],
			[
				'rows that the main instance reads to resume them, MB a second',
				(perSecond * job.resumes * crowd.storedBytes) / 1024 ** 2,
			],
		],
	);
}

// A submit, the checks and the download.
const requestsOf = ({ checksPerJob }: WaitingRow) => checksPerJob + 2;

function ceilingsOf(
	job: WaitingRow,
	{ crowd, workerConcurrency }: RowsResult,
	requestsPerMinute: number,
): Ceiling[] {
	const millisecondsOf = (part: keyof ProcessorSeconds) =>
		crowd.startMs[part] + job.resumes * crowd.resumeMs[part];
	const byProcessor = (part: keyof ProcessorSeconds) => ({
		carries: (secondsPerDay * 1000) / millisecondsOf(part),
		basis: `${formatted(millisecondsOf(part))} ms of one core a job`,
	});
	return [
		{
			part: 'The gateway',
			carries: (requestsPerMinute * 60 * 24) / requestsOf(job),
			basis: `${formatted(requestsPerMinute)} requests a minute, ${formatted(requestsOf(job))} a job`,
			advice: `Whoever asks, a limit of ${formatted(requestsPerMinute)} requests a minute carries no more. Ask for a higher one, or use several accounts, each with its own credential and workflow.`,
		},
		{
			part: 'The main instance',
			...byProcessor('main'),
			advice:
				'One process, the leader, looks every 60 s for what is due within 70 s, reads each execution whole and puts it into Redis; more workers do not help there, and with `N8N_MULTI_MAIN_SETUP_ENABLED` (a licence) still one of them does it. Let `n8n webhook` processes take the calls that start executions, and put more jobs into one execution: a hundred of them are resumed at once.',
		},
		{
			part: 'PostgreSQL',
			...byProcessor('postgres'),
			advice:
				'Each suspension writes the row of its execution again, and each resume reads it twice. It uses all cores it gets; larger executions help here as well.',
		},
		{
			part: 'A worker',
			...byProcessor('worker'),
			advice: `Workers scale by number: one for each core, \`n8n worker --concurrency=${workerConcurrency}\` or more. What a worker holds at a time is small (see above).`,
		},
		{
			part: 'Pruning',
			carries: rowsDeletedPerSecond * secondsPerDay,
			basis: `${rowsDeletedPerSecond} executions a second`,
			advice:
				'The leader deletes 100 executions at a time, once a second while there are more. What is not saved at all need not be deleted so.',
		},
	];
}
