import './fastTime';
import { gzipSync } from 'node:zlib';
import type { INodeParameters, IRun } from 'n8n-workflow';
import { runWorkflow } from '../../workbench/engine/engine';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import { inARow, jobsOf, pollNode } from './workflow';

/* Answers to a check that are larger than any provider needs. */

const KB = 1024;
const name = 'Veo Poll Until Done';
const succeeded = { id: 'vid_1', status: 'completed', video_url: 'https://files.example/1.mp4' };

let host: OwnHost;
beforeAll(async () => {
	host = await startOwnHost();
});
afterAll(async () => await host.close());

async function poll(
	parameters: INodeParameters,
	jobIds: string[] = ['vid_1'],
	onSuspend?: (stored: string) => void,
): Promise<IRun> {
	const options = { tolerance: 2, includeRaw: true };
	const node = pollNode(
		'openAiVideos',
		{ download: false, pollIntervalSeconds: 5, options, ...parameters },
		{ onError: 'continueRegularOutput' },
	);
	return await runWorkflow(inARow(node), {
		credentials: {
			veoOpenAiVideosApi: { apiKey: 'sk-of-this-test-0123456789', baseUrl: host.baseUrl },
		},
		items: jobIds.map((jobId) => ({ json: { jobId } })),
		onSuspend,
	});
}

test('the raw answer is cut to 64 kB, and says so', async () => {
	const body = { ...succeeded, prompt: 'ä'.repeat(150 * KB) };
	host.answer((_request, response) => sendJson(response, 200, body));
	const [job] = jobsOf(await poll({}), name);
	expect(job).toMatchObject({ status: 'succeeded', videoUrl: succeeded.video_url });
	const { note, start } = job?.raw as { note: string; start: string };
	const text = JSON.stringify(body);
	expect(note).toContain(`${Buffer.byteLength(text)} bytes`);
	expect(text.startsWith(start)).toBe(true);
	expect(Buffer.byteLength(start)).toBeLessThanOrEqual(64 * KB);
	expect(Buffer.byteLength(start)).toBeGreaterThan(64 * KB - 4);
});

test('a smaller one comes as it is', async () => {
	const body = { ...succeeded, prompt: 'a'.repeat(60 * KB) };
	host.answer((_request, response) => sendJson(response, 200, body));
	expect(jobsOf(await poll({}), name)).toMatchObject([{ raw: body }]);
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
	const run = await poll({ waiting: 'suspend' }, jobIds, ({ length }) => sizes.push(length));
	expect(jobsOf(run, name)).toHaveLength(12);
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
	const [job] = jobsOf(await poll({}), name);
	expect(job).toMatchObject({
		jobId: 'vid_1',
		failure: { code: 'no_answer', message: expect.stringContaining('more than 1 MB') as string },
	});
});
