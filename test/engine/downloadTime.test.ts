import { fastClock } from './fastTime';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { INodeExecutionData } from 'n8n-workflow';
import type { Simulator } from '../../workbench/simulator';
import { videoBytes } from '../../workbench/simulator/files';
import { useSimulator } from '../useSimulator';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import { credentialsWith, itemsOf, mediaOf, pollNode, runNodes } from './workflow';

const video = videoBytes('landscape-8s');
// The node waits no longer than its deadline and five minutes.
const deadlineSeconds = 12;
const latestSeconds = deadlineSeconds + 5 * 60;

let simulator: Simulator;
let host: OwnHost;
useSimulator(fastClock, (started) => (simulator = started));
beforeEach(async () => {
	host = await startOwnHost();
});
afterEach(async () => await host.close());

interface Fetched {
	items: INodeExecutionData[];
	/** The jobs whose files were asked for, in that order. */
	asked: string[];
	/** From the first of these requests to the end of the execution. */
	seconds: number;
}

interface Sent {
	jobs: number;
	/** How the link of a job answers. */
	send(response: ServerResponse, jobId: string): void;
	/** How the provider's download route answers: it has no file, unless told. */
	sendFromRoute?(response: ServerResponse): void;
	timeoutSeconds?: number;
}

/** Polls so many finished jobs, and fetches their files. */
async function fetchFiles({
	jobs,
	send,
	sendFromRoute = (response) => sendJson(response, 404, {}),
	timeoutSeconds = deadlineSeconds,
}: Sent): Promise<Fetched> {
	const asked: string[] = [];
	let beganAt = 0;
	host.answer(({ url = '' }: IncomingMessage, response) => {
		const jobId = /job-\d+/.exec(url)?.[0] ?? '';
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
	const parameters = { timeoutMinutes: timeoutSeconds / 60 };
	const node = pollNode('deepWl', parameters, { onError: 'continueRegularOutput' });
	const jobIds = Array.from({ length: jobs }, (_none, index) => ({ jobId: `job-${index}` }));
	const run = await runNodes(simulator, [node], jobIds, {
		credentials: credentialsWith(simulator, 'deepWl', { baseUrl: host.baseUrl }),
	});
	return { items: itemsOf(run, node.name), asked, seconds: (Date.now() - beganAt) / 1000 };
}

const sendHead = (response: ServerResponse) =>
	response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': video.length });

const sendWhole = (response: ServerResponse) => sendHead(response).end(video);

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

const hang = () => undefined;

const failed = (message: RegExp) => ({
	status: 'succeeded',
	failure: {
		code: 'download_failed',
		message: expect.stringMatching(message) as string,
		retryable: true,
	},
});

describe('a download ends within its time', () => {
	test('where the file drips', async () => {
		const { items, seconds } = await fetchFiles({ jobs: 1, send: drip });
		expect(items[0]?.binary).toBeUndefined();
		expect(items[0]?.json).toMatchObject(failed(/too slow|too long/));
		expect(seconds).toBeLessThan(latestSeconds);
	});

	test('where the host never answers', async () => {
		const { items, seconds } = await fetchFiles({ jobs: 1, send: hang, sendFromRoute: hang });
		expect(items[0]?.json).toMatchObject(failed(/no answer in time|no time was left/));
		expect(seconds).toBeLessThan(latestSeconds);
	});

	test('where many hosts never answer, and the file behind them is fetched', async () => {
		const { items, seconds } = await fetchFiles({
			jobs: 13,
			send: (response, jobId) => {
				if (jobId === 'job-12') sendWhole(response);
			},
		});
		for (const { json } of items.slice(0, 12)) {
			expect(json).toMatchObject(failed(/no answer in time|no time was left/));
		}
		expect(await mediaOf(items[12])).toBe('landscape-8s');
		expect(seconds).toBeLessThan(latestSeconds);
	});
});

test('a file that comes too slowly is given up long before the deadline', async () => {
	const { items, seconds } = await fetchFiles({ jobs: 1, send: drip, timeoutSeconds: 3600 });
	expect(items[0]?.json).toMatchObject(failed(/too slow \(\d+ bytes per second\)/));
	expect(seconds).toBeLessThan(15 * 60);
});

test('a stall of half a minute is waited for', async () => {
	const { items, asked } = await fetchFiles({
		jobs: 1,
		send: (response) => {
			sendHead(response).write(video.subarray(0, 30_000));
			setTimeout(() => response.end(video.subarray(30_000)), 30_000);
		},
	});
	expect(await mediaOf(items[0])).toBe('landscape-8s');
	expect(asked).toHaveLength(1);
});

test('a file that is to be tried again leaves its place: each is asked for before any is asked for twice', async () => {
	const { items, asked } = await fetchFiles({
		jobs: 20,
		send: (response) => sendJson(response, 503, {}),
		timeoutSeconds: 600,
	});
	for (const { json } of items) expect(json).toMatchObject(failed(/503/));
	expect(new Set(asked.slice(0, 20)).size).toBe(20);
	expect(asked).toHaveLength(80);
});
