import './fastTime';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IRun } from 'n8n-workflow';
import { runWorkflow } from '../../workbench/engine/engine';
import type { OwnHost } from './ownHost';
import { sendJson, startOwnHost } from './ownHost';
import type { NodeSettings } from './workflow';
import { createNode, errorOf, inARow, jobsOf, pollNode, textOf } from './workflow';

/* What the answer to a create says about the money: started, not started, or unknown. */

let host: OwnHost;
let creates = 0;

beforeAll(async () => {
	host = await startOwnHost();
});
beforeEach(() => {
	creates = 0;
});
afterAll(async () => {
	await host.close();
});

const retryOnFail: NodeSettings = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

/** Runs Veo Create for one item, with Retry On Fail. */
async function create(
	handle: (request: IncomingMessage, response: ServerResponse) => void,
	baseUrl = host.baseUrl,
	apiKey = 'sk-of-this-test-0123456789',
): Promise<IRun> {
	host.answer((request, response) => {
		creates++;
		handle(request, response);
	});
	return await runWorkflow(inARow(createNode('openAiVideos', {}, retryOnFail)), {
		credentials: { veoOpenAiVideosApi: { apiKey, baseUrl } },
		items: [{ json: { prompt: 'A cat' } }],
	});
}

const answering = (httpStatus: number, body: unknown) =>
	create((_request, response) => sendJson(response, httpStatus, body));

test.each<[string, number, unknown, string]>([
	[
		'200 with a code of success and the id in data',
		200,
		{ code: 'success', message: '任务已提交，请稍后查询', data: 'task_abc' },
		'task_abc',
	],
	['200 with a detail', 200, { detail: 'Your task is in the queue' }, 'Your task is in the queue'],
	['202 with an advice', 202, { message: 'Accepted, try again later with GET' }, 'with GET'],
	['200 with an error and an id', 200, { id: 'vid_1', error: { message: 'Oops' } }, 'vid_1'],
	[
		'200 with an error that says "try again later" and an id',
		200,
		{ id: 'vid_1', error: { message: 'It runs, try again later' } },
		'vid_1',
	],
	['200 with the code of a server error', 200, { code: 500, message: 'Oops' }, 'Oops'],
	['200 with a server error inside', 200, { error: { code: 504, message: 'Timeout' } }, 'Timeout'],
	[
		'200 with a conflict inside',
		200,
		{ error: { code: '409', message: 'It exists' } },
		'It exists',
	],
	['200 with a server error as status', 200, { status: 504, error: 'Gateway Timeout' }, 'Timeout'],
	[
		'200 with an unknown code, the message "success" and the id elsewhere',
		200,
		{ code: 10000, message: 'success', data: { id: 'vid_1' } },
		'vid_1',
	],
	['200 with an error and the id elsewhere', 200, { error: 'Oops', taskId: 'task_1' }, 'task_1'],
	['400 with the id elsewhere', 400, { data: { id: 'vid_1', status: 'queued' } }, 'vid_1'],
	['400 with an id that is queued', 400, { id: 'vid_1', status: 'queued' }, 'vid_1'],
	['400 with an id and an error', 400, { task_id: 'task_1', error: { message: 'No' } }, 'task_1'],
	['402 with an id inside', 402, { data: { task_id: 'task_1' } }, 'task_1'],
	['429 with an id', 429, { id: 'vid_1', status: 'queued' }, 'vid_1'],
	['425 with an id', 425, { id: 'vid_1' }, 'vid_1'],
	['409', 409, { error: { message: 'task already exists' } }, 'task already exists'],
	['423', 423, { error: { message: 'locked' } }, 'locked'],
	['424', 424, { error: { message: 'failed dependency' } }, 'failed dependency'],
	['499', 499, { error: { message: 'client closed request' } }, 'client closed request'],
	['500 with an id', 500, { id: 'vid_1', message: 'Oops' }, 'vid_1'],
])('%s: the outcome is unknown, and nothing is sent again', async (_name, status, body, named) => {
	const run = await answering(status, body);
	expect(creates).toBe(1);
	expect(errorOf(run)).toMatchObject({ httpCode: 'outcome_unknown' });
	expect(errorOf(run).message).toContain(named);
	expect(textOf(errorOf(run))).toMatch(/may have been started and paid for/);
});

