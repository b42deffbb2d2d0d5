import './binaryMode/default';
import { fastClock } from './fastTime';
import type { Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import { useSimulator } from '../useSimulator';
import {
	createNode,
	fileOf,
	itemsOf,
	jobsOf,
	mediaOf,
	pollNode,
	runNodes,
	runsOf,
	submitsTo,
} from './workflow';

const name = 'Veo Poll Until Done';
const MB = 1024 ** 2;

let simulator: Simulator;
useSimulator(fastClock, (started) => (simulator = started));

const downloads = () => simulator.calls.filter(({ path }) => path.startsWith('/cdn/'));

async function fetchAll(directives: string[], parameters = {}) {
	return await runNodes(
		simulator,
		[createNode('apimp'), pollNode('apimp', parameters, { onError: 'continueRegularOutput' })],
		directives.map((directive) => ({ prompt: `A cat [sim ${directive}]` })),
	);
}

test('a file in memory is kept between the rounds of a hold, and fetched once', async () => {
	const run = await fetchAll(['seconds=0', 'seconds=60', 'seconds=120'], {
		pollIntervalSeconds: 5,
	});
	const items = itemsOf(run, name);
	expect(items).toHaveLength(3);
	for (const item of items) {
		// No id: it is in memory, as text inside the item.
		expect(fileOf(item).id).toBeUndefined();
		expect(fileOf(item).data.length).toBeGreaterThan(videoBytes('landscape-8s').length);
		expect(await mediaOf(item)).toBe('landscape-8s');
	}
	expect(Number(items[2]?.json.checks)).toBeGreaterThan(2);
	expect(downloads()).toHaveLength(3);
	expect(submitsTo(simulator)).toHaveLength(3);
});

test.each(['automatic', 'suspend'] as const)(
	'%s: no file in memory is stored or fetched again, the node holds from the first one on',
	async (waiting) => {
		const stored: string[] = [];
		const run = await runNodes(
			simulator,
			[createNode('apimp'), pollNode('apimp', { waiting })],
			// The first link is no longer good when the last job ends.
			['seconds=30 linkSeconds=100', 'seconds=300'].map((directive) => ({
				prompt: `A cat [sim ${directive}]`,
			})),
			{ onSuspend: (text) => stored.push(text) },
		);
		for (const item of itemsOf(run, name)) expect(await mediaOf(item)).toBe('landscape-8s');
		expect(downloads()).toHaveLength(2);
		// Before the first file nothing keeps it from being suspended.
		expect(stored.length).toBeGreaterThan(0);
		const start = videoBytes('landscape-8s').toString('base64').slice(0, 1000);
		expect(stored.filter((text) => text.includes(start))).toEqual([]);
		const hints = JSON.stringify(runsOf(run, name).map((each) => each.hints));
		expect(hints).toMatch(/keeps binary data in memory/);
	},
);

test.each([
	[
		'without a limit of ours',
		{},
		100 * MB + 1,
		/allowed 100 MB, because n8n keeps files in memory/,
	],
	['with a smaller one', { maxSizeMb: 1 }, 1 * MB + 1, /allowed 1 MB$/],
])('%s a video that is larger is not fetched', async (_title, options, bytes, message) => {
	const run = await fetchAll([`seconds=0 bytes=${bytes}`], { options });
	expect(itemsOf(run, name)[0]?.binary).toBeUndefined();
	expect(jobsOf(run, name)).toMatchObject([
		{
			status: 'succeeded',
			failure: { code: 'download_failed', message: expect.stringMatching(message) as string },
		},
	]);
	// The failure lasts: it is not tried again.
	expect(downloads()).toHaveLength(1);
});

test.each([
	['without a limit of ours', {}, 100 * MB],
	['with a larger one', { maxSizeMb: 130 }, 120 * MB],
])('%s a video that is as large is fetched', async (_title, options, bytes) => {
	const run = await fetchAll([`seconds=0 bytes=${bytes}`], { options });
	expect(fileOf(itemsOf(run, name)[0])).toMatchObject({ bytes });
});
