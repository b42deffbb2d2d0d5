import './binaryMode/default';
import { callsTo, continueRegular, creates, execute, expectVideos } from './scene';
import { videoBytes } from '../../workbench/simulator/files';
import { createNode, fileOf, pollNode } from './workflow';

const MB = 1024 ** 2;
const video = videoBytes('landscape-8s');

const fetchAll = async (
	directives: string[],
	parameters = {},
	onSuspend?: (stored: string) => void,
) =>
	await execute(
		[createNode('apimp'), pollNode('apimp', parameters, continueRegular)],
		directives.map((directive) => `A cat [sim ${directive}]`),
		{ onSuspend },
	);

test('a file in memory is kept between the rounds of a hold, and fetched once', async () => {
	const directives = ['seconds=0', 'seconds=60', 'seconds=120'];
	const { items, jobs } = await fetchAll(directives, { pollIntervalSeconds: 5 });
	expect(items).toHaveLength(3);
	for (const item of items) {
		// No id: it is in memory, as text inside the item.
		expect(fileOf(item).id).toBeUndefined();
		expect(fileOf(item).data.length).toBeGreaterThan(video.length);
	}
	await expectVideos(items);
	expect(Number(jobs[2]?.checks)).toBeGreaterThan(2);
	expect(callsTo('/cdn/')).toHaveLength(3);
	expect(creates()).toHaveLength(3);
});

test.each(['automatic', 'suspend'] as const)(
	'%s: no file in memory is stored or fetched again, the node holds from the first one on',
	async (waiting) => {
		const stored: string[] = [];
		// The first link is no longer good when the last job ends.
		const directives = ['seconds=30 linkSeconds=100', 'seconds=300'];
		const { items, hints } = await fetchAll(directives, { waiting }, (text) => stored.push(text));
		await expectVideos(items);
		expect(callsTo('/cdn/')).toHaveLength(2);
		// Before the first file nothing keeps it from being suspended.
		expect(stored.length).toBeGreaterThan(0);
		const start = video.toString('base64').slice(0, 1000);
		expect(stored.filter((text) => text.includes(start))).toEqual([]);
		expect(hints).toMatch(/keeps binary data in memory/);
	},
);

test.each([
	['no limit of ours', {}, 100 * MB + 1, /allowed 100 MB, because n8n keeps files in memory/],
	['a smaller one', { maxSizeMb: 1 }, MB + 1, /allowed 1 MB$/],
])('with %s, a video that is larger is not fetched', async (_title, options, bytes, says) => {
	const { items, jobs } = await fetchAll([`seconds=0 bytes=${bytes}`], { options });
	expect(items[0]?.binary).toBeUndefined();
	const failure = { code: 'download_failed', message: expect.stringMatching(says) as string };
	expect(jobs).toMatchObject([{ status: 'succeeded', failure }]);
	// The failure is permanent: it is not tried again.
	expect(callsTo('/cdn/')).toHaveLength(1);
});

test('with a larger limit, a video that is larger than the usual one is fetched', async () => {
	const bytes = 120 * MB;
	const { items } = await fetchAll([`seconds=0 bytes=${bytes}`], { options: { maxSizeMb: 130 } });
	expect(fileOf(items[0])).toMatchObject({ bytes });
});
