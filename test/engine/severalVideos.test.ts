import { continueRegular, execute, simulator, withCredential } from './scene';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import { sendJson, useOwnHost } from './ownHost';
import { fileOf, mediaOf, pollNode } from './workflow';

/* Jobs with several videos. Where each file comes from: test/poll/videoFiles.test.ts. */

const host = useOwnHost();
const media = ['landscape-8s', 'portrait-8s', 'landscape-15s'] as const;
const linkTo = (name = '') => `${simulator.cdnOrigin}/cdn/${name}/a.mp4`;

interface Served {
	/** How many checks of a job are answered with "processing". */
	checksBeforeEnd?(jobId: string): number;
	/** How many requests for the second video of a job fail. */
	failures?(jobId: string): number;
}

/** A host whose jobs have these videos. It has the second one itself. Returns what it is asked for. */
function serve(
	names: readonly string[],
	{ checksBeforeEnd = () => 0, failures = () => 0 }: Served = {},
): string[] {
	const asked: string[] = [];
	host.answer(({ url = '' }, response) => {
		asked.push(url);
		const count = asked.filter((each) => each === url).length;
		const id = url.replace(/^.*\/|\.mp4$/g, '');
		if (url.startsWith('/file/')) {
			const isThere = count > failures(id);
			response.writeHead(isThere ? 302 : 503, isThere ? { location: linkTo(names[1]) } : {}).end();
			return;
		}
		const second = `${host.baseUrl}/file/${id}.mp4`;
		const output = names.map((name, index) => (index === 1 ? second : linkTo(name)));
		const isRunning = count <= checksBeforeEnd(id);
		const status = isRunning ? 'processing' : 'succeeded';
		sendJson(response, 200, { id, status, output: isRunning ? null : output });
	});
	return asked;
}

const poll = async (
	jobIds: string[],
	parameters: INodeParameters = {},
	options: Parameters<typeof execute>[2] = {},
) =>
	await execute(
		pollNode('replicate', parameters, continueRegular),
		jobIds.map((jobId) => ({ jobId })),
		{ ...withCredential('replicate', { baseUrl: `${host.baseUrl}/v1` }), ...options },
	);

const readMedia = async (item: INodeExecutionData | undefined, field = 'video') =>
	await Promise.all(
		[field, `${field}_2`, `${field}_3`].map(async (each) => await mediaOf(item, each)),
	);

test('each video is a file of its own, and the links are in the order of the provider', async () => {
	serve(media);
	const { items, jobs } = await poll(['job'], { options: { binaryProperty: 'clip' } });
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['clip', 'clip_2', 'clip_3']);
	expect(await readMedia(items[0], 'clip')).toEqual(media);
	expect(jobs).toMatchObject([
		{
			videoUrl: linkTo(media[0]),
			videos: [linkTo(media[0]), `${host.baseUrl}/file/job.mp4`, linkTo(media[2])].map((url) => ({
				kind: 'final',
				url,
			})),
		},
	]);
	expect(jobs[0]).not.toHaveProperty('failure');
});

test('the names of all files of an execution differ', async () => {
	serve(media.slice(0, 2));
	const { items } = await poll(['a', 'b', 'a'], { options: { fileName: 'Spring' } });
	const names = items.map((item) =>
		['video', 'video_2'].map((each) => fileOf(item, each).fileName),
	);
	expect(names).toEqual([
		['Spring.mp4', 'Spring-3.mp4'],
		['Spring-2.mp4', 'Spring-2-2.mp4'],
		['Spring.mp4', 'Spring-3.mp4'],
	]);
});

test('a video that cannot be downloaded is named, and the others are kept', async () => {
	serve([media[0], 'missing', media[2]]);
	const { items, jobs } = await poll(['job']);
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['video', 'video_3']);
	expect(await mediaOf(items[0], 'video_3')).toBe(media[2]);
	const message = /^Job job succeeded, but video 2 of 3 could not be downloaded: the link gave no/;
	expect(jobs).toMatchObject([
		{
			status: 'succeeded',
			videos: [{}, {}, {}],
			failure: { code: 'download_failed', message: expect.stringMatching(message) as string },
		},
	]);

	serve(['missing', media[1], 'absent']);
	const { text } = await execute(pollNode('replicate'), [{ jobId: 'job' }], {
		...withCredential('replicate', { baseUrl: `${host.baseUrl}/v1` }),
	});
	expect(text).toMatch(/videos 1 and 3 of 3 could not be downloaded/);
	expect(text).toMatch(/All videos exist and are paid for. Poll the same job again/);
	expect(text).toContain(`Links: ${linkTo('missing')}, ${linkTo('absent')}`);
});

test('the files of a finished job are kept while others are waited for, a missing one is fetched then', async () => {
	const asked = serve(media, {
		checksBeforeEnd: (jobId) => (jobId === 'late' ? 2 : 0),
		// Each download is tried four times.
		failures: (jobId) => (jobId === 'early' ? 4 : 0),
	});
	const stored: string[] = [];
	const { items } = await poll(
		['early', 'late'],
		{ waiting: 'suspend' },
		{ onSuspend: (execution) => stored.push(execution) },
	);
	for (const item of items) expect(await readMedia(item)).toEqual(media);
	expect(stored.length).toBeGreaterThan(0);
	const fromStorage = simulator.calls.map(({ path }) => path.split('/')[2]);
	for (const name of media) {
		expect(fromStorage.filter((each) => each === name)).toHaveLength(2);
	}
	expect(asked.filter((path) => path === '/file/early.mp4')).toHaveLength(5);
});
