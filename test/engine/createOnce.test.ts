import { fastClock, passSeconds, until } from './fastTime';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { providerNames, providersWith } from '../../nodes/providers';
import { startSimulator } from '../../workbench/simulator';
import type { Handle } from './ownHost';
import { sendJson, useOwnHost } from './ownHost';
import type { Execution } from './scene';
import {
	continueError,
	creates,
	execute,
	failCreate,
	jobIds,
	retryOnFail,
	simulator,
	startedPrompts,
	withCredential,
} from './scene';
import { createNode, pollNode, submitsTo } from './workflow';

/*
 * What the answer to a create says about the money: started, not started, or unknown. Each fault at a
 * create: test/faults/create.test.ts. What each body says: test/wire/answers.test.ts.
 */

const unknown = /may have been started and paid for/;
const notStarted = /Nothing was started or paid for/;

describe('the answer to a create is lost', () => {
	const withoutList = providerNames.filter((name) => !providersWith('find').includes(name));
	test.each(withoutList)('%s: never sent again, not by Retry On Fail either', async (provider) => {
		failCreate({ kind: 'html', httpStatus: 502, acceptFirst: true });
		const { run, error, text } = await execute(
			createNode(provider, {}, retryOnFail),
			// Half of a chat's stream already names the job: this one has no ID in it.
			['A cat [sim stream=cut]', 'A dog'],
		);
		expect(simulator.calls).toHaveLength(1);
		expect(simulator.ledger).toHaveLength(1);
		expect(error).toMatchObject({ name: 'NodeApiError', context: { itemIndex: 0 } });
		expect(text).toMatch(unknown);
		// What was sent, so that the job can be found in the provider's own log.
		expect(text).toContain('A cat');
		expect(JSON.stringify(run.data)).not.toContain(simulator.key(provider));
	});

	test('its failure has a code of its own, and the other items go on, once', async () => {
		failCreate({ kind: 'html', acceptFirst: true });
		const node = createNode('deerApi', {}, { ...retryOnFail, ...continueError });
		const { jobs, failed } = await execute(node, ['A cat', 'A dog']);
		expect(creates()).toHaveLength(2);
		expect(jobs).toMatchObject([{ prompt: 'A dog', status: 'queued' }]);
		expect(failed).toMatchObject([
			{
				error: expect.stringMatching(/did not clearly accept or reject/) as string,
				details: {
					provider: 'deerApi',
					prompt: 'A cat',
					failure: { code: 'outcome_unknown', retryable: false },
					description: expect.stringMatching(unknown) as string,
				},
			},
		]);
	});

	test('with Stop Workflow the error also names the jobs that were started before it', async () => {
		const running = execute(createNode('deepWl'), ['A cat', 'A dog', 'A bird']);
		await until(() => simulator.ledger.length > 0);
		failCreate({ kind: 'html', acceptFirst: true });
		const { text } = await running;
		expect(startedPrompts()).toEqual(['A cat', 'A dog']);
		expect(text).toContain(jobIds()[0]);
		expect(text).toMatch(unknown);
		expect(text).toContain('A dog');
	});
});

describe('what was certainly not accepted', () => {
	test('a host that refuses the connection is tried again, and the error says what to check', async () => {
		const baseUrl = `http://127.0.0.1:${await closedPort()}`;
		const startedAt = Date.now();
		const changed = withCredential('deepWl', { baseUrl });
		const { text } = await execute(createNode('deepWl'), ['A cat'], changed);
		// At least two seconds before the second try.
		expect(Date.now() - startedAt).toBeGreaterThanOrEqual(2000);
		expect(text).toMatch(/refused the connection/);
		expect(text).toMatch(notStarted);
		expect(text).toMatch(/Base URL/);
	});

	test('a host that starts while it is being tried gets the job', async () => {
		const port = await closedPort();
		const changed = withCredential('deerApi', { baseUrl: `http://127.0.0.1:${port}/deerapi` });
		const running = execute(createNode('deerApi'), ['A cat'], changed);
		// At least two seconds pass until the second try.
		await passSeconds(1);
		const late = await startSimulator({ clock: fastClock, port });
		try {
			expect((await running).jobs).toMatchObject([{ status: 'queued' }]);
			expect(submitsTo(late)).toHaveLength(1);
		} finally {
			await late.close();
		}
	});
});

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

