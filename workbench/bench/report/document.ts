import { durationSpread } from '../durations';
import {
	crowdTable,
	burstTable,
	largeTable,
	limitNotes,
	limitTable,
	storedTable,
} from './growthSection';
import { goalsSection } from './goals';
import { killedNotes, killedTable, peaceTable } from './killedSection';
import { cpuTable, memoryTable } from './machineSection';
import { notAheadSection } from './notAhead';
import { paperSection } from './paper';
import type { Results } from './results';
import { labelOf, partNames } from './results';
import { formatted, list } from './table';
import { twiceNotes, twiceTable } from './twiceSection';
import type { WaitingRow } from '../parts/waiting';
import { waitingTables } from './waitingTables';

/** The machine that measured, in words. */
export interface Machine {
	processors: number;
	model: string;
	gigabytes: number;
	/** The version of n8n that was measured. */
	n8n: string;
	/** What our nodes take a job to last before they have seen any. */
	believedSeconds: number;
}

/** The whole report. Each sentence that says who won or lost follows from the results. */
export function reportOf(results: Results, machine: Machine): string {
	const { waiting, killed, twice, memory, cpu, growth, rows } = results;
	const { processors, model, gigabytes, n8n, believedSeconds } = machine;
	const took = partNames.map((name) => `${name} ${results[name].tookSeconds} s`).join(', ');
	return `# Measured beside what people use today

Written by \`npm run bench\`. Machine: ${processors} × ${model}, ${gigabytes} GB, Linux; date: ${waiting.measuredAt.slice(0, 10)}; n8n ${n8n}. How long the parts took: ${took}; \`npm run bench -- waiting\` runs one alone.

![What one video costs, beside n8n's own nodes](images/benchmark.svg)

The contestants, all at one simulated gateway that speaks Google's dialect and OpenAI's over the same jobs:

- **Veo, Automatic / Hold / Suspend**: Veo Create and Veo Poll Until Done as they come, where the gateway tells a progress and where it tells none
- **Google Gemini node** and **OpenAI node**: n8n's own, video generation, as they come
- **HTTP Request + Wait + IF**, wired as n8n's public templates do: a wait of 30 s or of 60 s ("Async Video Polling Engine"), and of 70 s as somebody would who knows that n8n's Wait node suspends from 65 s on

Jobs last up to ${durationSpread * 100} % longer or shorter than named, so that no interval fits them by chance. Our nodes learn how long jobs take: _first jobs_ are those at a gateway where they have not been (they believe in ${formatted(believedSeconds)} s, and not firmly), _after ten jobs_ those that come after ten of the same length in the same process.

## What we set out to reach

${goalsSection(results)}

## Where we are not ahead

${notAheadSection(results)}

## Waiting

n8n's own engine and nodes, in virtual time: it stands still while anything happens and jumps when nothing does, so that the machine changes no result and work itself counts for nothing (see [in a real n8n](#in-a-real-n8n) for what that hides). _Worker-seconds_: an execution is running and not stored as waiting. _Noticed after_: from the end of an execution's last job to the end of the execution. _a → b_: at the first jobs → after ten jobs.

### One job in an execution

${waitingTables(waiting.result, 1)}

### Ten jobs in an execution

${waitingTables(waiting.result, 10)}

### A hundred jobs in an execution

${waitingTables(waiting.result, 100)}

${failedNotes(waiting.result)}

## In a real n8n

Queue mode, PostgreSQL, Redis, one worker, real minutes, ${killed.result.executions} executions of one job of ${killed.result.jobSeconds} s each, all contestants at once. First in peace, to see that virtual time tells the truth (measured ${killed.measuredAt.slice(0, 16).replace('T', ' ')} UTC; all contestants share the machine):

${peaceTable(killed.result)}

### Killed half-way

The same again; after ${killed.result.killedAfterSeconds} s main instance and worker are killed with \`kill -9\` and started again. Then a person presses Retry on every execution that did not succeed:

${killedTable(killed.result)}

${killedNotes(killed.result)}

## Bought twice

n8n's own Retry On Fail is on, as many people set it. Figures are jobs bought / videos delivered / videos wanted; bold where more was bought than wanted.

${twiceTable(twice.result)}

${twiceNotes(twice.result)}

## A large video

A process of its own for each, n8n's binary data in the file system:

${memoryTable(memory.result)}

## Processor time

A process of its own for each, whose jobs end at an early or at a late check; the slope between the two, beside n8n's request helper called as often in the same process. Start, submit and download are not in it; the waiting is. [profile.md](profile.md) tells what the other steps cost.

${cpuTable(cpu.result)}

## How it grows

One execution on n8n's engine, Veo Poll Until Done alone, jobs that were bought before. Times are real; the gateway's answers to a check of every job are in them, and it works in the same process:

${storedTable(growth.result)}

When executions that started within a second are resumed for the first time. n8n's workers and their concurrency spread it further:

${burstTable(growth.result)}

A gateway that refuses more than ${growth.result.requestsPerMinute} requests a minute, with 429 and \`Retry-After\`; jobs of 120 s, all started at once:

${limitTable(growth.result)}

${limitNotes(growth.result)}

In a real n8n, with the submits and without downloads:

${crowdTable(rows.result)}

${largeTable(rows.result)}

## On paper: a million jobs a day

${paperSection(waiting.result, rows.result, growth.result.requestsPerMinute)}
`.replace(/\n{3,}/g, '\n\n');
}

/** Which executions ended in an error, and what is known of it. */
function failedNotes(rows: readonly WaitingRow[]): string {
	const failed = rows.filter(({ failures }) => failures > 0);
	if (failed.length === 0) return 'All executions delivered all of their videos.';
	return `Executions that ended in an error. What they had not delivered is bought:\n\n${list(
		failed.map(
			({ contestant, items, seconds, failures, executions, delivered, bought, error = '' }) =>
				`${labelOf(contestant)}, ${formatted(items)} × ${seconds} s: ${failures} of ${executions}; ${delivered} of ${bought} videos delivered. “${error.split('\n', 1).join()}”`,
		),
	)}`;
}
