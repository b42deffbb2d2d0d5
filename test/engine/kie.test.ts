import { createHash } from 'node:crypto';
import {
	callsTo,
	continueError,
	creates,
	execute,
	expectVideos,
	firstFrame,
	frame,
	jobIds,
	simulator,
	withCredential,
} from './scene';
import { image } from '../simulator/calls';
import { sendJson, useOwnHost } from './ownHost';
import { createNode, jobsOf, model, pollNode } from './workflow';

const poll = pollNode('kie');

test.each([
	['veo3_fast', 'imageUrls'],
	['kling-3.0/video', 'image_urls'],
])('%s: a file becomes a link before the job is created', async (name, field) => {
	const node = createNode('kie', { model: model(name), ...firstFrame });
	const { items } = await execute([node, poll], ['A cat [sim seconds=0]'], { files: [frame] });
	await expectVideos(items);
	const hash = createHash('sha256').update(image).digest('hex').slice(0, 16);
	const { fields = {} } = simulator.ledger[0] ?? {};
	expect({ ...fields, ...(fields.input as object | undefined) }).toMatchObject({
		[field]: [`${simulator.cdnOrigin}/cdn/images/n8n/${hash}.png`],
	});
	expect(callsTo('file-stream-upload')).toHaveLength(1);
});

describe('the upload at a host of its own', () => {
	const host = useOwnHost();
	const node = createNode('kie', firstFrame, continueError);

	test('gets the key, because the credential names it', async () => {
		const seen: unknown[] = [];
		const link = 'https://files.example.com/a.png';
		host.answer(({ method, url, headers }, response) => {
			seen.push([method, url, headers.authorization]);
			sendJson(response, 200, { success: true, code: 200, data: { downloadUrl: link } });
		});
		const credential = withCredential('kie', { uploadUrl: host.baseUrl });
		await execute(node, ['A cat'], { files: [frame], ...credential });
		expect(seen).toEqual([['POST', '/api/file-stream-upload', `Bearer ${simulator.key('kie')}`]]);
		expect(simulator.ledger).toMatchObject([{ fields: { imageUrls: [link] } }]);
	});
});

describe('maintenance at a create', () => {
	const host = useOwnHost();

	test('is a passing state, also with its code as the HTTP status', async () => {
		const maintenance = { code: 455, msg: 'Under maintenance', data: null };
		for (const httpStatus of [200, 455]) {
			host.answer((_request, response) => sendJson(response, httpStatus, maintenance));
			const credential = withCredential('kie', { baseUrl: host.baseUrl });
			const { failed } = await execute(createNode('kie', {}, continueError), ['A cat'], credential);
			const failure = { code: 'busy', retryable: true };
			expect(failed).toMatchObject([{ details: { failure } }]);
		}
	});
});

test('the job of another model is found by its id alone', async () => {
	const node = createNode('kie', { model: model('wan/3-0-video') });
	const { jobs } = await execute(node, ['A cat [sim seconds=0]']);
	expect(jobs).toMatchObject([{ jobId: `jobs:${jobIds()[0]}`, model: 'wan/3-0-video' }]);
	const { items } = await execute(poll, [{ jobId: jobs[0]?.jobId }]);
	await expectVideos(items);
});

test.each(['wrapped', 'flat'])('the links in a text (%s) lead to the file', async (shape) => {
	const { items } = await execute(
		[createNode('kie'), poll],
		[`A cat [sim seconds=0 shape=${shape}]`],
	);
	await expectVideos(items);
});

describe('HTTP 200 with another code in the body', () => {
	test('a rate limit: the create is sent again', async () => {
		const prompt = 'A cat [sim ending=rate_limited words=http200]';
		const { jobs } = await execute(createNode('kie'), [prompt]);
		expect(creates().map(({ httpStatus }) => httpStatus)).toEqual([200, 200]);
		expect(jobs).toMatchObject([{ jobId: jobIds()[0] }]);
		expect(simulator.ledger).toHaveLength(1);
	});

	test('maintenance at the first check is waited for', async () => {
		const maintenance = JSON.stringify({ code: 455, msg: 'Under maintenance', data: null });
		simulator.failNext({ kind: 'text', route: 'status', text: maintenance, times: 2 });
		const { run, items } = await execute([createNode('kie'), poll], ['A cat [sim seconds=0]']);
		expect(jobsOf(run, poll.name)).toMatchObject([{ status: 'succeeded', checks: 3 }]);
		await expectVideos(items);
	});

	test('a rate limit at a check does not count as a failed one', async () => {
		const limited = JSON.stringify({ code: 429, msg: 'Too many', data: null });
		simulator.failNext({ kind: 'text', route: 'status', text: limited, times: 5 });
		const once = pollNode('kie', { options: { tolerance: 1 } });
		const { run, items } = await execute([createNode('kie'), once], ['A cat [sim seconds=0]']);
		expect(jobsOf(run, once.name)).toMatchObject([{ status: 'succeeded', checks: 6 }]);
		await expectVideos(items);
	});
});
