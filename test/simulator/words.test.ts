import type { Simulator } from '../../workbench/simulator';
import { manualClock } from '../../workbench/simulator';
import { useSimulator } from '../useSimulator';
import { at, send, textAt } from './calls';
import { create, createJob, status, wordAfter } from './creates';

const clock = manualClock();
let simulator: Simulator;
useSimulator(clock, (started) => (simulator = started));

describe('words', () => {
	test('DeepWL: milliseconds, and the upstream task', async () => {
		const plain = await createJob(simulator, 'deepWl', 'A cat');
		const worded = await createJob(simulator, 'deepWl', 'A cat [sim words=ms,detail]');
		clock.advance(30_000);
		const seconds = (await status(simulator, 'deepWl', plain)).json;
		const milliseconds = (await status(simulator, 'deepWl', worded)).json;
		expect(seconds).not.toHaveProperty('detail');
		expect(milliseconds).toMatchObject({ detail: { status: 'video_generating', running: true } });
		expect(at(seconds, 'status_update_time')).toBe(Math.floor(clock.now() / 1000));
		expect(at(milliseconds, 'status_update_time')).toBe(clock.now());
	});

	test('Eronmind: an attempt fails inside, and the task goes on', async () => {
		const jobId = await createJob(simulator, 'eronmind', 'A cat [sim words=retrying]');
		clock.advance(30_000);
		expect((await status(simulator, 'eronmind', jobId)).json).toMatchObject({
			status: 'video_generation_failed',
			running: true,
			retry_count: 1,
		});
		expect(await wordAfter(simulator, clock, 'eronmind', jobId, 30_000)).toBe('completed');
	});

	test('DeerAPI: a link that no document promises', async () => {
		const jobId = await createJob(simulator, 'deerApi', 'A cat [sim words=url seconds=0]');
		const { json } = await status(simulator, 'deerApi', jobId);
		expect((await send(textAt(json, 'video_url'))).httpStatus).toBe(200);
	});

	test('any gateway of the video format: five shapes', async () => {
		const body = async (words: string) => {
			const jobId = await createJob(simulator, 'openAiVideos', `A cat [sim seconds=0 ${words}]`);
			return { jobId, json: (await status(simulator, 'openAiVideos', jobId)).json };
		};
		const openai = await body('shape=openai');
		expect(openai.json).toMatchObject({ id: openai.jobId, object: 'video', status: 'completed' });
		expect(JSON.stringify(openai.json)).not.toContain('.mp4');
		const bare = await body('shape=bare');
		expect(bare.json).toMatchObject({ task_id: bare.jobId, status: 'SUCCESS' });
		const wrapped = await body('shape=wrapped');
		expect(wrapped.json).toMatchObject({ code: 'success', data: { task_id: wrapped.jobId } });
		const gemini = await body('shape=gemini');
		expect(gemini.json).toMatchObject({ code: 'success', data: { status: 'succeeded' } });
		expect(gemini.json).not.toHaveProperty('data.progress');
		const flat = await body('shape=flat');
		expect(Object.keys(flat.json as object)).toEqual(['status', 'url']);
	});

	test('any gateway of the video format: the link in each place', async () => {
		const bodyWith = async (words: string) => {
			const jobId = await createJob(simulator, 'openAiVideos', `A cat [sim seconds=0 ${words}]`);
			return (await status(simulator, 'openAiVideos', jobId)).json;
		};
		const link = expect.stringContaining('.mp4') as string;
		expect(await bodyWith('link=metadata.url')).toMatchObject({ metadata: { url: link } });
		expect(await bodyWith('link=output')).toMatchObject({ output: link });
		expect(await bodyWith('link=unsigned_urls')).toMatchObject({ unsigned_urls: [link] });
		expect(await bodyWith('link=files')).toMatchObject({ files: [{ file_url: link }] });
		expect(await bodyWith('link=result.videos')).toMatchObject({
			result: { videos: [{ url: [link] }] },
		});
		expect(await bodyWith('shape=bare link=fail_reason')).toMatchObject({ fail_reason: link });
	});

	test('the 15-second gateway: three shapes', async () => {
		const body = async (shape: string) => {
			const prompt = `A cat [sim shape=${shape} seconds=0]`;
			const jobId = await createJob(simulator, 'newApiRemix', prompt);
			return { jobId, json: (await status(simulator, 'newApiRemix', jobId)).json };
		};
		const bare = await body('bare');
		expect(bare.json).toMatchObject({ task_id: bare.jobId, status: 'SUCCESS' });
		const wrapped = await body('wrapped');
		expect(wrapped.json).toMatchObject({ code: 'success', data: { task_id: wrapped.jobId } });
		const openai = await body('openai');
		expect(openai.json).toMatchObject({ id: openai.jobId, object: 'video', status: 'completed' });
	});
});

describe('the chat stream', () => {
	test('a stream can end before the id, and the job is bought all the same', async () => {
		const { text } = await create(simulator, 'eronmind', 'A cat [sim stream=cut]');
		expect(text).not.toMatch(/source|DONE/);
		expect(simulator.ledger).toHaveLength(1);
	});

	test('an early stream gives the id at once and ends with the video', async () => {
		const answer = create(simulator, 'eronmind', 'A cat');
		while (simulator.ledger.length === 0) await new Promise(setImmediate);
		clock.advance(60_000);
		expect((await answer).text).toMatch(/source[^]+🎉[^]+\.mp4[^]+\[DONE\]/);
	});

	test('a stream in pieces is the same stream', async () => {
		const prompt = 'A cat [sim stream=finished words=pieces]';
		const { text } = await create(simulator, 'eronmind', prompt);
		expect(text).toMatch(/任务ID[^]+🎉[^]+\.mp4[^]+\[DONE\]/);
	});

	test('a failed job ends its stream without a link', async () => {
		const { text } = await create(simulator, 'eronmind', 'A cat [sim ending=failed seconds=0]');
		expect(text).not.toContain('.mp4');
		expect(text).toContain('[DONE]');
	});

	test('task data needs no key, and escapes its slashes', async () => {
		const jobId = await createJob(simulator, 'eronmind', 'A cat [sim seconds=0]');
		const { text, json } = await status(simulator, 'eronmind', jobId);
		expect(jobId).toContain(':');
		expect(text).toContain('http:\\/\\/127.0.0.1');
		expect(at(json, 'upsample_video_url')).toBe(at(json, 'video_url'));
		expect(simulator.calls.at(-1)).toMatchObject({ origin: 'foreign', method: 'GET' });
	});
});
