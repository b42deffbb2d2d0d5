import type { BenchProvider } from '../../workbench/bench/provider';
import { startBenchProvider } from '../../workbench/bench/provider';
import { inVirtualTime } from '../../workbench/virtualTime';
import { httpCall, httpGet } from './requests';

let provider: BenchProvider;
beforeAll(async () => {
	provider = await startBenchProvider();
});
beforeEach(() => provider.reset());
afterAll(async () => await provider.close());

const bearer = () => ({ authorization: `Bearer ${provider.key}` });
const get = async (path: string) => await httpGet(provider.origin + path, bearer());

/** A create as OpenAI's client sends it. */
async function createOpenAi(prompt: string, origin = provider.origin) {
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
	const url = `${provider.origin}${model}:predictLongRunning?key=${provider.key}`;
	return await httpCall(
		url,
		{ method: 'POST', headers },
		JSON.stringify({ instances: [{ prompt }] }),
	);
}

const running = 'A boat [sim seconds=1000]';
const ended = 'A boat [sim seconds=0]';

describe("OpenAI's format", () => {
	test('a running job has a progress, unless the provider reports none', async () => {
		const created = (await createOpenAi(running)).json();
		expect(created).toMatchObject({ object: 'video', status: 'queued', progress: 0 });
		const path = `/v1/videos/${String(created.id)}`;
		provider.behavior.reportsProgress = false;
		expect((await get(path)).json()).not.toHaveProperty('progress');
		expect((await get(`${path}/content`)).status).toBe(404);
	});

	test('an ended job is completed, and its file is a video', async () => {
		const { id } = (await createOpenAi(ended)).json();
		const path = `/v1/videos/${String(id)}`;
		expect((await get(path)).json()).toMatchObject({ id, status: 'completed', progress: 100 });
		const { status, headers } = await get(`${path}/content`);
		expect([status, headers['content-type']]).toEqual([200, 'video/mp4']);
		expect(provider.jobs).toMatchObject([{ prompt: ended, checks: 1 }]);
	});
});

describe("Google's format", () => {
	test('a running job has nothing but its name', async () => {
		const { name } = (await createGoogle(running)).json();
		expect((await get(`/v1beta/${String(name)}`)).json()).toEqual({ name });
	});

	test('an ended job names its file', async () => {
		const { name } = (await createGoogle(ended)).json();
		const operation = (await get(`/v1beta/${String(name)}`)).json();
		const uri = `${provider.origin}/v1beta/files/${String(name).split('/').at(-1)}?alt=media`;
		expect(operation).toEqual({
			name,
			done: true,
			response: { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } },
		});
		expect((await httpGet(`${uri}&key=${provider.key}`)).headers['content-type']).toBe('video/mp4');
	});
});

test('a request without the key is refused, and buys nothing', async () => {
	const url = `${provider.origin}/v1/videos`;
	expect((await httpGet(`${url}/none`)).status).toBe(401);
	expect((await httpCall(url, { method: 'POST' })).status).toBe(401);
	expect(provider.jobs).toEqual([]);
});

const untilNextMinute = async () =>
	await new Promise((resolve) => setTimeout(resolve, 60_000 - (Date.now() % 60_000)));

test('too many requests within a minute are refused with 429 until the next one', async () => {
	const { id } = (await createOpenAi(running)).json();
	const path = `/v1/videos/${String(id)}`;
	const answers = await inVirtualTime(async () => {
		await untilNextMinute();
		provider.behavior.requestsPerMinute = 2;
		const within = [await get(path), await get(path), await get(path)];
		await untilNextMinute();
		return [...within, await get(path)];
	});
	expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
	expect(answers[2]?.headers['retry-after']).toBe('60');
	expect(provider.jobs[0]?.checks).toBe(3);
});

test('a reset forgets the jobs, the behavior and the requests of the minute', async () => {
	const statuses = await inVirtualTime(async () => {
		await untilNextMinute();
		const seen: number[] = [];
		for (const max of [1, 2]) {
			await createOpenAi(running);
			provider.reset();
			provider.behavior.requestsPerMinute = max;
			for (let call = 0; call <= max; call++) seen.push((await get('/v1/videos/none')).status);
			provider.reset();
		}
		return seen;
	});
	expect(statuses).toEqual([404, 429, 404, 404, 429]);
	expect(provider.jobs).toEqual([]);
	expect(provider.behavior.requestsPerMinute).toBe(Infinity);
});

test('a job is bought although the answer to its create is lost', async () => {
	provider.behavior.loseCreateAnswers = 1;
	await expect(createOpenAi(running)).rejects.toThrow(/socket hang up|ECONNRESET/);
	expect((await createOpenAi(running)).status).toBe(200);
	expect(provider.jobs).toHaveLength(2);
});

test('the first check of a chosen job fails, and counts', async () => {
	provider.behavior.failFirstCheckOf = 1;
	const ids = [await createOpenAi(running), await createOpenAi(running)].map(
		({ json }) => json().id,
	);
	const paths = ids.map((id) => `/v1/videos/${String(id)}`);
	const statuses: number[] = [];
	for (const path of [...paths, ...paths]) statuses.push((await get(path)).status);
	expect(statuses).toEqual([200, 502, 200, 200]);
	expect(provider.jobs.map(({ checks }) => checks)).toEqual([2, 2]);
});

test('each new address is another base URL for the same jobs', async () => {
	const [one, other] = [provider.newAddress(), provider.newAddress()];
	expect(one.origin).not.toBe(other.origin);
	const { id } = (await createOpenAi(running, one.origin)).json();
	expect((await httpGet(`${other.origin}/v1/videos/${String(id)}`, bearer())).status).toBe(200);
});
