import './fastTime';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { INodeParameters } from 'n8n-workflow';
import { continueRegular, execute, withCredential } from './scene';
import { sendJson, useOwnHost } from './ownHost';
import { pollNode } from './workflow';

/* Answers that are larger than any provider needs, or have no end. */

const KB = 1024;
const succeeded = { id: 'vid_1', status: 'completed', video_url: 'https://files.example/1.mp4' };
const host = useOwnHost();

async function poll(
	parameters: INodeParameters = {},
	jobIds = ['vid_1'],
	onSuspend?: (stored: string) => void,
) {
	const options = { tolerance: 2, includeRaw: true };
	const fixed = { download: false, pollIntervalSeconds: 5, options };
	return await execute(
		pollNode('openAiVideos', { ...fixed, ...parameters }, continueRegular),
		jobIds.map((jobId) => ({ jobId })),
		{ ...withCredential('openAiVideos', { baseUrl: host.baseUrl }), onSuspend },
	);
}

// To the byte: test/wire/answers.test.ts.
test('the raw answer is cut to 64 kB, and says so', async () => {
	const body = { ...succeeded, prompt: 'a'.repeat(150 * KB) };
	host.answer((_request, response) => sendJson(response, 200, body));
	const { jobs } = await poll();
	expect(jobs).toMatchObject([{ status: 'succeeded', videoUrl: succeeded.video_url }]);
	const { note, start } = jobs[0]?.raw as { note: string; start: string };
	expect(note).toContain(`${JSON.stringify(body).length} bytes`);
	expect(start).toBe(JSON.stringify(body).slice(0, 64 * KB));
});

test('twelve suspended jobs with large answers stay small enough to be stored', async () => {
	let checks = 0;
	host.answer((_request, response) => {
		const status = ++checks > 24 ? succeeded : { id: 'vid_1', status: 'queued' };
		// Equal texts would be stored once.
		sendJson(response, 200, { ...status, padding: `${checks} ${'a'.repeat(900 * KB)}` });
	});
	const jobIds = Array.from({ length: 12 }, (_item, index) => `vid_${index}`);
	const sizes: number[] = [];
	const { jobs } = await poll({ waiting: 'suspend' }, jobIds, ({ length }) => sizes.push(length));
	expect(jobs).toHaveLength(12);
	expect(sizes.length).toBeGreaterThan(0);
	expect(Math.max(...sizes)).toBeLessThan(12 * 100 * KB);
});

test.each([
	['as it is', false],
	['in a few kilobytes of gzip', true],
])('more than 1 MB is no answer, %s', async (_name, isZipped) => {
	const text = JSON.stringify({ ...succeeded, padding: ' '.repeat(1024 * KB) });
	host.answer((_request, response) => {
		const encoding = isZipped ? { 'content-encoding': 'gzip' } : {};
		response.writeHead(200, { 'content-type': 'application/json', ...encoding });
		response.end(isZipped ? gzipSync(text) : text);
	});
	const message = expect.stringContaining('more than 1 MB') as string;
	expect((await poll()).jobs).toMatchObject([
		{ jobId: 'vid_1', failure: { code: 'no_answer', message } },
	]);
});

test.each([
	['a check', ''],
	['a download with the key', '127.0.0.1'],
	['a download without it', 'localhost'],
])('an answer to %s that hangs leaves no connection open', async (_name, fileHost) => {
	const hanging: Socket[] = [];
	const fileUrl = `${host.baseUrl.replace('127.0.0.1', fileHost)}/1.mp4`;
	host.answer((request, response) => {
		if (fileHost !== '' && !request.url?.endsWith('.mp4')) {
			return sendJson(response, 200, { ...succeeded, video_url: fileUrl });
		}
		if (response.socket) hanging.push(response.socket);
		response.writeHead(200, { 'content-length': '100000' }).write('{');
	});
	const { jobs } = await poll({ download: fileHost !== '' });
	expect(jobs[0]?.failure).toBeDefined();
	expect(hanging.length).toBeGreaterThan(0);
	const open = hanging.filter(({ destroyed }) => !destroyed);
	await Promise.all(open.map(async (socket) => await once(socket, 'close')));
});