test.each<[string, number, unknown, string]>([
	['an error', 200, { error: { message: 'The prompt is too long' } }, 'bad_request'],
	['success: false', 200, { success: false, message: 'No' }, 'bad_request'],
	['a code that is no success', 200, { code: 'invalid_request', message: 'No' }, 'bad_request'],
	['the number of a client error', 200, { code: 402, message: 'No' }, 'out_of_credit'],
	[
		'an error of a known kind beside an id',
		200,
		{ id: 'vid_1', error: { message: 'No', code: 'insufficient_user_quota' } },
		'out_of_credit',
	],
	['HTTP 400 without an id', 400, { detail: 'The prompt is too long' }, 'bad_request'],
])('%s: nothing was started', async (_name, status, body, httpCode) => {
	const run = await answering(status, body);
	expect(creates).toBe(retryOnFail.maxTries);
	expect(errorOf(run)).toMatchObject({ httpCode });
	expect(textOf(errorOf(run))).toMatch(/Nothing was started or paid for/);
});

test.each<[string, object, object]>([
	['queued beside an error', { status: 'queued' }, { status: 'queued' }],
	['failed', { status: 'failed' }, { status: 'failed', failure: { message: 'Oops' } }],
	['an empty error', { error: { message: '', code: '' } }, { status: 'queued' }],
	[
		'an unknown code with the message "Success"',
		{ error: undefined, code: 10000, message: 'Success' },
		{ status: 'queued' },
	],
])('a job is started where its status says so: %s', async (_name, told, job) => {
	const run = await answering(200, { id: 'vid_1', error: { message: 'Oops' }, ...told });
	expect(creates).toBe(1);
	expect(jobsOf(run, 'Veo Create')).toMatchObject([{ jobId: 'vid_1', ...job }]);
});

test.each([301, 302, 307, 308])(
	'a create answered %i is not taken: it may be sent again',
	async (status) => {
		const redirect = (_request: IncomingMessage, response: ServerResponse) => {
			response.writeHead(status, { location: 'https://api.example.com/v1/videos?key=x' }).end();
		};
		const run = await create(redirect);
		// Not at once: it would be answered the same way. Only Retry On Fail tries.
		expect(creates).toBe(retryOnFail.maxTries);
		const text = textOf(errorOf(run));
		expect(text).toMatch(/Nothing was started or paid for/);
		expect(text).toMatch(/https:\/\/api\.example\.com\)/);
		expect(text).toMatch(/Base URL/);
	},
);

test.each([302, 307])('a create answered %i that names a job has started it', async (status) => {
	const run = await create((_request, response) => {
		response.setHeader('location', '/v1/videos/vid_1');
		sendJson(response, status, { id: 'vid_1', status: 'queued' });
	});
	expect(creates).toBe(1);
	expect(textOf(errorOf(run))).toMatch(/may have been started and paid for/);
	expect(errorOf(run).message).toMatch(/names the job vid_1\)/);
});

test.each([
	['veo3', 'veo3:1748:abc'],
	['test', 'task.test.9f'],
	['12345', '12345'],
])('an error names a job whole, also where the key %s is a word of its ID', async (key, id) => {
	const answerId = (_request: IncomingMessage, response: ServerResponse) =>
		sendJson(response, 400, { id, error: { message: `The key ${key} is new here` } });
	const { message } = errorOf(await create(answerId, host.baseUrl, key));
	expect(message).toMatch(/The key \*\*\* is new here/);
	expect(message).toContain(`(it names the job ${id})`);
});

const tooLong = JSON.stringify({ id: 'vid_1', image: 'x'.repeat(1.5 * 1024 * 1024) });

