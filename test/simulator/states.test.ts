import type { ProviderName } from '../../nodes/providers';
import type { Simulator } from '../../workbench/simulator';
import { providerNames } from '../../nodes/providers';
import { manualClock } from '../../workbench/simulator';
import { fixtures } from '../fixtures';
import { useSimulator } from '../useSimulator';
import { at, send } from './calls';
import { contentOf, createJob, readState, finalStatus, status } from './creates';
import { durationSeconds } from './mp4';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

/** The state of a new job at each of some ages, in milliseconds, as the mapping reads it. */
async function statesAt(name: ProviderName, directives: string, ...agesMs: number[]) {
	const jobId = await createJob(simulator, name, `A cat [sim ${directives}]`);
	const states = [];
	let age = 0;
	for (const next of agesMs) {
		clock.advance(next - age);
		age = next;
		states.push(await readState(simulator, name, jobId));
	}
	return { jobId, states };
}

describe.each(providerNames)('a job of %s', (name) => {
	const { words } = fixtures[name];

	test('from its create to its file', async () => {
		const { jobId, states } = await statesAt(name, 'seconds=60', 5_000, 30_000, 50_000, 60_000);
		const statuses = states.map((state) => at(state, 'status'));
		// Some have no word for a queued job.
		const { words } = fixtures[name];
		const hasQueued = Object.values(words?.statuses ?? {}).includes('queued');
		const first = words?.startsAs ?? (hasQueued ? 'queued' : 'running');
		expect(statuses).toEqual([first, 'running', 'running', 'succeeded']);
		const link = at(states.at(-1), 'videos', 0, 'links', 0);
		const file =
			typeof link === 'string' ? await send(link) : await contentOf(simulator, name, jobId);
		expect(file.headers['content-type']).toMatch(/^(?:video\/mp4|application\/json)$/);
		expect(durationSeconds(file.bytes)).toBe(8);
		const { origin, headers } = simulator.calls.at(-1) ?? {};
		expect(origin).toBe(typeof link === 'string' ? 'foreign' : 'provider');
		expect(headers?.authorization === undefined).toBe(typeof link === 'string');
	});

	test('that was canceled, where it has a word for it', async () => {
		const jobId = await createJob(simulator, name, 'A cat [sim ending=canceled]');
		clock.advance(60_000);
		const { text } = await finalStatus(simulator, name, jobId);
		const expected = /[_"]cancell?ed"/.test(text) ? 'canceled' : 'failed';
		expect(await readState(simulator, name, jobId)).toMatchObject({ status: expected });
	});

	if (words !== undefined) {
		test('with a word in the middle that no document names', async () => {
			const jobId = await createJob(simulator, name, 'A cat [sim ending=strangeStatus]');
			clock.advance(30_000);
			const { text } = await status(simulator, name, jobId);
			expect(text).toContain('upstream_syncing');
			expect(Object.keys(words.statuses)).not.toContain('upstream_syncing');
		});

		test('with an error that is left over', async () => {
			const jobId = await createJob(simulator, name, 'A cat [sim seconds=0 ending=leftoverError]');
			expect((await status(simulator, name, jobId)).text).toMatch(
				/"error(?:_message|Message)?":(?!null|"")/,
			);
		});
	}

	test('with a link that comes late', async () => {
		const textOf = async (jobId: string) => (await finalStatus(simulator, name, jobId)).text;
		const inTime = await createJob(simulator, name, 'A cat');
		const late = await createJob(simulator, name, 'A cat [sim ending=lateUrl]');
		clock.advance(60_000);
		const hasLink = (await textOf(inTime)).includes('.mp4');
		expect(await textOf(late)).not.toContain('.mp4');
		clock.advance(5_000);
		expect((await textOf(late)).includes('.mp4')).toBe(hasLink);
	});
});

test.each([
	['openAiVideos', 'shape', ['bare', 'wrapped', 'openai', 'gemini', 'flat']],
	['openAiVideos', 'link', ['none', 'metadata.url', 'output', 'urls', 'files', 'result.videos']],
	['newApiRemix', 'shape', ['bare', 'wrapped', 'openai']],
	['deepWl', 'words', ['', 'ms', 'detail']],
	['eronmind', 'words', ['', 'retrying']],
	['deerApi', 'words', ['', 'url']],
] as const)('%s: each %s is another body', async (name, directive, choices) => {
	const seconds = directive === 'words' ? 60 : 0;
	const jobIds: string[] = [];
	for (const choice of choices) {
		const prompt = `A cat [sim ${directive}=${choice} seconds=${seconds}]`;
		jobIds.push(await createJob(simulator, name, prompt));
	}
	clock.advance(30_000);
	const bodies = new Set<string>();
	for (const jobId of jobIds) {
		const { text } = await status(simulator, name, jobId);
		// What differs from job to job, whatever the choice.
		const own = /(?<="id":)\d+|(?<="(?:id|remix_id|fail_reason|result_url|prompt)":")[^"]*/g;
		bodies.add(text.replaceAll(jobId.replace(/^.*[:_]/, ''), 'own').replace(own, 'own'));
	}
	expect(bodies.size).toBe(choices.length);
});
