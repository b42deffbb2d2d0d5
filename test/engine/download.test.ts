import {
	callsTo,
	checks,
	continueRegular,
	creates,
	execute,
	expectVideos,
	jobIds,
	simulator,
	withCredential,
} from './scene';
import type { ServerResponse } from 'node:http';
import type { IDataObject } from 'n8n-workflow';
import type { ProviderName } from '../../nodes/providers';
import { videoBytes } from '../../workbench/simulator/files';
import { providersWithContent } from '../simulator/creates';
import { sendJson, useOwnHost } from './ownHost';
import type { NodeSettings } from './workflow';
import { createNode, fileOf, mediaOf, pollNode } from './workflow';

/*
 * Where the file of a finished job comes from, and when it is given up. Each fault at each download:
 * test/faults/download.test.ts. What is a whole video: wholeVideo.test.ts.
 */

const video = videoBytes('landscape-8s');
const failure = { code: 'download_failed' };

/** Finished jobs, of which the first meets what the simulator is to spoil. */
const fetchTwo = async (provider: ProviderName, directives = '', settings: NodeSettings = {}) =>
	await execute(
		[createNode(provider), pollNode(provider, {}, settings)],
		['A cat', 'A dog'].map((prompt) => `${prompt} [sim seconds=0 ${directives}]`),
	);

function expectNoKeyAbroad(): void {
	const abroad = simulator.calls.filter(({ origin }) => origin === 'foreign');
	expect(abroad.length).toBeGreaterThan(0);
	for (const { headers, path } of abroad) {
		expect(headers).not.toHaveProperty('authorization');
		expect(`${path} ${JSON.stringify(headers)}`).not.toMatch(/sk-sim-/);
	}
}

describe('where the file is', () => {
	test.each(providersWithContent)(
		'%s: the download route answers with the file, and gets the key',
		async (provider) => {
			const { items } = await fetchTwo(provider, 'ending=noUrl content=bytes');
			await expectVideos(items);
			expect(callsTo('/content')).toHaveLength(2);
			for (const { headers } of callsTo('/content')) {
				expect(headers.authorization).toBe(`Bearer ${simulator.key(provider)}`);
			}
			expect(callsTo('/cdn/')).toEqual([]);
		},
	);

	test.each(providersWithContent)(
		'%s: the route leads abroad, and the key stays',
		async (provider) => {
			for (const content of ['json', 'redirect']) {
				const { items } = await fetchTwo(provider, `ending=noUrl content=${content}`);
				await expectVideos(items);
			}
			const statuses = callsTo('/content').map(({ httpStatus }) => httpStatus);
			expect(statuses).toEqual([200, 200, 302, 302]);
			expect(callsTo('/cdn/')).toHaveLength(4);
			expectNoKeyAbroad();
		},
	);

	test('deerApi: the rest of a file that breaks off is asked for with the key as well', async () => {
		simulator.failNext({ kind: 'resetMidBody', route: 'content' });
		await expectVideos((await fetchTwo('deerApi')).items);
		const resumed = simulator.calls.filter(({ headers }) => headers.range);
		expect(resumed).toMatchObject([{ httpStatus: 206 }]);
		expect(resumed[0]?.headers.authorization).toBe(`Bearer ${simulator.key('deerApi')}`);
	});

	test.each([301, 302, 303, 307, 308])('a redirect with %s is followed', async (httpStatus) => {
		simulator.failNext({ kind: 'redirect', httpStatus, route: 'content' });
		await expectVideos((await fetchTwo('deerApi')).items);
		expect(callsTo('/cdn/')).toHaveLength(1);
		expectNoKeyAbroad();
	});
});