describe('what an answer says', () => {
	const host = useOwnHost();
	const apiKey = 'sk-of-this-test-0123456789';
	const page = '<!DOCTYPE html><html><head><title>Example Domain</title></head></html>';

	/** Runs Veo Create for one item, with Retry On Fail, and counts how often it was sent. */
	async function createAt(answer: Handle, key = apiKey): Promise<Execution & { sent: number }> {
		let sent = 0;
		host.answer((request, response) => {
			sent++;
			answer(request, response);
		});
		const changed = withCredential('openAiVideos', { apiKey: key, baseUrl: host.baseUrl });
		const node = createNode('openAiVideos', {}, retryOnFail);
		return { ...(await execute(node, ['A cat'], changed)), sent };
	}

	const answering = async (httpStatus: number, body: unknown) =>
		await createAt((_request, response) => sendJson(response, httpStatus, body));
	const oops = { message: 'Oops' };

	test.each<[string, number, unknown, string]>([
		['200 without a job or an error', 200, { detail: 'Your task is in the queue' }, 'the queue'],
		['200 with an error and an ID', 200, { id: 'vid_1', error: oops }, 'vid_1'],
		['200 with an error and an ID elsewhere', 200, { error: 'Oops', taskId: 'task_1' }, 'task_1'],
		[
			'200 with a success and an ID in data',
			200,
			{ code: 'success', data: 'task_1' },
			'job task_1',
		],
		['400 with an ID', 400, { data: { id: 'vid_1', status: 'queued' } }, 'vid_1'],
		['429 with an ID', 429, { id: 'vid_1', status: 'queued' }, 'vid_1'],
		['425 with an ID', 425, { id: 'vid_1' }, 'vid_1'],
		['409', 409, { error: { message: 'task already exists' } }, 'task already exists'],
		['500 with an ID', 500, { id: 'vid_1', ...oops }, 'vid_1'],
		['307 with an ID', 307, { id: 'vid_1', status: 'queued' }, 'vid_1'],
	])(
		'%s: the outcome is unknown, and nothing is sent again',
		async (_name, status, body, named) => {
			const { sent, error, text } = await answering(status, body);
			expect(sent).toBe(1);
			expect(error).toMatchObject({ httpCode: 'outcome_unknown' });
			expect(error?.message).toContain(named);
			expect(text).toMatch(unknown);
		},
	);

	test.each<[string, number, unknown, string]>([
		['200 with an error', 200, { error: { message: 'The prompt is too long' } }, 'bad_request'],
		['200 with the number of a refusal', 200, { code: 402, message: 'No' }, 'out_of_credit'],
		['400 without an ID', 400, { detail: 'The prompt is too long' }, 'bad_request'],
	])('%s: nothing was started', async (_name, status, body, httpCode) => {
		const { sent, error, text } = await answering(status, body);
		expect(sent).toBe(retryOnFail.maxTries);
		expect(error).toMatchObject({ httpCode });
		expect(text).toMatch(notStarted);
	});

	test.each<[string, object, object]>([
		['queued beside an error', { status: 'queued' }, { status: 'queued' }],
		['failed', { status: 'failed' }, { status: 'failed', failure: oops }],
	])('a job is started where its status says so: %s', async (_name, said, job) => {
		const { sent, jobs } = await answering(200, { id: 'vid_1', error: oops, ...said });
		expect(sent).toBe(1);
		expect(jobs).toMatchObject([{ jobId: 'vid_1', ...job }]);
	});

	test('a redirect is not followed: it may be sent again, and its target is named', async () => {
		const { sent, text } = await createAt((_request, response) => {
			response.writeHead(308, { location: 'https://api.example.com/v1/videos?key=x' }).end();
		});
		// Not at once: it would be answered the same way. Only Retry On Fail tries.
		expect(sent).toBe(retryOnFail.maxTries);
		expect(text).toMatch(notStarted);
		expect(text).toMatch(/https:\/\/api\.example\.com\)/);
		expect(text).toMatch(/Base URL/);
	});

	test('an error names a job whole, also where the key is a word of its ID', async () => {
		const id = 'task.test.9f';
		const body = { id, error: { message: 'The key test is new here' } };
		const { error } = await createAt((_request, response) => sendJson(response, 400, body), 'test');
		expect(error?.message).toMatch(/The key \*\*\* is new here/);
		expect(error?.message).toContain(`(it names the job ${id})`);
	});

	const tooLong = JSON.stringify({ id: 'vid_1', image: 'x'.repeat(1.5 * 1024 * 1024) });

	test.each([
		[200, tooLong],
		[429, '{"id":"vid_1","status":"que'],
		[400, '{"data":{"task_id": "vid_1","sta'],
	])('the job in a part of an answer with HTTP %i is named', async (status, part) => {
		const { sent, error, text } = await createAt((_request, response) => {
			response.writeHead(status, { 'content-type': 'application/json' }).end(part);
		});
		expect(sent).toBe(1);
		expect(error?.message).toMatch(/\(it names the job vid_1\)/);
		expect(text).toMatch(unknown);
	});

	test.each([
		['a website', 200, 1, true],
		['a website', 404, 3, true],
		['the page of an outage', 502, 1, false],
	])('%s that answers %i: whether the Base URL is named', async (_what, status, times, isNamed) => {
		const { sent, text } = await createAt((_request, response) => {
			response.writeHead(status, { 'content-type': 'text/html' }).end(page);
		});
		expect(sent).toBe(times);
		expect(text).toContain('"Example Domain"');
		const advice = `If the Base URL ${host.baseUrl} is a website, nothing was bought`;
		expect(text.includes(advice)).toBe(isNamed);
		expect(text).toMatch(times === 1 ? unknown : notStarted);
	});

	test.each([
		['a page', 200],
		['a redirect', 301],
	])('a website that answers a check with %s is asked twice, and named', async (_what, status) => {
		let checks = 0;
		host.answer((_request, response) => {
			checks++;
			const headers = { 'content-type': 'text/html', location: 'https://www.example.com/' };
			response.writeHead(status, headers).end(page);
		});
		const { failed } = await execute(
			pollNode('openAiVideos', {}, continueError),
			[{ jobId: 'vid_1' }],
			withCredential('openAiVideos', { apiKey, baseUrl: host.baseUrl }),
		);
		expect(checks).toBe(2);
		expect(failed).toMatchObject([
			{
				error: expect.stringContaining(host.baseUrl) as string,
				details: {
					jobId: 'vid_1',
					failure: { code: 'wrong_address' },
					description: expect.stringMatching(/Check the Base URL/) as string,
				},
			},
		]);
	});

	test('an answer that is silent for longer than a minute still names its job', async () => {
		const { jobs } = await createAt((_request, response) => {
			response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
			setTimeout(() => response.end('"vid_1"}'), 120_000);
		});
		expect(jobs).toMatchObject([{ jobId: 'vid_1' }]);
	});
});
