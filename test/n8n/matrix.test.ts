import type { CaseResult, EngineResult } from '../../workbench/n8n/matrix/run';
import { runOn } from '../../workbench/n8n/matrix/runOn';
import { engineVersions } from '../../workbench/n8n/matrix/versions';
import { providerNames, providers } from '../../nodes/providers';
import { say } from './stage';

/*
 * Suspending by engine requests, on the engines of n8n from 1.110 to 2.41. What is stored goes through
 * flatted, as in n8n's database.
 */

const minSuspendMs = 65_000;
const table: string[] = [];

afterAll(() => {
	say(row('n8n', 'engine', 'Node', 'suspensions', 'in a loop', 'hint', 'result'));
	table.forEach(say);
});

function row(...cells: Array<string | number>): string {
	const [n8n, engine, node, ...rest] = cells.map(String);
	return [n8n?.padEnd(6), engine?.padEnd(9), node?.padEnd(9), ...rest.map(wide)].join(' ');
}

const wide = (cell: string) => cell.padEnd(12);

test.each(engineVersions)(
	'n8n $n8n (n8n-core $core): the jobs are waited for, and later nodes read them right',
	async (version) => {
		const { core, n8n, suspends, signsResumeUrl } = version;
		let seen: EngineResult | undefined;
		let result = 'failed';
		try {
			seen = await runOn(version, say);
			const { suspend, loop, hold, failed, wake } = seen.cases;
			expect(seen.core).toBe(core);
			if (version.node === 'node24') expect(seen.node).toMatch(/^v24\./);

			expect(seen.loaded.nodes).toEqual(
				expect.arrayContaining(['veoCreate', 'veoPollUntilDone', 'veoRemixExtend']),
			);
			const wanted = providerNames.map((name) => providers[name].credential);
			expect(seen.loaded.credentials).toEqual(expect.arrayContaining(wanted));

			expectRight(suspend, ['long', 'short']);
			expectRight(loop, ['one', 'two']);
			expectRight(hold, ['long', 'short']);
			expectRight(wake, ['woken']);
			const tooOld = [expect.stringContaining('Use 2.14 or newer')];
			expect(wake.createHints).toEqual(signsResumeUrl ? [] : tooOld);
			expect(seen.bought).toBe(9);

			expect(failed.status).toBe('success');
			expect(failed.jobs.map(({ status }) => status)).toEqual(['succeeded']);
			const [{ created } = {}] = failed.read;
			expect(failed.read).toEqual([{ failed: created, code: 'content_policy', created }]);

			expect(hold.suspendedMs).toEqual([]);
			expect(hold.hints).toEqual([]);
			for (const { suspendedMs, hints, atLeast } of [
				{ ...suspend, atLeast: 2 },
				{ ...loop, atLeast: 4 },
			]) {
				if (suspends) {
					expect(suspendedMs.length).toBeGreaterThanOrEqual(atLeast);
					expect(Math.min(...suspendedMs)).toBeGreaterThanOrEqual(minSuspendMs);
					expect(hints).toEqual([]);
				} else {
					expect(suspendedMs).toEqual([]);
					expect(hints[0]).toContain('could not be suspended');
				}
			}
			result = suspends ? 'right' : 'right, held';
		} finally {
			const { suspend, loop } = seen?.cases ?? {};
			const hint = (suspend?.hints.length ?? 0) > 0 ? 'yes' : 'no';
			const counts = [suspend, loop].map((each) => each?.suspendedMs.length ?? '-');
			table.push(row(n8n, core, seen?.node ?? '-', ...counts, hint, result));
		}
	},
);

/** The execution ended, and each item's later node read the item's own job. */
function expectRight({ error, status, jobs, read, videos }: CaseResult, labels: string[]): void {
	expect({ error, status }).toEqual({ error: undefined, status: 'success' });
	expect(jobs.map((job) => job.status)).toEqual(jobs.map(() => 'succeeded'));
	expect(videos).toBe(jobs.length);
	expect(read.map(({ label }) => label)).toEqual(labels);
	const ids = read.map(({ created }) => created);
	expect(new Set(ids).size).toBe(labels.length);
	for (const name of ['now', 'own']) expect(read.map((each) => each[name])).toEqual(ids);
	// In a row first() is the first job; in a loop it is the job of the turn.
	const firsts = jobs.length === 1 ? ids : ids.map(() => ids[0]);
	expect(read.map(({ first }) => first)).toEqual(firsts);
	expect(jobs.map(({ jobId }) => jobId)).toEqual(ids.slice(-jobs.length));
}