describe('a link that is not good', () => {
	test.each([
		['deepWl', 403],
		['newApiRemix', 410],
	] as const)('%s, %s: the download route has the file', async (provider, httpStatus) => {
		simulator.failNext({ kind: 'status', httpStatus, route: 'cdn' });
		await expectVideos((await fetchTwo(provider, 'linkSeconds=3000')).items);
		expect(callsTo('/content')).toHaveLength(1);
		expectNoKeyAbroad();
	});

	test.each(['apimp', 'eronmind'] as const)(
		'%s has no download route: a check gives a fresh link, which comes out',
		async (provider) => {
			for (const httpStatus of [403, 410, 404, 400]) {
				simulator.reset();
				simulator.failNext({ kind: 'status', httpStatus, route: 'cdn' });
				// A link that is signed at the same millisecond is the same.
				simulator.failNext({ kind: 'delay', delayMs: 20, times: 1000 });
				const nodes = [createNode(provider), pollNode(provider)];
				const { items, jobs } = await execute(nodes, ['A cat [sim seconds=0 linkSeconds=3000]']);
				await expectVideos(items);
				const [old, fresh, ...others] = callsTo('/cdn/');
				expect(others).toEqual([]);
				expect(old?.path).not.toBe(fresh?.path);
				const videoUrl = `${simulator.cdnOrigin}${fresh?.path}`;
				expect(jobs).toMatchObject([{ videoUrl, checks: checks().length }]);
				expect(creates()).toHaveLength(1);
			}
		},
	);

	test('for good: the job and its link come out, and it is checked only as often as it may help', async () => {
		simulator.failNext({ kind: 'status', httpStatus: 403, route: 'cdn', times: 1000 });
		const { items, jobs } = await fetchTwo('apimp', '', continueRegular);
		const videoUrl = expect.stringMatching(/\.mp4$/) as string;
		expect(jobs).toMatchObject(
			jobIds().map((jobId) => ({ jobId, status: 'succeeded', videoUrl, failure })),
		);
		for (const { binary } of items) expect(binary).toBeUndefined();
		for (const jobId of jobIds()) expect(checks(jobId).length).toBeLessThanOrEqual(2);
		expect(creates()).toHaveLength(2);

		const { error, text } = await execute(
			pollNode('apimp'),
			jobIds().map((jobId) => ({ jobId })),
		);
		expect(error?.message).toMatch(/could not be downloaded/);
		for (const jobId of jobIds()) expect(text).toContain(jobId);
		expect(text).toMatch(/exists and is paid for. Poll the same job again/);
		expect(text).toMatch(/http\S+\.mp4/);
	});

	test('polling the same job again fetches the file, once the link works', async () => {
		simulator.failNext({ kind: 'status', httpStatus: 503, route: 'cdn', times: 8 });
		const { jobs } = await fetchTwo('apimp', '', continueRegular);
		expect(jobs).toMatchObject([{ failure }, { failure }]);
		const { items } = await execute(pollNode('apimp'), jobs);
		await expectVideos(items);
		expect(items[0]?.json).not.toHaveProperty('failure');
	});
});

describe('names of files', () => {
	const host = useOwnHost();

	async function namesOf(items: IDataObject[], fileName = ''): Promise<unknown[]> {
		const link = `${simulator.cdnOrigin}/cdn/landscape-8s/..%2f..%2fserver.mp4`;
		const files = [{ file_url: link, file_type: 'video' }];
		const data = { task_id: 'x', status: 'finished', files };
		host.answer((_request, response) => sendJson(response, 200, { code: 200, data }));
		const node = pollNode('apimp', { options: { fileName } });
		const changed = withCredential('apimp', { baseUrl: host.baseUrl });
		const execution = await execute(node, items, changed);
		return execution.items.map((item) => fileOf(item).fileName);
	}

	// Each name that a system would refuse: test/transport/download/fileName.test.ts.
	test.each([
		['come from the job, never from the server', ['job/1', '../../a'], '', ['job_1', '_.._a']],
		['differ in more than letter case', ['JOB', 'job'], '', ['JOB', 'job-2']],
		[
			'are different for different jobs, and the same for the same',
			['a', 'b', 'a', 'c'],
			'Spring.mp4',
			['Spring', 'Spring-2', 'Spring', 'Spring-3'],
		],
	])('%s', async (_title, ids, fileName, names) => {
		const items = ids.map((jobId) => ({ jobId }));
		expect(await namesOf(items, fileName)).toEqual(names.map((name) => `${name}.mp4`));
	});

	test('two files under one name have each its own bytes', async () => {
		const { items } = await execute(
			[
				createNode('apimp', { aspectRatio: '={{ $json.shape }}' }),
				pollNode('apimp', { options: { fileName: 'same' } }),
			],
			['16:9', '9:16'].map((shape) => ({ prompt: 'A cat [sim seconds=0]', shape })),
		);
		const media = await Promise.all(items.map(async (item) => await mediaOf(item)));
		expect(media).toEqual(['landscape-8s', 'portrait-8s']);
		expect(items.map((item) => fileOf(item).fileName)).toEqual(['same.mp4', 'same-2.mp4']);
	});
});

