import type { BenchGateway } from '../../workbench/bench/gateway';
import { startBenchGateway } from '../../workbench/bench/gateway';
import { inVirtualTime } from '../../workbench/virtualTime';
import { httpCall, httpGet } from './requests';

let gateway: BenchGateway;
beforeAll(async () => {
	gateway = await startBenchGateway();
});
beforeEach(() => gateway.reset());
afterAll(async () => await gateway.close());

const bearer = () => ({ authorization: `Bearer ${gateway.key}` });
const get = async (path: string) => await httpGet(gateway.origin + path, bearer());

/** A create as OpenAI's client sends it. */
async function createOpenAi(prompt: string, origin = gateway.origin) {
	const boundary = 'a-boundary';
	const part = `--${boundary}\r\ncontent-disposition: form-data; name="prompt"\r\n\r\n${prompt}\r\n`;
	const type = `multipart/form-data; boundary=${boundary}`;
	const headers = { ...bearer(), 'content-type': type };
	return await httpCall(
		`${origin}/v1/videos`,
		{ method: 'POST', headers },
		`${part}--${boundary}--\r\n`,
	);
}

const model = '/v1beta/models/veo-3.1-generate-preview';

async function createGoogle(prompt: string) {
	const headers = { 'content-type': 'application/json' };
	const url = `${gateway.origin}${model}:predictLongRunning?key=${gateway.key}`;
	return await httpCall(
		url,
		{ method: 'POST', headers },
		JSON.stringify({ instances: [{ prompt }] }),
	);
}

const running = 'A boat [sim seconds=1000]';
const ended = 'A boat [sim seconds=0]';

describe("OpenAI's dialect", () => {
	test('a job that runs tells its progress, unless the gateway tells none', async () => {
		const created = (await createOpenAi(running)).json();
		expect(created).toMatchObject({ object: 'video', status: 'queued', progress: 0 });
		const path = `/v1/videos/${String(created.id)}`;
		gateway.manners.tellsProgress = false;
		expect((await get(path)).json()).not.toHaveProperty('progress');
		expect((await get(`${path}/content`)).status).toBe(404);
	});

	test('a job that has ended is completed, and its file is a video', async () => {
		const { id } = (await createOpenAi(ended)).json();
		const path = `/v1/videos/${String(id)}`;
		expect((await get(path)).json()).toMatchObject({ id, status: 'completed', progress: 100 });
		const { status, headers } = await get(`${path}/content`);
		expect([status, headers['content-type']]).toEqual([200, 'video/mp4']);
		expect(gateway.jobs).toMatchObject([{ prompt: ended, checks: 1, downloads: 1 }]);
	});
});

describe("Google's dialect", () => {
	test('a job that runs says nothing but its name', async () => {
		const { name } = (await createGoogle(running)).json();
		expect((await get(`/v1beta/${String(name)}`)).json()).toEqual({ name });
	});

	test('a job that has ended names its file', async () => {
		const { name } = (await createGoogle(ended)).json();
		const operation = (await get(`/v1beta/${String(name)}`)).json();
		const uri = `${gateway.origin}/v1beta/files/${String(name).split('/').at(-1)}?alt=media`;
		expect(operation).toEqual({
			name,
			done: true,
			response: { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } },
		});
		expect((await httpGet(`${uri}&key=${gateway.key}`)).headers['content-type']).toBe('video/mp4');
	});
});

test('without the key nothing is answered and nothing is bought', async () => {
	expect((await httpGet(`${gateway.origin}/v1/videos/none`)).status).toBe(401);
	expect(gateway.checks).toEqual([]);
});

test('what is too much within a minute is refused with 429, which says when the minute is over', async () => {
	const path = `/v1/videos/${gateway.buy(running).jobId}`;
	gateway.manners.requestsPerMinute = 2;
	const answers = await inVirtualTime(async () => {
		await untilMinuteIsOver();
		const within = [await get(path), await get(path), await get(path)];
		await untilMinuteIsOver();
		return [...within, await get(path)];
	});
	expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
	expect(answers[2]?.headers['retry-after']).toBe('60');
	expect(gateway.checks.map(({ isRefused }) => isRefused)).toEqual([false, false, true, false]);
	expect(gateway.jobs[0]?.checks).toBe(3);
});

test('a reset begins the minute anew', async () => {
	const statuses = await inVirtualTime(async () => {
		await untilMinuteIsOver();
		const asked: number[] = [];
		for (const jobs of [1, 2]) {
			gateway.reset();
			gateway.manners.requestsPerMinute = jobs;
			for (let call = 0; call <= jobs; call++) asked.push((await get('/v1/videos/none')).status);
		}
		return asked;
	});
	expect(statuses).toEqual([404, 429, 404, 404, 429]);
});

const untilMinuteIsOver = async () =>
	await new Promise((resolve) => setTimeout(resolve, 60_000 - (Date.now() % 60_000)));

test('a job whose answer is lost was bought all the same', async () => {
	gateway.manners.loseCreateAnswers = 1;
	await expect(createOpenAi(running)).rejects.toThrow(/socket hang up|ECONNRESET/);
	expect((await createOpenAi(running)).status).toBe(200);
	expect(gateway.jobs).toHaveLength(2);
});

test('the first check of a chosen job fails, and counts', async () => {
	gateway.manners.failFirstCheckOf = [1];
	const paths = [running, running].map((prompt) => `/v1/videos/${gateway.buy(prompt).jobId}`);
	const statuses: number[] = [];
	for (const path of [...paths, ...paths]) statuses.push((await get(path)).status);
	expect(statuses).toEqual([200, 502, 200, 200]);
	expect(gateway.jobs.map(({ checks }) => checks)).toEqual([2, 2]);
});

test('every new address is another one, and leads to the same jobs', async () => {
	const [one, other] = [gateway.newAddress(), gateway.newAddress()];
	expect(one.origin).not.toBe(other.origin);
	const { id } = (await createOpenAi(running, one.origin)).json();
	expect((await httpGet(`${other.origin}/v1/videos/${String(id)}`, bearer())).status).toBe(200);
	expect(gateway.checks).toHaveLength(1);
});