test.each([
	[200, tooLong],
	[400, tooLong],
	[429, '{"id":"vid_1","status":"que'],
	[400, '{"data":{"task_id": "vid_1","sta'],
])(
	'the job in a part of an answer with HTTP %i is named, and not bought again',
	async (status, part) => {
		const run = await create((_request, response) => {
			response.writeHead(status, { 'content-type': 'application/json' }).end(part);
		});
		expect(creates).toBe(1);
		expect(errorOf(run).message).toMatch(/\(it names the job vid_1\)/);
		expect(textOf(errorOf(run))).toMatch(/may have been started and paid for/);
	},
);

test('a create answered 303 was carried out: its outcome is unknown', async () => {
	const run = await create((_request, response) => {
		response.writeHead(303, { location: '/v1/videos/vid_1' }).end();
	});
	expect(creates).toBe(1);
	expect(textOf(errorOf(run))).toMatch(/may have been started and paid for/);
});

test('a host that does not speak HTTPS got nothing, and the Base URL is named', async () => {
	const server = createHttpServer((_request, response) => response.end());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const run = await create(() => undefined, `https://127.0.0.1:${port}`);
	await new Promise((resolve) => server.close(resolve));
	const text = textOf(errorOf(run));
	expect(text).toMatch(/does not speak HTTPS/);
	expect(text).toMatch(/Nothing was started or paid for/);
	expect(text).toMatch(/Base URL/);
});

const page = '<!DOCTYPE html><html><head><title>Example Domain</title></head></html>';

test.each([
	[200, 1, /may have been started and paid for/],
	[404, 3, /Nothing was started or paid for/],
	[405, 3, /Nothing was started or paid for/],
])('a website that answers %i: the error names the Base URL', async (status, sent, money) => {
	const run = await create((_request, response) => {
		response.writeHead(status, { 'content-type': 'text/html' }).end(page);
	});
	expect(creates).toBe(sent);
	const text = textOf(errorOf(run));
	expect(text).toContain('"Example Domain"');
	expect(text).toContain(`If the Base URL ${host.baseUrl} is a website, nothing was bought`);
	expect(text).toMatch(money);
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
	const run = await runWorkflow(
		inARow(pollNode('openAiVideos', {}, { onError: 'continueErrorOutput' })),
		{
			credentials: {
				veoOpenAiVideosApi: { apiKey: 'sk-of-this-test-0123456789', baseUrl: host.baseUrl },
			},
			items: [{ json: { jobId: 'vid_1' } }],
		},
	);
	expect(checks).toBe(2);
	const [failed] = jobsOf(run, 'Veo Poll Until Done', 1);
	expect(failed?.error).toContain(host.baseUrl);
	expect(failed?.details).toMatchObject({
		jobId: 'vid_1',
		failure: { code: 'wrong_address' },
		description: expect.stringMatching(/Check the Base URL/) as string,
	});
});

test('a page of an outage is no website', async () => {
	const run = await create((_request, response) => {
		response.writeHead(502, { 'content-type': 'text/html' }).end(page);
	});
	expect(creates).toBe(1);
	expect(textOf(errorOf(run))).not.toMatch(/is a website/);
});

test('an answer that is silent for longer than a minute still tells its job', async () => {
	const run = await create((_request, response) => {
		response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
		setTimeout(() => response.end('"vid_1"}'), 120_000);
	});
	expect(jobsOf(run, 'Veo Create')).toMatchObject([{ jobId: 'vid_1' }]);
});

test('an answer of more than 1 MB is not read, and its outcome is unknown', async () => {
	const run = await answering(200, { id: 'vid_1', padding: ' '.repeat(1024 * 1024) });
	expect(creates).toBe(1);
	expect(textOf(errorOf(run))).toMatch(/an answer of more than 1 MB/);
	expect(textOf(errorOf(run))).toMatch(/may have been started and paid for/);
});
