import type { RowsResult } from '../parts/rows';
import type { WaitingRow } from '../parts/waiting';
import { formatted, table } from './table';

const jobsPerDay = 1_000_000;
const secondsPerDay = 86_400;
const requestsPerMinute = 100;

/** From what was measured to a million jobs a day, by arithmetic alone. */
export function paperSection(waiting: readonly WaitingRow[], rows: RowsResult): string {
	const single = waiting.find(
		(row) =>
			row.contestant === 'automatic' && row.tellsProgress && row.items === 1 && row.seconds === 120,
	);
	const gemini = waiting.find(
		(row) => row.contestant === 'gemini' && row.items === 1 && row.seconds === 120,
	);
	if (single === undefined || gemini === undefined) return '';
	const perSecond = jobsPerDay / secondsPerDay;
	const resumes = single.checksPerJob - 1;
	const starts = rows.executions / rows.suspendSeconds;
	const wakes = rows.executions / rows.resumeSeconds;
	const workers = perSecond / starts + (perSecond * resumes) / wakes;
	// A create, the checks and the download.
	const requests = perSecond * (single.checksPerJob + 2);
	const jobsWithinLimit = ((requestsPerMinute / (single.checksPerJob + 2)) * secondsPerDay) / 60;
	const geminiSlots = perSecond * gemini.heldSecondsPerJob;
	return `${table(
		['a million jobs of 120 s a day, one job in an execution', 'on paper'],
		[
			['jobs a second', perSecond],
			['jobs being waited for at any time', perSecond * single.wallSeconds],
			['resumes a second', perSecond * resumes],
			['workers like the measured one, busy all the time', workers],
			['worker slots the Gemini node would hold all the time', geminiSlots],
			['requests a second at the gateway', requests],
			[`jobs a day within ${requestsPerMinute} requests a minute`, jobsWithinLimit],
			[
				'PostgreSQL grows a day, if every execution is kept, GB',
				(jobsPerDay * rows.diskBytes) / 1024 ** 3,
			],
		],
	)}

1. **The gateway gives out first.** A limit of ${requestsPerMinute} requests a minute carries about ${formatted(jobsWithinLimit)} jobs a day, whoever asks. Ask for a higher limit before anything else, or use several keys, each with its own credential and workflow.
2. **Then the main instance.** One process (the leader) looks every minute for what is due within 70 s and starts each of them by itself: it reads the execution, claims it and puts it into Redis. More workers do not help there; fewer, larger executions do. A hundred jobs in one execution divide the resumes by a hundred.
3. **Then PostgreSQL**, by what is written and kept. Each suspension rewrites the row of its execution: set \`EXECUTIONS_DATA_SAVE_ON_SUCCESS=none\` or \`EXECUTIONS_DATA_MAX_AGE\` and \`EXECUTIONS_DATA_PRUNE_MAX_COUNT\`, and give \`DB_POSTGRESDB_POOL_SIZE\` as many connections as workers run executions at a time.
4. **Then the disk for the videos.** In queue mode n8n keeps binary data in the database by default, where each file passes through memory whole: use \`N8N_DEFAULT_BINARY_DATA_MODE=s3\` or a shared \`filesystem\`.
5. **Workers last.** They scale by number: \`n8n worker --concurrency=20\`, one for each core.

Not measured: anything above ${rows.executions} executions in a real n8n, several main instances, and any machine but this one.`;
}