describe('the time of a download', () => {
	const host = useOwnHost();
	// The node waits no longer than its deadline and five minutes.
	const deadlineSeconds = 12;
	const latestSeconds = deadlineSeconds + 5 * 60;

	/** Polls so many finished jobs, and fetches their files. Says which were asked for, and how long it took. */
	async function fetchFiles(
		jobs: number,
		send: (response: ServerResponse, jobId: string) => void,
		timeoutSeconds = deadlineSeconds,
		sendFromRoute = (response: ServerResponse) => sendJson(response, 404, {}),
	) {
		const asked: string[] = [];
		let beganAt = 0;
		host.answer(({ url = '' }, response) => {
			const [jobId = ''] = /job-\d+/.exec(url) ?? [];
			if (url.startsWith('/file/')) {
				beganAt ||= Date.now();
				asked.push(jobId);
				send(response, jobId);
			} else if (url.endsWith('/content')) sendFromRoute(response);
			else {
				const videoUrl = `${host.baseUrl}/file/${jobId}.mp4`;
				sendJson(response, 200, { id: jobId, status: 'completed', video_url: videoUrl });
			}
		});
		const { items } = await execute(
			pollNode('deepWl', { timeoutMinutes: timeoutSeconds / 60 }, continueRegular),
			Array.from({ length: jobs }, (_none, index) => ({ jobId: `job-${index}` })),
			withCredential('deepWl', { baseUrl: host.baseUrl }),
		);
		return { items, asked, seconds: (Date.now() - beganAt) / 1000 };
	}

	const sendHead = (response: ServerResponse) =>
		response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': video.length });

	/** One byte each five seconds, for twenty minutes; the rest of the video then. */
	function drip(response: ServerResponse): void {
		sendHead(response).flushHeaders();
		let sent = 0;
		const dripping = setInterval(() => {
			if (sent < 240) response.write(video.subarray(sent, ++sent));
			else response.end(video.subarray(sent));
			if (response.writableEnded) clearInterval(dripping);
		}, 5_000);
		response.on('close', () => clearInterval(dripping));
	}

	const failed = (says: RegExp) => {
		const message = expect.stringMatching(says) as string;
		return { status: 'succeeded', failure: { ...failure, message, retryable: true } };
	};
	const noAnswer = failed(/no answer in time|no time was left/);

	test('ends where the file drips, near the deadline and long before it', async () => {
		const near = await fetchFiles(1, drip);
		expect(near.items[0]?.binary).toBeUndefined();
		expect(near.items[0]?.json).toMatchObject(failed(/too slow|too long/));
		expect(near.seconds).toBeLessThan(latestSeconds);
		const { items, seconds } = await fetchFiles(1, drip, 3600);
		expect(items[0]?.json).toMatchObject(failed(/too slow \(\d+ bytes per second\)/));
		expect(seconds).toBeLessThan(15 * 60);
	});

	test('ends where many hosts never answer, and the file behind them is fetched', async () => {
		const { items, seconds } = await fetchFiles(13, (response, jobId) => {
			if (jobId === 'job-12') sendHead(response).end(video);
		});
		for (const { json } of items.slice(0, 12)) expect(json).toMatchObject(noAnswer);
		await expectVideos(items.slice(12));
		expect(seconds).toBeLessThan(latestSeconds);
	});

	test('has room for a stall of half a minute', async () => {
		const { items, asked } = await fetchFiles(1, (response) => {
			sendHead(response).write(video.subarray(0, 30_000));
			setTimeout(() => response.end(video.subarray(30_000)), 30_000);
		});
		await expectVideos(items);
		expect(asked).toHaveLength(1);
	});

	test('each file is asked for before any is tried again', async () => {
		const { items, asked } = await fetchFiles(20, (response) => sendJson(response, 503, {}), 600);
		for (const { json } of items) expect(json).toMatchObject(failed(/503/));
		expect(new Set(asked.slice(0, 20)).size).toBe(20);
		expect(asked).toHaveLength(80);
	});
});
