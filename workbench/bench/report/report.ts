import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { typicalOf } from '../../../nodes/jobs/experience';
import { durationSpread } from '../durations';
import { barsPicture } from './bars';
import {
	burstTable,
	cpuTable,
	killedTable,
	limitTable,
	memoryTable,
	peaceTable,
	rowsTable,
	storedTable,
	twiceTable,
} from './otherSections';
import { paperSection } from './paper';
import type { Results } from './results';
import { partNames, readResults } from './results';
import { goalsTable, waitingBars, waitingTables } from './waitingSection';

// What our nodes believe of the first job.
const typicalSeconds = typicalOf('a kind nobody has seen').medianMs / 1000;
const docs = path.join(__dirname, '..', '..', '..', 'docs');

/** Writes docs/benchmark.md and its picture from what the parts have left; nothing while one of them is missing. */
export function writeReport(): void {
	const results = readResults();
	const missing = partNames.filter((name) => results[name] === undefined);
	if (missing.length > 0) {
		console.log(`No report yet: these parts have not been run: ${missing.join(', ')}`);
		return;
	}
	const complete = results as Results;
	mkdirSync(path.join(docs, 'images'), { recursive: true });
	writeFileSync(
		path.join(docs, 'images', 'benchmark.svg'),
		barsPicture('Waiting for Veo in n8n', waitingBars(complete.waiting.result)),
	);
	const file = path.join(docs, 'benchmark.md');
	writeFileSync(file, report(complete));
	execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', file]);
	console.log('Written: docs/benchmark.md and docs/images/benchmark.svg');
}

function report({ waiting, killed, twice, memory, cpu, growth, rows }: Results): string {
	const [processor] = cpus();
	const gigabytes = Math.round(totalmem() / 1024 ** 3);
	const took = partNames
		.map((name) => {
			const part = { waiting, killed, twice, memory, cpu, growth, rows }[name];
			return `${name} ${part.tookSeconds} s`;
		})
		.join(', ');
	return `# Measured beside what people use today

Written by \`npm run bench\`. Machine: ${cpus().length} × ${processor?.model.trim()}, ${gigabytes} GB, Linux; date: ${waiting.measuredAt.slice(0, 10)}; n8n 2.41.1. How long the parts took: ${took}; \`npm run bench -- waiting\` runs one alone.

![What one video costs, beside n8n's own nodes](images/benchmark.svg)

The contestants, all at one simulated gateway that speaks Google's dialect and OpenAI's over the same jobs:

- **Veo, Automatic / Hold / Suspend**: Veo Create and Veo Poll Until Done as they come, once where the gateway tells a progress and once where it tells none
- **Google Gemini node** and **OpenAI node**: n8n's own, video generation, as they come
- **HTTP Request + Wait + IF**, wired as n8n's public templates do: a wait of 30 s or of 60 s ("Async Video Polling Engine"), and of 70 s as somebody would who knows that n8n's Wait node suspends from 65 s on

Jobs last ${durationSpread * 100} % longer or shorter than named, so that no interval fits them by chance. No gateway's typical duration was told to our nodes: they believe in ${typicalSeconds} s.

## What we set out to reach

${goalsTable(waiting.result)}

## Waiting

n8n's own engine and nodes, in virtual time: it stands still while anything happens and jumps when nothing does, so that the machine changes no result and work itself counts for nothing (see [in a real n8n](#in-a-real-n8n) for what that hides). *Worker-seconds*: an execution is running and not stored as waiting. *Noticed after*: from the end of an execution's last job to the end of the execution.

### One job in an execution

${waitingTables(waiting.result, 1)}

### Ten jobs in an execution

${waitingTables(waiting.result, 10)}

### A hundred jobs in an execution

${waitingTables(waiting.result, 100)}

The OpenAI node gives up after 300 s; what it gave up is bought, its id is not told, and with it go all later items of the execution.

## In a real n8n

Queue mode, PostgreSQL, Redis, one worker, real minutes, ${killed.result.executions} executions of one job of ${killed.result.jobSeconds} s each, all contestants at once. First in peace, to see that virtual time tells the truth (measured ${killed.measuredAt.slice(0, 16).replace('T', ' ')} UTC; the machine's own load is in it):

${peaceTable(killed.result)}

### Killed half-way

The same again; after ${killed.result.killedAfterSeconds} s main instance and worker are killed with \`kill -9\` and started again. Then a person presses Retry on every execution that did not succeed:

${killedTable(killed.result)}

An execution that runs at that moment is crashed by n8n, ours as well, and n8n has stored nothing of it (unless \`EXECUTIONS_DATA_SAVE_ON_PROGRESS=true\` is set): Retry starts it from the beginning and buys again. That is what **Hold** shares with everybody; **Automatic** is exposed to it only while it holds its last stretch, and **Suspend** hardly ever. An execution that comes due while the worker is down may be taken for a crashed one too: on a loaded machine, where the restart took half a minute, that happened to all of Automatic and to the wait of 70 s.

## Bought twice

n8n's own Retry On Fail is on, as many people set it. Figures are jobs bought / videos delivered / videos wanted; bold where more was bought than wanted.

${twiceTable(twice.result)}

Where the answer to a submit is lost, ours stops with an error that says so, and delivers nothing: somebody has to look whether the job was started. The others deliver, at twice the price.

## A large video

A process of its own for each, n8n's binary data in the file system:

${memoryTable(memory.result)}

## Processor time

A process of its own for each, while time runs two hundred times faster, above what n8n's request helper costs by itself for the same request. The start of the execution, the submit and the download are in it, divided among the checks: with one job they are most of it.

${cpuTable(cpu.result)}

## How it grows

${storedTable(growth.result)}

When many executions resume at the same time (by the schedule alone: in a real n8n the workers' concurrency spreads it further):

${burstTable(growth.result)}

A gateway that refuses more than ${growth.result.requestsPerMinute} requests a minute, with 429 and \`Retry-After\`; jobs of 120 s, all started at once:

${limitTable(growth.result)}

In a real n8n:

${rowsTable(rows.result)}

## Where we are not ahead

- **Short jobs.** Our nodes believe in ${typicalSeconds} s. A job of 20 s, and one of 60 s where no progress is told, is noticed later by Automatic than by a fixed interval of 30 or 60 s, and much later than by the Gemini node, which looks every 5 s.
- **Jobs that take another time than is believed, at a gateway that tells no progress**: 40 s late at 120 s, and 130 s held at 300 s. Jobs of ${typicalSeconds} s are where the schedule is at home.
- **Suspend** is noticed 40 s late at 120 s, with progress or without. An HTTP Request with a Wait of 70 s does better there, by luck: 140 is close above 120.
- **Time to notice** in general: 5 s intervals cost a worker, and notice the end after 2.5 s.
- **A large video** takes no less memory than the OpenAI node or an HTTP Request take.
- **A lost answer to a submit** delivers nothing.
- **The limit of requests**: 400 jobs in one execution at ${growth.result.requestsPerMinute} requests a minute lose some of their waiting: a 429 counts as a failed check, and after five in a row the node gives a job up. Its id comes out, and it can be polled again.

## On paper: a million jobs a day

${paperSection(waiting.result, rows.result)}
`;
}

if (require.main === module) writeReport();
