import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A stretch in which an execution was running: from its start or a resume to a suspension or its end. */
interface Stretch {
	executionId: string;
	status: string;
	ms: number;
}

/** How long executions are running, as n8n reports it to its hooks. */
export interface RunningTimes {
	/** For the n8n instance. */
	environment: Record<string, string>;
	/** How long an execution that has ended was running, not suspended, in milliseconds. */
	untilEnd(executionId: string): Promise<number>;
}

// n8n calls the hook a moment after it has stored the end.
const maxLateMs = 10_000;

/** https://docs.n8n.io/embed/configuration/#backend-hooks: called at each suspension and at the end. */
export function recordRunningTimes(folder: string): RunningTimes {
	const hook = path.join(folder, 'running-times.cjs');
	const times = path.join(folder, 'running-times.jsonl');
	writeFileSync(times, '');
	writeFileSync(
		hook,
		`const { appendFileSync } = require('node:fs');
const record = ({ startedAt, status }, _workflow, executionId) => {
	const stretch = { executionId, status, ms: Date.now() - startedAt };
	appendFileSync(${JSON.stringify(times)}, JSON.stringify(stretch) + '\\n');
};
module.exports = { workflow: { postExecute: [record] } };
`,
	);
	const read = (executionId: string): Stretch[] =>
		readFileSync(times, 'utf8')
			.split('\n')
			.filter((line) => line !== '')
			.map((line) => JSON.parse(line) as Stretch)
			.filter((stretch) => stretch.executionId === executionId);
	return {
		environment: { EXTERNAL_HOOK_FILES: hook },
		untilEnd: async (executionId) => {
			const deadline = Date.now() + maxLateMs;
			for (;;) {
				const stretches = read(executionId);
				if (stretches.some(({ status }) => status !== 'waiting')) {
					return stretches.reduce((sum, { ms }) => sum + ms, 0);
				}
				if (Date.now() > deadline)
					throw new Error(`No end of execution ${executionId} was reported`);
				await sleep(100);
			}
		},
	};
}
